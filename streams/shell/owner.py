"""One partition between the moment it is assigned and the moment it goes (I1-I7).

Everything here blocks and runs in one thread at a time; the log is somebody else's: the caller
claims, reads and acknowledges, and calls in this order:

    plan → (claim in the log, fenced) → begin → (handle → acknowledge → settle)*
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from models.columns import Coded, Columns, row_count
from models.errors import WorldError
from models.facts import Damage, Facts, Needs, Office, OfficeHour, Progress
from models.identity import KeyHasher
from models.partitioning import partition_of, record_key
from streams.core.columnar import NONE
from streams.core.decoding import Context, EventBatch, Records
from streams.core.frontier import TOPICS, Frontier
from streams.core.loading import begin
from streams.core.matching import JoinWindows
from streams.core.memory import Memory
from streams.core.pipeline import Outcome, Partition, again, process
from streams.core.rows import dead_letter_rows
from streams.core.sums import Sums
from streams.shell.batches import Position
from streams.shell.ports import Store
from streams.shell.settings import WorkerSettings

EPOCH_BITS, SEQUENCE_BITS = 24, 40


@dataclass(frozen=True, slots=True)
class LogFacts:
    """What the log says of one partition of the topics: its identity, counts, bounds, positions."""

    log_id: str
    partitions: int
    earliest: Mapping[str, int]
    end: Mapping[str, int]
    committed: Mapping[str, Position]


@dataclass(frozen=True, slots=True)
class Plan:
    """Under which epoch to own a partition, and the offset of each topic to begin at."""

    epoch: int
    offsets: dict[str, int]


def plan(partition: int, log: LogFacts, progress: Sequence[Progress]) -> Plan:
    """The next epoch and where to resume (I2, I7); raises WorldError where log and store
    contradict each other."""
    ours = {
        row.topic: row for row in progress if (row.partition, row.log_id) == (partition, log.log_id)
    }
    for row in ours.values():
        if row.partitions != log.partitions:
            raise WorldError(
                f"topic {row.topic} has {log.partitions} partitions, but the store was filled from"
                f" {row.partitions}. Partition counts are fixed for good: give back the old count,"
                " or replay the log into a new store."
            )
    # Of every partition: in a log of another partition count an office may have lain elsewhere.
    epochs = [row.epoch for row in progress] + [row.epoch for row in log.committed.values()]
    offsets = {topic: _resume(topic, partition, log, ours.get(topic)) for topic in TOPICS}
    return Plan(1 + max(epochs, default=0), offsets)


def _resume(topic: str, partition: int, log: LogFacts, stored: Progress | None) -> int:
    if stored is None:  # the store is new to this log: whatever was committed is not in it
        return log.earliest[topic]
    committed = log.committed[topic].offset if topic in log.committed else None
    offset = stored.offset if committed is None else min(committed, stored.offset)
    if not log.earliest[topic] <= offset <= log.end[topic]:
        raise WorldError(
            f"{topic}/{partition}: the store has facts up to offset {offset}, but the log holds"
            f" {log.earliest[topic]} to {log.end[topic]}. Restore the log or the store from copies"
            " that belong together, or begin a new log: the facts that are stored stay."
        )
    return offset


class Owner:
    """Owns one partition of both topics under one epoch."""

    def __init__(
        self,
        partition: int,
        log: LogFacts,
        epoch: int,
        store: Store,
        hasher: KeyHasher,
        join_windows: JoinWindows,
        settings: WorkerSettings,
    ) -> None:
        """``store`` must not give up: what it cannot store now it stores later (`Patient`)."""
        self.partition = partition
        self.epoch = epoch
        self.dirty: set[OfficeHour] = set()
        self._marked: set[OfficeHour] = set()
        self.offsets: dict[str, int] = {}
        self._log = log
        self._store = store
        self._hasher = hasher
        self._settings = settings
        self._sequence = 0
        self._kept_since = 0
        self.state = Partition(Memory(), Sums(), Frontier(settings.horizon_ms), join_windows)

    def begin(self, offsets: Mapping[str, int]) -> None:
        """Load what memory owns, and heal the hours of it that were left dirty (I1)."""
        self.offsets = dict(offsets)
        self._write_progress()
        self._kept_since = self._store.kept_since()
        offices = self._offices()
        latest = self._store.latest(offices)
        if latest is not None:
            state = self.state
            state.frontier.observe(dict(zip(TOPICS, latest, strict=True)))
            state.frontier.advance((), 0)
            state.memory.held_since = state.frontier.hour
            facts = self._store.recent(offices, state.frontier.hour)
            begin(state.memory, state.sums, facts, state.frontier.hour)
            for keys in self._store.known_keys(offices):
                state.memory.stored_keys.add(keys)
            self.dirty = self._store.dirty_hours(offices)
            self._work_off([hour for hour in self.dirty if hour.hour >= state.frontier.hour])

    def _offices(self) -> set[Office]:
        return set(filter(self._owns, self._store.offices()))

    def _owns(self, office: Office) -> bool:
        return partition_of(record_key(*office), self._log.partitions) == self.partition

    def handle(self, runs: Sequence[Records], now: int) -> EventBatch:
        """Take a batch through and store what it comes to; then it may be acknowledged."""
        context = Context(self._hasher, self._log.partitions, now, self._kept_since)
        outcome = process(self.state, runs, self._load, context)
        self._store_outcome(outcome)
        for run in runs:
            self.offsets[run.topic] = run.first_offset + len(run.values)
        self._write_progress()
        return outcome.events

    def settle(self, at_end: Collection[str], now: int, idle: bool) -> None:
        """Between two batches: move the frontier, forget what is old, recompute dirty hours."""
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

    def repair(self, damage: Damage) -> None:
        """Write what the stored facts give, between two batches: damaged ones as if their events
        came again, then whole hours. Of other partitions nothing.

        Raises ``WorldError`` where damaged rows bear a greater epoch: nothing written under this
        one would count.
        """
        ours = damage.only(self._owns)
        if not ours:
            return
        epoch, sequence = divmod(damage.revision, 1 << SEQUENCE_BITS)
        if epoch > self.epoch:
            raise WorldError(
                f"rows that differ were written under epoch {epoch}, and the worker's is"
                f" {self.epoch}: stop it and repair the store alone, which takes the next one"
            )
        if epoch == self.epoch:
            self._sequence = max(self._sequence, sequence)
        if ours.facts:
            facts = self._store.older(ours.facts)
            self._store_outcome(again(self.state, facts, self._load))
        self._mark(ours.hours - self._marked, dirty=True)
        self._work_off(self.dirty)

    def _load(self, needs: Needs) -> Facts:
        return self._store.older(needs)

    def _store_outcome(self, outcome: Outcome) -> None:
        """Facts, windows, dirty hours: in this order, whatever happens in between (I1)."""
        if outcome.tombstones is not None:
            self._write("interactions", outcome.tombstones)
        self._write("interactions", outcome.interactions)
        self._write("votes", outcome.votes)
        self._write("window_metrics", outcome.windows)
        # Marked under this epoch already: no former owner can clear that mark.
        self._mark(outcome.dirty_hours - self._marked, dirty=True)
        self._write("dead_letters", dead_letter_rows(outcome.dead_letters, self._log.log_id))

    def _work_off(self, hours: Collection[OfficeHour]) -> None:
        """Recompute hours, the oldest first; each leaves the dirty ones only after its windows are
        stored (I4)."""
        step = self._settings.hours_at_once
        ordered = sorted(hours, key=lambda hour: (hour.hour, hour))
        for first in range(0, len(ordered), step):
            some = ordered[first : first + step]
            self._store.recompute(some, self._next_revision())
            self._mark(some, dirty=False)

    def _mark(self, hours: Collection[OfficeHour], *, dirty: bool) -> None:
        ordered = sorted(hours)
        offices = sorted({(hour.tenant_id, hour.office_id) for hour in hours})
        number = {office: code for code, office in enumerate(offices)}
        codes = np.array([number[hour[:2]] for hour in ordered], np.int32)
        self._write(
            "dirty_hours",
            {
                "tenant_id": Coded(codes, [tenant_id for tenant_id, _ in offices]),
                "office_id": Coded(codes, [office_id for _, office_id in offices]),
                "hour": np.array([hour.hour for hour in ordered], np.int64),
                "partition": np.full(len(hours), self.partition, np.int64),
                "dirty": np.full(len(hours), dirty, np.int8),
            },
        )
        if dirty:
            self._marked.update(hours)
            self.dirty.update(hours)
        else:
            self._marked.difference_update(hours)
            self.dirty.difference_update(hours)

    def _write_progress(self) -> None:
        topics = sorted(self.offsets)
        count = len(topics)
        self._write(
            "progress",
            {
                "topic": Coded(np.arange(count, dtype=np.int32), topics),
                "partition": np.full(count, self.partition, np.int64),
                "partitions": np.full(count, self._log.partitions, np.int64),
                "log_id": [self._log.log_id] * count,
                "offset": np.array([self.offsets[topic] for topic in topics], np.int64),
                "epoch": np.full(count, self.epoch, np.int64),
            },
        )

    def _write(self, table: str, columns: Columns) -> None:
        count = row_count(columns)
        if count:
            revision = np.full(count, self._next_revision(), np.uint64)
            self._store.write(table, {**columns, "revision": revision})

    def _next_revision(self) -> int:
        self._sequence += 1
        return self.epoch << SEQUENCE_BITS | self._sequence
