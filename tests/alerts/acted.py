"""Actions as records of their topic, and what a store has of them."""

import json

from models.alert_actions import TOPIC
from models.instants import parse_instant
from sinks.store import ClickHouseStore
from streams.core.alert_actions import action_rows, actions_of
from streams.shell.batches import RecordBatch
from streams.shell.log import LocalLog, Records
from tests.oracle import Row
from tests.store_rows import put

ALERT = "d1-20260311-1"
KEY = b"town/hall"
LATER = parse_instant("2026-03-12T00:00:00Z")
"""Of records: after all that happens in these tests."""


def acted(event_id: str, action: str, note: str = "so", **more: object) -> bytes:
    """An action about the alert of these tests, at noon of its day."""
    place = {"tenant_id": "town", "office_id": "hall", "alert_id": ALERT}
    own = {"type": "alert_action", "event_id": event_id, "action": action, "note": note}
    return json.dumps(own | place | {"acted_at": "2026-03-11T12:00:00Z"} | more).encode()


def records(*bodies: bytes) -> Records:
    """Records of one office."""
    return Records([KEY] * len(bodies), list(bodies), [LATER] * len(bodies))


def append(log: LocalLog, *bodies: bytes) -> None:
    """Into the log, its topic made where it is missing."""
    log.ensure_topic(TOPIC, 1)
    log.append_now(TOPIC, records(*bodies))


def noted(store: ClickHouseStore) -> list[tuple[str, str, str]]:
    """Event, action and note of every stored action."""
    found = store.rows(
        "SELECT event_id, action, note FROM semko.alert_actions FINAL ORDER BY event_id, alert_id"
    )
    return [(row["event_id"], row["action"], row["note"]) for row in found]


def drop(
    store: ClickHouseStore, resolved_at: str | None = None, by: str = "", office: str = "hall"
) -> None:
    """An alert that opened twenty past ten, as it was judged."""
    opened = parse_instant("2026-03-11T10:20:00Z")
    row: Row = {"tenant_id": "town", "office_id": office, "alert_id": ALERT, "desk_id": "d1"}
    row |= {"kind": "score", "observed": 60.0}
    row |= {"day": 20_523, "level": "page", "drop_points": 20.0, "expected": 80.0, "revision": 1}
    row |= dict.fromkeys(("opened_at", "begun_at", "last_alarm_at"), opened)
    row |= {"resolved_at": resolved_at and parse_instant(resolved_at), "resolved_by": by}
    put(store, "alerts", row)


def stored(store: ClickHouseStore, *bodies: bytes) -> None:
    """Actions, as a reader stores them."""
    count = len(bodies)
    run = RecordBatch("alert_actions", 0, 0, [KEY] * count, list(bodies), [LATER] * count)
    store.write("alert_actions", action_rows(actions_of(run).events))
