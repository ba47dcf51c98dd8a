"""An incident in a simulated town becomes exactly one alert; list, show and table agree."""

import json
from pathlib import Path

import pytest

from tests.commands.processes import told
from tests.installations import Installation, semko

HISTORY = ("2026-01-12T00:00:00+02:00", "2026-03-02T00:00:00+02:00")
DAY = ("2026-03-02T00:00:00+02:00", "2026-03-03T00:00:00+02:00")


def simulated(made: Installation, name: str, span: tuple[str, str], *more: str) -> None:
    since, until = span
    arguments = (name, "--seed", "7", "--since", since, "--until", until, *more)
    done = semko("simulate", *arguments, folder=made.folder)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    made = Installation(tmp_path_factory.mktemp("town"))
    simulated(made, "past.ndjson", HISTORY, "--write-registry", "semko.toml")
    bad = "office center desk 4 turns bad by 40 at 09:30"
    simulated(made, "day.ndjson", DAY, "--incident", bad)
    told(made, "replay", "past.ndjson", "--registry", "semko.toml")
    expected = told(made, "alerts", "baseline", "--valid-from", "2026-03-02")
    assert expected == {"offices": 2, "without history": 0}
    assert told(made, "alerts", "list", "--all") == {"alerts": []}
    told(made, "replay", "day.ndjson", "--registry", "semko.toml")
    return made


def test_exactly_the_desk_of_the_incident_has_an_alert(town: Installation) -> None:
    (alert,) = told(town, "alerts", "list")["alerts"]
    assert (alert["office_id"], alert["desk_id"]) == ("center", "desk-04")
    assert alert["alert_id"] == "desk-04-20260302-1"
    assert "2026-03-02T06:30" < alert["begun_at"] < alert["opened_at"] < "2026-03-02T12:00"
    assert alert["now"] + alert["reach"] < alert["expected"]
    assert told(town, "alerts", "list", "--all", "--office", "iztok") == {"alerts": []}


def test_what_is_shown_is_what_is_listed_and_stored(town: Installation) -> None:
    (listed,) = told(town, "alerts", "list")["alerts"]
    shown = told(town, "alerts", "show", "desk-04-20260302-1")
    parts = shown.pop("sits_in")
    assert shown.pop("actions") == []
    assert shown.pop("recovery")["recovery"] == "no action"
    assert shown == listed
    assert {part["kind"] for part in parts} >= {"service", "hour"}
    sql = "SELECT desk_id, level, alarms FROM semko.alerts FINAL"
    (stored,) = json.loads(town.command("query", sql, "--format", "JSON").stdout)["data"]
    assert stored == {name: listed[name] for name in ("desk_id", "level", "alarms")}
    people = town.command("alerts", "show", "desk-04-20260302-1").stdout
    assert f"{listed['expected']:.1f} expected" in people
    assert f"{listed['votes']} votes" in people


def test_the_same_events_again_change_nothing(town: Installation, tmp_path: Path) -> None:
    before = told(town, "alerts", "list", "--all")
    again = town.copied(tmp_path / "again")
    told(again, "replay", "day.ndjson", "--registry", "semko.toml")
    assert told(again, "alerts", "list", "--all") == before


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("show", "nothing-1"), "there is no alert 'nothing-1'"),
        (("baseline", "--valid-from", "2026-13-01"), "a day is written 2026-03-02"),
    ],
)
def test_a_wrong_call_says_what_would_be_right(
    town: Installation, arguments: tuple[str, ...], problem: str
) -> None:
    done = town.command("alerts", *arguments)
    assert (done.returncode, problem in " ".join(done.stderr.split())) == (2, True)
