"""`semko indicator` from file to answer, alone with a store and beside who serves it."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner, Result

import semko
from benchmarks.indicator.worlds import independent, led
from models.errors import CallError
from sinks.embedded import EmbeddedStore
from tests.installations import Installation
from tests.weekly import csv_of, put_scores

OFFICES = ("centre", "north")


def called(*arguments: str) -> Result:
    return CliRunner().invoke(semko.app, ["indicator", *arguments, "--store", "chdb://store"])


def told(*arguments: str) -> dict[str, Any]:
    done = called(*arguments, "--json")
    assert done.exit_code == 0, done.output
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def filled(folder: Path) -> None:
    """A store whose score leads complaints by two weeks and turnover not at all."""
    rng = np.random.default_rng(5)
    complaints, turnover = {}, {}
    store = EmbeddedStore(f"chdb://{folder}/store")
    for office in OFFICES:
        pair = led(rng, 0.2, 0.2)
        put_scores(store, office, 70 + 4 * pair.score)
        complaints[office] = 20 - 4 * pair.lagging
        turnover[office] = independent(rng).lagging
    store.close()
    (folder / "complaints.csv").write_text(csv_of(complaints))
    (folder / "turnover.csv").write_text(csv_of(turnover))


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("town")
    filled(folder)
    return folder


@pytest.fixture(autouse=True)
def in_town(town: Path, own_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    del own_folder  # it is left again
    monkeypatch.chdir(town)


def test_series_are_added_once_and_answered_as_they_were_named() -> None:
    first = told("add", "complaints.csv", "--horizon", "2")
    assert first["series"] == "complaints"
    assert (first["cadence"], first["horizon"], first["added"]) == ("week", 2, 312)
    again = told("add", "complaints.csv")
    assert (again["added"], again["unchanged"], again["horizon"]) == (0, 312, 2)
    assert again["named_at"] == first["named_at"]
    assert told("add", "turnover.csv", "--series", "staff_turnover")["horizon"] == 2
    error = called("add", "complaints.csv", "--horizon", "3").exception
    assert isinstance(error, CallError)
    assert "a horizon chosen afterwards proves nothing" in str(error)

    listed = told("list")["series"]
    assert [each["series"] for each in listed] == ["complaints", "staff_turnover"]
    answers = {each["series"]: each for each in told("report")["series"]}
    complaints, turnover = answers["complaints"], answers["staff_turnover"]
    assert complaints["verdict"] == "demonstrated"
    assert complaints["horizon"] == 2
    assert 0 < complaints["forward"]["low"] < complaints["forward"]["skill"]
    assert complaints["slope"] < 0
    assert not complaints["reverse"]["demonstrated"]
    assert turnover["verdict"] == "not demonstrated"
    assert [each["office"] for each in complaints["offices"]] == ["centre", "north"]
    assert len(complaints["plot"]["periods"]) == len(complaints["plot"]["surprise"]) > 90

    said = called("report", "--page", "report.html", "--language", "en").stdout
    assert "score leads complaints: demonstrated: skill 0." in said
    assert "score leads staff_turnover: not demonstrated: skill" in said
    assert "complaints leads score: not demonstrated" in said
    assert "horizon 2 weeks, named on 20" in said
    assert "more complaints, 2 weeks later" in said
    assert "<svg" in Path("report.html").read_text("utf-8")


def test_one_of_several_is_judged_as_sternly_when_shown_alone() -> None:
    whole = told("report")["series"][0]
    alone = told("report", "--series", "complaints")["series"]
    assert alone == [whole]
    error = called("report", "--series", "none").exception
    assert isinstance(error, CallError)
    assert "there are complaints, staff_turnover" in str(error)


def test_of_a_file_with_a_wrong_line_nothing_is_added() -> None:
    Path("bad.csv").write_text("period,office,value\n2025-W14,centre,1\n2025-W15,nowhere,2\n")
    done = called("add", "bad.csv", "--json")
    assert isinstance(done.exception, CallError)
    assert "nothing was added, 1 problems" in str(done.exception)
    assert "bad.csv, line 3: office 'nowhere' is no office of this tenant; write" in done.stderr
    (problem,) = json.loads(done.stdout)["problems"]
    assert (problem["line"], problem["field"]) == (3, "office")
    assert "bad" not in [each["series"] for each in told("list")["series"]]


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("report", "--tenant", "nowhere"), "the store knows town"),
        (("add", "complaints.csv", "--series", "two words"), "is no name of a series"),
        (("add", "complaints.csv", "--series", "other", "--horizon", "61"), "write 1 to 60"),
        (("report", "--page", "none/report.html"), "cannot be written"),
    ],
)
def test_a_wrong_call_says_what_would_be_right(arguments: tuple[str, ...], problem: str) -> None:
    error = called(*arguments).exception
    assert isinstance(error, CallError)
    assert problem in str(error)


def test_beside_a_process_that_serves_the_store_it_is_the_same(tmp_path: Path) -> None:
    filled(tmp_path)
    installation = Installation(tmp_path)
    installation.start()
    try:
        installation.wait_until_ready()
        for name in ("complaints", "turnover"):
            done = installation.command("indicator", "add", f"{name}.csv", "--json")
            assert done.returncode == 0, done.stderr
            assert json.loads(done.stdout)["added"] == 312
        refused = installation.command("indicator", "add", "turnover.csv", "--horizon", "5")
        assert refused.returncode == 2
        assert "keeps it" in refused.stderr
        beside = json.loads(installation.command("indicator", "report", "--json").stdout)
        assert installation.stop()[0] == 0
        alone = json.loads(installation.command("indicator", "report", "--json").stdout)
    finally:
        installation.close()
    assert beside == alone
    verdicts = {each["series"]: each["verdict"] for each in alone["series"]}
    assert verdicts == {"complaints": "demonstrated", "turnover": "not demonstrated"}
