"""The topic of actions of a Kafka, read from its beginning by a consumer of its own: an
`ActionSource`.

It joins no group and commits nothing: every worker reads all of the topic. Knows not what its
records say.
"""

from collections.abc import Sequence

import structlog
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, Message
from confluent_kafka import TopicPartition as KafkaPartition

from models.alert_actions import TOPIC
from models.errors import WorldError
from streams.shell.batches import RecordBatch, TopicPartition
from streams.shell.kafka_answers import Topic
from streams.shell.kafka_buffer import Buffer
from streams.shell.kafka_errors import Seldom, fatal_error
from streams.shell.kafka_parts import fetched
from streams.shell.kafka_settings import KafkaSettings
from streams.shell.kafka_tuning import CONSUMER

RECORDS_AT_ONCE = 5_000
OTHERWISE: dict[str, str | int | bool] = {
    "auto.offset.reset": "earliest",
    "queued.max.messages.kbytes": 4_096,
}
"""What differs from how votes are read: from the beginning, and there are few."""

logger = structlog.get_logger(__name__)


class KafkaActions:
    """Implements `streams.shell.action_reader.ActionSource`."""

    def __init__(self, settings: KafkaSettings, group: str, topic: Topic) -> None:
        """``topic`` as it is; ``group`` is that of the workers, whose rights suffice."""
        self.log_id = topic.id
        self._seldom = Seldom()
        self._fatal: WorldError | None = None
        self._unread = {TopicPartition(TOPIC, one) for one in range(topic.partitions)}
        self._consumer = Consumer(
            {
                **settings.librdkafka(),
                "group.id": settings.named(group),
                **CONSUMER,
                **OTHERWISE,
                "error_cb": self._on_error,
            }
        )
        name = settings.named(TOPIC)
        self._consumer.assign(
            [KafkaPartition(name, one.partition, OFFSET_BEGINNING) for one in self._unread]
        )

    @property
    def caught_up(self) -> bool:
        """See `ActionSource`; so for all that follow."""
        return not self._unread

    def read(self, seconds: float) -> Sequence[RecordBatch]:
        messages = self._consumer.consume(1, seconds)
        if messages and messages[0].error() is None:
            messages += self._consumer.consume(RECORDS_AT_ONCE, 0)
        if self._fatal is not None:
            raise self._fatal
        for message in messages:
            error = message.error()
            if error is not None:
                self._take_error(message, error)
        return _batches([message for message in messages if message.error() is None])

    def _take_error(self, message: Message, error: KafkaError) -> None:
        source = TopicPartition(TOPIC, message.partition() or 0)
        if error.code() == KafkaError._PARTITION_EOF:
            self._unread.discard(source)
            return
        fatal = fatal_error(error, source, message.offset() or 0)
        if fatal is not None:
            raise fatal
        self._on_error(error)

    def _on_error(self, error: KafkaError) -> None:
        self._fatal = self._fatal or fatal_error(error, None, 0)
        if self._seldom.may_tell(error.code()):
            logger.warning("Kafka", problem=error.str(), topic=TOPIC)

    def close(self) -> None:
        self._consumer.close()


def _batches(messages: list[Message]) -> list[RecordBatch]:
    by_partition: dict[int, list[Message]] = {}
    for message in messages:
        by_partition.setdefault(message.partition() or 0, []).append(message)
    batches = []
    for partition, some in by_partition.items():
        buffer = Buffer(TopicPartition(TOPIC, partition))
        buffer.add(fetched(some))
        while buffer.size:
            batches.append(buffer.take(RECORDS_AT_ONCE))
    return batches
