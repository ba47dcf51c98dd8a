"""The worker between a log and its owners: claims before it writes, one batch after the other,
acknowledged once stored; it rests, stops and fails in order."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Collection, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from models.columns import Columns
from models.errors import CallError, LogFenced, StoreUnavailable, WorldError
from models.facts import Damage, OfficeHour, Progress
from streams.core.frontier import TOPICS
from streams.shell.batches import BatchMessage, Position, RecordBatch, TopicPartition
from streams.shell.owner import SEQUENCE_BITS
from streams.shell.settings import WorkerSettings
from streams.shell.worker import Worker
from tests.memory_store import MemoryStore
from tests.oracle import Event
from tests.streams.core.office import HASHER, LATER, NO_REGISTRY, completion, ms, runs_of, vote

BOTH = frozenset(TopicPartition(topic, 0) for topic in TOPICS)


@dataclass
class Source:
    """A group's side of a log that holds what a test says it holds."""

    ends: dict[str, int] = field(default_factory=lambda: dict.fromkeys(TOPICS, 0))
    held: dict[TopicPartition, Position] = field(default_factory=dict)
    epochs: dict[int, int] = field(default_factory=dict)
    before_claim: Callable[[], None] = lambda: None
    partitions: int = 1

    def sources(self) -> frozenset[TopicPartition]:
        return frozenset(TopicPartition(t, one) for t in TOPICS for one in range(self.partitions))

    def log_id(self, topic: str) -> str:
        del topic
        return "log"

    def partition_count(self, topic: str) -> int:
        del topic
        return self.partitions

    def bounds(self, source: TopicPartition) -> tuple[int, int]:
        return 0, self.ends[source.topic]

    def highwater(self, source: TopicPartition) -> int:
        return self.ends[source.topic]

    async def committed(self) -> Mapping[TopicPartition, Position]:
        return dict(self.held)

    async def claim(self, epochs: Mapping[int, int], starts: Mapping[TopicPartition, int]) -> None:
        self.before_claim()
        for source, start in starts.items():
            epoch = epochs[source.partition]
            if source in self.held and self.held[source].epoch >= epoch:
                raise LogFenced("claimed by another")
            self.held[source] = Position(start, epoch)


class Store(MemoryStore):
    """Notes what is written; slow, away or broken where a test wants it."""

    def __init__(self) -> None:
        super().__init__()
        self.tables: list[str] = []
        self.recomputed_hours = 0
        self.pause = 0.0
        self.problem: Exception | None = None

    def write(self, table: str, columns: Columns) -> None:
        time.sleep(self.pause)
        if self.problem is not None:
            raise self.problem
        self.tables.append(table)
        super().write(table, columns)

    def recompute(self, hours: Collection[OfficeHour], revision: int) -> None:
        self.recomputed_hours += len(hours)
        super().recompute(hours, revision)


@dataclass
class At:
    """A worker at work, and what it acknowledged."""

    worker: Worker
    source: Source
    store: Store
    acknowledged: list[tuple[str, int]] = field(default_factory=list)
    sent: dict[str, int] = field(default_factory=lambda: dict.fromkeys(TOPICS, 0))

    async def deliver(self, *events: Event) -> None:
        for run in runs_of(events, self.sent):
            self.sent[run.topic] = self.source.ends[run.topic] = run.end_offset
            await self.worker.deliver(BatchMessage(run, self._ack(run)))

    def _ack(self, run: RecordBatch) -> Callable[[], None]:
        return lambda: self.acknowledged.append((run.topic, run.end_offset))

    async def until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(20):
            while not true():
                await asyncio.sleep(0.005)


def worker_on(store: Store, horizon_ms: int = 0) -> Worker:
    settings = WorkerSettings(horizon_ms=horizon_ms, retry_seconds=(0.01,))
    return Worker(store, HASHER, NO_REGISTRY.join_window_versions, settings, lambda: LATER)


@asynccontextmanager
async def working(
    store: Store | None = None, source: Source | None = None, horizon_ms: int = 0
) -> AsyncIterator[At]:
    store, source = store or Store(), source or Source()
    worker = worker_on(store, horizon_ms)
    await worker.on_assigned(source, BOTH)
    try:
        yield At(worker, source, store)
    finally:
        await worker.stop()


def run(test: Callable[[], Coroutine[None, None, None]]) -> None:
    asyncio.run(test())


def test_a_worker_whose_claim_is_refused_writes_nothing() -> None:
    async def test() -> None:
        store, source = Store(), Source()

        def another_is_faster() -> None:
            source.held = {part: Position(None, 9) for part in BOTH}

        source.before_claim = another_is_faster
        with pytest.raises(LogFenced):
            async with working(store, source):
                pass
        assert store.tables == []

    run(test)


