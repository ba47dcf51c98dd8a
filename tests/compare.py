"""Stored rows against the oracle's: one place that says how two sets of rows differ.

Works on rows as plain dictionaries, from whichever store; knows the tables, no store.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from models.columns import Coded, Column, Columns, Nullable
from models.tables import COUNTERS
from tests.oracle import Expected, InteractionId, Row, VoteId, WindowId

NOT_COMPARED = {"revision", "deleted", "former"}


class TwoLiveRowsError(AssertionError):
    """One interaction is stored under two sort keys, neither of them a tombstone."""


def plain(column: Column) -> list[Any]:
    """A column's values as Python objects, None where unknown."""
    if isinstance(column, Coded):
        return [column.words[code] for code in column.codes.tolist()]
    if isinstance(column, Nullable):
        pairs = zip(column.values.tolist(), column.null.tolist(), strict=True)
        return [None if null else value for value, null in pairs]
    return column.tolist() if isinstance(column, np.ndarray) else list(column)


def rows_of(columns: Columns) -> list[Row]:
    """Columns as one dictionary a row; all columns must be of one length."""
    lists = [plain(column) for column in columns.values()]
    return [dict(zip(columns, values, strict=True)) for values in zip(*lists, strict=True)]


def live_interactions(rows: Iterable[Row]) -> dict[InteractionId, Row]:
    """Interactions as the oracle has them, of rows newest by sort key; no tombstones.

    Raises ``TwoLiveRowsError`` where an interaction has more than one.
    """
    live: dict[InteractionId, Row] = {}
    for row in rows:
        name = (row["tenant_id"], row["office_id"], row["interaction_key"])
        if row["deleted"]:
            continue
        if name in live:
            raise TwoLiveRowsError(f"{name}: {live[name]} and {row}")
        live[name] = _without(row, NOT_COMPARED)
    return live


def live_votes(rows: Iterable[Row]) -> dict[VoteId, Row]:
    """Votes as the oracle has them, of rows newest by sort key."""
    return {vote_id(row): _without(row, NOT_COMPARED) for row in rows if not row["deleted"]}


def vote_id(row: Row) -> VoteId:
    """What identifies a stored vote: its interaction or else its desk, and its event."""
    key = row["interaction_key"]
    desk = "" if key else row["desk_id"]
    return (row["tenant_id"], row["office_id"], key, desk, row["event_id"])


def live_windows(rows: Iterable[Row]) -> dict[WindowId, dict[str, int]]:
    """Windows as the oracle has them, of rows newest by sort key; none that counts nothing."""
    return {
        window_id(row): {counter: row[counter] for counter in COUNTERS}
        for row in rows
        if any(row[counter] for counter in COUNTERS)
    }


def window_id(row: Row) -> WindowId:
    """What identifies a stored window."""
    place = (row["tenant_id"], row["office_id"], row["scope"], row["key"])
    return (*place, row["window_seconds"], row["window_start"])


def differences(
    expected: Expected,
    interactions: Mapping[InteractionId, Row],
    votes: Mapping[VoteId, Row],
    windows: Mapping[WindowId, dict[str, int]],
) -> list[str]:
    """What is missing, too many or other than expected, one line each; empty if all agrees."""
    return [
        *_of("interaction", expected.interactions, interactions),
        *_of("vote", expected.votes, votes),
        *_of("window", expected.windows, windows),
    ]


def _of(what: str, wanted: Mapping[Any, Row], stored: Mapping[Any, Row]) -> list[str]:
    lines = []
    for name in sorted(wanted.keys() | stored.keys()):
        if name not in stored:
            lines.append(f"{what} {name} is missing: {wanted[name]}")
        elif name not in wanted:
            lines.append(f"{what} {name} is too many: {stored[name]}")
        else:
            lines += _other(f"{what} {name}", wanted[name], stored[name])
    return lines


def _other(what: str, wanted: Row, stored: Row) -> list[str]:
    nothing = object()
    both = wanted.keys() | stored.keys()
    off = [c for c in sorted(both) if wanted.get(c, nothing) != stored.get(c, nothing)]
    said = [f"{c} {stored.get(c, 'no column')!r} for {wanted.get(c, 'no column')!r}" for c in off]
    return [f"{what} has {', '.join(said)}"] if said else []


def _without(row: Row, columns: set[str]) -> Row:
    return {column: value for column, value in row.items() if column not in columns}
