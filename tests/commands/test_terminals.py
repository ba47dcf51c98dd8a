"""`semko terminals` beside a running process, and over a store that nobody serves."""

import json
import time
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.installations import Installation
from tests.stored import wrong_books


def written(seconds_ago: float = 0) -> str:
    moment = datetime.fromtimestamp(time.time() - seconds_ago, UTC)
    return moment.isoformat(timespec="milliseconds")


def event(kind: str, event_id: str, at: str, **more: Any) -> bytes:
    whole = {"type": kind, "event_id": event_id, "tenant_id": "t", "office_id": "o"}
    own = {"desk_id": "d1", "interaction_id": "A1"} | more
    time_name = "completed_at" if kind == "completion" else "voted_at"
    return json.dumps(whole | own | {time_name: at}).encode()


def vote(event_id: str, at: str, **more: Any) -> bytes:
    return event("vote", event_id, at, terminal_id="hall-1", score=1, **more)


def beat(installation: Installation, **more: Any) -> dict[str, Any]:
    body: dict[str, Any] = {"tenant_id": "t", "office_id": "o", "desks": ["d1"], "version": "1.4.2"}
    body |= {"uptime_seconds": 60, "queue_length": 3, "sent_at": written(-2)} | more
    url = f"{installation.url}/v1/terminals/hall-1/heartbeat"
    request = urllib.request.Request(url, json.dumps(body).encode(), method="POST")
    with urllib.request.urlopen(request, timeout=20) as answer:
        said: dict[str, Any] = json.load(answer)
        return said


def listed(installation: Installation) -> dict[str, Any]:
    told = installation.command("terminals", "list", "--json")
    assert told.returncode == 0, told.stderr
    [terminal] = json.loads(told.stdout)["terminals"]
    return dict(terminal)


def kinds(installation: Installation) -> dict[str, str]:
    told = installation.command(
        "query", "SELECT event_id, kind FROM semko.votes FINAL", "--format", "JSONEachRow"
    )
    return {row["event_id"]: row["kind"] for row in map(json.loads, told.stdout.splitlines())}


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    made = Installation(tmp_path)
    made.start()
    try:
        made.wait_until_ready()
        yield made
    finally:
        made.close()


def test_what_is_pressed_in_maintenance_counts_nowhere_and_restarts_forget_nothing(
    installation: Installation,
) -> None:
    served = event("completion", "c1", written(20), service_id="s1")
    assert installation.post(served, vote("v1", written(10)))["accepted"] == 2
    before = vote("v3", written())
    said = beat(installation)
    assert (said["next_seconds"], said["maintenance"]) == (60, False)
    on = installation.command("terminals", "maintenance", "hall-1", "--on", "--json")
    assert (on.returncode, json.loads(on.stdout)["until"]) == (0, None)
    again = installation.command("terminals", "maintenance", "hall-1", "--on")
    assert (again.returncode, "in maintenance already" in again.stderr) == (2, True)
    assert beat(installation)["maintenance"] is True
    installation.post(vote("v2", written()), before)
    kept_back = vote("v4", written())
    installation.wait_until_counted()
    assert listed(installation)["state"] == "maintenance"
    assert installation.stop()[0] == 0

    # Nobody serves: the command opens the store itself. The heartbeat was stored on the way out.
    off = installation.command("terminals", "maintenance", "hall-1", "--off")
    assert off.returncode == 0, off.stderr
    row = listed(installation)
    assert (row["version"], row["queue_length"], row["desks"]) == ("1.4.2", 3, ["d1"])
    assert row["clock_offset_seconds"] == pytest.approx(2, abs=1)

    installation.start()
    installation.wait_until_ready()
    installation.post(kept_back)
    installation.wait_until_counted()
    # v3 was pressed before maintenance and sent within, v4 the other way round.
    assert kinds(installation) == {"v1": "corrected", "v2": "test", "v3": "counted", "v4": "test"}
    told = installation.command("terminals", "list").stdout
    assert "hall-1 has no key" in told
    assert "version 1.4.2, clock +2." in told
    assert installation.stop()[0] == 0
    assert wrong_books(installation) == []


def test_a_terminal_that_nobody_knows_must_be_named_with_its_office(
    installation: Installation,
) -> None:
    lone = installation.command("terminals", "maintenance", "hall-9", "--on")
    assert (lone.returncode, "no known terminal is called 'hall-9'" in lone.stderr) == (2, True)
    half = installation.command("terminals", "maintenance", "hall-9", "--on", "--tenant", "t")
    assert half.returncode == 2
    place = ("--tenant", "t", "--office", "o")
    assert (
        installation.command("terminals", "maintenance", "hall-9", "--on", *place).returncode == 0
    )
    assert listed(installation)["id"] == "hall-9"
