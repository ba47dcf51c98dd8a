"""The one thread that makes every call on librdkafka's consumer: fetching, commits, rebalances.

confluent-kafka hangs for good when two threads call on one consumer, and serves rebalances from
within ``poll``; so whoever wants something done here leaves an errand. Knows nothing of the loop
but what `Events` tells it, nothing of workers or Faust.
"""

import math
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from typing import Protocol

import structlog
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException
from confluent_kafka import TopicPartition as KafkaPartition

from models.errors import LogFenced, WorldError
from streams.shell.batches import Position, TopicPartition
from streams.shell.kafka_errors import Seldom, error_of, fatal_error, refusal
from streams.shell.kafka_parts import Listener, Parts
from streams.shell.kafka_positions import position_metadata
from streams.shell.kafka_settings import KafkaSettings
from streams.shell.kafka_tuning import CHUNK, CONSUMER, ROUND, SHORT_SECONDS, TICK_SECONDS
from streams.shell.reading import ReadingSettings

logger = structlog.get_logger(__name__)


class Events(Listener, Protocol):
    """What the thread tells; each is called on it and must not wait, save ``revoked``."""

    def assigned(self, sources: frozenset[TopicPartition]) -> None:
        """Partitions came; they wait until ``begin``."""

    def revoked(
        self, sources: frozenset[TopicPartition], *, lost: bool
    ) -> Mapping[TopicPartition, Position]:
        """Partitions go; returns what is to be committed of them, after a bounded wait."""

    def failed(self, error: WorldError) -> None:
        """Nothing more will be read."""


