"""Interactions in memory, a row each: the counting completion, and what windows hold of it.

Rule 2 lives here: of several completions of an interaction the one with the greatest
(``completed_at``, ``event_id``, normalised content) counts. Knows nothing of votes but the first
one sent with the interaction's key, where a chain through the table of votes begins.
"""

import json
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from streams.core.columnar import NONE, Columnar, Rows
from streams.core.vocabulary import OUTCOMES, Vocabulary

COMPLETION_COLUMNS = (
    "desk",
    "service",
    "channel",
    "segments",
    "outcome",
    "completed_at",
    "arrived_at",
    "started_at",
    "due_at",
    "event_id",
)
"""What a later completion of the same interaction replaces."""


class Place(NamedTuple):
    """Where an interaction counts: a time in ms and the numbers of scopes."""

    completed_at: int
    desk: int
    service: int
    channel: int
    segments: int


class Interactions(Columnar):
    """Rows of interactions. ``completed_at`` is NONE where only votes are known."""

    fields: ClassVar[dict[str, tuple[Any, Any]]] = {
        "key": (np.uint64, 0),
        "office": (np.int32, 0),
        "desk": (np.int32, -1),
        "service": (np.int32, -1),
        "channel": (np.int32, -1),
        "segments": (np.int32, -1),
        "outcome": (np.int8, 0),
        "completed_at": (np.int64, NONE),
        "arrived_at": (np.int64, NONE),
        "started_at": (np.int64, NONE),
        "due_at": (np.int64, NONE),
        "event_id": (object, ""),
        "first_vote": (np.int32, -1),
        "summed": (np.bool_, False),
        "summed_completed_at": (np.int64, NONE),
        "summed_desk": (np.int32, -1),
        "summed_service": (np.int32, -1),
        "summed_channel": (np.int32, -1),
        "summed_segments": (np.int32, -1),
        "summed_outcome": (np.int8, 0),
        "summed_face": (np.int8, 0),
        "summed_points": (np.int16, 0),
        "summed_overdue": (np.int8, -1),
        "summed_wait_seconds": (np.int64, -1),
    }
    key: NDArray[np.uint64]
    office: NDArray[np.int32]
    desk: NDArray[np.int32]
    service: NDArray[np.int32]
    channel: NDArray[np.int32]
    segments: NDArray[np.int32]
    outcome: NDArray[np.int8]
    completed_at: NDArray[np.int64]
    arrived_at: NDArray[np.int64]
    started_at: NDArray[np.int64]
    due_at: NDArray[np.int64]
    event_id: NDArray[np.object_]
    first_vote: NDArray[np.int32]
    summed: NDArray[np.bool_]
    summed_completed_at: NDArray[np.int64]
    summed_desk: NDArray[np.int32]
    summed_service: NDArray[np.int32]
    summed_channel: NDArray[np.int32]
    summed_segments: NDArray[np.int32]
    summed_outcome: NDArray[np.int8]
    summed_face: NDArray[np.int8]
    summed_points: NDArray[np.int16]
    summed_overdue: NDArray[np.int8]
    summed_wait_seconds: NDArray[np.int64]

    def __init__(self, capacity: int = 1024) -> None:
        super().__init__(capacity)
        self.former: dict[int, set[Place]] = {}
        """Every place of an interaction that had, or was named in, more than one."""

    def place(self, row: int) -> Place:
        """Where the interaction counts now."""
        return _place(self, row)

    def places(self, row: int) -> set[Place]:
        """Every place that the interaction has or had."""
        former = self.former.get(row)
        if former is not None:
            return former
        return {self.place(row)} if self.completed_at[row] != NONE else set()

    def take(self, rows: Rows, completions: "Completions", vocabulary: Vocabulary) -> list[int]:
        """Merge completions into their rows; returns those rows whose place was another before.

        ``rows[i]`` is the row of completion i.
        """
        first = np.zeros(len(rows), np.bool_)
        first[np.unique(rows, return_index=True)[1]] = True
        plain = first & (self.completed_at[rows] == NONE)
        for name in COMPLETION_COLUMNS:
            getattr(self, name)[rows[plain]] = getattr(completions, name)[plain]
        if self.former:  # a place may be known from a tombstone alone
            for row in rows[plain].tolist():
                if row in self.former:
                    self.former[row].add(self.place(row))
        moved = []
        for i in np.flatnonzero(~plain).tolist():
            if self._merge(int(rows[i]), completions, i, vocabulary):
                moved.append(int(rows[i]))
        return moved

    def _merge(self, row: int, new: "Completions", i: int, vocabulary: Vocabulary) -> bool:
        held, named = self.place(row), new.place(i)
        if held != named:
            self.remember(row, named)
        held_rank = int(self.completed_at[row]), self.event_id[row]
        named_rank = int(new.completed_at[i]), new.event_id[i]
        later = named_rank > held_rank or (
            named_rank == held_rank and content(new, i, vocabulary) > content(self, row, vocabulary)
        )
        if later:
            for name in COMPLETION_COLUMNS:
                getattr(self, name)[row] = getattr(new, name)[i]
        return later and held != named

    def remember(self, row: int, place: Place) -> None:
        """Note another place that the interaction had or was named in."""
        self.former.setdefault(row, self.places(row)).add(place)

    def only_kept(self, rows: Rows) -> "Interactions":
        """These rows alone, renumbered in the order given."""
        kept = self.only(rows)
        if self.former:
            kept.former = {
                new: self.former[old] for new, old in enumerate(rows.tolist()) if old in self.former
            }
        return kept


class Completions(NamedTuple):
    """Completions of a batch as columns, row for row; names and numbers as in `Interactions`."""

    key: NDArray[np.uint64]
    office: NDArray[np.int32]
    desk: NDArray[np.int32]
    service: NDArray[np.int32]
    channel: NDArray[np.int32]
    segments: NDArray[np.int32]
    outcome: NDArray[np.int8]
    completed_at: NDArray[np.int64]
    arrived_at: NDArray[np.int64]
    started_at: NDArray[np.int64]
    due_at: NDArray[np.int64]
    event_id: NDArray[np.object_]

    def place(self, i: int) -> Place:
        """The place that a completion names itself."""
        return _place(self, i)


def _place(table: "Interactions | Completions", row: int) -> Place:
    return Place(
        int(table.completed_at[row]),
        int(table.desk[row]),
        int(table.service[row]),
        int(table.channel[row]),
        int(table.segments[row]),
    )


def content(table: "Interactions | Completions", row: int, vocabulary: Vocabulary) -> str:
    """Normalised content (rule 1) of a completion, less the ids that all of its rivals share."""
    fields: dict[str, Any] = {
        "arrived_at": _time(table.arrived_at[row]),
        "channel": vocabulary.scope_keys[table.channel[row]],
        "completed_at": _time(table.completed_at[row]),
        "desk_id": vocabulary.scope_keys[table.desk[row]],
        "due_at": _time(table.due_at[row]),
        "outcome": OUTCOMES[table.outcome[row]],
        "segments": vocabulary.segment_sets[table.segments[row]] or None,
        "service_id": vocabulary.scope_keys[table.service[row]],
        "started_at": _time(table.started_at[row]),
    }
    return json.dumps(fields, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _time(value: np.int64) -> int | None:
    return None if value == NONE else int(value)
