"""The Faust app: two thin agents that hand every batch to the worker.

A new app for each start. The agents' bodies never raise, since Faust loses the message whose
handling raised (invariant I5): a failure is kept in ``fatal`` and ends the app in order.
"""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import structlog

from streams.shell.batches import BatchHandler
from streams.shell.faust_internals import (
    SETTINGS,
    EagerTableManager,
    WatchedApp,
    register_transport,
)
from streams.shell.kafka_settings import KafkaSettings
from streams.shell.local_transport import SCHEME, log_path
from streams.shell.log import LocalLog
from streams.shell.reading import READING, ReadingSettings

TOPICS = ("completions", "votes")

register_transport("kafka", "streams.shell.kafka_transport:Transport")

logger = structlog.get_logger(__name__)


class StreamApp(WatchedApp):
    """A group that reads both topics for one ``handler``.

    ``await app.start()``, then ``await app.wait_until_ended()``; ``await app.stop()`` from wherever
    the end is asked for.
    """

    handler: BatchHandler
    reading: ReadingSettings
    kafka: KafkaSettings | None = None
    partitions: int = 1
    local_log: LocalLog | None = None
    owns_log: bool = False
    fatal: BaseException | None = None
    """Why the app ended by itself."""

    _ending: "asyncio.Task[None] | None" = None
    _ended: asyncio.Event

    @property
    def ending(self) -> bool:
        """Whether the end has begun: nothing more is delivered."""
        return self._ending is not None

    def fail(self, error: BaseException) -> None:
        """End the app because of ``error``; of several the first is kept."""
        if self.fatal is None:
            self.fatal = error
            logger.error("the stream worker ends", problem=str(error), exc_info=error)
        self._begin_to_end()

    def on_crash(self, reason: BaseException) -> None:
        """End the app: a service of Faust has failed."""
        self.fail(reason)

    async def stop(self) -> None:
        """Finish the batch in hand, commit, and let go of everything."""
        await asyncio.shield(self._begin_to_end())

    async def wait_until_ended(self) -> None:
        """Wait until the app has stopped. Raises what it failed of."""
        await self._ended.wait()
        if self.fatal is not None:
            raise self.fatal

    async def drained(self) -> None:
        """Wait until everything appended so far is handled and committed.

        Raises what the app failed of, should it end before.
        """
        drained = asyncio.ensure_future(self.consumer.drained())
        ended = asyncio.ensure_future(self.wait_until_ended())
        try:
            await asyncio.wait((drained, ended), return_when=asyncio.FIRST_COMPLETED)
            if not drained.done():
                await ended
                raise RuntimeError("the app was stopped before everything was handled")
        finally:
            drained.cancel()
            ended.cancel()
        await drained

    def _begin_to_end(self) -> "asyncio.Task[None]":
        if self._ending is None:
            self._ending = asyncio.get_running_loop().create_task(self._end())
        return self._ending

    async def _end(self) -> None:
        try:
            self.consumer.stop_fetching()
            try:
                await self.handler.stop()
            except Exception as error:  # the worker's own: the rest must end all the same
                self.fail(error)
            await super().stop()
        finally:
            if self.owns_log and self.local_log is not None:
                self.local_log.close()
            self._ended.set()


def make_app(
    broker: str,
    group: str,
    handler: BatchHandler,
    *,
    partitions: int,
    folder: Path,
    log: LocalLog | None = None,
    kafka: KafkaSettings | None = None,
    reading: ReadingSettings = READING,
) -> StreamApp:
    """Return an app of ``group`` that is ready to start, with its agents.

    ``partitions`` is the count of both topics, which a local log gets with them where they are
    missing. ``folder`` is for what Faust writes. An open ``log`` is read and left open; else the
    one that ``broker`` names is opened here and closed by ``stop``. A ``kafka://`` broker is
    reached as ``kafka`` says, and its topics must be there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    app = StreamApp(
        group,
        broker=broker,
        datadir=folder,
        TableManager=EagerTableManager,
        broker_commit_interval=reading.commit_seconds,
        # Batches, not records: what the agents' queues hold stays below what may be open.
        stream_buffer_maxsize=reading.open_batches * partitions + 1,
        **SETTINGS,
    )
    app.handler, app.reading, app.kafka, app.partitions = handler, reading, kafka, partitions
    app._ended = asyncio.Event()
    if broker.startswith(SCHEME):
        app.local_log, app.owns_log = log or LocalLog(log_path(broker)), log is None
    for topic in TOPICS:
        app.agent(app.topic(topic, partitions=partitions), name=topic)(_agent_of(app))
    return app


def _agent_of(app: StreamApp) -> Callable[[Any], Awaitable[None]]:
    async def hand_to_the_worker(stream: Any) -> None:
        async for event in stream.noack().events():
            if app.ending:
                continue
            try:
                await app.handler.deliver(event.value)
            except Exception as error:
                app.fail(error)

    return hand_to_the_worker
