"""`semko compare` as its users run it: the table, the object, the picture and what it refuses."""

import json
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.commands.processes import told
from tests.installations import Installation, semko

SINCE, UNTIL = "2026-03-02T00:00:00+02:00", "2026-03-14T00:00:00+02:00"
CENTER = ("--office", "center")


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """Two weeks of a simulated town with two offices, and its registry."""
    installation = Installation(tmp_path_factory.mktemp("town"))
    span = ("--since", SINCE, "--until", UNTIL)
    made = semko(
        "simulate",
        "days.ndjson",
        *span,
        "--write-registry",
        "semko.toml",
        folder=installation.folder,
    )
    assert made.returncode == 0, made.stderr
    told(installation, "replay", "days.ndjson")
    return installation


@pytest.fixture(scope="module")
def served(town: Installation) -> Iterator[Installation]:
    """The same while a process serves it."""
    town.start()
    try:
        town.wait_until_ready()
        yield town
    finally:
        town.close()


def refused(town: Installation, code: int, *options: str) -> str:
    done = town.command("compare", *options)
    assert done.returncode == code, done.stdout + done.stderr
    assert done.stdout == ""
    return " ".join(done.stderr.split())


@pytest.mark.parametrize("by", ["desk", "service"])
def test_the_object_is_what_the_view_says(town: Installation, by: str) -> None:
    found = told(town, "compare", *CENTER, "--by", by, "--from", "2026-03-03")
    sql = (
        f"SELECT * FROM semko.{by}_comparison_between(from = '2026-03-03', to = '{found['to']}')"
        f" WHERE office_id = 'center' ORDER BY score DESC NULLS LAST, {by}_id"
    )
    stored = told(town, "query", sql)["data"]
    assert (found["from"], found["to"]) == ("2026-03-03", "2026-03-13")
    assert len(found["rows"]) == len(stored) > 3
    for row, expected in zip(found["rows"], stored, strict=True):
        for name in row.keys() - {"name"}:
            if isinstance(row[name], float):
                assert row[name] == pytest.approx(expected[name], rel=1e-9), name
            else:
                assert row[name] == expected[name], name
        assert expected.keys() - row.keys() - found.keys() == set()
    assert found["votes"] == sum(row["votes"] for row in found["rows"])
    assert found["flagged"] == [row[f"{by}_id"] for row in found["rows"] if row["flag"] != "usual"]


def test_the_table_names_every_desk_with_its_interval_and_rank(town: Installation) -> None:
    shown = town.command("compare", *CENTER, "--to", "2026-03-13")
    assert shown.returncode == 0, shown.stderr
    lines = shown.stdout.splitlines()
    found = told(town, "compare", *CENTER)
    assert f"{found['tenant_id']} center, 2025-12-13 to 2026-03-13" in lines[0]
    for row, line in zip(found["rows"], lines[2:], strict=False):
        assert line.startswith(row["desk_id"])
        assert row["name"] in line
        assert f"{row['score_low']:.1f}–{row['score_high']:.1f}" in line
    assert "stand" in lines[-1]


def test_the_plot_is_written_in_the_language_asked_for(town: Installation) -> None:
    for language, word in (("bg", "сравними гласове"), ("en", "comparable votes")):
        done = town.command("compare", *CENTER, "--plot", f"{language}.svg", "--language", language)
        assert done.returncode == 0, done.stderr
        assert f"drawn: {language}.svg" in done.stderr
        svg = (town.folder / f"{language}.svg").read_text("utf-8")
        assert ET.fromstring(svg).tag.endswith("svg")
        assert word in svg


def test_an_office_that_is_not_named_among_several_is_asked_for(town: Installation) -> None:
    said = refused(town, 2)
    assert "--tenant rechograd --office center" in said
    assert "--tenant rechograd --office iztok" in said


def test_an_unknown_tenant_or_office_is_answered_by_those_that_there_are(
    town: Installation,
) -> None:
    assert "--office nowhere: no such office has votes" in refused(town, 2, "--office", "nowhere")
    said = refused(town, 2, "--tenant", "nobody")
    assert "--tenant nobody: no such office" in said
    assert "--office center" in said


def test_days_without_votes_are_answered_by_the_days_that_have_some(town: Installation) -> None:
    said = refused(town, 3, *CENTER, "--from", "2020-01-01", "--to", "2020-02-01")
    assert "no votes from 2020-01-01 to 2020-02-01" in said
    assert "2026-03-02 to 2026-03-13" in said


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--from", "2026-03-09", "--to", "2026-03-08"), "--from 2026-03-09 is after --to"),
        (("--from", "yesterday"), "'yesterday' does not"),
        (("--by", "clerk"), "'clerk'"),
        (("--plot", "desks.png"), "name it so, such as desks.svg"),
        (("--language", "fr"), "'fr'"),
    ],
)
def test_a_wrong_call_is_named(town: Installation, options: tuple[str, ...], says: str) -> None:
    assert says in refused(town, 2, *options)


def test_a_plot_that_cannot_be_written_is_told(town: Installation) -> None:
    done = town.command("compare", *CENTER, "--plot", "nowhere/desks.svg")
    assert done.returncode == 3
    assert "nowhere/desks.svg cannot be written" in done.stderr


def test_a_store_without_votes_says_how_to_fill_it(tmp_path: Path) -> None:
    empty = Installation(tmp_path)
    assert empty.command("migrate").returncode == 0
    assert "has no votes yet" in refused(empty, 3)


def test_it_is_asked_of_the_process_that_serves_the_store(served: Installation) -> None:
    assert served.process is not None
    done = served.command("compare", *CENTER, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["compared"] > 3
