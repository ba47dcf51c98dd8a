"""Rows for tests of stores: whole ones of few values, how they go in, and what came back."""

from collections.abc import Sequence
from typing import Any

from models.columns import Column
from models.facts import DeskSpan, Facts, Needs, Office
from models.tables import TABLES, Kind
from streams.shell.ports import Store
from tests.oracle import Row

TEN = 1_743_501_600_000  # 2025-04-01T10:00:00Z
_EMPTY: dict[Kind, Any] = {
    **dict.fromkeys((Kind.WORD, Kind.TEXT), ""),
    Kind.BYTES: b"",
    Kind.REAL: 0.0,
    Kind.DAY: 0,
    **dict.fromkeys((Kind.KEY, Kind.NUMBER, Kind.FLAG, Kind.INSTANT, Kind.SECOND), 0),
    Kind.DAY: 0,
    Kind.REAL: 0.0,
    **dict.fromkeys((Kind.SMALL_OR_NULL, Kind.SECONDS_OR_NULL, Kind.INSTANT_OR_NULL)),
    Kind.PAIRS: {},
    **{kind: [] for kind in (Kind.WORDS, Kind.INSTANTS, Kind.PLACES)},
}
OFFICE = Office("t", "o")
PLACE = {"tenant_id": "t", "office_id": "o", "desk_id": "d1", "revision": 1}


def columns(table: str, rows: Sequence[Row]) -> dict[str, Column]:
    """``rows`` as columns; what they do not say is empty, 0 or null."""
    whole = [{name: _EMPTY[kind] for name, kind in TABLES[table].items()} | row for row in rows]
    assert all(row.keys() == TABLES[table].keys() for row in whole)
    return {name: [row[name] for row in whole] for name in TABLES[table]}


def interaction(key: int, completed_at: int = TEN, **more: Any) -> Row:
    """A completed interaction of desk ``d1`` of office ``o``."""
    own = {"interaction_key": key, "completed_at": completed_at, "service_id": "s1"}
    return PLACE | own | {"channel": "counter", "outcome": "completed"} | more


def vote(key: int, event: str, voted_at: int = TEN, **more: Any) -> Row:
    """A vote at desk ``d1`` of office ``o``; ``key`` 0: sent without an interaction."""
    return PLACE | {"interaction_key": key, "event_id": event, "voted_at": voted_at} | more


def put(store: Store, table: str, *rows: Row) -> None:
    store.write(table, columns(table, rows))


def rows_of(facts: dict[str, list[Any]]) -> list[Row]:
    return [dict(zip(facts, values, strict=True)) for values in zip(*facts.values(), strict=True)]


def keys(facts: Facts) -> list[tuple[int, int]]:
    """Interaction and moment of every loaded row."""
    rows = facts.interactions
    return sorted(zip(rows["interaction_key"], rows["completed_at"], strict=True))


def events(facts: Facts) -> list[str]:
    return sorted(facts.votes["event_id"])


def near(desk: str, since: int, until: int) -> Needs:
    return Needs(desks={DeskSpan("t", "o", desk, since, until)})
