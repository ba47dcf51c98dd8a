"""One partition between the moment it is assigned and the moment it goes (I1-I7).

Everything here blocks and runs in one thread at a time; the log is somebody else's: the caller
claims, reads and acknowledges, and calls in this order:

    claim → announce → load → (prepare → store → stored → acknowledge → settle)*

`take_over` and `handle` do so for several owners at once, with one write for all of them.
"""

import heapq
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from models.columns import Coded, Columns, row_count
from models.errors import CallError
from models.facts import Damage, Facts, Needs, Office, OfficeHour
from models.identity import KeyHasher
from models.partitioning import partition_of, record_key
from models.portions import portions
from streams.core.columnar import NONE
from streams.core.decoding import Context, EventBatch, Records
from streams.core.frontier import TOPICS, Frontier
from streams.core.loading import begin
from streams.core.matching import JoinWindows
from streams.core.memory import Memory
from streams.core.pipeline import Outcome, Partition, again, process
from streams.core.rows import dead_letter_rows
from streams.core.sums import Sums
from streams.shell.planning import LogFacts, Plan
from streams.shell.ports import WorkerStore
from streams.shell.settings import WorkerSettings
from streams.shell.storing import Stage, Write, Writer, store_together
from streams.shell.unjudged import Due, Unjudged, touched_hours

EPOCH_BITS, SEQUENCE_BITS = 24, 40
ROWS_AT_ONCE = 50_000
"""Stored rows that are loaded by one SELECT; an office is never cut."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a batch comes to: rows in the order in which they must be stored, and what follows."""

    stages: list[Stage]
    events: EventBatch
    offsets: dict[str, int]
    dirty_hours: set[OfficeHour]
    touched: dict[Office, int]
    """By office, the first hour of which windows are written."""


