"""The worker: takes batches from the agents, one at a time, through the owners of their partitions.

All owners run in one thread of their own, so that the loop stays free for the web and for the log.
What fails there ends the app with nothing acknowledged; it is read again by the next owner.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

import structlog

from models.errors import StoreUnavailable
from models.facts import Damage
from models.identity import KeyHasher
from streams.core.columnar import NONE
from streams.core.frontier import TOPICS
from streams.core.matching import JoinWindows
from streams.shell.batches import BatchMessage, BatchSource, TopicPartition
from streams.shell.owner import LogFacts, Owner, Plan, plan
from streams.shell.patience import Patient
from streams.shell.ports import Store
from streams.shell.settings import WorkerSettings

IDLE_SECONDS = 0.2
"""So long without a record, and a partition counts as idle: time to recompute dirty hours."""
CLOCK_SECONDS = 30.0
"""How often an idle partition's frontier follows the clock."""

T = TypeVar("T")

logger = structlog.get_logger(__name__)


@dataclass(slots=True)
class Counts:
    """What a worker has done since its start."""

    records: int = 0
    completions: int = 0
    votes: int = 0
    dead_letters: int = 0
    batches: int = 0
    watermark_ms: int | None = None


@dataclass(slots=True)
class _Held:
    """An owner and the batches that wait for it."""

    owner: Owner
    waiting: deque[BatchMessage] = field(default_factory=deque)


