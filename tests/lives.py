"""Lives of a worker over one log and one store, cut short at random: what exactness is tested with.

The log here is a list in memory with fenced positions; owners, plans and the core are the real
ones. Every random choice comes from the generator that the caller brings.
"""

import random
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from models.facts import Office
from models.identity import KeyHasher
from models.partitioning import partition_of, record_key
from models.registry import Registry
from streams.core.frontier import TOPICS
from streams.shell.batches import Position, RecordBatch
from streams.shell.owner import LogFacts, Owner, plan
from streams.shell.patience import Patient
from streams.shell.ports import Store
from streams.shell.settings import WorkerSettings
from tests.crashing_store import Crashing, Killed
from tests.histories import History, Record
from tests.memory_store import Contents, MemoryStore

HASHER = KeyHasher(b"a secret of the tests")
NEVER = 1 << 30


NO_REGISTRY = Registry.empty()


@dataclass
class ListLog:
    """Records by partition and topic, how many have arrived, and what the group committed."""

    records: dict[tuple[int, str], list[Record]]
    partitions: int
    log_id: str = "log-1"
    arrived: dict[tuple[int, str], int] = field(default_factory=dict)
    committed: dict[tuple[int, str], Position] = field(default_factory=dict)

    @classmethod
    def of(cls, records: Sequence[Record], partitions: int) -> "ListLog":
        """A log of records in the order of their arrival."""
        split: dict[tuple[int, str], list[Record]] = {
            (p, topic): [] for p in range(partitions) for topic in TOPICS
        }
        for record in records:
            split[partition_of(record.key, partitions), record.topic].append(record)
        return cls(split, partitions, arrived=dict.fromkeys(split, 0))

    def arrive(self, rng: random.Random) -> None:
        """Let more records come, in some of the partitions."""
        for source, records in self.records.items():
            more = rng.choice((0, 1, 5, 40))
            self.arrived[source] = min(self.arrived[source] + more, len(records))

    def arrive_all(self) -> None:
        """Let everything come."""
        self.arrived = {source: len(records) for source, records in self.records.items()}

    def now(self) -> int:
        """The clock: when the last record came that has come."""
        times = [
            self.records[source][count - 1].timestamp_ms
            for source, count in self.arrived.items()
            if count
        ]
        return max(times, default=0)

    def facts(self, partition: int) -> LogFacts:
        """What an owner is told of its partition."""
        sources = [(partition, topic) for topic in TOPICS]
        return LogFacts(
            self.log_id,
            self.partitions,
            dict.fromkeys(TOPICS, 0),
            {source[1]: self.arrived[source] for source in sources},
            {s[1]: self.committed[s] for s in sources if s in self.committed},
        )

    def commit(self, partition: int, offsets: dict[str, int], epoch: int) -> None:
        """Store positions of a group, as the log's fence allows them."""
        for topic, offset in offsets.items():
            held = self.committed.get((partition, topic))
            assert held is None or held.epoch <= epoch
            self.committed[partition, topic] = Position(offset, epoch)

    def read(self, partition: int, topic: str, offset: int, count: int) -> RecordBatch:
        """The next records, as far as they have come."""
        end = min(offset + count, self.arrived[partition, topic])
        some = self.records[partition, topic][offset:end]
        return RecordBatch(
            topic,
            partition,
            offset,
            [record.key for record in some],
            [record.value for record in some],
            [record.timestamp_ms for record in some],
        )


