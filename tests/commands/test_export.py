"""`semko export` and `semko columns`: of a store at rest, and of one that is served."""

import json

import pandas as pd
import pytest

from tests.installations import Installation, semko


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    it = Installation(tmp_path_factory.mktemp("export"))
    since, until = "2026-02-27T00:00:00+02:00", "2026-03-03T00:00:00+02:00"
    made = semko("simulate", "days.ndjson", "--since", since, "--until", until, folder=it.folder)
    assert made.returncode == 0, made.stderr
    assert it.command("replay", "days.ndjson").returncode == 0
    return it


def told(it: Installation, name: str, *options: str) -> dict[str, object]:
    done = it.command(name, *options, "--json")
    assert done.returncode == 0, done.stderr
    found: dict[str, object] = json.loads(done.stdout)
    return found


def test_views_become_files_a_month_each_with_every_row(town: Installation) -> None:
    out = town.folder / "out"
    done = told(town, "export", str(out))
    files = sorted(str(path.relative_to(out)) for path in out.rglob("*.parquet"))
    assert done["files"] == len(files)
    assert "daily_scores/2026-02.parquet" in files
    assert "daily_scores/2026-03.parquet" in files
    assert list(out.rglob("*.part")) == []
    facts = pd.read_parquet(out / "interaction_facts")
    asked = town.command("query", "SELECT count() FROM semko.interactions FINAL", "--format", "TSV")
    assert len(facts) == int(asked.stdout) > 100
    assert {"interaction_key", "event_id"} & set(facts.columns) == set()
    march = pd.read_parquet(out / "interaction_facts" / "2026-03.parquet")
    assert set(march["completed_at"].dt.strftime("%Y-%m")) == {"2026-03"}


def test_months_and_views_are_chosen_also_where_a_process_serves(town: Installation) -> None:
    town.start()
    try:
        town.wait_until_ready()
        out = town.folder / "chosen"
        told(town, "export", str(out), "--view", "daily_scores", "--since", "2026-03")
        files = [str(path.relative_to(out)) for path in out.rglob("*.parquet")]
        assert files == ["daily_scores/2026-03.parquet"]
        assert told(town, "columns", "daily_scores")["items"]
    finally:
        assert town.stop()[0] == 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("out", "--view", "nothing"), "there is no view 'nothing'"),
        (("out", "--since", "March"), "--since 'March' is no month"),
        (("out", "--until", "2026-13"), "--until '2026-13' is no month"),
        (("days.ndjson/out",), "cannot be written"),
    ],
)
def test_what_is_wrong_is_said(town: Installation, options: tuple[str, ...], said: str) -> None:
    done = town.command("export", *options)
    assert done.returncode in {2, 3}
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_views_and_tables_are_told_with_what_they_hold(town: Installation) -> None:
    items = told(town, "columns", "--tables")["items"]
    assert isinstance(items, list)
    assert {item["kind"] for item in items} == {"view", "table"}
    shown = town.command("columns", "vote_facts")
    assert "semko.vote_facts" in shown.stdout
    assert "When the face was pressed" in shown.stdout
    wrong = town.command("columns", "nothing")
    assert (wrong.returncode, "no 'nothing'" in wrong.stderr) == (2, True)