def test_a_former_owner_may_write_on_until_the_claim_and_the_plan_still_fits() -> None:
    """The store is asked before the log: what it holds is in the log by then."""

    async def test() -> None:
        store = Store()
        async with working(store) as at:
            await at.deliver(completion("a", "10:00"))
            await at.until(lambda: bool(at.acknowledged))
            source = at.source
            source.held.clear()

        class Growing(Store):
            def progress(self) -> list[Progress]:
                source.ends["completions"] += 5
                rows = super().progress()
                return [Progress(r.topic, 0, 1, "log", source.ends[r.topic], r.epoch) for r in rows]

        growing = Growing()
        growing.restore(store.snapshot())
        async with working(growing, source) as at:
            assert at.worker.offset(TopicPartition("completions", 0)) == 6

    run(test)


def test_a_batch_is_acknowledged_once_it_is_stored() -> None:
    async def test() -> None:
        async with working() as at:
            at.store.pause = 0.02
            await at.deliver(completion("a", "10:00"), vote("v", "10:01", "a"))
            assert at.acknowledged == []
            await at.until(lambda: len(at.acknowledged) == 2)
            assert at.store.tables[-1] == "progress"
            assert at.worker.counts.records == 2

    run(test)


def test_what_waits_is_taken_in_the_order_in_which_it_came() -> None:
    async def test() -> None:
        async with working() as at:
            for number in range(30):
                await at.deliver(completion("a", "10:00", f"c{number:02}"))
            await at.until(lambda: len(at.acknowledged) == 30)
            assert at.acknowledged == [("completions", n + 1) for n in range(30)]
            told = at.worker.metrics.text()
            assert "semko_records_total 30.0" in told
            assert "semko_batches_total 30.0" not in told

    run(test)


def test_a_worker_at_rest_recomputes_what_is_dirty() -> None:
    async def test() -> None:
        async with working() as at:
            await at.deliver(completion("new", "+3 10:00"), vote("v", "+3 10:00"))
            await at.until(lambda: len(at.acknowledged) == 2)
            at.source.ends = dict.fromkeys(TOPICS, 100)  # more to come: the clock does not count
            await at.deliver(completion("old", "10:00"))
            await at.until(lambda: at.store.recomputed_hours > 0 and at.worker.dirty_hours == 0)
            windows = at.store.rows("window_metrics")
            assert ("t", "o", "office", "", 3600, ms("10:00")) in windows

    run(test)


def test_a_store_that_is_away_holds_the_batch_back_and_loses_nothing() -> None:
    async def test() -> None:
        async with working() as at:
            at.store.problem = StoreUnavailable("away")
            await at.deliver(completion("a", "10:00"))
            await asyncio.sleep(0.05)
            assert at.acknowledged == []
            at.store.problem = None
            await at.until(lambda: at.acknowledged == [("completions", 1)])
            assert len(at.store.rows("interactions")) == 1

    run(test)


def test_a_worker_that_stops_finishes_the_batch_in_hand_and_begins_no_other() -> None:
    async def test() -> None:
        store, source = Store(), Source()
        async with working(store, source) as at:
            store.pause = 0.02
            await at.deliver(completion("a", "10:00"))
            await asyncio.sleep(0.01)
            await at.deliver(completion("b", "10:00"))
        assert at.acknowledged == [("completions", 1)]
        assert len(store.rows("interactions")) == 1
        assert not at.worker.ready

    run(test)


def test_a_worker_that_fails_says_so_and_acknowledges_nothing() -> None:
    told: list[BaseException] = []
    acknowledged: list[tuple[str, int]] = []

    async def test() -> None:
        async with working() as at:
            at.worker.on_failure = told.append
            at.acknowledged = acknowledged
            at.store.problem = WorldError("the disk is gone")
            await at.deliver(completion("a", "10:00"))
            await at.until(lambda: bool(told))

    with pytest.raises(WorldError, match="disk"):
        run(test)
    assert [str(error) for error in told] == ["the disk is gone"]
    assert acknowledged == []


def test_a_repair_that_the_store_cuts_in_its_middle_ends_the_worker() -> None:
    told: list[BaseException] = []
    hour = OfficeHour("t", "o", ms("10:00"))

    async def test() -> None:
        async with working() as at:
            at.worker.on_failure = told.append
            with pytest.raises(CallError, match="stop it and repair"):
                await at.worker.repair(Damage(hours={hour}, revision=99 << SEQUENCE_BITS))
            assert told == []
            at.store.problem = WorldError("the disk is gone")
            with pytest.raises(WorldError, match="disk"):
                await at.worker.repair(Damage(hours={hour}))
            at.store.problem = None

    run(test)
    assert [str(error) for error in told] == ["the disk is gone"]


def test_an_orderly_end_leaves_no_hour_to_be_recomputed() -> None:
    async def test() -> None:
        store = Store()
        async with working(store) as at:
            await at.deliver(completion("new", "+3 10:00"), vote("v", "+3 10:00"))
            await at.until(lambda: len(at.acknowledged) == 2)
            at.source.ends = dict.fromkeys(TOPICS, 100)
            await at.deliver(completion("old", "10:00"))
            await at.until(lambda: len(at.acknowledged) == 3)
        assert ("t", "o", "office", "", 3600, ms("10:00")) in store.rows("window_metrics")
        assert {row["dirty"] for row in store.rows_newest("dirty_hours")} == {0}

    run(test)
