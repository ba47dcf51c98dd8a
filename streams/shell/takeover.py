"""Partitions on their way to an owner: what log and store say, the claim, the loaded state.

It blocks in a thread of its own, so that partitions that are owned already go on meanwhile.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from functools import partial
from typing import TypeVar

import structlog

from models.identity import KeyHasher
from streams.core.frontier import TOPICS
from streams.core.matching import JoinWindows
from streams.shell.batches import BatchSource, Position, TopicPartition
from streams.shell.owner import Owner, take_over
from streams.shell.planning import LogFacts, Plan, plan
from streams.shell.ports import WorkerStore
from streams.shell.settings import WorkerSettings

T = TypeVar("T")

logger = structlog.get_logger(__name__)


class Takeover:
    """Makes owners. ``store`` must not give up (`streams.shell.patience`)."""

    def __init__(
        self,
        store: WorkerStore,
        hasher: KeyHasher,
        join_windows: JoinWindows,
        settings: WorkerSettings,
        thread: Executor,
    ) -> None:
        self._store = store
        self._hasher = hasher
        self._join_windows = join_windows
        self._settings = settings
        self._thread = thread

    async def owners(self, source: BatchSource, partitions: Sequence[int]) -> dict[int, Owner]:
        """Claim partitions and load their state; each is to be read on at its ``offsets``.

        Raises ``LogFenced`` where another owner has come first: then nothing was written.
        """
        # The store first: what it holds of the log is in the log by the time that we look.
        progress = await self._in_thread(self._store.progress)
        committed = await source.committed()
        logs = {one: log_facts(source, one, committed) for one in partitions}
        plans = {one: plan(one, logs[one], progress) for one in partitions}
        await source.claim(
            {one: planned.epoch for one, planned in plans.items()},
            {TopicPartition(t, one): plans[one].offsets[t] for one in partitions for t in TOPICS},
        )
        owners = {one: self._owner(one, logs[one], plans[one].epoch) for one in partitions}
        planned = {owners[one]: plans[one] for one in partitions}
        await self._in_thread(partial(take_over, planned, self._store))
        _tell(planned)
        return owners

    def _owner(self, partition: int, log: LogFacts, epoch: int) -> Owner:
        store, windows = self._store, self._join_windows
        return Owner(partition, log, epoch, store, self._hasher, windows, self._settings)

    async def _in_thread(self, call: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, call)


def log_facts(
    source: BatchSource, partition: int, committed: Mapping[TopicPartition, Position]
) -> LogFacts:
    """What the log of ``source`` says of one partition of both topics."""
    sources = {topic: TopicPartition(topic, partition) for topic in TOPICS}
    bounds = {topic: source.bounds(one) for topic, one in sources.items()}
    return LogFacts(
        {topic: source.log_id(topic) for topic in TOPICS},
        source.partition_count(TOPICS[0]),
        {topic: earliest for topic, (earliest, _) in bounds.items()},
        {topic: end for topic, (_, end) in bounds.items()},
        {topic: committed[one] for topic, one in sources.items() if one in committed},
    )


def _tell(planned: Mapping[Owner, Plan]) -> None:
    for owner, claimed in planned.items():
        logger.info(
            "partition taken over",
            partition=owner.partition,
            epoch=owner.epoch,
            interactions=owner.state.memory.interactions.size,
            **{f"{topic}_from": offset for topic, offset in claimed.offsets.items()},
        )
