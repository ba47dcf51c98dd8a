"""Records of the topic of actions become the same rows in any order, however often they come."""

import json
import random
from itertools import permutations

import pytest

from models.facts import Office
from models.instants import parse_instant
from streams.core.alert_actions import action_rows, actions_of
from streams.shell.batches import RecordBatch
from tests.memory_store import MemoryStore

AT = parse_instant("2026-03-11T09:40:00Z")
HOUR = parse_instant("2026-03-11T09:00:00Z")


def body(event_id: str, action: str = "acknowledge", **more: object) -> bytes:
    own = {"type": "alert_action", "event_id": event_id, "tenant_id": "town", "office_id": "hall"}
    own |= {"alert_id": "d1-20260311-1", "action": action, "acted_at": "2026-03-11T09:40:00Z"}
    return json.dumps(own | {"note": "so"} | more).encode()


def run(*values: bytes, key: bytes = b"town/hall", at: int = AT) -> RecordBatch:
    count = len(values)
    return RecordBatch("alert_actions", 0, 7, [key] * count, list(values), [at] * count)


BODIES = (
    body("a1"),
    body("a1", note="another word"),
    body("a1", acted_at="2026-03-11T09:41:00Z"),
    body("a2", "cause"),
    body("a1", alert_id="d2-20260311-1"),
)


@pytest.mark.parametrize("order", list(permutations(range(len(BODIES)), 3)))
def test_the_same_actions_give_the_same_rows_in_any_order_and_doubled(
    order: tuple[int, ...],
) -> None:
    def stored(bodies: list[bytes], pieces: int) -> object:
        store = MemoryStore()
        for begin in range(0, len(bodies), pieces):
            events = actions_of(run(*bodies[begin : begin + pieces])).events
            store.write("alert_actions", action_rows(events))
        return store.snapshot()["alert_actions"]

    bodies = [BODIES[one] for one in order]
    often = [*bodies, *bodies]
    random.Random(str(order)).shuffle(often)
    assert stored(often, 2) == stored(sorted(bodies), 5)


def test_a_record_that_is_no_action_costs_its_neighbours_nothing_and_its_bytes_stay() -> None:
    found = actions_of(run(b"nonsense", body("a1"), body("a2", "close")))
    assert [event.event_id for event in found.events] == ["a1"]
    told = [(each.offset, each.reason, each.field, each.raw) for each in found.dead_letters]
    assert told == [(7, "json", "", b""), (9, "contract", "action", b"")]


def test_a_record_under_another_key_or_ahead_of_its_own_time_is_none() -> None:
    (letter,) = actions_of(run(body("a1"), key=b"town/other")).dead_letters
    assert letter.reason == "misrouted"
    (letter,) = actions_of(run(body("a1"), at=AT - 300_001)).dead_letters
    assert (letter.reason, letter.field) == ("future", "acted_at")
    assert actions_of(run(body("a1"), at=AT - 300_000)).events


def test_the_hours_of_what_closes_alerts_are_told_by_office() -> None:
    later = body("a3", "resolve", acted_at="2026-03-11T10:04:00Z")
    closing = actions_of(run(body("a1"), later, body("a2", "resolve"), at=AT + 3_600_000))
    assert closing.closed() == {Office("town", "hall"): HOUR}
    assert actions_of(run(body("a1"))).closed() == {}
