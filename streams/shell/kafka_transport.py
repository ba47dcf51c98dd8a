"""Faust's transport ``kafka://``: Kafka by librdkafka, instead of Faust's own by aiokafka.

The app offers the connection as ``kafka``. Nothing is sent through Faust: records go to Kafka by
`kafka_log`.
"""

from typing import Any, ClassVar

from faust.transport import base
from faust.types import TP

from models.partitioning import partition_of
from streams.shell.kafka_consumer import KafkaConsumer


class SilentProducer(base.Producer):  # type: ignore[misc]  # Faust ships no types
    """What Faust starts beside a consumer; it has nothing to send."""

    async def flush(self) -> None:
        """Nothing is on its way."""
        return

    async def create_topic(self, topic: str, partitions: int, replication: int, **_: Any) -> None:
        """Topics are made by `semko topics create`."""
        raise NotImplementedError

    def key_partition(self, topic: str, key: bytes) -> TP:
        """Return where a record with ``key`` goes."""
        return TP(topic, partition_of(key, self.app.consumer.partition_count(topic)))


class Transport(base.Transport):  # type: ignore[misc]  # Faust ships no types
    """What Faust makes for a ``kafka://`` URL."""

    Consumer: ClassVar[type] = KafkaConsumer
    Producer: ClassVar[type] = SilentProducer
    driver_version = "librdkafka"
    default_port = 9092
