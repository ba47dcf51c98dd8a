"""How commands over a store end: done, with a no, refused, or stopped in the middle."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands.processes import a_file_of_days, begun, stopped, told, wait_for
from tests.installations import Installation, cpu_seconds

COUNT = "SELECT count() AS n FROM semko.interactions FINAL"
ENDLESS = "SELECT sum(sipHash64(number)) FROM numbers(1000000000000)"
MORE_THAN_A_START = 6.0
"""So much CPU, in seconds, and the engine is at work."""
STOPPED_SECONDS = 2.0
NOISE_SECONDS = 5.0
"""What other work of the machine may add."""


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """A day's file of events and the store that holds them; to be copied before it is changed."""
    made = Installation(tmp_path_factory.mktemp("day"))
    a_file_of_days(made.folder / "day.ndjson", 1)
    told(made, "replay", "day.ndjson")
    return made


def test_a_difference_between_the_books_is_named_and_ends_with_1(
    day: Installation, tmp_path: Path
) -> None:
    spoilt = day.copied(tmp_path / "spoilt")
    script = (
        "from sinks.embedded import EmbeddedStore\n"
        f"store = EmbeddedStore({spoilt.store!r})\n"
        'store.database.execute("INSERT INTO semko.window_metrics'
        " (tenant_id, office_id, scope, key, window_seconds, window_start, completions, revision)"
        " VALUES ('t', 'o', 'desk', 'd1', 3600, '2026-03-02 08:00:00', 7, 1)\")\n"
        "store.close()\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)
    compared = spoilt.command("reconcile")
    assert compared.returncode == 1
    row = "window_metrics t o desk d1 3600 s from 2026-03-02 08:00 UTC"
    assert f"{row}: completions is stored as 7, facts say 0" in compared.stdout


def test_a_secret_that_is_lost_or_another_is_refused(day: Installation, tmp_path: Path) -> None:
    locked = day.copied(tmp_path / "locked")
    (locked.folder / "other.key").write_text("ab" * 32)
    other = locked.command("replay", "day.ndjson", "--key-file", "other.key")
    assert (other.returncode, "another secret" in other.stderr) == (3, True)
    key = locked.folder / "store.key"
    key.rename(tmp_path / "safe.key")
    lost = locked.command("replay", "day.ndjson")
    assert (lost.returncode, "Put the key file back" in lost.stderr) == (3, True)
    checked = locked.command("check")
    assert (checked.returncode, "bring it back" in checked.stdout) == (1, True)
    assert not key.exists()


def test_questions_are_answered_in_formats_of_clickhouse_and_wrong_ones_refused(
    day: Installation,
) -> None:
    (row,) = told(day, "query", COUNT)["data"]
    assert day.command("query", COUNT, "--format", "CSVWithNames").stdout == f'"n"\n{row["n"]}\n'
    for wrong in ("DROP TABLE semko.votes", "SELECT no_such_column FROM semko.votes", "SELECT 1;1"):
        refused = day.command("query", wrong)
        assert refused.returncode == 2
        assert refused.stderr.startswith("semko: ")
    assert day.command("query", COUNT, "--format", "Fancy").returncode == 2


def test_a_question_without_end_is_stopped_by_ctrl_c(day: Installation) -> None:
    with begun(day, "query", ENDLESS) as asking:
        wait_for(lambda: cpu_seconds(asking.pid) > MORE_THAN_A_START, asking)
        said, seconds = stopped(asking, signal.SIGINT)
    assert (asking.returncode, said[-1]) == (130, "stopped")
    assert seconds < STOPPED_SECONDS + NOISE_SECONDS


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_replay_that_is_stopped_counts_everything_once_when_it_is_begun_again(
    tmp_path: Path, number: signal.Signals
) -> None:
    installation = Installation(tmp_path)
    events = a_file_of_days(tmp_path / "days.ndjson", 60)
    with begun(installation, "replay", "days.ndjson") as replaying:
        wait_for(installation.log_path.exists, replaying)
        said, seconds = stopped(replaying, number)
    assert replaying.returncode == 128 + number
    assert said[-1].startswith("stopped")
    assert seconds < STOPPED_SECONDS + NOISE_SECONDS
    whole = told(installation, "replay", "days.ndjson")
    assert whole["completions"] + whole["votes"] == whole["read"] == events
    assert told(installation, "reconcile")["differences"] == 0


def test_what_a_killed_service_leaves_behind_hinders_nobody(
    day: Installation, tmp_path: Path
) -> None:
    left = day.copied(tmp_path / "left")
    run_file = left.folder / "store.running.json"
    run_file.write_text(json.dumps({"pid": 1, "url": "http://127.0.0.1:9", "token": "t"}))
    (row,) = told(left, "query", COUNT)["data"]
    assert int(row["n"]) > 0


def test_months_are_dropped_as_a_dry_run_says(day: Installation, tmp_path: Path) -> None:
    kept = day.copied(tmp_path / "kept")
    would = told(kept, "retain", "--months", "1", "--dry-run")
    assert would["months"] == ["2026-03"]
    assert would["interactions"] > 0
    assert told(kept, "retain", "--months", "1") == {**would, "dry_run": False}
    assert told(kept, "retain", "--months", "1")["interactions"] == 0
    late = told(kept, "replay", "day.ndjson")
    assert late["completions"] == 0
    assert late["dead_letters"] == late["read"]


def test_a_store_that_is_lost_is_filled_again_from_its_log(
    day: Installation, tmp_path: Path
) -> None:
    anew = day.copied(tmp_path / "anew")
    (before,) = told(anew, "query", COUNT)["data"]
    anew.lose_store()
    (anew.folder / "nothing.ndjson").write_text("")
    again = told(anew, "replay", "nothing.ndjson")
    assert again["read"] == 0
    assert again["completions"] == int(before["n"])
