"""Reading the local log for one group, as a consumer of Faust: batches, acknowledgements, commits.

It is given every partition at its start, asks the worker where to read on, and then hands over one
message a partition and fetch. How many are on their way is bounded by acknowledgements, so a slow
partition holds up no other. What leans on Faust's inside is in ``faust_internals``.
"""

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

import structlog
from faust.types import TP

from models.errors import LogFenced, LogUnavailable
from models.partitioning import partition_of
from streams.shell.batches import BatchMessage, Position, RecordBatch, TopicPartition
from streams.shell.faust_internals import BatchConsumer
from streams.shell.ledger import Ledger, Ticket
from streams.shell.log import LocalLog
from streams.shell.log_reader import outside

POLL_SECONDS = 0.05  # how soon appends of other processes are seen
IDLE_POLL_SECONDS = 0.2  # and after IDLE_POLLS without any
IDLE_POLLS = 200
READ_ON_LOOP_RECORDS = 500  # more are read on a thread: 20,000 would hold up the loop for 10 ms

T = TypeVar("T")

logger = structlog.get_logger(__name__)


class LocalConsumer(BatchConsumer):
    """Reads the log of ``transport``; implements ``streams.shell.batches.BatchSource``.

    The app offers ``handler``, ``reading`` (settings) and ``fail(error)``.
    """

    def on_init(self) -> None:
        """Set up what does not need a running loop."""
        super().on_init()
        self.epochs: dict[int, int] = {}
        self.ledger = Ledger()
        self._log: LocalLog = self.transport.log
        self._group: str = self.app.conf.id
        self._sources: tuple[TopicPartition, ...] = ()
        self._at: dict[TopicPartition, int] = {}  # the next offset to deliver
        self._fetching = True
        self._wake = asyncio.Event()  # something was appended or acknowledged
        self._assigned = asyncio.Event()  # the worker has taken over
        self._acknowledged = asyncio.Event()  # replaced with each acknowledgement

    async def on_start(self) -> None:
        """Prepare to read; partitions come with ``subscribe``."""
        self._thread = ThreadPoolExecutor(1, "log-reader")
        loop = asyncio.get_running_loop()
        self._stop_listening = self._log.on_append(partial(_notify, loop, self._wake))
        self.add_future(self._cut_log())
        await super().on_start()

    async def on_stop(self) -> None:
        """Commit what is acknowledged and stop reading."""
        await super().on_stop()
        self._stop_listening()
        self._thread.shutdown()

    # --- assignment --------------------------------------------------------------------------

    async def subscribe(self, topics: Iterable[str]) -> None:
        """Take every partition of ``topics``, making topics that are missing."""
        if self._sources:
            return
        partitions = {name: topic.partitions for topic in self.app.topics for name in topic.topics}
        for name in sorted(topics):
            await self._on_thread(partial(self._log.ensure_topic, name, partitions[name]))
        self._sources = tuple(
            TopicPartition(name, partition)
            for name in sorted(topics)
            for partition in range(self._log.partition_count(name))
        )
        self.add_future(self.announce(self._sources))

    def assignment(self) -> set[TP]:
        """Return what Faust believes to be assigned."""
        return {TP(*source) for source in self._sources}

    async def _take_over(self) -> None:
        starts = await self.app.handler.on_assigned(self, frozenset(self._sources))
        for source in self._sources:
            offset = starts[source]
            earliest, end = self._log.bounds(source)
            if not earliest <= offset <= end:
                raise outside(source, offset, earliest, end)
            self._at[source] = offset
            self.ledger.assign(source, offset)
        self._assigned.set()

    # --- fetching ----------------------------------------------------------------------------

    async def run_fetching(self) -> None:
        """Let the worker take over, then deliver until stopped."""
        try:
            await self._take_over()
            while self._fetching and not self.should_stop:
                self._wake.clear()
                mark = self._log.change_mark()
                if not await self._deliver_round():
                    await self._wait(mark)
                await asyncio.sleep(0)  # neither has to wait, and others share this loop
        except Exception as error:  # whatever it is: nothing is read any more, so the app must end
            if self._fetching:
                self.app.fail(error)
            # Else the app ends already, and a worker that was loading could not go on.

    def stop_fetching(self) -> None:
        """Deliver nothing more."""
        self._fetching = False
        self._wake.set()

    async def _deliver_round(self) -> bool:
        """Deliver a batch of each partition that has records and room; False: there was none."""
        ends = self._log.ends()
        reading = self.app.reading
        delivered = False
        for source in self._sources:
            waiting = ends[source] - self._at[source]
            if not reading.may_deliver(self.ledger.open_batches(source), waiting, len(self._at)):
                continue
            batch = await self._read(source, min(waiting, reading.records_a_batch(len(self._at))))
            if not self._fetching:
                return False
            self._at[source] = batch.end_offset
            self.app.monitor.track_tp_end_offset(TP(*source), ends[source])
            acknowledge = partial(self._acknowledge, self.ledger.deliver(batch))
            await self.hand_over(BatchMessage(batch, acknowledge))
            delivered = True
        return delivered

    async def _read(self, source: TopicPartition, count: int) -> RecordBatch:
        read = partial(self._log.read, source, self._at[source], count)
        if count <= READ_ON_LOOP_RECORDS:
            return read()
        return await self._on_thread(read)

    async def _on_thread(self, call: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, call)

    async def _wait(self, mark: int) -> None:
        """Wait for an append, an acknowledgement, or a write of another process after ``mark``."""
        polls = 0
        while not self._wake.is_set() and self._log.change_mark() == mark:
            polls += 1
            seconds = POLL_SECONDS if polls < IDLE_POLLS else IDLE_POLL_SECONDS
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), seconds)

    # --- acknowledging -----------------------------------------------------------------------

    def _acknowledge(self, ticket: Ticket) -> None:
        if self.ledger.acknowledge(ticket):
            self._wake.set()
            self._acknowledged.set()
            self._acknowledged = asyncio.Event()

    async def commit_marks(self) -> bool:
        """Commit what is acknowledged, under the epochs that were claimed."""
        marks = self.ledger.uncommitted()
        if not marks:
            return False
        try:
            await self._log.commit(
                self._group,
                {
                    source: Position(mark.offset, self.epochs.get(source.partition, 0))
                    for source, mark in marks.items()
                },
            )
        except LogUnavailable as error:
            logger.warning("commit failed, it will be tried again", problem=str(error))
            return False
        except LogFenced as error:
            self.app.fail(error)
            return False
        self.ledger.confirm(marks)
        return True

    async def drained(self) -> None:
        """Wait until everything appended before this call is acknowledged and committed."""
        await self._assigned.wait()
        ends = self._log.ends()
        while not self.ledger.settled(ends):
            acknowledged = self._acknowledged
            if not await self.commit_marks():
                await acknowledged.wait()

    async def _cut_log(self) -> None:
        """Delete, now and then, what need not be kept."""
        keep = self.app.reading.retention
        if keep.seconds is None and keep.bytes is None:
            return
        while not self.should_stop:
            await self.sleep(keep.every_seconds)
            since = 0.0 if keep.seconds is None else time.time() - keep.seconds
            try:
                await self._log.retain(self._group, int(since * 1000), keep.bytes)
            except LogUnavailable as error:
                logger.warning("the log was not cut, it will be tried again", problem=str(error))

    # --- what the worker may ask -------------------------------------------------------------

    def log_id(self, topic: str) -> str:  # noqa: ARG002 one log holds all topics
        """Return the id of the log."""
        return self._log.log_id

    def partition_count(self, topic: str) -> int:
        """Return the partitions of ``topic``."""
        return self._log.partition_count(topic)

    def bounds(self, source: TopicPartition) -> tuple[int, int]:
        """Return the earliest offset and the one to be written next."""
        return self._log.bounds(source)

    def highwater(self, source: TopicPartition) -> int:
        """Return the offset to be written next."""
        return self._log.bounds(source)[1]

    async def committed(self) -> Mapping[TopicPartition, Position]:
        """Return the positions of the group."""
        return self._log.committed(self._group)

    async def claim(self, epochs: Mapping[int, int], starts: Mapping[TopicPartition, int]) -> None:
        """Become the owner of partitions, each of every topic. Raises ``LogFenced``."""
        await self._log.claim(
            self._group,
            {
                source: Position(starts[source], epochs[source.partition])
                for source in self._sources
                if source.partition in epochs
            },
        )
        self.epochs.update(epochs)

    # --- what Faust may ask ------------------------------------------------------------------

    def topic_partitions(self, topic: str) -> int:
        """Return the partitions of ``topic``."""
        return self._log.partition_count(topic)

    def key_partition(self, topic: str, key: bytes | None, partition: int | None = None) -> int:
        """Return where a record with ``key`` goes."""
        if partition is not None:
            return partition
        return partition_of(key or b"", self._log.partition_count(topic))

    async def create_topic(
        self, topic: str, partitions: int, replication: int, **_settings: Any
    ) -> None:
        """Make a topic; there is one copy of it."""
        del replication
        self._log.ensure_topic(topic, partitions)


def _notify(loop: asyncio.AbstractEventLoop, event: asyncio.Event) -> None:
    with suppress(RuntimeError):  # the loop is closed: nobody waits any more
        loop.call_soon_threadsafe(event.set)
