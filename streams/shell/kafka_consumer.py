"""Reading Kafka for one member of a group, as a consumer of Faust: batches and acknowledgements.

Faust is told once, of every partition, and never of a rebalance: which of them are ours is between
the consumer's thread (`kafka_thread`), the worker and this module, which runs on the loop.
"""

import asyncio
import math
import time
from collections.abc import Coroutine, Iterable, Mapping
from contextlib import suppress
from functools import partial
from itertools import count
from typing import Any

import structlog
from faust.types import TP

from models.errors import LogFenced, LogUnavailable, WorldError
from models.partitioning import partition_of
from streams.core.frontier import TOPICS
from streams.shell.batches import BatchMessage, Position, RecordBatch, TopicPartition
from streams.shell.faust_internals import BatchConsumer
from streams.shell.kafka_answers import Bounds, Topic
from streams.shell.kafka_events import LoopEvents
from streams.shell.kafka_questions import Questions
from streams.shell.kafka_thread import ConsumerThread
from streams.shell.ledger import Ledger, Mark, Ticket
from streams.shell.log_reader import outside

AGAIN_SECONDS = 0.2  # until a claim that was not taken is tried again
COMMIT_SECONDS = 10.0
SPARE_SECONDS = 10.0  # without partitions, and there are more members than that; nobody says so
LEAVE_SECONDS = 3.0  # for leaving the group; who leaves without a word is missed later
DRAINED_SECONDS = 0.2  # how often the group's positions are looked at while it drains

logger = structlog.get_logger(__name__)