class ConsumerThread:
    """Reads for one member of a group. Methods may be called from any thread."""

    def __init__(
        self, settings: KafkaSettings, group: str, reading: ReadingSettings, events: Events
    ) -> None:
        self._settings = settings
        self._reading = reading
        self._events = events
        self._config = {
            **settings.librdkafka_member(group),
            **CONSUMER,
            "error_cb": self._on_error,
            "on_commit": self._on_commit,
        }
        self._seldom = Seldom()
        self._errands: deque[Callable[[], None]] = deque()
        self._commits: deque[tuple[Mapping[TopicPartition, Position], float, Future[None]]]
        self._commits = deque()
        self._since: dict[TopicPartition, float] = {}  # since when each partition is ours
        self._committing: Future[None] | None = None
        self._room = threading.Event()
        self._closing = False
        self._consumer: Consumer
        self._parts: Parts | None = None
        self._thread = threading.Thread(target=self._run, name="kafka-consumer", daemon=True)

    # --- what others ask ---------------------------------------------------------------------

    def start(self, topics: Iterable[str]) -> None:
        """Join the group and read ``topics``."""
        self._topics = [self._settings.named(topic) for topic in topics]
        self._thread.start()

    def stop(self, seconds: float) -> bool:
        """Leave the group; False where that took longer. Commit before what is to be committed."""
        self._closing = True
        self._room.set()
        if self._thread.ident is not None:
            self._thread.join(seconds)
        return not self._thread.is_alive()

    def begin(
        self,
        starts: Mapping[TopicPartition, int],
        ends: Callable[[TopicPartition], int],
        generation: int,
    ) -> None:
        """Read partitions from these offsets on; see `Parts.begin`."""
        self._ask(lambda parts: parts.begin(starts, ends, generation))

    def hold(self, sources: Iterable[TopicPartition]) -> None:
        """Let partitions wait again, whatever was fetched of them."""
        self._ask(lambda parts: parts.hold(sources))

    def release(self, source: TopicPartition, generation: int) -> None:
        """One batch of a partition is done."""
        self._ask(lambda parts: parts.release(source, generation))
        self._room.set()

    def commit(
        self, positions: Mapping[TopicPartition, Position], planned_at: float = math.inf
    ) -> "Future[None]":
        """Commit positions, all or none; the future raises ``LogFenced`` or ``LogUnavailable``.

        Refused where a partition is not ours, or became so after ``planned_at`` (monotonic
        seconds): another may have owned it meanwhile, under the epoch that was planned.
        """
        answer: Future[None] = Future()
        self._commits.append((positions, planned_at, answer))
        return answer

    def highwater(self, source: TopicPartition) -> int:
        """The offset after the last record that is known of; 0 where the partition waits."""
        return self._parts.highwater(source) if self._parts else 0

    def _ask(self, call: Callable[[Parts], None]) -> None:
        def errand() -> None:
            assert self._parts is not None  # errands are done by the thread, which made them
            call(self._parts)

        self._errands.append(errand)

    # --- the thread --------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            self._consumer = Consumer(self._config)
            self._parts = Parts(self._consumer, self._settings, self._reading, self._events)
            try:
                self._consumer.subscribe(
                    self._topics,
                    on_assign=self._on_assign,
                    on_revoke=self._on_revoke,
                    on_lost=self._on_lost,
                )
                while not self._closing:
                    self._do_errands()
                    self._begin_to_commit()
                    self._fetch(self._parts)
                    self._parts.hand_over()
            finally:
                self._consumer.close()
        except Exception as problem:  # whatever it is: nothing is read any more
            self._events.failed(_told(problem))

    def _do_errands(self) -> None:
        while self._errands:
            self._errands.popleft()()

    def _fetch(self, parts: Parts) -> None:
        """Take what is there, at most a round of it; with nothing there wait a tick."""
        if parts.must_wait():
            self._room.wait(TICK_SECONDS)
            self._room.clear()
            first = self._consumer.poll(0)  # for what else it serves: answers and rebalances
            parts.take([] if first is None else [first])
            return
        first = self._consumer.poll(SHORT_SECONDS if parts.someone_waits() else TICK_SECONDS)
        messages, taken = [] if first is None else [first, *self._consumer.consume(CHUNK - 1, 0)], 0
        while messages:
            parts.take(messages)
            taken += len(messages)
            more = len(messages) == CHUNK and taken < ROUND
            messages = self._consumer.consume(CHUNK, 0) if more else []

    # --- positions ---------------------------------------------------------------------------

    def _begin_to_commit(self) -> None:
        """One commit is under way at a time, so an answer can only be its own."""
        while self._commits and self._committing is None:
            positions, planned_at, answer = self._commits.popleft()
            if any(self._since.get(source, math.inf) > planned_at for source in positions):
                _refuse(answer, LogFenced("partitions went while positions were on their way"))
                continue
            try:
                self._consumer.commit(offsets=self._named(positions), asynchronous=True)
            except KafkaException as problem:
                _refuse(answer, refusal(error_of(problem)))
            else:
                self._committing = answer

    def _on_commit(self, error: KafkaError | None, parts: list[KafkaPartition]) -> None:
        answer, self._committing = self._committing, None
        problem = error or next((one.error for one in parts if one.error is not None), None)
        if answer is None:
            return
        if problem is not None:
            _refuse(answer, refusal(problem))
        elif not answer.cancelled():
            answer.set_result(None)

    def _commit_now(self, positions: Mapping[TopicPartition, Position]) -> None:
        """The last word on partitions that go; the next owner reads again what it does not say."""
        problem: KafkaError | None = None
        try:
            if positions:
                done = self._consumer.commit(offsets=self._named(positions), asynchronous=False)
                problem = next((one.error for one in done or () if one.error is not None), None)
        except KafkaException as raised:
            problem = error_of(raised)
        if problem is not None:
            logger.warning("the last positions were not committed", problem=problem.str())

    def _named(self, positions: Mapping[TopicPartition, Position]) -> list[KafkaPartition]:
        return [
            KafkaPartition(
                self._settings.named(source.topic),
                source.partition,
                position.offset or 0,
                metadata=position_metadata(position.epoch),
            )
            for source, position in positions.items()
        ]

    # --- rebalances, from within poll ----------------------------------------------------------

    def _on_assign(self, consumer: Consumer, parts: list[KafkaPartition]) -> None:
        assert self._parts is not None
        for one in parts:
            one.offset = OFFSET_BEGINNING  # nothing is fetched before ``begin`` says from where
        if self._settings.group_protocol == "consumer":
            consumer.incremental_assign(parts)
        else:
            consumer.assign(parts)
        consumer.pause(parts)
        sources = frozenset(map(self._source, parts))
        self._parts.add(sources)
        self._since |= dict.fromkeys(sources, time.monotonic())
        self._events.assigned(sources)

    def _on_revoke(self, _: Consumer, parts: list[KafkaPartition]) -> None:
        self._let_go(parts, lost=False)

    def _on_lost(self, _: Consumer, parts: list[KafkaPartition]) -> None:
        self._let_go(parts, lost=True)

    def _let_go(self, parts: list[KafkaPartition], *, lost: bool) -> None:
        assert self._parts is not None
        sources = frozenset(map(self._source, parts))
        for source in sources:
            self._since.pop(source, None)
        if not self._closing:
            positions = self._events.revoked(sources, lost=lost)
            if not lost:
                self._commit_now(positions)
        self._parts.remove(sources)

    def _source(self, part: KafkaPartition) -> TopicPartition:
        return TopicPartition(self._settings.unnamed(part.topic), part.partition)

    def _on_error(self, error: KafkaError) -> None:
        fatal = fatal_error(error, None, 0)
        if fatal is not None:
            self._events.failed(fatal)
        elif self._seldom.may_tell(error.code()):
            logger.warning("Kafka", problem=error.str())


def _refuse(answer: "Future[None]", problem: WorldError) -> None:
    if not answer.cancelled():
        answer.set_exception(problem)


def _told(problem: Exception) -> WorldError:
    if isinstance(problem, WorldError):
        return problem
    if isinstance(problem, KafkaException):
        error = error_of(problem)
        return fatal_error(error, None, 0) or WorldError(f"Kafka: {error.str()}")
    logger.error("the Kafka thread has failed", exc_info=problem)
    return WorldError(f"reading from Kafka has failed: {problem!r}")
