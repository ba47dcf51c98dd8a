"""Appending to Kafka: what is answered is on the disks of the brokers, in its office's partition.

By librdkafka's idempotent producer, which repeats without doubling and keeps the order. A broker
that is away fills a bounded buffer, then appends are refused.
"""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import structlog
from confluent_kafka import KafkaError, KafkaException, Message, Producer

from models.errors import LogUnavailable, WorldError
from streams.shell.kafka_errors import Seldom, error_of, fatal_error
from streams.shell.kafka_settings import KafkaSettings
from streams.shell.log_chunks import Records

BUFFER_RECORDS = 100_000
BUFFER_KILOBYTES = 65_536
"""What waits for a broker at most; then ``append`` refuses."""
GIVE_UP_MS = 8_000
"""Until the brokers have a record, or its append is refused: before a gateway's clients hear."""
POLL_SECONDS = 0.1
PRODUCER = {
    "acks": "all",
    "enable.idempotence": True,
    "partitioner": "murmur2_random",  # Kafka's default; our records all have a key
    "message.timeout.ms": GIVE_UP_MS,
    "queue.buffering.max.messages": BUFFER_RECORDS,
    "queue.buffering.max.kbytes": BUFFER_KILOBYTES,
    "compression.type": "lz4",
    "log_level": 2,  # what it says comes as errors, too
    "socket.timeout.ms": 10_000,
    "reconnect.backoff.max.ms": 1_000,
}

logger = structlog.get_logger(__name__)


class KafkaLog:
    """The topics of a cluster, to append to. Use ``append`` from one loop."""

    def __init__(self, settings: KafkaSettings, linger_ms: float = 2.0) -> None:
        """``linger_ms``: how long records wait for others that go with them."""
        self._settings = settings
        self._fatal: WorldError | None = None
        self._seldom = Seldom()
        self._producer = Producer(
            {
                **settings.librdkafka(),
                **PRODUCER,
                "linger.ms": linger_ms,
                "error_cb": self._on_error,
            }
        )
        self._closing = False
        self._thread = threading.Thread(target=self._serve, name="kafka-producer", daemon=True)
        self._thread.start()

    async def append(self, topic: str, records: Records) -> None:
        """Append records; returns once every in-sync broker has them.

        Raises ``LogUnavailable`` where some of them may not be in: append all of them again.
        """
        loop = asyncio.get_running_loop()
        done = loop.create_future()

        def settle(problem: LogUnavailable | None) -> None:
            if not done.done():
                done.set_result(problem)

        def told(problem: LogUnavailable | None) -> None:
            with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(settle, problem)

        self._begin(topic, records, told)
        problem = await done
        if problem is not None:
            raise problem

    def append_all(self, topic: str, records: Records) -> None:
        """Append records and wait; waits for room too, so any number may be given."""
        answer = threading.Event()
        problems: list[LogUnavailable | None] = []

        def told(problem: LogUnavailable | None) -> None:
            problems.append(problem)
            answer.set()

        self._begin(topic, records, told, patient=True)
        answer.wait()
        if problems[0] is not None:
            raise problems[0]

    def close(self) -> None:
        """Wait for what is on its way, then disconnect."""
        self._producer.flush(GIVE_UP_MS / 1000)
        self._closing = True
        self._thread.join()

    def _begin(
        self,
        topic: str,
        records: Records,
        told: Callable[[LogUnavailable | None], None],
        *,
        patient: bool = False,
    ) -> None:
        if self._fatal is not None:
            raise self._fatal
        append = _Append(len(records.values), told)
        name, produce = self._settings.named(topic), self._producer.produce
        for key, value, at in zip(*records, strict=True):
            while True:
                try:
                    produce(name, value, key, on_delivery=append.one, timestamp=at)
                except BufferError:
                    if patient:
                        self._producer.poll(POLL_SECONDS)
                        continue
                    append.refuse(LogUnavailable("Kafka is away and the buffer is full"))
                    return
                except KafkaException as problem:
                    append.refuse(_unavailable(error_of(problem)))
                    return
                break

    def _serve(self) -> None:
        while not self._closing:
            self._producer.poll(POLL_SECONDS)

    def _on_error(self, error: KafkaError) -> None:
        self._fatal = self._fatal or fatal_error(error, None, 0)
        if self._seldom.may_tell(error.code()):
            logger.warning("Kafka", problem=error.str())


@dataclass(slots=True)
class _Append:
    """Records of one call that are on their way."""

    waiting: int
    told: Callable[[LogUnavailable | None], None]
    problem: LogUnavailable | None = None
    over: bool = False

    def one(self, error: KafkaError | None, _: Message) -> None:
        """One record is in, or is not."""
        self.waiting -= 1
        if error is not None and self.problem is None:
            self.problem = _unavailable(error)
        if self.waiting == 0 and not self.over:
            self.over = True
            self.told(self.problem)

    def refuse(self, problem: LogUnavailable) -> None:
        """The rest was not taken."""
        if not self.over:
            self.over = True
            self.told(problem)


def _unavailable(error: KafkaError) -> LogUnavailable:
    return LogUnavailable(f"Kafka did not take the events ({error.str()})")
