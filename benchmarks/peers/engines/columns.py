"""The job on columns of events, as the worker's own core works: codes for words, sums by sorting.

Joins votes to completions in either order, forgets completions after two hours of event time, and
sums one-minute windows of desks, services and age bands. Keeps nothing on disk.
"""

from collections import deque
from collections.abc import Sequence
from functools import partial
from itertools import compress, repeat

import numpy as np
from numpy.typing import NDArray

from benchmarks.peers.engines.job import TTL_SECONDS, Row
from models.bulk import CompletionColumns, VoteColumns
from streams.core.contributions import vote_points
from streams.core.vocabulary import Learned

SCOPES = ("desk", "service", "segment")
MINUTE_MS = 60_000
_MINUTE_BITS = 27

Slots = NDArray[np.int64]
"""Numbers of windows, a row of three for each completion: of its desk, service and age band."""


class ColumnJob:
    """Takes columns of events, as many at a time as they were read together."""

    def __init__(self) -> None:
        self._words: list[tuple[int, str]] = []
        self._numbers = [Learned(partial(self._number, scope)) for scope in range(len(SCOPES))]
        self._windows: list[int] = []
        self._slots = Learned(self._slot)
        self._completions, self._votes, self._points = np.zeros((3, 1024), np.int64)
        self._open: dict[str, int] = {}
        self._rows: Slots = np.empty((1024, 3), np.int64)
        self._base = self._first = self._end = 0
        """Completions by number: where `_rows` begin, the first that is kept, the next one."""
        self._kept: deque[tuple[int, int, Sequence[str]]] = deque()
        self._early: dict[str, int] = {}

    def complete(self, read: CompletionColumns) -> None:
        """Take completions."""
        minutes = read.completed_at // MINUTE_MS
        bands = {name: (segments or {})["age_band"] for name, segments in read.segment_sets.items()}
        words = (read.desk_ids, read.service_ids, map(bands.__getitem__, read.segments))
        scopes = [known.column(each) for known, each in zip(self._numbers, words, strict=True)]
        keys = np.concatenate(scopes).astype(np.int64) << _MINUTE_BITS | np.tile(minutes, 3)
        distinct, which = np.unique(keys, return_inverse=True)
        slots = self._slots.column(distinct.tolist()).astype(np.int64)
        self._make_room()
        self._completions[slots] += np.bincount(which)
        self._keep(read.interaction_ids, slots[which].reshape(3, -1).T, int(minutes.max()))
        if self._early and (rated := self._early.keys() & read.interaction_ids):
            rows = np.array(list(map(self._open.pop, rated)))
            self._count(rows, np.array(list(map(self._early.pop, rated)), np.int64))

    def rate(self, read: VoteColumns) -> None:
        """Take votes."""
        names = [name or "" for name in read.interaction_ids]
        rows = np.array(list(map(self._open.pop, names, repeat(-1))), np.int64)
        scores, scales = np.array(read.scores, np.int8), np.array(read.scales, np.int8)
        points = vote_points(scores, scales).astype(np.int64)
        found = rows >= 0
        self._count(rows[found], points[found])
        self._early.update(zip(compress(names, ~found), points[~found].tolist(), strict=True))

    def rows(self) -> list[Row]:
        """Every window so far."""
        found = []
        sums = [each.tolist() for each in (self._completions, self._votes, self._points)]
        for key, completions, votes, points in zip(self._windows, *sums, strict=False):
            scope, word = self._words[key >> _MINUTE_BITS]
            start = 60 * (key & (1 << _MINUTE_BITS) - 1)
            found.append((SCOPES[scope], word, start, completions, votes, points))
        return found

    def _count(self, rows: NDArray[np.int64], points: NDArray[np.int64]) -> None:
        """Count votes on completions by number."""
        slots = self._rows[rows - self._base].ravel()
        np.add.at(self._votes, slots, 1)
        np.add.at(self._points, slots, np.repeat(points, 3))

    def _keep(self, names: Sequence[str], slots: Slots, minute: int) -> None:
        """Remember completions until they are two hours old."""
        begin, end = self._end, self._end + len(names)
        if end - self._base > len(self._rows):  # room anew, without those that were forgotten
            held = self._rows[self._first - self._base : begin - self._base]
            self._rows = np.empty((2 * (len(held) + len(names)), 3), np.int64)
            self._rows[: len(held)] = held
            self._base = self._first
        self._rows[begin - self._base : end - self._base] = slots
        self._open.update(zip(names, range(begin, end), strict=True))
        self._end = end
        self._kept.append((minute, end, names))
        while self._kept[0][0] < minute - TTL_SECONDS // 60:
            _, self._first, old = self._kept.popleft()
            deque(map(self._open.pop, old, repeat(None)), maxlen=0)

    def _make_room(self) -> None:
        if len(self._windows) > len(self._votes):
            grown = np.zeros((3, 2 * len(self._windows)), np.int64)
            grown[:, : len(self._votes)] = self._completions, self._votes, self._points
            self._completions, self._votes, self._points = grown

    def _number(self, scope: int, word: str) -> int:
        self._words.append((scope, word))
        return len(self._words) - 1

    def _slot(self, key: int) -> int:
        self._windows.append(key)
        return len(self._windows) - 1
