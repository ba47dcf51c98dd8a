"""The whole way of a record, top to bottom: bytes of a log in, rows of the store out.

`Partition` is what a worker holds of one partition; `process` takes a batch through it. Everything
that depends on the world outside (facts that are stored, the clock) comes in as an argument.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from models.columns import Columns
from models.facts import Facts, Needs, OfficeHour
from streams.core.changing import WindowChanges, change_windows
from streams.core.columnar import NONE
from streams.core.decoding import Context, DeadLetter, EventBatch, Records, decode
from streams.core.dirty import Dirty, find_dirty, take
from streams.core.frontier import Frontier
from streams.core.loading import events_of, learn, needs_by_name, needs_by_place
from streams.core.matching import JoinWindows, Settled, joined, settle, unmatched
from streams.core.memory import Memory
from streams.core.rows import interaction_rows, tombstone_rows, vote_rows, window_rows
from streams.core.sums import Sums

Load = Callable[[Needs], Facts]
"""Brings stored facts; the shell's."""


@dataclass(slots=True)
class Partition:
    """Everything that is held of one partition between two batches."""

    memory: Memory
    sums: Sums
    frontier: Frontier
    join_windows: JoinWindows


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a batch comes to, in the order in which it must be stored (I1)."""

    tombstones: Columns | None
    interactions: Columns
    votes: Columns
    windows: Columns
    dirty_hours: set[OfficeHour]
    dead_letters: list[DeadLetter]
    events: EventBatch


def process(partition: Partition, runs: Sequence[Records], load: Load, context: Context) -> Outcome:
    """Take a batch of records through: decode, load, take, judge, sum, and write down."""
    batch = decode(runs, partition.memory.vocabulary, context)  # rule 9
    return _counted(partition, batch, load)


def again(partition: Partition, facts: Facts, load: Load) -> Outcome:
    """Take stored facts through as if their events came again: what they give is written (I3)."""
    learn(partition.memory, facts)
    return _counted(partition, events_of(partition.memory, facts), load)


def _counted(partition: Partition, batch: EventBatch, load: Load) -> Outcome:
    memory, sums, hour = partition.memory, partition.sums, partition.frontier.hour
    for find_needs in (needs_by_name, needs_by_place):  # rule 7
        needs = find_needs(memory, batch)
        if needs:
            learn(memory, load(needs))
    taken = take(memory, batch)  # rules 1 and 2
    dirty = find_dirty(memory, batch, taken)  # what came again is written again, too
    settled = settle(memory, dirty.interactions, partition.join_windows)  # rules 3 and 4
    changes = change_windows(memory, sums, hour, dirty, settled.counted)  # rules 5 and 6
    partition.frontier.observe(batch.latest)
    return _written(memory, batch, dirty, settled, changes)


def _written(
    memory: Memory, batch: EventBatch, dirty: Dirty, settled: Settled, changes: WindowChanges
) -> Outcome:
    live = np.flatnonzero(memory.interactions.completed_at[dirty.interactions] != NONE)
    lone = unmatched(memory, dirty.desk_votes, settled.verdicts)
    verdicts = joined([settled.verdicts, lone])
    return Outcome(
        tombstones=tombstone_rows(memory, dirty.named),
        interactions=interaction_rows(memory, dirty.interactions[live], settled.only(live)),
        votes=vote_rows(memory, verdicts),
        windows=window_rows(changes.windows, memory.vocabulary),
        dirty_hours=changes.dirty_hours,
        dead_letters=batch.dead_letters,
        events=batch,
    )