class KafkaConsumer(BatchConsumer):
    """Reads both topics. Implements ``BatchSource`` for the worker, ``Member`` for the thread.

    The app offers ``handler``, ``reading``, ``kafka`` (settings), ``partitions`` and
    ``fail(error)``.
    """

    def on_init(self) -> None:
        """Set up what does not need a running loop."""
        super().on_init()
        self.epochs: dict[int, int] = {}
        self.ledger = Ledger()
        self._group: str = self.app.conf.id
        self._generations = count(1)
        self._assigned: set[TopicPartition] = set()
        self._reading: dict[TopicPartition, int] = {}  # by source, the generation that is read
        self._topics: Mapping[str, Topic] = {}
        self._bounds: dict[TopicPartition, Bounds] = {}
        self._joining = False
        self._planned_at: dict[TopicPartition, float] = {}  # before positions were asked for
        self._fetching = True
        self._inbox: asyncio.Queue[tuple[RecordBatch, int]] = asyncio.Queue()
        self._tasks: set[asyncio.Task[object]] = set()

    async def on_start(self) -> None:
        """Prepare to read; partitions come after ``subscribe``."""
        self._questions = Questions(self.app.kafka)
        events = LoopEvents(asyncio.get_running_loop(), self)
        self._thread = ConsumerThread(self.app.kafka, self._group, self.app.reading, events)
        await super().on_start()

    async def on_stop(self) -> None:
        """Commit what is acknowledged and leave the group."""
        await super().on_stop()
        for task in self._tasks:
            task.cancel()
        with suppress(TimeoutError):
            await asyncio.wait_for(self.commit_marks(), LEAVE_SECONDS)
        if not await asyncio.to_thread(self._thread.stop, LEAVE_SECONDS):
            logger.warning("left the group without a word: Kafka does not answer")
        await self._questions.close()

    # --- assignment --------------------------------------------------------------------------

    async def subscribe(self, topics: Iterable[str]) -> None:
        """Tell Faust of every partition, and join the group once the cluster answers."""
        if self._joining:
            return
        self._joining, names = True, sorted(topics)
        sources = [
            TopicPartition(name, one) for name in names for one in range(self.app.partitions)
        ]
        # Now, though the cluster may be away: before that Faust does not end its start.
        self.add_future(self.announce(sources))
        self._begin_task(self._join(names))

    async def _join(self, names: list[str]) -> None:
        self._topics = await self._questions.topics(names)
        count = self._topics[names[0]].partitions
        if count != self.app.partitions:
            raise WorldError(
                f"the topics have {count} partitions, and {self.app.partitions} a moment ago:"
                " partition counts are fixed for good"
            )
        self._thread.start(names)
        await asyncio.sleep(SPARE_SECONDS)
        if not self._assigned:
            await self.app.handler.on_assigned(self, frozenset())

    def assignment(self) -> set[TP]:
        """Return what is ours now."""
        return {TP(*source) for source in self._assigned}

    async def _take_over(self, sources: frozenset[TopicPartition]) -> None:
        """Let the worker claim and load partitions, then read them."""
        while self._fetching and sources & self._assigned:
            try:
                self._planned_at |= dict.fromkeys(sources, time.monotonic())
                mine = frozenset(sources & self._assigned)  # no await from here to the worker
                starts = await self.app.handler.on_assigned(self, mine)
            except (LogFenced, LogUnavailable) as problem:
                # A rebalance is under way, or we were put out of the group: the thread will hear.
                logger.warning("partitions are not taken over yet", problem=str(problem))
                await asyncio.sleep(AGAIN_SECONDS)
            else:
                self._begin({one: at for one, at in starts.items() if one in self._assigned})
                return

    def _begin(self, starts: Mapping[TopicPartition, int]) -> None:
        generation = next(self._generations)
        for source, offset in starts.items():
            earliest, end = self.bounds(source)
            if not earliest <= offset <= end:
                raise outside(source, offset, earliest, end)
            self.ledger.assign(source, offset)
            self._reading[source] = generation
        self._thread.begin(starts, lambda source: self._bounds[source].end, generation)

    async def let_go(
        self, sources: frozenset[TopicPartition], *, lost: bool
    ) -> dict[TopicPartition, Position]:
        """End partitions; what is to be committed of them."""
        self._assigned -= sources
        before = dict(self._reading)
        waiting = await self.app.handler.on_revoked(sources, lost=lost)
        # That may take so long that some are ours again, and are read anew.
        old = {s for s in (*sources, *waiting) if self._reading.get(s) == before.get(s)}
        marks = {s: mark for s, mark in self.ledger.uncommitted().items() if s in sources & old}
        for source in old:
            if self._reading.pop(source, None) is not None:
                self.ledger.revoke(source)
        self._thread.hold(waiting & old)
        given_up = sorted({source.partition for source in sources})
        logger.info("partitions given up", partitions=given_up, lost=lost)
        if self._fetching:
            # They go to another member, or their topic was deleted, which nobody else tells.
            self._begin_task(self._questions.topics(TOPICS))
        return self._positions(marks)

    # --- fetching ----------------------------------------------------------------------------

    async def run_fetching(self) -> None:
        """Hand over what the thread has fetched, until stopped."""
        while self._fetching and not self.should_stop:
            batch, generation = await self._inbox.get()
            if self._reading.get(batch.source) != generation:
                continue  # given up, or begun anew, while it was on its way
            self.app.monitor.track_tp_end_offset(TP(*batch.source), self.highwater(batch.source))
            ticket = self.ledger.deliver(batch)
            acknowledge = partial(self._acknowledge, ticket, generation)
            await self.hand_over(BatchMessage(batch, acknowledge))

    def stop_fetching(self) -> None:
        """Deliver nothing more."""
        self._fetching = False

    def _acknowledge(self, ticket: Ticket, generation: int) -> None:
        if self.ledger.acknowledge(ticket):
            self._thread.release(ticket.source, generation)

    # --- committing --------------------------------------------------------------------------

    async def commit_marks(self) -> bool:
        """Commit what is acknowledged, under the epochs that were claimed."""
        marks = self.ledger.uncommitted()
        if not marks:
            return False
        try:
            await self._store_positions(self._positions(marks))
        except (LogFenced, LogUnavailable) as problem:
            logger.warning("positions are not committed yet", problem=str(problem))
            return False
        self.ledger.confirm(marks)
        return True

    async def drained(self) -> None:
        """Wait until the group has handled everything that was in the log at this call."""
        topics = await self._questions.topics(TOPICS)
        ends = {one: bounds.end for one, bounds in (await self._questions.bounds(topics)).items()}
        while ends:
            await self.commit_marks()
            await asyncio.sleep(DRAINED_SECONDS)
            committed = await self._questions.committed(self._group)
            ends = {
                source: end
                for source, end in ends.items()
                if source not in committed or (committed[source].offset or 0) < end
            }

    def _positions(self, marks: Mapping[TopicPartition, Mark]) -> dict[TopicPartition, Position]:
        return {one: Position(m.offset, self.epochs[one.partition]) for one, m in marks.items()}

    async def _store_positions(
        self, positions: Mapping[TopicPartition, Position], planned_at: float = math.inf
    ) -> None:
        try:
            answer = asyncio.wrap_future(self._thread.commit(positions, planned_at))
            await asyncio.wait_for(answer, COMMIT_SECONDS)
        except TimeoutError:
            raise LogUnavailable("Kafka does not answer") from None

    # --- what the thread tells, by way of `kafka_events` ---------------------------------------

    def came(self, sources: frozenset[TopicPartition]) -> None:
        """Partitions were assigned; they wait until the worker has loaded them."""
        self._assigned |= sources
        self._begin_task(self._take_over(sources))

    def fetched(self, batch: RecordBatch, generation: int) -> None:
        """Records came."""
        self._inbox.put_nowait((batch, generation))

    def ended(self, source: TopicPartition, generation: int, offset: int) -> None:
        """What lies before ``offset`` is no record of ours: a marker of a transaction."""
        if self._reading.get(source) == generation:
            self.ledger.skip(source, offset)

    def failed(self, error: WorldError) -> None:
        """Nothing more will be read."""
        self.app.fail(error)

    def _begin_task(self, work: Coroutine[Any, Any, object]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._on_task_done)

    def _on_task_done(self, task: "asyncio.Task[object]") -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None and self._fetching:
            self.app.fail(error)

    # --- what the worker may ask -------------------------------------------------------------

    def log_id(self, topic: str) -> str:
        """Return the id of ``topic``, which another one of the same name does not have."""
        return self._topics[topic].id

    def partition_count(self, topic: str) -> int:
        """Return the partitions of ``topic``."""
        return self._topics[topic].partitions

    def bounds(self, source: TopicPartition) -> tuple[int, int]:
        """Return earliest offset and end, as they were when ``source`` was assigned."""
        found = self._bounds[source]
        return found.earliest, found.end

    def highwater(self, source: TopicPartition) -> int:
        """Return the offset after the last record that is known of."""
        return self._thread.highwater(source)

    async def committed(self) -> Mapping[TopicPartition, Position]:
        """Return the positions of the group; from then on ``bounds`` and ids are of this moment."""
        self._topics = await self._questions.topics(TOPICS)
        self._bounds |= await self._questions.bounds(self._topics)
        return await self._questions.committed(self._group)

    async def claim(self, epochs: Mapping[int, int], starts: Mapping[TopicPartition, int]) -> None:
        """Become the owner of partitions, each of every topic. Raises ``LogFenced``."""
        ours = {one: at for one, at in starts.items() if one.partition in epochs}
        positions = {one: Position(at, epochs[one.partition]) for one, at in ours.items()}
        await self._store_positions(positions, min(map(self._planned_at.__getitem__, positions)))
        self.epochs.update(epochs)

    # --- what Faust may ask ------------------------------------------------------------------

    async def create_topic(
        self, topic: str, partitions: int, replication: int, **_settings: Any
    ) -> None:
        """Topics are made by `semko topics create`, never by a worker."""
        raise NotImplementedError

    def topic_partitions(self, topic: str) -> int:
        """Return the partitions of ``topic``."""
        return self.partition_count(topic)

    def key_partition(self, topic: str, key: bytes | None, partition: int | None = None) -> int:
        """Return where a record with ``key`` goes."""
        if partition is not None:
            return partition
        return partition_of(key or b"", self.partition_count(topic))
