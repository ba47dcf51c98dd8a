"""The embedded installation at work: log, store and worker in this process, one Faust app.

    with opened(setup) as parts:
        async with started(parts, settings) as engine: ...

opens everything, loads what memory owns, and on the way out stores what is in hand.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial

from commands.allocating import spare_the_collector
from commands.judging import rules_of
from commands.publishing import PARTITIONS, by_topic, open_log
from commands.setup import GROUP, Setup
from commands.terminal import progress
from models.errors import WorldError
from models.identity import KeyHasher
from models.records import EventRecord
from models.registry import Registry
from sinks.key_check import check_fingerprint, has_fingerprint
from sinks.registry import store_registry
from sinks.store import ClickHouseStore
from streams.core.frontier import TOPICS as COUNTED
from streams.shell.action_reader import ActionReader
from streams.shell.app import StreamApp, make_app
from streams.shell.local_actions import LocalActions
from streams.shell.log import LocalLog
from streams.shell.reading import READING, ReadingSettings
from streams.shell.settings import WorkerSettings
from streams.shell.worker import Worker


def clock_ms() -> int:
    """The time, in ms since 1970."""
    return time.time_ns() // 1_000_000


@dataclass(slots=True)
class Parts:
    """What an installation stands on, open and held by this process."""

    setup: Setup
    registry: Registry
    hasher: KeyHasher
    store: ClickHouseStore
    log: LocalLog

    async def publish(self, records: list[EventRecord]) -> None:
        """Append records; returns once the log has them."""
        appends = [self.log.append(topic, some) for topic, some in by_topic(records).items()]
        await asyncio.gather(*appends)


@dataclass(slots=True)
class Engine(Parts):
    """An installation at work."""

    worker: Worker
    app: StreamApp

    async def drain(self) -> None:
        """Wait until everything in the log is handled and no hour is dirty."""
        await self.app.drained()
        await self.worker.work_off()

    async def follow(self) -> None:
        """``drain`` with a bar on the way."""
        ends = self.log.ends().items()
        waiting = sum(end - self.worker.offset(one) for one, end in ends if one.topic in COUNTED)
        before = self.worker.counts.records
        drained = asyncio.ensure_future(self.drain())
        try:
            with progress("processing", waiting) as bar:
                while not drained.done():
                    await asyncio.wait({drained}, timeout=0.2)
                    bar(self.worker.counts.records - before)
            await drained
        finally:
            drained.cancel()


@contextmanager
def opened(setup: Setup) -> Iterator[Parts]:
    """Store and log of an installation, open; the registry stored."""
    registry = setup.registry()
    with setup.open_store(may_migrate=True) as store:
        hasher = checked_hasher(setup, store)
        store_registry(store.database, registry if setup.registry_path else None, clock_ms())
        log = open_log(setup)
        try:
            yield Parts(setup, registry, hasher, store, log)
        finally:
            log.close()


def checked_hasher(setup: Setup, store: ClickHouseStore) -> KeyHasher:
    """The keys of interactions under the secret of ``store``; raises ``WorldError`` for another."""
    if has_fingerprint(store.database) and not setup.key_file.exists():
        raise WorldError(
            f"the store {setup.where} was filled under a secret, and {setup.key_file} is not"
            " there: without it no interaction could be found again. Put the key file back, or"
            " name it with --key-file."
        )
    hasher = setup.hasher()
    check_fingerprint(store.database, hasher.fingerprint())
    return hasher


@asynccontextmanager
async def started(
    parts: Parts,
    settings: WorkerSettings,
    on_stored: Callable[[], None] = lambda: None,
    reading: ReadingSettings = READING,
    group: str = GROUP,
) -> AsyncIterator[Engine]:
    """The worker over opened parts, ready; stops in order when left, whatever the reason.

    Two groups read a log without knowing of each other; within one, the later shuts out the other.
    """
    windows = parts.registry.join_window_versions
    rules = rules_of(parts.registry)
    worker = Worker(parts.store, parts.hasher, windows, settings, clock_ms, on_stored, rules=rules)
    folder = parts.log.path.parent / f"{parts.log.path.name}.faust"
    app = make_app(
        parts.setup.broker,
        group,
        worker,
        partitions=PARTITIONS,
        folder=folder,
        log=parts.log,
        reading=reading,
    )
    worker.on_failure = app.fail
    source = partial(LocalActions, parts.log)
    actions = ActionReader(source, parts.store, settings, worker.rejudge, app.fail)
    async with actions.reading():  # first: what was closed is never shown open again
        await app.start()
        try:
            await _until_ready(worker, app)
            spare_the_collector()
            yield Engine(
                parts.setup, parts.registry, parts.hasher, parts.store, parts.log, worker, app
            )
        finally:
            await app.stop()


async def _until_ready(worker: Worker, app: StreamApp) -> None:
    ended = asyncio.ensure_future(app.wait_until_ended())
    try:
        while not worker.ready:
            done, _ = await asyncio.wait({ended}, timeout=0.01)
            if done:
                await ended
    finally:
        ended.cancel()
