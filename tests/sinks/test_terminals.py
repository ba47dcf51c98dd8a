"""Heartbeats and maintenance in the store: the newest counts, whichever gateway heard it."""

from typing import Any

import pytest

from models.errors import CallError
from models.heartbeats import Heard
from models.maintenance import Order, Span
from sinks.terminals import maintenance, order_maintenance, store_heartbeats
from tests.sinks.opened import Opened

NOON = 1_795_435_200_000
MINUTE = 60_000


def heard(at: int, terminal: str = "a", uptime: int = 90_000, **more: Any) -> Heard:
    whole = Heard("t", "o", terminal, ("d1", "г'2"), "1.0", uptime, 0, 20, at)
    return whole._replace(**more)


def kept(store: Opened, terminal: str = "a") -> dict[str, Any]:
    [row] = store.rows(
        "SELECT *, toUnixTimestamp64Milli(received_at) AS received,"
        " toUnixTimestamp64Milli(first_heard_at) AS first,"
        " toUnixTimestamp64Milli(gap_ended_at) AS ended"
        " FROM semko.terminal_heartbeats FINAL WHERE terminal_id = {terminal:String}",
        {"terminal": terminal},
    )
    return row


def gap(store: Opened) -> tuple[str, int, int]:
    row = kept(store)
    return row["gap_was"], int(row["gap_seconds"]), int(row["ended"])


def test_the_newest_heartbeat_stands_and_the_first_is_remembered(store: Opened) -> None:
    store_heartbeats(store.database, [heard(NOON), heard(NOON, "b", clock_offset_ms=-5)])
    store_heartbeats(store.database, [heard(NOON + MINUTE, version="1.1", queue_length=3)])
    row = kept(store)
    assert (row["version"], row["queue_length"], row["desks"]) == ("1.1", 3, ["d1", "г'2"])
    assert (int(row["received"]), int(row["first"])) == (NOON + MINUTE, NOON)
    assert int(kept(store, "b")["clock_offset_ms"]) == -5
    # Another gateway stores later what it heard before.
    store_heartbeats(store.database, [heard(NOON + 1, version="0.9")])
    assert kept(store)["version"] == "1.1"


def test_the_next_heartbeat_tells_what_a_silence_was_and_later_ones_keep_it(store: Opened) -> None:
    store_heartbeats(store.database, [heard(NOON)])
    store_heartbeats(store.database, [heard(NOON + 3 * MINUTE)])
    assert gap(store) == ("", 0, 0)
    back = NOON + 63 * MINUTE
    store_heartbeats(store.database, [heard(back)])
    assert gap(store) == ("no network", 3600, back)
    store_heartbeats(store.database, [heard(back + MINUTE)])
    assert gap(store) == ("no network", 3600, back)
    store_heartbeats(store.database, [heard(back + 11 * MINUTE, uptime=30)])
    assert gap(store) == ("off", 600, back + 11 * MINUTE)


def test_many_terminals_are_stored_at_once(store: Opened) -> None:
    store_heartbeats(store.database, [heard(NOON, f"t{n}") for n in range(2_500)])
    found = store.rows("SELECT count() AS n FROM semko.terminal_heartbeats FINAL")
    assert int(found[0]["n"]) == 2_500


def test_maintenance_goes_from_one_order_to_the_next(store: Opened) -> None:
    on, off = Order("t", "o", "a", True), Order("t", "o", "a", False)
    with pytest.raises(CallError, match="a is not in maintenance"):
        order_maintenance(store.database, off, NOON)
    assert order_maintenance(store.database, on, NOON) == Span(NOON, None)
    with pytest.raises(CallError, match="a is in maintenance already"):
        order_maintenance(store.database, on, NOON + 1)
    assert order_maintenance(store.database, off, NOON + MINUTE) == Span(NOON, NOON + MINUTE)
    assert order_maintenance(store.database, on, NOON + MINUTE) == Span(NOON + MINUTE, None)
    known = maintenance(store.database)
    spans = [known.current(("t", "o", "a"), at) for at in (NOON - 1, NOON, NOON + MINUTE)]
    assert spans == [None, Span(NOON, NOON + MINUTE), Span(NOON + MINUTE, None)]
    assert known.current(("t", "other", "a"), NOON) is None
