"""The partitions that librdkafka's consumer has now: what was fetched of each and where it stands.

Used by the consumer's thread alone, but for ``highwater``.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Protocol, cast

import structlog
from confluent_kafka import Consumer, KafkaError, KafkaException, Message
from confluent_kafka import TopicPartition as KafkaPartition

from streams.shell.batches import RecordBatch, TopicPartition
from streams.shell.kafka_buffer import Buffer, Fetched
from streams.shell.kafka_errors import error_of, fatal_error
from streams.shell.kafka_settings import KafkaSettings
from streams.shell.reading import ReadingSettings

PATIENCE_SECONDS = 1.0
"""So long fetching waits for room before a partition is paused, which drops what was prefetched."""
SEEK_SECONDS = 10.0

logger = structlog.get_logger(__name__)


class Listener(Protocol):
    """What is told of records; each is called on the consumer's thread and must not wait."""

    def fetched(self, batch: RecordBatch, generation: int) -> None:
        """Records of a partition, of the generation under which it was begun."""

    def ended(self, source: TopicPartition, generation: int, offset: int) -> None:
        """Between the last record and ``offset``, the end of the log, there is none for us."""


@dataclass(slots=True)
class _Part:
    """A partition for as long as it is assigned."""

    buffer: Buffer
    generation: int = 0
    """Under which it was begun; 0: it waits."""
    open: int = 0
    """Batches handed over and not acknowledged."""
    next: int = 0
    """The offset after the last record fetched."""
    high: int = 0
    """The high water mark, as the last fetch told it."""
    ended: bool = False
    """Whether the end of the log was reached and nothing fetched since."""
    full_since: float | None = None
    paused: bool = False


def fetched(messages: Sequence[Message]) -> Fetched:
    """Messages of one partition, none of them an error, as columns."""
    offsets = cast("list[int]", [message.offset() for message in messages])
    keys = [message.key() or b"" for message in messages]
    values = [message.value() or b"" for message in messages]
    return Fetched(offsets, keys, values, [message.timestamp()[1] for message in messages])


