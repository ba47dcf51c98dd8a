"""The worker: takes batches from the agents through the owners of their partitions.

One thread counts, for all owners, one group of batches after the other; another loads partitions
that are assigned, so the loop stays free for the web and for the log. What fails ends the app with
nothing acknowledged; it is read again by the next owner.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from models.errors import StoreUnavailable, WorldError
from models.facts import Damage, Office
from models.identity import KeyHasher
from streams.core.columnar import NONE
from streams.core.decoding import EventBatch
from streams.core.frontier import TOPICS
from streams.core.matching import JoinWindows
from streams.shell.assignment import Assignment
from streams.shell.batches import BatchMessage, BatchSource, TopicPartition
from streams.shell.judge import Judge, Rules
from streams.shell.judging_turns import JUDGE_SECONDS, JudgingTurns
from streams.shell.metrics import Counts, Measured, WorkerMetrics
from streams.shell.owner import Owner, handle
from streams.shell.patience import Patient
from streams.shell.ports import WorkerStore
from streams.shell.reading_place import behind, is_live, read_to_end
from streams.shell.settings import WorkerSettings
from streams.shell.takeover import Takeover

IDLE_SECONDS = 0.2
"""So long without a record, and the worker counts as idle."""
GATHER_SECONDS = 0.003
"""So long others may join the first batch that came: those of a fetch come one after the other."""
CLOCK_SECONDS = 30.0
"""How often an idle partition's frontier follows the clock."""


@dataclass(slots=True)
class _Held:
    """An owner and the batches that wait for it."""

    owner: Owner
    waiting: deque[BatchMessage] = field(default_factory=deque)


