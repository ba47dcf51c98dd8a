"""A log and a worker that notes what it is given: what tests of transports are written with.

Nothing here sleeps: a ``Recorder`` is asked to wait until what it has been given says so.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Protocol

from streams.shell.app import StreamApp
from streams.shell.batches import BatchMessage, BatchSource, Position, TopicPartition
from streams.shell.reading import ReadingSettings

VOTES = TopicPartition("votes", 0)
COMPLETIONS = TopicPartition("completions", 0)
SMALL_BATCHES = ReadingSettings(batch_records=10)
NEVER_BY_TIMER = ReadingSettings(batch_records=10, commit_seconds=3600)
ROOT = Path(__file__).parents[1]


class World(Protocol):
    """A log with both topics, empty at first, and a group."""

    broker: str
    partitions: int
    environment: Mapping[str, str]
    """What another process needs beside ``broker``."""

    def app(self, handler: Any, reading: ReadingSettings = SMALL_BATCHES) -> StreamApp:
        """Return an app of the group that is ready to start."""

    async def append(self, source: TopicPartition, values: list[bytes]) -> None:
        """Append from outside the app; returns once the log has it."""

    async def committed(self) -> Mapping[TopicPartition, Position]:
        """Return the positions of the group."""


class Recorder:
    """A worker that notes what it is given and acknowledges it, unless told otherwise.

    It begins where the group has committed, or at 0. ``acknowledge(message)`` says whether to.
    """

    def __init__(self, acknowledge: Callable[[BatchMessage], bool] = lambda _: True) -> None:
        self.acknowledge = acknowledge
        self.messages: list[BatchMessage] = []
        self.starts: dict[TopicPartition, int] = {}
        self.offered: list[frozenset[TopicPartition]] = []
        self.revoked: list[tuple[frozenset[TopicPartition], bool]] = []
        self.stopped = False
        self.source: BatchSource
        self._delivered = asyncio.Event()

    async def on_assigned(
        self, source: BatchSource, partitions: frozenset[TopicPartition]
    ) -> Mapping[TopicPartition, int]:
        self.source = source
        self.offered.append(partitions)
        if not partitions:
            return {}
        positions = await source.committed()
        epochs = {one.partition: 1 for one in partitions}
        for one, position in positions.items():
            if one.partition in epochs:
                epochs[one.partition] = max(epochs[one.partition], position.epoch + 1)
        starts = {
            one: (positions[one].offset or 0) if one in positions else 0 for one in partitions
        }
        await source.claim(epochs, starts)
        self.starts |= starts
        return starts

    async def on_revoked(
        self, partitions: frozenset[TopicPartition], *, lost: bool
    ) -> frozenset[TopicPartition]:
        self.revoked.append((partitions, lost))
        return frozenset()

    async def deliver(self, message: BatchMessage) -> None:
        self.messages.append(message)
        if self.acknowledge(message):
            message.ack()
        self._delivered.set()

    async def stop(self) -> None:
        self.stopped = True

    def of(self, source: TopicPartition) -> list[BatchMessage]:
        return [message for message in self.messages if message.batch.source == source]

    def values(self, source: TopicPartition) -> list[bytes]:
        return [value for message in self.of(source) for value in message.batch.values]

    async def until_started(self) -> None:
        """Wait until partitions were taken over."""
        while not self.starts:
            await asyncio.sleep(0.01)

    async def until(self, condition: Callable[[], bool]) -> None:
        while not condition():
            self._delivered.clear()
            await self._delivered.wait()


def numbers(begin: int, end: int) -> list[bytes]:
    return [b"%d" % i for i in range(begin, end)]


def run(scenario: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(scenario, 30))


@asynccontextmanager
async def running(app: StreamApp) -> AsyncIterator[StreamApp]:
    await app.start()
    try:
        yield app
    finally:
        await app.stop()


KILLED = """
import asyncio, os, sys, tempfile
from pathlib import Path
from streams.shell.app import make_app
from streams.shell.kafka_settings import KafkaSettings
from tests.log_world import NEVER_BY_TIMER, Recorder

class Holding(Recorder):
    async def deliver(self, message):
        await super().deliver(message)
        if message.batch.end_offset == 40:
            await app.consumer.commit()
            print("holding", message.batch.first_offset, flush=True)

async def main():
    global app
    with tempfile.TemporaryDirectory() as folder:
        app = make_app(
            sys.argv[1],
            "worker",
            Holding(lambda message: message.batch.end_offset <= 30),
            partitions=int(sys.argv[2]),
            folder=Path(folder),
            kafka=KafkaSettings.of(sys.argv[1], os.environ) if "kafka" in sys.argv[1] else None,
            reading=NEVER_BY_TIMER,
        )
        await app.start()
        await app.wait_until_ended()

asyncio.run(main())
"""
"""A program that acknowledges up to offset 30, says so, and holds on: to be killed."""
