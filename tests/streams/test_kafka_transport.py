"""The Kafka transport on a real broker: the contract of every log, and what is its own."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Producer

from streams.shell.app import StreamApp, make_app
from streams.shell.batches import Position, TopicPartition
from streams.shell.kafka_admin import KafkaAdmin
from streams.shell.kafka_positions import position
from streams.shell.kafka_settings import KafkaSettings
from streams.shell.reading import ReadingSettings
from tests.log_contract import LogContract
from tests.log_world import SMALL_BATCHES


class KafkaWorld:
    """Both topics on a broker, appended to by another client."""

    partitions = 4

    def __init__(self, settings: KafkaSettings, folder: Path) -> None:
        self.settings, self.folder = settings, folder
        self.broker = f"kafka://{settings.servers[0]}"
        self.environment = {"SEMKO_KAFKA_PREFIX": settings.prefix}
        self.producer = Producer({**settings.librdkafka(), "linger.ms": 0})

    def app(self, handler: Any, reading: ReadingSettings = SMALL_BATCHES) -> StreamApp:
        return make_app(
            self.broker,
            "worker",
            handler,
            partitions=self.partitions,
            folder=self.folder / "faust",
            kafka=self.settings,
            reading=reading,
        )

    async def append(self, source: TopicPartition, values: list[bytes]) -> None:
        name = self.settings.named(source.topic)
        for i, value in enumerate(values):
            self.producer.produce(
                name, value, b"t/o", source.partition, timestamp=1_700_000_000_000 + i
            )
        await asyncio.to_thread(self.producer.flush)

    async def committed(self) -> Mapping[TopicPartition, Position]:
        def ask() -> Mapping[TopicPartition, Position]:
            with KafkaAdmin(self.settings) as admin:
                found = admin.committed("worker")
            return {one: position(at.offset, at.metadata) for one, at in found.items()}

        return await asyncio.to_thread(ask)


@pytest.fixture
def world(kafka_topics: KafkaSettings, tmp_path: Path) -> KafkaWorld:
    return KafkaWorld(kafka_topics, tmp_path)


class TestKafkaTransport(LogContract):
    """The contract."""