class Worker:
    """Implements `streams.shell.batches.BatchHandler`. Use from one event loop."""

    def __init__(
        self,
        store: Store,
        hasher: KeyHasher,
        join_windows: JoinWindows,
        settings: WorkerSettings,
        now: Callable[[], int],
        on_stored: Callable[[], None] = lambda: None,
    ) -> None:
        """``now`` is the clock in ms; ``on_stored`` is called on the loop when rows were stored."""
        self.counts = Counts()
        self.on_failure: Callable[[BaseException], None] = _ignore
        """Called on the loop when a batch could not be handled; nothing of it is acknowledged."""
        self._settings = settings
        self._hasher = hasher
        self._join_windows = join_windows
        self._now = now
        self._on_stored = on_stored
        self._stopping = threading.Event()
        self._store = Patient(store, settings.retry_seconds, self._stopping)
        self._thread = ThreadPoolExecutor(1, "counting")
        self._held: dict[int, _Held] = {}
        self._news = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._source: BatchSource | None = None

    @property
    def ready(self) -> bool:
        """Whether the state of all partitions is loaded."""
        return self._task is not None and not self._stopping.is_set()

    @property
    def interactions_in_memory(self) -> int:
        """Interactions held in memory, of all partitions."""
        return sum(held.owner.state.memory.interactions.size for held in self._held.values())

    @property
    def dirty_hours(self) -> int:
        """Hours that wait to be recomputed, of all partitions, as of this moment."""
        return sum(len(held.owner.dirty) for held in self._held.values())

    def offset(self, source: TopicPartition) -> int:
        """The next offset to handle; what lies before it is stored."""
        return self._held[source.partition].owner.offsets[source.topic]

    # --- what the agents and the transport call ----------------------------------------------

    async def on_assigned(
        self, source: BatchSource, partitions: frozenset[TopicPartition]
    ) -> Mapping[TopicPartition, int]:
        """Claim partitions and load their state (I1, I2, I6, I7)."""
        self._source = source
        offsets: dict[TopicPartition, int] = {}
        for partition in sorted({tp.partition for tp in partitions}):
            # The store first: what it holds of the log is in the log by the time that we look.
            progress = await self._in_thread(self._store.progress)
            log = await self._log_facts(source, partition)
            planned = plan(partition, log, progress)
            await source.claim({partition: planned.epoch})
            owner = await self._in_thread(partial(self._begin, log, planned, partition))
            self._held[partition] = _Held(owner)
            offsets |= {TopicPartition(t, partition): planned.offsets[t] for t in TOPICS}
        self._task = asyncio.create_task(self._work())
        self._task.add_done_callback(self._tell_failure)
        return offsets

    async def deliver(self, message: BatchMessage) -> None:
        """Accept a batch; the transport bounds how many may wait."""
        self._held[message.batch.partition].waiting.append(message)
        self._news.set()

    async def stop(self) -> None:
        """Finish the batch in hand, acknowledge it, and leave no hour to be recomputed."""
        self._stopping.set()
        self._news.set()
        try:
            if self._task is not None:
                await asyncio.wait({self._task})
                failed = None if self._task.cancelled() else self._task.exception()
                self._task = None
                if failed is not None:
                    raise failed
                with suppress(StoreUnavailable):  # the next owner recomputes what stays dirty
                    await self.work_off()
        finally:
            self._thread.shutdown()

    def _tell_failure(self, task: "asyncio.Task[None]") -> None:
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self.on_failure(error)

    async def work_off(self) -> None:
        """Recompute every dirty hour now; for the end of a replay, with nothing more to read."""
        for held in self._held.values():
            await self._settle(held.owner, idle=True)

    async def repair(self, damage: Damage) -> None:
        """Write what the stored facts give; see ``Owner.repair``."""
        for held in self._held.values():
            await self._in_thread(partial(held.owner.repair, damage))
        self._on_stored()

    # --- one batch after the other -------------------------------------------------------------

    async def _work(self) -> None:
        while not self._stopping.is_set():
            self._news.clear()
            busy = [held for held in self._held.values() if held.waiting]
            for held in busy:
                if self._stopping.is_set():
                    return
                await self._handle(held)
            if not busy and not await self._news_within(IDLE_SECONDS):
                await self._rest()

    async def _handle(self, held: _Held) -> None:
        messages = list(held.waiting)
        held.waiting.clear()
        runs = [message.batch for message in messages]
        events = await self._in_thread(lambda: held.owner.handle(runs, self._now()))
        for message in messages:
            message.ack()
        self.counts.records += events.records
        self.counts.completions += len(events.completions.key)
        self.counts.votes += len(events.ballots.key)
        self.counts.dead_letters += len(events.dead_letters)
        self.counts.batches += 1
        if events.dead_letters:
            logger.warning(
                "records that are no events went to dead_letters",
                count=len(events.dead_letters),
                first=events.dead_letters[0].problem,
            )
        self._on_stored()
        await self._settle(held.owner, idle=False)

    async def _rest(self) -> None:
        """Nothing came for a while: work off dirty hours, then wait for news or the clock."""
        for held in list(self._held.values()):
            await self._settle(held.owner, idle=True)
        await self._news_within(CLOCK_SECONDS)

    async def _settle(self, owner: Owner, *, idle: bool) -> None:
        ends = self._read_to_end(owner)
        had_dirty = bool(owner.dirty)
        await self._in_thread(lambda: owner.settle(ends, self._now(), idle))
        marks = [held.owner.state.frontier.watermark for held in self._held.values()]
        known = [mark for mark in marks if mark != NONE]
        self.counts.watermark_ms = min(known) if known else None
        if had_dirty and not owner.dirty:
            self._on_stored()

    def _read_to_end(self, owner: Owner) -> set[str]:
        assert self._source is not None
        return {
            topic
            for topic in TOPICS
            if owner.offsets[topic]
            >= self._source.highwater(TopicPartition(topic, owner.partition))
        }

    async def _news_within(self, seconds: float) -> bool:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._news.wait(), seconds)
        return self._news.is_set()

    # --- beginning -----------------------------------------------------------------------------

    async def _log_facts(self, source: BatchSource, partition: int) -> LogFacts:
        sources = {topic: TopicPartition(topic, partition) for topic in TOPICS}
        committed = await source.committed()
        bounds = {topic: source.bounds(tp) for topic, tp in sources.items()}
        return LogFacts(
            source.log_id(TOPICS[0]),
            source.partition_count(TOPICS[0]),
            {topic: earliest for topic, (earliest, _) in bounds.items()},
            {topic: end for topic, (_, end) in bounds.items()},
            {topic: committed[tp] for topic, tp in sources.items() if tp in committed},
        )

    def _begin(self, log: LogFacts, planned: Plan, partition: int) -> Owner:
        owner = Owner(
            partition,
            log,
            planned.epoch,
            self._store,
            self._hasher,
            self._join_windows,
            self._settings,
        )
        owner.begin(planned.offsets)
        logger.info(
            "partition taken over",
            partition=partition,
            epoch=planned.epoch,
            interactions=owner.state.memory.interactions.size,
            **{f"{topic}_from": offset for topic, offset in planned.offsets.items()},
        )
        return owner

    async def _in_thread(self, call: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, call)


def _ignore(error: BaseException) -> None:
    """Nobody wants to know."""
