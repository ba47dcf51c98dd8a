"""What a consumer asks of the cluster beside records: topics, bounds, positions; off the loop.

By `kafka_admin`, in a thread of its own, so that fetching goes on meanwhile. A cluster that does
not answer is asked again until it does.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import structlog

from models.errors import LogUnavailable, WorldError
from streams.shell.batches import Position, TopicPartition
from streams.shell.kafka_admin import KafkaAdmin
from streams.shell.kafka_answers import Bounds, Topic
from streams.shell.kafka_positions import position
from streams.shell.kafka_settings import KafkaSettings

AGAIN_SECONDS = 0.5

T = TypeVar("T")

logger = structlog.get_logger(__name__)


class Questions:
    """Asks a cluster; use from one loop."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._thread = ThreadPoolExecutor(1, "kafka-questions")
        self._admin: KafkaAdmin | None = None
        self._closed = False

    async def topics(self, names: Sequence[str]) -> Mapping[str, Topic]:
        """Topics as they are. Raises ``WorldError`` where one is missing or their partition counts
        are unequal."""
        found = await self._answer(lambda admin: admin.topics(names))
        missing = [self._settings.named(name) for name in names if name not in found]
        if missing:
            raise WorldError(
                f"Kafka has no topic {' and '.join(missing)}: make what is missing by `semko topics"
                " create`"
            )
        counts = {self._settings.named(name): found[name].partitions for name in names}
        if len(set(counts.values())) > 1:
            told = ", ".join(f"{name} {count}" for name, count in counts.items())
            raise WorldError(
                f"the topics have unequal partition counts ({told}), so events of one office would"
                " not meet: make them anew with equal counts"
            )
        return found

    async def bounds(self, topics: Mapping[str, Topic]) -> Mapping[TopicPartition, Bounds]:
        """Earliest offset and end of every partition of ``topics``."""
        counts = {name: topic.partitions for name, topic in topics.items()}
        return await self._answer(lambda admin: admin.bounds(counts))

    async def committed(self, group: str) -> Mapping[TopicPartition, Position]:
        """The positions of ``group``."""
        found = await self._answer(lambda admin: admin.committed(group))
        return {source: position(one.offset, one.metadata) for source, one in found.items()}

    async def close(self) -> None:
        """Ask nothing more."""
        self._closed = True
        self._thread.submit(self._let_go)
        self._thread.shutdown(wait=False)

    def _let_go(self) -> None:
        if self._admin is not None:
            self._admin.close()

    async def _answer(self, ask: Callable[[KafkaAdmin], T]) -> T:
        while True:
            try:
                return await asyncio.get_running_loop().run_in_executor(
                    self._thread, lambda: ask(self._connected())
                )
            except LogUnavailable as problem:
                if self._closed:
                    raise
                logger.warning("Kafka is away, asking again", problem=str(problem))
                await asyncio.sleep(AGAIN_SECONDS)

    def _connected(self) -> KafkaAdmin:
        if self._admin is None:
            self._admin = KafkaAdmin(self._settings)
        return self._admin