@dataclass
class Lives:
    """One history through several lives of a worker; ``cuts`` tells where they ended."""

    history: History
    rng: random.Random
    partitions: int = 2
    store: MemoryStore = field(default_factory=MemoryStore)
    cuts: list[bool] = field(default_factory=list)
    """One for each cut: had hours with facts left memory by then?"""
    snapshot: Contents | None = None

    def run(self, crashes: int) -> None:
        """Let ``crashes`` lives end in the middle of something, and one last go to the end."""
        log = ListLog.of(self.history.records, self.partitions)
        total = len(self.history.records)
        for share in sorted(self.rng.uniform(0.3, 0.9) for _ in range(crashes)):
            crashing = Crashing(self.store, self.rng, after=NEVER)
            life = Life(log, crashing, self)
            try:
                life.live(until=int(share * total))
                crashing.die_after(self.rng.randint(1, 12))
                life.live(until=total)
            except Killed:
                self.cuts.append(life.has_released())
            self._lose_something(log)
        Life(log, self.store, self).live(until=None)

    def completion_times(self) -> Iterator[tuple[Office, int]]:
        """Every stored interaction's office and time."""
        for row in self.store.rows_newest("interactions"):
            yield Office(row["tenant_id"], row["office_id"]), row["completed_at"]

    def _lose_something(self, log: ListLog) -> None:
        """Now and then the log's positions are gone, or the store is an older copy (I7)."""
        if self.rng.random() < 0.1:
            log.committed.clear()
        elif self.rng.random() < 0.1 and self.snapshot is not None:
            self.store.restore(self.snapshot)
        if self.rng.random() < 0.3:
            self.snapshot = self.store.snapshot()


class Life:
    """One process, from claiming its partitions to its end."""

    def __init__(self, log: ListLog, store: Store, lives: Lives) -> None:
        self.log, self.rng, self.lives = log, lives.rng, lives
        self.settings = WorkerSettings(
            horizon_ms=lives.history.horizon_ms,
            memory_rows=self.rng.choice((0, 0, 10, 40, 300_000)),
            dirty_hours=self.rng.choice((1, 5, 2_000)),
            hours_at_once=self.rng.choice((1, 3, 500)),
            retry_seconds=(0.0,),
        )
        self.store = Patient(store, self.settings.retry_seconds, threading.Event())
        self.killable = isinstance(store, Crashing)
        self.owners: list[Owner] = []

    def live(self, until: int | None) -> None:
        """Own all partitions and work until so many records have come and a while after; with None
        until everything has come and nothing is left to do. Raises `Killed` where it is cut."""
        if until is None:
            self.log.arrive_all()
        if not self.owners:
            self._take_over()
        while until is None or sum(self.log.arrived.values()) < until:
            self.log.arrive(self.rng)
            worked = [self._step(owner) for owner in self.owners]  # all of them, so no any() here
            if until is None and not any(worked):
                return

    def _take_over(self) -> None:
        for partition in range(self.log.partitions):
            facts = self.log.facts(partition)
            planned = plan(partition, facts, self.store.progress())
            self._maybe_die()
            self.log.commit(partition, planned.offsets, planned.epoch)
            owner = Owner(
                partition,
                facts,
                planned.epoch,
                self.store,
                HASHER,
                NO_REGISTRY.join_window_versions,
                self.settings,
            )
            self.owners.append(owner)
            owner.begin(planned.offsets)

    def has_released(self) -> bool:
        """Whether hours that hold facts had left memory when the life ended."""
        frontiers = {owner.partition: owner.state.frontier.hour for owner in self.owners}
        return any(
            completed_at < frontiers.get(partition_of(record_key(*office), self.log.partitions), 0)
            for office, completed_at in self.lives.completion_times()
        )

    def _step(self, owner: Owner) -> bool:
        """One batch of a partition; False where there was nothing to do."""
        runs = []
        for topic in self.rng.sample(TOPICS, self.rng.randint(1, 2)):
            count = self.rng.choice((1, 2, 7, 30, 200))
            run = self.log.read(owner.partition, topic, owner.offsets[topic], count)
            if len(run):
                runs.append(run)
        if runs:
            events = owner.handle(runs, self.log.now())
            assert events.dead_letters == []
            self._maybe_die()
            self.log.commit(owner.partition, owner.offsets, owner.epoch)
            self._maybe_die()
        ends = {
            topic
            for topic in TOPICS
            if owner.offsets[topic] >= self.log.arrived[owner.partition, topic]
        }
        idle = not runs and (len(ends) == len(TOPICS) or self.rng.random() < 0.1)
        busy = bool(runs) or bool(owner.dirty) or len(ends) < len(TOPICS)
        owner.settle(ends, self.log.now(), idle)
        return busy

    def _maybe_die(self) -> None:
        if self.killable and self.rng.random() < 0.005:
            raise Killed
