"""Commands over a store on a server, as their users run them: the same, from anywhere."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.commands.processes import a_file_of_days
from tests.facade.running import Running, facade
from tests.installations import free_port, semko

COUNT = "SELECT count() AS n FROM semko.interactions FINAL"
RATED = "SELECT count(score) AS n FROM semko.interactions FINAL"


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, Path, int]]:
    """A store on a server with two days in it, the folder of its worker, and how many events."""
    folder = tmp_path_factory.mktemp("worker")
    events = a_file_of_days(folder / "days.ndjson", 2)
    with facade(tmp_path_factory.mktemp("server")) as running:
        told(running.url(), folder, "replay", "days.ndjson")
        yield running, folder, events


def told(store: str, folder: Path, *arguments: str) -> Any:
    done = semko(*arguments, "--store", store, "--json", folder=folder)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_replay_fills_it_and_begun_again_changes_nothing(
    filled: tuple[Running, Path, int],
) -> None:
    running, folder, events = filled
    again = told(running.url(), folder, "replay", "days.ndjson")
    assert again["read"] == again["completions"] + again["votes"] == events
    (row,) = told(running.url(), folder, "query", COUNT)["data"]
    assert int(row["n"]) == again["completions"]
    assert told(running.url(), folder, "reconcile")["differences"] == 0


def test_desks_are_compared_on_it(filled: tuple[Running, Path, int], tmp_path: Path) -> None:
    running, _, _ = filled
    found = told(running.url(), tmp_path, "compare")
    (row,) = told(running.url(), tmp_path, "query", RATED)["data"]
    assert found["votes"] == int(row["n"]) > 0
    assert {desk["state"] for desk in found["rows"]} <= {
        "compared",
        "not comparable",
        "too few votes",
    }


def test_it_is_asked_from_anywhere(filled: tuple[Running, Path, int], tmp_path: Path) -> None:
    running, _, _ = filled
    url = running.url()
    answered = semko("query", "SHOW TABLES FROM semko", "--store", url, folder=tmp_path)
    assert "desk_scores" in answered.stdout
    assert told(url, tmp_path, "migrate")["applied"] == []
    assert told(url, tmp_path, "retain", "--months", "1", "--dry-run")["months"] == ["2026-03"]
    refused = semko("query", "DROP TABLE semko.votes", "--store", url, folder=tmp_path)
    assert (refused.returncode, refused.stderr[:7]) == (2, "semko: ")


def test_check_names_it_and_misses_its_secret(
    filled: tuple[Running, Path, int], tmp_path: Path
) -> None:
    running, folder, _ = filled
    checked = told(running.url(), folder, "check")
    store = next(each for each in checked["checks"] if each["name"] == "store")
    assert store["says"].startswith(f"{running.url()}: ClickHouse 26.")
    elsewhere = semko("check", "--store", running.url(), folder=tmp_path)
    assert (elsewhere.returncode, "bring it back" in elsewhere.stdout) == (1, True)


def test_what_is_not_there_is_said_without_a_stack_and_without_a_password(tmp_path: Path) -> None:
    url = f"clickhouse://ann:secret@127.0.0.1:{free_port()}/semko"
    for command in (("query", COUNT), ("migrate",), ("reconcile",), ("retain", "--months", "1")):
        refused = semko(*command, "--store", url, folder=tmp_path)
        assert refused.returncode == 3
        assert "cannot be reached" in refused.stderr
        assert "Is the server running" in " ".join(refused.stderr.split())
        assert "Traceback" not in refused.stderr
        assert "secret" not in refused.stderr
    checked = semko("check", "--store", url, folder=tmp_path)
    assert (checked.returncode, "secret@" in checked.stdout) == (1, False)
    assert list(tmp_path.iterdir()) == []


def test_a_server_without_a_store_is_named_and_migrate_makes_one(tmp_path: Path) -> None:
    with facade(tmp_path / "server") as running:
        empty = semko("query", COUNT, "--store", running.url(), folder=tmp_path)
        assert empty.returncode == 3
        assert f"there is no store at {running.url()}" in " ".join(empty.stderr.split())
        assert len(told(running.url(), tmp_path, "migrate")["applied"]) > 5
        assert told(running.url(), tmp_path, "query", COUNT)["data"] == [{"n": 0}]