class Owner:
    """Owns one partition of both topics under one epoch."""

    def __init__(
        self,
        partition: int,
        log: LogFacts,
        epoch: int,
        store: WorkerStore,
        hasher: KeyHasher,
        join_windows: JoinWindows,
        settings: WorkerSettings,
    ) -> None:
        """``store`` must not give up: what it cannot store now it stores later (`Patient`)."""
        self.partition = partition
        self.epoch = epoch
        self.dirty: set[OfficeHour] = set()
        self._marked: set[OfficeHour] = set()
        self._dirty_since: int | None = None  # as `settle` saw it
        self.unjudged = Unjudged(partial(self._store_now, "judged"))
        self.offsets: dict[str, int] = {}
        self._log = log
        self._store = store
        self._hasher = hasher
        self._settings = settings
        self._sequence = 0
        self._kept_since = 0
        self.state = Partition(Memory(), Sums(), Frontier(settings.horizon_ms), join_windows)

    def owns(self, office: Office) -> bool:
        """Whether the events of ``office`` lie in this partition."""
        return partition_of(record_key(*office), self._log.partitions) == self.partition

    def announce(self, offsets: Mapping[str, int]) -> Write:
        """The row that tells the store of this owner; to be stored before all others of it."""
        self.offsets = dict(offsets)
        return self._write("progress", self._progress_rows(self.offsets))

    def load(self, offices: Mapping[Office, int], kept_since: int) -> None:
        """Load what memory owns, and heal the hours of it that were left dirty (I1).

        ``offices`` are the stored ones of this partition with their rows, ``kept_since`` is the
        store's.
        """
        self._kept_since = kept_since
        latest = self._store.latest(offices)
        if latest is None:
            return
        state = self.state
        state.frontier.observe(dict(zip(TOPICS, latest, strict=True)))
        state.frontier.advance((), 0)
        state.memory.held_since = state.frontier.hour
        for some in portions(offices.items(), ROWS_AT_ONCE):
            facts = self._store.recent(some, state.frontier.hour)
            begin(state.memory, state.sums, facts, state.frontier.hour)
        for keys in self._store.known_keys(offices):
            state.memory.stored_keys.add(keys)
        self.unjudged.begin(offices, self._store.judged_since(offices), state.frontier.hour)
        self.dirty = self._store.dirty_hours(offices)
        self._work_off([hour for hour in self.dirty if hour.hour >= state.frontier.hour])

    def prepare(self, runs: Sequence[Records], now: int) -> Prepared:
        """Take a batch through the core: the rows to store, in their order."""
        context = Context(self._hasher, self._log.partitions, now, self._kept_since)
        outcome = process(self.state, runs, self._load, context)
        offsets = self.offsets | {run.topic: run.first_offset + len(run.values) for run in runs}
        return self._prepared(outcome, offsets)

    def _prepared(self, outcome: Outcome, offsets: dict[str, int]) -> Prepared:
        letters = dead_letter_rows(outcome.dead_letters, self._log.log_ids)
        # Marked under this epoch already: no former owner can clear that mark.
        dirty = outcome.dirty_hours - self._marked
        stages = [  # I1: facts, windows, dirty hours, progress
            [self._write("interactions", outcome.tombstones or {})],
            [
                self._write("interactions", outcome.interactions),
                self._write("votes", outcome.votes),
            ],
            [
                self._write("window_metrics", outcome.windows),
                self._write("dirty_hours", self._dirty_rows(dirty, dirty=True)),
                self._write("dead_letters", letters),
            ],
            [self._write("progress", self._progress_rows(offsets))],
        ]
        return Prepared(stages, outcome.events, offsets, dirty, touched_hours(outcome.windows))

    def stored(self, prepared: Prepared) -> None:
        """Note that what was prepared is stored; then it may be acknowledged."""
        self.offsets = prepared.offsets
        self._marked |= prepared.dirty_hours
        self.dirty |= prepared.dirty_hours
        self.unjudged.touch(prepared.touched)

    def take_unjudged(self) -> Due:
        """What is to be judged, between two batches: what touched it is stored."""
        return self.unjudged.take(self.state.frontier.hour, self._next_revision())

    def settle(self, at_end: Collection[str], now: int, *, idle: bool, live: bool = False) -> None:
        """Between two batches: move the frontier, forget what is old, recompute dirty hours.

        All of them where it is ``idle`` or they are many; some at a time where it is ``live``,
        nearly at the end of the log: then somebody may look at them.
        """
        state, settings = self.state, self._settings
        if state.frontier.advance(at_end, now):
            state.sums.forget(state.frontier.hour)
        size, hour = state.memory.interactions.size, state.frontier.hour
        if size > settings.memory_rows and hour != NONE:
            old = int(np.count_nonzero(state.memory.last_known() < hour))
            if 4 * old > size:
                state.memory.forget(hour)
        if idle or len(self.dirty) > settings.dirty_hours:
            self._work_off(self.dirty)
        elif live and self._dirty_too_long(now):
            self._work_off(heapq.nsmallest(settings.hours_at_once, self.dirty, key=_by_hour))
            self._dirty_since = now

    def _dirty_too_long(self, now: int) -> bool:
        if not self.dirty:
            self._dirty_since = None
        elif self._dirty_since is None or now < self._dirty_since:  # clocks jump
            self._dirty_since = now
        since = self._dirty_since
        return since is not None and now - since >= 1000 * self._settings.dirty_seconds

    def repair(self, damage: Damage) -> None:
        """Write what the stored facts give, between two batches: damaged ones as if their events
        came again, then whole hours. Of other partitions nothing.

        Raises ``CallError`` before anything is written where damaged rows bear a greater epoch:
        nothing written under this one would count.
        """
        ours = damage.only(self.owns)
        if not ours:
            return
        epoch, sequence = divmod(damage.revision, 1 << SEQUENCE_BITS)
        if epoch > self.epoch:
            raise CallError(
                f"rows that differ were written under epoch {epoch}, and the worker's is"
                f" {self.epoch}: stop it and repair the store alone, which takes the next one"
            )
        if epoch == self.epoch:
            self._sequence = max(self._sequence, sequence)
        if ours.facts:
            facts = self._store.older(ours.facts)
            prepared = self._prepared(again(self.state, facts, self._load), self.offsets)
            store_together([prepared.stages], self._store)
            self.stored(prepared)
        unmarked = ours.hours - self._marked
        self._store_now("dirty_hours", self._dirty_rows(unmarked, dirty=True))
        self._marked |= unmarked
        self.dirty |= unmarked
        self._work_off(self.dirty)

    def _load(self, needs: Needs) -> Facts:
        return self._store.older(needs)

    def _work_off(self, hours: Collection[OfficeHour]) -> None:
        """Recompute hours, the oldest first; each leaves the dirty ones only after its windows are
        stored (I4)."""
        step = self._settings.hours_at_once
        ordered = sorted(hours, key=_by_hour)
        for first in range(0, len(ordered), step):
            some = ordered[first : first + step]
            self._store.recompute(some, self._next_revision())
            self.unjudged.owe(some)
            self._mark_done(some)

    def _mark_done(self, hours: Collection[OfficeHour]) -> None:
        self._store_now("dirty_hours", self._dirty_rows(hours, dirty=False))
        self._marked.difference_update(hours)
        self.dirty.difference_update(hours)

    def _dirty_rows(self, hours: Collection[OfficeHour], *, dirty: bool) -> Columns:
        ordered = sorted(hours)
        offices = sorted({(hour.tenant_id, hour.office_id) for hour in hours})
        number = {office: code for code, office in enumerate(offices)}
        codes = np.array([number[hour[:2]] for hour in ordered], np.int32)
        return {
            "tenant_id": Coded(codes, [tenant_id for tenant_id, _ in offices]),
            "office_id": Coded(codes, [office_id for _, office_id in offices]),
            "hour": np.array([hour.hour for hour in ordered], np.int64),
            "partition": np.full(len(hours), self.partition, np.int64),
            "dirty": np.full(len(hours), dirty, np.int8),
        }

    def _progress_rows(self, offsets: Mapping[str, int]) -> Columns:
        topics, count = sorted(offsets), len(offsets)
        return {
            "topic": Coded(np.arange(count, dtype=np.int32), topics),
            "partition": np.full(count, self.partition, np.int64),
            "partitions": np.full(count, self._log.partitions, np.int64),
            "log_id": [self._log.log_ids[topic] for topic in topics],
            "offset": np.array([offsets[topic] for topic in topics], np.int64),
            "epoch": np.full(count, self.epoch, np.int64),
        }

    def _store_now(self, table: str, columns: Columns) -> None:
        write = self._write(table, columns)
        if row_count(write.columns):
            self._store.write(write.table, write.columns)

    def _write(self, table: str, columns: Columns) -> Write:
        count = row_count(columns)
        if not count:
            return Write(table, {})
        return Write(table, {**columns, "revision": self._revisions(count)})

    def _revisions(self, count: int) -> NDArray[np.uint64]:
        return np.full(count, self._next_revision(), np.uint64)

    def _next_revision(self) -> int:
        self._sequence += 1
        return self.epoch << SEQUENCE_BITS | self._sequence


def _by_hour(hour: OfficeHour) -> tuple[int, OfficeHour]:
    return hour.hour, hour


def take_over(owners: Mapping[Owner, Plan], store: WorkerStore) -> None:
    """Announce owners whose claims the log has accepted, and load what they own."""
    announced = [[[owner.announce(plan.offsets)]] for owner, plan in owners.items()]
    store_together(announced, store)
    offices, kept_since = store.offices(), store.kept_since()
    for owner in owners:
        owner.load({one: rows for one, rows in offices.items() if owner.owns(one)}, kept_since)


def handle(
    batches: Sequence[tuple[Owner, Sequence[Records]]],
    store: Writer,
    now: int,
    side: Executor | None = None,
) -> list[EventBatch]:
    """Take a batch of each owner through and store what they come to; then all may be
    acknowledged. ``now`` is the clock in ms, ``side`` is `store_together`'s."""
    prepared = [owner.prepare(runs, now) for owner, runs in batches]
    store_together([batch.stages for batch in prepared], store, side)
    for (owner, _), batch in zip(batches, prepared, strict=True):
        owner.stored(batch)
    return [batch.events for batch in prepared]