class Parts:
    """Partitions by name, each waiting or being read."""

    def __init__(
        self,
        consumer: Consumer,
        settings: KafkaSettings,
        reading: ReadingSettings,
        listener: Listener,
    ) -> None:
        self._consumer = consumer
        self._settings = settings
        self._reading = reading
        self._listener = listener
        self._parts: dict[TopicPartition, _Part] = {}

    def add(self, sources: Iterable[TopicPartition]) -> None:
        """Partitions came; they wait."""
        self._parts |= {source: _Part(Buffer(source)) for source in sources}

    def remove(self, sources: Iterable[TopicPartition]) -> None:
        """Partitions went."""
        for source in sources:
            self._parts.pop(source, None)

    def highwater(self, source: TopicPartition) -> int:
        """The offset after the last record that is known of; 0 where the partition waits."""
        part = self._parts.get(source)
        if part is None or not part.generation:
            return 0
        return part.next if part.ended else max(part.high, part.next)

    def begin(
        self, starts: Mapping[TopicPartition, int], ends: Callable[[TopicPartition], int], n: int
    ) -> None:
        """Read partitions from these offsets on under generation ``n``, if they are still here.

        ``ends`` is the high water mark of each as it is known by now.
        """
        for source, offset in starts.items():
            part = self._parts.get(source)
            if part is not None:
                self._seek(source, offset)
                part.buffer.clear()
                part.generation, part.open, part.next = n, 0, offset
                part.high, part.ended, part.paused = ends(source), False, False
                self._consumer.resume([self._kafka(source)])

    def _seek(self, source: TopicPartition, offset: int) -> None:
        """A partition that was assigned this moment cannot seek yet."""
        deadline = time.monotonic() + SEEK_SECONDS
        while True:
            try:
                self._consumer.seek(self._kafka(source, offset))
                return
            except KafkaException as problem:
                if error_of(problem).code() != KafkaError._STATE or time.monotonic() > deadline:
                    raise
                time.sleep(0.01)

    def hold(self, sources: Iterable[TopicPartition]) -> None:
        """Let partitions wait again, whatever was fetched of them."""
        for source in sources:
            part = self._parts.get(source)
            if part is not None:
                part.generation = 0
                part.buffer.clear()
                self._consumer.pause([self._kafka(source)])

    def release(self, source: TopicPartition, generation: int) -> None:
        """One batch of a partition is done."""
        part = self._parts.get(source)
        if part is not None and part.generation == generation:
            part.open -= 1

    def must_wait(self) -> bool:
        """Whether fetching waits for room. A partition that waits too long is paused instead."""
        now, limit = time.monotonic(), self._limit()
        waiting = False
        for source, part in self._parts.items():
            if part.paused or part.buffer.size < limit:
                part.full_since = None
            elif part.full_since is None:
                part.full_since, waiting = now, True
            elif now - part.full_since < PATIENCE_SECONDS:
                waiting = True
            else:
                part.paused, part.full_since = True, None
                self._consumer.pause([self._kafka(source)])
        return waiting

    def take(self, messages: list[Message]) -> None:
        """Keep records until their turn. Raises ``WorldError`` where reading on would lose some."""
        if any(map(Message.error, messages)):
            for message in messages:
                error = message.error()
                if error is not None:
                    self._take_error(message, error)
            messages = [message for message in messages if message.error() is None]
        for source, run in self._by_source(messages):
            part = self._parts.get(source)
            if part is not None and part.generation:
                self._take_run(source, part, run)

    def _take_run(self, source: TopicPartition, part: _Part, run: list[Message]) -> None:
        found = fetched(run)
        if found.offsets[0] < part.next:
            # The place that was asked for with the assignment was found only after our seek.
            logger.info("sought again", **source._asdict(), came=found.offsets[0], wanted=part.next)
            self._seek(source, part.next)
            return
        part.buffer.add(found)
        part.next, part.ended = found.offsets[-1] + 1, False

    def _take_error(self, message: Message, error: KafkaError) -> None:
        topic, partition, offset = message.topic(), message.partition() or 0, message.offset() or 0
        source = None if topic is None else self._source(topic, partition)
        if error.code() != KafkaError._PARTITION_EOF:
            fatal = fatal_error(error, source, offset)
            if fatal is not None:
                raise fatal
            logger.warning("Kafka", problem=error.str(), topic=topic, partition=partition)
        elif source is not None and source in self._parts and offset >= self._parts[source].next:
            self._parts[source].ended, self._parts[source].high = True, offset

    def _by_source(self, messages: list[Message]) -> Iterable[tuple[TopicPartition, list[Message]]]:
        """Messages by partition, each partition's in their order."""
        named = cast("list[tuple[str, int]]", [(m.topic(), m.partition()) for m in messages])
        if named and named.count(named[0]) == len(named):
            return [(self._source(*named[0]), messages)]
        order = sorted(range(len(named)), key=named.__getitem__)
        return [
            (self._source(*name), [messages[i] for i in numbers])
            for name, numbers in groupby(order, named.__getitem__)
        ]

    def someone_waits(self) -> bool:
        """Whether records wait for an acknowledgement of those before them."""
        return any(part.buffer.size for part in self._parts.values())

    def hand_over(self) -> None:
        """Give each partition's listener what it has room for."""
        limit = self._limit()
        for source, part in self._parts.items():
            if part.buffer.size and not part.ended:
                cached = self._consumer.get_watermark_offsets(self._kafka(source), cached=True)
                part.high = max(part.high, cached[1])
            while self._reading.may_deliver(part.open, part.buffer.size, len(self._parts)):
                part.open += 1
                self._listener.fetched(part.buffer.take(limit), part.generation)
            if part.ended and part.generation and not part.buffer.size and part.high > part.next:
                self._listener.ended(source, part.generation, part.high)
                part.next = part.high
            if part.paused and part.buffer.size <= limit // 2:
                part.paused = False
                self._consumer.resume([self._kafka(source)])

    def _limit(self) -> int:
        return self._reading.records_a_batch(len(self._parts))

    def _source(self, topic: str, partition: int) -> TopicPartition:
        return TopicPartition(self._settings.unnamed(topic), partition)

    def _kafka(self, source: TopicPartition, offset: int | None = None) -> KafkaPartition:
        name = self._settings.named(source.topic)
        if offset is None:
            return KafkaPartition(name, source.partition)
        return KafkaPartition(name, source.partition, offset)
