"""What a batch makes dirty, record by record (I3): rows to write again even where nothing changed.

A record that comes again must heal what a crash left half written, and write over what a former
owner wrote since: so it is what events *name* that counts here, never the net difference.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from streams.core.columnar import Rows
from streams.core.decoding import EventBatch
from streams.core.matching import DESK_LATE_MS, EARLY_MS, desk_votes_near
from streams.core.memory import Memory


class Taken(NamedTuple):
    """Where the events of a batch went in memory: a row for each event."""

    completions: Rows
    votes: Rows


class Dirty(NamedTuple):
    """Rows in memory, ascending and distinct."""

    named: Rows
    """Interactions that the batch's events name."""
    interactions: Rows
    """Those, and all that a dirty vote without interaction could rate: one that the batch names by
    any time that it had, others by their present one."""
    desk_votes: Rows
    """Votes without interaction that the batch names or that lie near a place that it names."""


def take(memory: Memory, batch: EventBatch) -> Taken:
    """Merge the events of a batch into memory."""
    # Two statements: a vote may name an interaction whose completion is in the same batch.
    completions = memory.take_completions(batch.completions)
    return Taken(completions, memory.take_votes(batch.ballots))


def find_dirty(memory: Memory, batch: EventBatch, taken: Taken) -> Dirty:
    """What must be judged and written again after a batch was taken."""
    named = np.unique(np.concatenate([taken.completions, memory.keyed_rows(batch.ballots)]))
    named_votes = set(taken.votes[batch.ballots.key == 0].tolist())
    near_votes: set[int] = set()
    interactions: set[int] = set()
    if memory.desks.with_votes:
        for desk, completed_at in _named_places(memory, taken.completions):
            near_votes |= desk_votes_near(memory, desk, completed_at)
        for vote in named_votes:
            interactions |= _could_rate(memory, vote, memory.votes.times(vote))
        # A former time of a vote that the batch does not name may lie where nothing was loaded.
        for vote in near_votes - named_votes:
            interactions |= _could_rate(memory, vote, {int(memory.votes.voted_at[vote])})
    return Dirty(
        named,
        np.union1d(named, np.array(sorted(interactions), np.int64)),
        np.array(sorted(named_votes | near_votes), np.int64),
    )


def _named_places(memory: Memory, rows: Rows) -> Iterator[tuple[int, int]]:
    """(desk, completed_at) of every place of interactions, now and before, at desks that have
    votes without interaction."""
    table, indexed = memory.interactions, np.array(list(memory.desks.with_votes), np.int32)
    here = rows[np.isin(table.desk[rows], indexed)]
    yield from zip(table.desk[here].tolist(), table.completed_at[here].tolist(), strict=True)
    for row in rows.tolist() if table.former else ():
        for place in table.former.get(row, ()):
            yield place.desk, place.completed_at


def _could_rate(memory: Memory, vote: int, times: set[int]) -> set[int]:
    """Interactions in reach of a vote without interaction at any of ``times``."""
    completed_at, desks = memory.interactions.completed_at, memory.interactions.desk
    desk = int(memory.votes.desk[vote])
    return {
        row
        for time in times
        for row in memory.desks.interactions.find(desk, time - EARLY_MS, time + DESK_LATE_MS)
        if desks[row] == desk and time - EARLY_MS <= completed_at[row] <= time + DESK_LATE_MS
    }
