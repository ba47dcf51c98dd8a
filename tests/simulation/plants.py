"""Ten mistakes, each planted in the real classes: what the simulation must find.

Each replaces something by its name, so that one which is renamed fails loudly here; none changes a
line of the code. What a plant does is the mistake that somebody could make, no more.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any
from unittest import mock

import numpy as np
from numpy.typing import NDArray

from models.facts import OfficeHour, Progress
from models.tables import COUNTERS
from streams.core import key_filter, loading, pipeline
from streams.core.columnar import NONE
from streams.core.decoding import EventBatch
from streams.core.dirty import Dirty, Taken
from streams.core.memory import Memory
from streams.core.pipeline import Outcome, Partition
from streams.shell import owner, planning, takeover
from streams.shell.judge import Judge
from streams.shell.owner import Owner, Prepared
from streams.shell.planning import LogFacts, Plan
from streams.shell.unjudged import Unjudged
from tests.memory_store import MemoryStore
from tests.oracle import Row
from tests.rated import rated_places

Plant = Callable[[ExitStack], None]


@contextmanager
def planted(name: str) -> Iterator[None]:
    """Within, the mistake of this name is made."""
    with ExitStack() as stack:
        PLANTS[name](stack)
        yield


def existing(where: Any, name: str) -> Any:
    found = getattr(where, name, None)
    assert callable(found), f"{where} has no {name} any more: plant the mistake where it is now"
    return found


def _replace(stack: ExitStack, where: Any, name: str, by: Callable[..., Any]) -> None:
    existing(where, name)
    stack.enter_context(mock.patch.object(where, name, by))


def epoch_never_raised(stack: ExitStack) -> None:
    """Every owner writes under the same epoch as the one before."""
    real = existing(takeover, "plan")

    def plan(partition: int, log: LogFacts, progress: Sequence[Progress]) -> Plan:
        return Plan(1, real(partition, log, progress).offsets)

    _replace(stack, takeover, "plan", plan)


def no_progress(stack: ExitStack) -> None:
    """The store does not say how far it is: what the group has committed is believed."""

    def resume(topic: str, partition: int, log: LogFacts, stored: Progress | None) -> int:
        del partition, stored
        committed = log.committed[topic].offset if topic in log.committed else None
        return log.earliest[topic] if committed is None else committed

    _replace(stack, planning, "_resume", resume)


def progress_before_windows(stack: ExitStack) -> None:
    """The store says how far it is before it is."""
    real = existing(Owner, "prepare")

    def prepare(self: Owner, *args: Any) -> Prepared:
        prepared: Prepared = real(self, *args)
        *before, windows, progress = prepared.stages
        assert [windows[0].table, progress[0].table] == ["window_metrics", "progress"]
        prepared.stages[:] = [*before, progress, windows]
        return prepared

    _replace(stack, Owner, "prepare", prepare)


def filter_look_up_skipped(stack: ExitStack) -> None:
    """What memory does not hold is taken for new."""

    def may_hold(self: key_filter.KeyFilter, keys: key_filter.Keys) -> NDArray[np.bool_]:
        del self
        return np.zeros(len(keys), np.bool_)

    _replace(stack, key_filter.KeyFilter, "may_hold", may_hold)


def redelivery_not_dirty(stack: ExitStack) -> None:
    """A record that changes nothing makes nothing dirty."""
    real_take, real_find = existing(pipeline, "take"), existing(pipeline, "find_dirty")
    before: dict[tuple[str, int], Any] = {}

    def take(memory: Memory, batch: EventBatch) -> Taken:
        before.clear()
        for key in batch.completions.key.tolist():
            row = memory.row(key)
            if row >= 0:
                before["completion", row] = _row(memory.interactions, row)
        for vote in range(memory.votes.size):
            before["vote", vote] = _row(memory.votes, vote)
        taken: Taken = real_take(memory, batch)
        return taken

    def find_dirty(memory: Memory, batch: EventBatch, taken: Taken) -> Dirty:
        some = [
            before.get(("completion", row)) != _row(memory.interactions, row)
            for row in taken.completions.tolist()
        ]
        others = [
            before.get(("vote", row)) != _row(memory.votes, row) for row in taken.votes.tolist()
        ]
        changed, voted = np.array(some, np.bool_), np.array(others, np.bool_)
        less = EventBatch(
            _some(batch.completions, changed),
            _some(batch.ballots, voted),
            batch.dead_letters,
            batch.latest,
            batch.records,
        )
        some_taken = Taken(taken.completions[changed], taken.votes[voted])
        dirty: Dirty = real_find(memory, less, some_taken)
        return dirty

    _replace(stack, pipeline, "take", take)
    _replace(stack, pipeline, "find_dirty", find_dirty)


def _some(columns: Any, chosen: NDArray[np.bool_]) -> Any:
    return type(columns)(*(column[chosen] for column in columns))


def _row(table: Any, row: int) -> list[Any]:
    links = ("first_vote", "next_vote")
    return [
        getattr(table, name)[row]
        for name in type(table).fields
        if name not in links and not name.startswith("summed")
    ]


def net_difference_of_a_batch(stack: ExitStack) -> None:
    """Of the places of an interaction those before and after a batch are known, no other."""
    real = existing(pipeline, "take")

    def take(memory: Memory, batch: EventBatch) -> Taken:
        rows = {row for row in map(memory.row, batch.completions.key.tolist()) if row >= 0}
        old = {
            row: memory.interactions.place(row)
            for row in rows
            if memory.interactions.completed_at[row] != NONE
        }
        taken: Taken = real(memory, batch)
        for row in taken.completions.tolist():
            if row in memory.interactions.former:
                now = memory.interactions.place(row)
                memory.interactions.former[row] = {now, old.get(row, now)}
        return taken

    _replace(stack, pipeline, "take", take)


def frontier_moved_inside_a_batch(stack: ExitStack) -> None:
    """Hours leave memory as soon as a batch is read, while it is still summed by the old ones."""
    real_process, real_find = existing(owner, "process"), existing(pipeline, "find_dirty")
    at_work: list[Partition] = []

    def process(partition: Partition, *args: Any) -> Outcome:
        at_work[:] = [partition]
        outcome: Outcome = real_process(partition, *args)
        return outcome

    def find_dirty(memory: Memory, batch: EventBatch, taken: Taken) -> Dirty:
        (partition,) = at_work
        partition.frontier.observe(batch.latest)
        if partition.frontier.advance((), 0):
            partition.sums.forget(partition.frontier.hour)
        dirty: Dirty = real_find(memory, batch, taken)
        return dirty

    _replace(stack, owner, "process", process)
    _replace(stack, pipeline, "find_dirty", find_dirty)


def no_zeros_when_recomputed(stack: ExitStack) -> None:
    """The windows of an hour are written from what is there; what is gone is left as it was."""
    real = existing(MemoryStore, "recomputed")

    def recomputed(self: MemoryStore, *args: Any) -> list[Row]:
        return [row for row in real(self, *args) if any(row[name] for name in COUNTERS)]

    _replace(stack, MemoryStore, "recomputed", recomputed)


def desk_not_loaded(stack: ExitStack) -> None:
    """What lies at the desk around old and new places is not asked for."""

    def need_desks(*args: Any) -> None:
        del args

    _replace(stack, loading, "_need_desks", need_desks)


def last_record_dropped(stack: ExitStack) -> None:
    """Of what a partition held when it was taken over the last record is passed over."""
    real = existing(Owner, "prepare")

    def prepare(self: Owner, runs: Sequence[Any], now: int) -> Prepared:
        ends = {run.topic: run.first_offset + len(run.values) for run in runs}
        last = self._log.end
        less = [_but_the_last(r) if ends[r.topic] == last[r.topic] else r for r in runs]
        prepared = real(self, less, now)
        less_said: Prepared = replace(prepared, offsets=prepared.offsets | ends)
        return less_said

    _replace(stack, Owner, "prepare", prepare)


def _but_the_last(run: Any) -> Any:
    return type(run)(
        run.topic,
        run.partition,
        run.first_offset,
        run.keys[:-1],
        run.values[:-1],
        run.timestamps[:-1],
    )


def debt_not_kept(stack: ExitStack) -> None:
    """An old hour that was recomputed is judged soon, and nothing remembers that it must be."""
    real = existing(Unjudged, "owe")

    def owe(self: Unjudged, hours: Collection[OfficeHour]) -> None:
        with mock.patch.object(self, "_note"):
            real(self, hours)

    _replace(stack, Unjudged, "owe", owe)


def not_judged_at_start(stack: ExitStack) -> None:
    """A new owner judges from what its predecessor left undone, not from the frontier."""
    real = existing(Unjudged, "begin")

    def begin(self: Unjudged, offices: Any, stored: Any, hour: int) -> None:
        undone = [one for one in offices if stored.get(one, 0) < hour]
        real(self, undone, stored, hour)

    _replace(stack, Unjudged, "begin", begin)


def emptied_days_forgotten(stack: ExitStack) -> None:
    """A desk that has lost all its votes of a day is not judged anew."""
    real = existing(Judge, "case")

    def case(self: Judge, *args: Any) -> Any:
        whole = real(self, *args)
        return whole._replace(places=rated_places(whole.votes, whole.zone))

    _replace(stack, Judge, "case", case)


PLANTS: dict[str, Plant] = {
    plant.__name__: plant
    for plant in (
        epoch_never_raised,
        no_progress,
        progress_before_windows,
        filter_look_up_skipped,
        redelivery_not_dirty,
        net_difference_of_a_batch,
        frontier_moved_inside_a_batch,
        no_zeros_when_recomputed,
        desk_not_loaded,
        last_record_dropped,
        debt_not_kept,
        not_judged_at_start,
        emptied_days_forgotten,
    )
}
