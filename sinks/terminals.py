"""Terminals in the store: their newest heartbeats, and when they were in maintenance.

Knows the tables, not the engine.
"""

from collections.abc import Iterable, Sequence

from models.errors import CallError
from models.heartbeats import Gap, Heard, gap_before
from models.maintenance import Maintenance, Order, Span
from sinks.database import Database, insertion, instant_text, listed

_ROWS_A_STATEMENT = 1_000
_PLACE = "tenant_id, office_id, terminal_id"

Terminal = tuple[str, str, str]


def store_heartbeats(database: Database, heard: Sequence[Heard]) -> None:
    """Store heartbeats, at most one a terminal, with what the silence before each of them was.

    What is stored already is read first: so it does not matter which gateway heard a terminal
    before, and whether it has started since.
    """
    for start in range(0, len(heard), _ROWS_A_STATEMENT):
        some = heard[start : start + _ROWS_A_STATEMENT]
        known = _known(database, [each.terminal for each in some])
        rows = [_row(each, known.get(each.terminal)) for each in some]
        database.execute(insertion("terminal_heartbeats", rows))


_Known = tuple[int, int, Gap]
"""Received and first heard, in ms since 1970, and the last gap."""


def _known(database: Database, terminals: Iterable[Terminal]) -> dict[Terminal, _Known]:
    found = database.columns(
        "SELECT toString(tenant_id) AS tenant, toString(office_id) AS office,"
        " toString(terminal_id) AS terminal, toUnixTimestamp64Milli(received_at) AS received,"
        " toUnixTimestamp64Milli(first_heard_at) AS first, toString(gap_was) AS was,"
        " toInt64(gap_seconds) AS seconds, toUnixTimestamp64Milli(gap_ended_at) AS ended"
        f" FROM semko.terminal_heartbeats FINAL WHERE ({_PLACE}) IN ({listed(terminals)})"
    )
    return {
        (tenant, office, terminal): (received, first, Gap(*gap))
        for tenant, office, terminal, received, first, *gap in zip(*found.values(), strict=True)
    }


def _row(heard: Heard, known: _Known | None) -> dict[str, object]:
    received, first, gap = known or (heard.received_at, heard.received_at, Gap())
    gap = gap_before(heard, received) or gap
    return {
        "tenant_id": heard.tenant_id,
        "office_id": heard.office_id,
        "terminal_id": heard.terminal_id,
        "desks": list(heard.desks),
        "version": heard.version,
        "received_at": instant_text(heard.received_at),
        "uptime_seconds": heard.uptime_seconds,
        "queue_length": heard.queue_length,
        "clock_offset_ms": heard.clock_offset_ms,
        "first_heard_at": instant_text(first),
        "gap_was": gap.was,
        "gap_seconds": gap.seconds,
        "gap_ended_at": instant_text(gap.ended_at),
        "revision": heard.received_at,
    }


def maintenance(database: Database) -> Maintenance:
    """When which terminals were in maintenance, as far as it is stored."""
    found = database.columns(
        f"SELECT {', '.join(f'toString({name})' for name in _PLACE.split(', '))},"
        " toUnixTimestamp64Milli(since), toUnixTimestamp64Milli(until)"
        " FROM semko.terminal_maintenance FINAL ORDER BY since"
    )
    spans: dict[Terminal, list[Span]] = {}
    for tenant, office, terminal, since, until in zip(*found.values(), strict=True):
        spans.setdefault((tenant, office, terminal), []).append(Span(since, until))
    return Maintenance(spans)


def order_maintenance(database: Database, order: Order, now: int) -> Span:
    """Begin or end the maintenance of a terminal at ``now`` (ms since 1970); the span it makes.

    Raises ``CallError`` where a terminal is in maintenance already, or is not.
    """
    current = maintenance(database).current(order.terminal, now)
    if order.on and current is not None:
        raise CallError(f"{order.terminal_id} is in maintenance already")
    if not order.on and current is None:
        raise CallError(f"{order.terminal_id} is not in maintenance")
    span = Span(now, None) if current is None else Span(current.since, now)
    row: dict[str, object] = dict(zip(_PLACE.split(", "), order.terminal, strict=True))
    row |= {"since": instant_text(span.since), "revision": now}
    if span.until is not None:
        row["until"] = instant_text(span.until)
    database.execute(insertion("terminal_maintenance", [row]))
    return span
