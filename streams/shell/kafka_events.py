"""From the consumer's thread onto the loop: what it tells goes to the member of the group there."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Protocol

import structlog

from models.errors import WorldError
from streams.shell.batches import Position, RecordBatch, TopicPartition

LET_GO_SECONDS = 2.0
"""So long may the worker finish what it has in hand of partitions that go."""

logger = structlog.get_logger(__name__)


class Member(Protocol):
    """What the thread tells, on the loop."""

    def came(self, sources: frozenset[TopicPartition]) -> None:
        """Partitions were assigned."""

    async def let_go(
        self, sources: frozenset[TopicPartition], *, lost: bool
    ) -> dict[TopicPartition, Position]:
        """End partitions; what is to be committed of them."""

    def fetched(self, batch: RecordBatch, generation: int) -> None:
        """Records came."""

    def ended(self, source: TopicPartition, generation: int, offset: int) -> None:
        """Up to ``offset``, the end of the log, no record follows."""

    def failed(self, error: WorldError) -> None:
        """Nothing more will be read."""


class LoopEvents:
    """Implements `streams.shell.kafka_thread.Events`."""

    def __init__(self, loop: asyncio.AbstractEventLoop, member: Member) -> None:
        self._loop = loop
        self._member = member

    def assigned(self, sources: frozenset[TopicPartition]) -> None:
        """See `Events`; so for all that follow."""
        self._on_loop(self._member.came, sources)

    def revoked(
        self, sources: frozenset[TopicPartition], *, lost: bool
    ) -> Mapping[TopicPartition, Position]:
        going = asyncio.run_coroutine_threadsafe(
            self._member.let_go(sources, lost=lost), self._loop
        )
        try:
            return going.result(LET_GO_SECONDS)
        except TimeoutError:
            logger.warning("partitions went before the worker had let them go")
            return {}

    def fetched(self, batch: RecordBatch, generation: int) -> None:
        self._on_loop(self._member.fetched, batch, generation)

    def ended(self, source: TopicPartition, generation: int, offset: int) -> None:
        self._on_loop(self._member.ended, source, generation, offset)

    def failed(self, error: WorldError) -> None:
        self._on_loop(self._member.failed, error)

    def _on_loop(self, call: Callable[..., object], *args: Any) -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            self._loop.call_soon_threadsafe(call, *args)
