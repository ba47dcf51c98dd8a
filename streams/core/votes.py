"""Votes in memory, a row each, whether they count or not.

Rule 1 for votes lives here: where two differ under one identity, the later ``voted_at`` counts,
then the greater normalised content. Votes sent with an interaction's key form a chain from their
interaction's row (``next_vote``); votes without one are found by desk and event id.
"""

import json
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from streams.core.columnar import Columnar, Rows
from streams.core.vocabulary import Vocabulary

VOTE_COLUMNS = ("desk", "terminal", "score", "scale", "reasons", "test", "voted_at")
"""What a later version of the same vote replaces."""


class Votes(Columnar):
    """Rows of votes. ``interaction`` is the row of the interaction sent along, -1 without one."""

    fields: ClassVar[dict[str, tuple[Any, Any]]] = {
        "office": (np.int32, 0),
        "interaction": (np.int32, -1),
        "key": (np.uint64, 0),
        "desk": (np.int32, -1),
        "terminal": (np.int32, -1),
        "event_id": (object, ""),
        "score": (np.int8, 0),
        "scale": (np.int8, 0),
        "reasons": (np.int32, -1),
        "test": (np.bool_, False),
        "voted_at": (np.int64, 0),
        "next_vote": (np.int32, -1),
    }
    office: NDArray[np.int32]
    interaction: NDArray[np.int32]
    key: NDArray[np.uint64]
    desk: NDArray[np.int32]
    terminal: NDArray[np.int32]
    event_id: NDArray[np.object_]
    score: NDArray[np.int8]
    scale: NDArray[np.int8]
    reasons: NDArray[np.int32]
    test: NDArray[np.bool_]
    voted_at: NDArray[np.int64]
    next_vote: NDArray[np.int32]

    def __init__(self, capacity: int = 1024) -> None:
        super().__init__(capacity)
        self.former: dict[int, set[int]] = {}
        """Every ``voted_at`` of a vote that had more than one."""
        self.by_desk: dict[tuple[int, str], int] = {}
        """Rows of votes without interaction, by desk and event id."""

    def times(self, row: int) -> set[int]:
        """Every ``voted_at`` that the vote has or had."""
        return self.former.get(row) or {int(self.voted_at[row])}

    def chain(self, first: int) -> list[int]:
        """The votes of an interaction, from its first on."""
        rows = []
        while first >= 0:
            rows.append(first)
            first = int(self.next_vote[first])
        return rows

    def add(self, new: "Ballots", picked: Rows, interactions: Rows) -> Rows:
        """Append votes ``picked`` of ``new`` with the rows of their interactions; their rows."""
        first = self.extend(len(picked))
        rows = np.arange(first, self.size)
        self.office[rows] = new.office[picked]
        self.interaction[rows] = interactions
        self.key[rows] = new.key[picked]
        self.event_id[rows] = new.event_id[picked]
        for name in VOTE_COLUMNS:
            getattr(self, name)[rows] = getattr(new, name)[picked]
        return rows

    def merge(self, row: int, new: "Ballots", i: int, vocabulary: Vocabulary) -> None:
        """Take in another version of the vote in ``row`` (rule 1)."""
        held, named = int(self.voted_at[row]), int(new.voted_at[i])
        if held != named:
            self.remember(row, named)
        if named > held or (
            named == held and content(new, i, vocabulary) > content(self, row, vocabulary)
        ):
            for name in VOTE_COLUMNS:
                getattr(self, name)[row] = getattr(new, name)[i]

    def remember(self, row: int, voted_at: int) -> None:
        """Note another time that the vote had."""
        self.former.setdefault(row, {int(self.voted_at[row])}).add(voted_at)

    def only_kept(self, rows: Rows) -> "Votes":
        """These rows alone, renumbered in the order given; chains are left as they were."""
        kept = self.only(rows)
        if self.former:
            kept.former = {
                new: self.former[old] for new, old in enumerate(rows.tolist()) if old in self.former
            }
        return kept


class Ballots(NamedTuple):
    """Votes of a batch as columns, row for row; ``key`` is 0 without an interaction."""

    key: NDArray[np.uint64]
    office: NDArray[np.int32]
    desk: NDArray[np.int32]
    terminal: NDArray[np.int32]
    score: NDArray[np.int8]
    scale: NDArray[np.int8]
    reasons: NDArray[np.int32]
    test: NDArray[np.bool_]
    voted_at: NDArray[np.int64]
    event_id: NDArray[np.object_]


def content(table: "Votes | Ballots", row: int, vocabulary: Vocabulary) -> str:
    """Normalised content (rule 1) of a vote, less the ids that all of its rivals share."""
    fields: dict[str, Any] = {
        "desk_id": vocabulary.scope_keys[table.desk[row]],
        "reasons": vocabulary.reasons[table.reasons[row]] or None,
        "scale": int(table.scale[row]),
        "score": int(table.score[row]),
        "terminal_id": vocabulary.terminals[table.terminal[row]],
        "test": bool(table.test[row]),
        "voted_at": int(table.voted_at[row]),
    }
    return json.dumps(fields, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
