"""Windows of the hours that memory owns (rules 5 and 6), summed by signed contributions.

An interaction contributes one row of counters to every window of every scope that it counts in.
Whenever an event changes it, its old contribution is subtracted and the new one added; larger
windows are summed from the changes of smaller ones.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.tables import COUNTERS
from streams.core.columnar import Rows
from streams.core.vocabulary import Vocabulary

WINDOW_MINUTES = (1, 15, 60)
MINUTE_MS = 60_000
_MINUTE_BITS = 27  # minutes until the year 2100 need 27
_MINUTE_MASK = (1 << _MINUTE_BITS) - 1

Keys = NDArray[np.int64]
"""Scope number and window start in minutes, packed."""
Counts = NDArray[np.int64]
"""Rows of counters, one column for each of `models.tables.COUNTERS`."""


class Places(NamedTuple):
    """Where interactions count, as columns (see `interactions.Place`)."""

    office: NDArray[np.int32]
    completed_at: NDArray[np.int64]
    desk: NDArray[np.int32]
    service: NDArray[np.int32]
    channel: NDArray[np.int32]
    segments: NDArray[np.int32]

    def only(self, picked: NDArray[np.bool_] | Rows) -> "Places":
        """Some of them."""
        return Places(
            self.office[picked],
            self.completed_at[picked],
            self.desk[picked],
            self.service[picked],
            self.channel[picked],
            self.segments[picked],
        )


class Contributions(NamedTuple):
    """What interactions add to each of their windows, as columns.

    ``face`` 1-5 or 0 without a vote, ``points`` 0-10000, ``overdue`` 1, 0 or -1 (no deadline),
    ``wait_seconds`` or -1 (unknown).
    """

    outcome: NDArray[np.int8]
    face: NDArray[np.int8]
    points: NDArray[np.int16]
    overdue: NDArray[np.int8]
    wait_seconds: NDArray[np.int64]

    def only(self, picked: NDArray[np.bool_]) -> "Contributions":
        """Some of them."""
        return Contributions(
            self.outcome[picked],
            self.face[picked],
            self.points[picked],
            self.overdue[picked],
            self.wait_seconds[picked],
        )

    def counts(self) -> Counts:
        """The counters of each."""
        face, points = self.face, self.points.astype(np.int64)
        columns = [
            1,
            face > 0,
            *(face == n for n in range(1, 6)),
            points,
            points * points,
            *(self.outcome == n for n in range(1, 4)),
            self.overdue == 1,
            self.overdue >= 0,
            np.maximum(self.wait_seconds, 0),
            self.wait_seconds >= 0,
        ]
        counts = np.empty((len(face), len(columns)), np.int64)
        for n, column in enumerate(columns):
            counts[:, n] = column
        return counts


class Windows(NamedTuple):
    """Windows of one size: packed keys, ascending, and their counters."""

    minutes: int
    keys: Keys
    counts: Counts


def window_keys(places: Places, vocabulary: Vocabulary) -> tuple[Keys, Rows]:
    """The one-minute windows of all scopes of places, and for each the index of its place."""
    count = len(places.completed_at)
    segment_scopes, segment_owner = vocabulary.segment_scopes(places.segments)
    scopes = np.concatenate(
        [
            vocabulary.office_scopes(places.office),
            places.desk,
            places.service,
            places.channel,
            segment_scopes,
        ]
    )
    owner = np.concatenate([np.tile(np.arange(count), 4), segment_owner])
    minute = places.completed_at // MINUTE_MS
    return scopes << _MINUTE_BITS | minute[owner], owner


def grouped(keys: Keys, owner: Rows, counts: Counts) -> tuple[Keys, Counts]:
    """Ascending distinct keys with the sums of their counts: ``counts[owner[i]]`` is of key i."""
    if not len(keys):
        return keys, counts[:0]
    order = np.argsort(keys)
    keys = keys[order]
    starts = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]]))
    # `take` copies whole rows, which an index does three times as slowly.
    return keys[starts], np.add.reduceat(counts.take(owner[order], axis=0), starts, axis=0)


def coarser(keys: Keys, minutes: int) -> Keys:
    """The keys of the windows of ``minutes`` around one-minute windows."""
    minute = keys & _MINUTE_MASK
    return keys - minute % minutes


def scopes_and_starts(keys: Keys) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The scope numbers of packed keys, and their windows' starts in ms."""
    return keys >> _MINUTE_BITS, (keys & _MINUTE_MASK) * MINUTE_MS


class Sums:
    """The windows of memory's hours."""

    def __init__(self) -> None:
        self._sizes = [_Size(minutes) for minutes in WINDOW_MINUTES]

    def change(self, keys: Keys, owner: Rows, counts: Counts) -> list[Windows]:
        """Add signed counts to one-minute windows and all around them; the windows afterwards.

        ``counts[owner[i]]`` is added to the window of ``keys[i]``. A key with counts of zero
        changes nothing and is among the answer all the same.
        """
        changed = []
        for size in self._sizes:
            keys, counts = grouped(coarser(keys, size.minutes), owner, counts)
            owner = np.arange(len(keys))
            changed.append(Windows(size.minutes, keys, size.add(keys, counts)))
        return changed

    def forget(self, before: int) -> None:
        """Drop windows before an hour (ms) where they are the larger part."""
        for size in self._sizes:
            size.forget(before // MINUTE_MS)


class _Size:
    def __init__(self, minutes: int) -> None:
        self.minutes = minutes
        self._rows: dict[int, int] = {}
        self._counts = np.zeros((1024, len(COUNTERS)), np.int64)

    def add(self, keys: Keys, counts: Counts) -> Counts:
        known = self._rows
        rows = [known.setdefault(key, len(known)) for key in keys.tolist()]
        if len(known) > len(self._counts):
            grown = np.zeros((2 * len(known), len(COUNTERS)), np.int64)
            grown[: len(self._counts)] = self._counts
            self._counts = grown
        self._counts[rows] += counts
        return self._counts[rows]

    def forget(self, before: int) -> None:
        keys = np.fromiter(self._rows, np.int64, len(self._rows))
        kept = np.flatnonzero((keys & _MINUTE_MASK) >= before)
        if 2 * len(kept) < len(keys):
            counts = np.zeros((2 * len(kept) + 1024, len(COUNTERS)), np.int64)
            counts[: len(kept)] = self._counts[: len(keys)][kept]
            self._counts = counts
            self._rows = dict(zip(keys[kept].tolist(), range(len(kept)), strict=True))