class Worker:
    """Implements `streams.shell.batches.BatchHandler`. Use from one event loop."""

    def __init__(
        self,
        store: WorkerStore,
        hasher: KeyHasher,
        join_windows: JoinWindows,
        settings: WorkerSettings,
        now: Callable[[], int],
        on_stored: Callable[[], None] = lambda: None,
        threads: Callable[[str], Executor] = lambda name: ThreadPoolExecutor(1, name),
        rules: Rules | None = None,
    ) -> None:
        """``now``: clock in ms; ``on_stored``: called on the loop; ``threads``: made by name;
        ``rules``: by which offices are judged, none where nobody wants alerts."""
        self.counts = Counts()
        self.metrics = WorkerMetrics()
        self.metrics.ask(
            semko_lag_records=lambda: self.lag,
            semko_watermark_seconds=lambda: (self.counts.watermark_ms or 0) / 1000,
            semko_event_delay_seconds=lambda: self.counts.event_delay_ms / 1000,
            semko_open_interactions=lambda: self.interactions_in_memory,
            semko_dirty_hours=lambda: self.dirty_hours,
            semko_assigned_partitions=lambda: len(self._held),
        )
        self.on_failure: Callable[[BaseException], None] = lambda _: None
        """Called on the loop when a batch could not be handled; nothing of it is acknowledged."""
        self._now, self._on_stored = now, on_stored
        stopping = self._stopping = threading.Event()
        self._store = Patient(store, settings.retry_seconds, stopping, settings.give_up_seconds)
        self._measured = Measured(self._store, self.metrics)
        self._counting, self._loading, self._side = map(threads, ("counting", "loading", "storing"))
        judge = Judge(self._store, rules) if rules else None
        self._judging = JudgingTurns(judge, threads("judging"), self._count, now, on_stored)
        self._takeover = Takeover(self._store, hasher, join_windows, settings, self._loading)
        self._assignment = Assignment()
        self._held: dict[int, _Held] = {}
        self._coming: dict[int, object] = {}  # by partition, which take-over is under way
        self._news = asyncio.Event()
        self._in_hand: frozenset[int] = frozenset()
        self._hand_free = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._source: BatchSource | None = None

    @property
    def ready(self) -> bool:
        """Whether the state of all partitions that are assigned is loaded."""
        return self._task is not None and not self._coming and not self._stopping.is_set()

    @property
    def partitions(self) -> Sequence[int]:
        """The partitions whose state is loaded."""
        return sorted(self._held)

    @property
    def interactions_in_memory(self) -> int:
        """Interactions held in memory, of all partitions."""
        return sum(held.owner.state.memory.interactions.size for held in self._held.values())

    @property
    def dirty_hours(self) -> int:
        """Hours that wait to be recomputed, of all partitions, as of this moment."""
        return sum(len(held.owner.dirty) for held in self._held.values())

    @property
    def lag(self) -> int:
        """Records in the log of the partitions held here that are not handled yet."""
        return sum(behind(self._source, held.owner) for held in self._held.values())

    def offset(self, source: TopicPartition) -> int:
        """The next offset to handle; what lies before it is stored."""
        return self._held[source.partition].owner.offsets[source.topic]

    # --- what the agents and the transport call ----------------------------------------------

    async def on_assigned(
        self, source: BatchSource, partitions: frozenset[TopicPartition]
    ) -> Mapping[TopicPartition, int]:
        """Claim partitions and load their state (I1, I2, I6, I7)."""
        self._source = source
        if self._task is None:
            self._task = asyncio.create_task(self._work())
            self._task.add_done_callback(self._tell_failure)
        whole = self._assignment.add(partitions)
        take = object()
        self._coming |= dict.fromkeys(whole, take)
        owners: dict[int, Owner] = {}
        try:
            if whole:
                with self.metrics.loading():
                    owners = await self._takeover.owners(source, whole)
        except BaseException:
            # Should they be offered again. What went meanwhile may have been already.
            self._assignment.remove(
                source for source in partitions if self._coming.get(source.partition) is take
            )
            raise
        finally:
            still_ours = {one for one in whole if self._coming.get(one) is take}
            for one in still_ours:
                del self._coming[one]
        # What went while it was loaded belongs to another: its claim shuts this one out.
        taken = {one: owner for one, owner in owners.items() if one in still_ours}
        self._held |= {one: _Held(owner) for one, owner in taken.items()}
        return {
            TopicPartition(topic, one): owner.offsets[topic]
            for one, owner in taken.items()
            for topic in TOPICS
        }

    async def on_revoked(
        self, partitions: frozenset[TopicPartition], *, lost: bool
    ) -> frozenset[TopicPartition]:
        """Drop the state of partitions; unless they are lost, finish what is in hand of them."""
        ended, waiting = self._assignment.remove(partitions)
        for partition in ended:
            self._coming.pop(partition, None)
            self._held.pop(partition, None)
        if not lost and self._in_hand.intersection(ended):
            await self._hand_free.wait()
        return frozenset(waiting)

    async def deliver(self, message: BatchMessage) -> None:
        """Accept a batch; the transport bounds how many may wait."""
        held = self._held.get(message.batch.partition)
        if held is not None:  # else it was taken away while the batch was on its way
            held.waiting.append(message)
            self._news.set()

    async def stop(self) -> None:
        """Finish the batch in hand, acknowledge it, leave no hour dirty; end the judging."""
        self._stopping.set()
        self._news.set()
        try:
            if self._task is not None:
                await asyncio.wait({self._task})
                task, self._task = self._task, None
                task.result()
                with suppress(StoreUnavailable):  # the next owner does what is left
                    await self._judging.cease()
                    await self.recompute()
        finally:
            # What loads now may wait for a store that is away, and has no owner any more.
            self._loading.shutdown(wait=False)
            self._counting.shutdown()
            self._side.shutdown()
            self._judging.shutdown()

    def _tell_failure(self, task: "asyncio.Task[None]") -> None:
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self.on_failure(error)

    async def recompute(self) -> None:
        """Recompute every hour that is dirty by now."""
        await self._settle([held.owner for held in self._held.values()], idle=True)

    async def work_off(self) -> None:
        """Recompute every dirty hour and judge what is unjudged; when nothing is left to read."""
        await self.recompute()
        await self._judging.finish([held.owner for held in self._held.values()])

    async def repair(self, damage: Damage) -> None:
        """Write what the stored facts give; see ``Owner.repair``. Half of it ends the worker."""
        try:
            for held in list(self._held.values()):
                await self._count(partial(held.owner.repair, damage))
        except WorldError as error:
            self.on_failure(error)
            raise
        self._on_stored()

    def rejudge(self, hours: Mapping[Office, int]) -> None:
        """Judge offices anew from these hours (ms) on, as soon as they are held here."""
        self._judging.ask(hours)
        self._news.set()

    async def _work(self) -> None:
        while not self._stopping.is_set():
            self._news.clear()
            if any(held.waiting for held in self._held.values()):
                await asyncio.sleep(GATHER_SECONDS)
                await self._handle([held for held in self._held.values() if held.waiting])
            elif not await self._news_within(IDLE_SECONDS):
                await self._rest()

    async def _handle(self, busy: list[_Held]) -> None:
        """Take all that waits through together: a write costs the same for one owner or many."""
        messages = [list(held.waiting) for held in busy]
        for held in busy:
            held.waiting.clear()
        batches = [
            (held.owner, [message.batch for message in some])
            for held, some in zip(busy, messages, strict=True)
        ]
        self._in_hand = frozenset(held.owner.partition for held in busy)
        self._hand_free.clear()
        try:
            handled = await self._count(
                lambda: handle(batches, self._measured, self._now(), self._side)
            )
            for message in (message for some in messages for message in some):
                message.ack()
        finally:
            self._in_hand = frozenset()
            self._hand_free.set()
        self._note(handled)
        self._on_stored()
        owners = [h.owner for h in busy if self._held.get(h.owner.partition) is h]
        await self._settle(owners, idle=False)
        self._judging.begin([o for o in owners if is_live(self._source, o)], self._tell_failure)

    def _note(self, handled: list[EventBatch]) -> None:
        self.counts.records += self.metrics.note_batch(handled)
        newest = [at for events in handled for at in events.latest.values()]
        if newest:
            self.counts.event_delay_ms = max(0, self._now() - max(newest))

    async def _rest(self) -> None:
        """Nothing came for a while: work off dirty hours, then wait for news or the clock."""
        await self.recompute()
        owners = [held.owner for held in self._held.values()]
        self._judging.begin(owners, self._tell_failure)
        await self._news_within(JUDGE_SECONDS if self._judging.has_work(owners) else CLOCK_SECONDS)

    async def _settle(self, owners: list[Owner], *, idle: bool) -> None:
        places = [(read_to_end(self._source, o), is_live(self._source, o)) for o in owners]
        had_dirty, now = [owner for owner in owners if owner.dirty], self._now()

        def settle() -> None:
            for owner, (end, live) in zip(owners, places, strict=True):
                owner.settle(end, now, idle=idle, live=live)

        await self._count(settle)
        marks = (held.owner.state.frontier.watermark for held in self._held.values())
        self.counts.watermark_ms = min((mark for mark in marks if mark != NONE), default=None)
        if not all(owner.dirty for owner in had_dirty):
            self._on_stored()

    async def _news_within(self, seconds: float) -> bool:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._news.wait(), seconds)
        return self._news.is_set()

    async def _count(self, call: Callable[[], Any]) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._counting, call)
