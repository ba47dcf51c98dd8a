"""Columns on their way to a store, checked value by value against the tables.

A store would refuse a wrong value, cut it or take it for another one; here it is named at once.
"""

from collections.abc import Callable
from typing import Any

from models.columns import Columns
from models.tables import TABLES, Kind
from tests.compare import rows_of
from tests.oracle import Row

_RANGES = {
    Kind.KEY: range(2**64),
    Kind.NUMBER: range(-(2**63), 2**63),
    Kind.FLAG: range(2),
    Kind.SMALL_OR_NULL: range(2**8),
    Kind.SECONDS_OR_NULL: range(2**32),
    Kind.INSTANT: range(2**63),
    Kind.INSTANT_OR_NULL: range(2**63),
    Kind.SECOND: range(0, 2**63, 1000),
    Kind.DAY: range(-(2**15), 2**16),
}
_NULLABLE = (Kind.SMALL_OR_NULL, Kind.SECONDS_OR_NULL, Kind.INSTANT_OR_NULL)
_CHANGEABLE = (Kind.PAIRS, Kind.WORDS, Kind.INSTANTS, Kind.PLACES)
_TYPES = {Kind.WORD: str, Kind.TEXT: str, Kind.BYTES: bytes, Kind.REAL: float}


def checked_rows(table: str, columns: Columns) -> list[Row]:
    """The rows of ``columns``, none of whose objects are those of the caller.

    Raises ``TypeError`` where a column is missing, unknown, of another length or holds a value that
    its kind excludes.
    """
    kinds = TABLES[table]
    if columns.keys() != kinds.keys():
        raise TypeError(f"{table} has other columns: {sorted(columns.keys() ^ kinds.keys())}")
    lengths = {name: len(column) for name, column in columns.items()}
    if len(set(lengths.values())) > 1:
        raise TypeError(f"{table} has columns of different lengths: {lengths}")
    rows = rows_of(columns)
    changeable = [(name, kind) for name, kind in kinds.items() if kind in _CHANGEABLE]
    for row in rows:
        for name, kind in kinds.items():
            if not fits(kind, row[name]):
                raise TypeError(f"{table}.{name} holds {row[name]!r}, which is no {kind}")
        for name, kind in changeable:
            row[name] = own_copy(kind, row[name])
    return rows


def fits(kind: Kind, value: Any) -> bool:
    """Whether a column of ``kind`` may hold ``value``."""
    if value is None:
        return kind in _NULLABLE
    if kind in _RANGES:
        return isinstance(value, int) and value in _RANGES[kind]
    if kind in _TYPES:
        return isinstance(value, _TYPES[kind])
    if kind is Kind.PAIRS:
        return isinstance(value, dict) and _texts(value) and _texts(value.values())
    return isinstance(value, list | tuple) and all(_ELEMENTS[kind](item) for item in value)


def own_copy(kind: Kind, value: Any) -> Any:
    """``value`` in objects that nobody else holds, in the shapes of ``models.facts``."""
    if kind is Kind.PAIRS:
        return dict(value)
    if kind in (Kind.WORDS, Kind.INSTANTS):
        return list(value)
    if kind is Kind.PLACES:
        return [(*place[:4], dict(place[4])) for place in value]
    return value


def _texts(values: Any) -> bool:
    return all(isinstance(value, str) for value in values)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_instant(value: Any) -> bool:
    return fits(Kind.INSTANT, value)


def _is_place(place: Any) -> bool:
    return (
        isinstance(place, tuple)
        and len(place) == 5
        and fits(Kind.INSTANT, place[0])
        and _texts(place[1:4])
        and fits(Kind.PAIRS, place[4])
    )


_ELEMENTS: dict[Kind, Callable[[Any], bool]] = {
    Kind.WORDS: _is_text,
    Kind.INSTANTS: _is_instant,
    Kind.PLACES: _is_place,
}
