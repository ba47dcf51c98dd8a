"""A reader of actions over any log, and what it tells."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager

from models.facts import Office
from sinks.embedded import EmbeddedStore
from streams.shell.action_reader import ActionReader, ActionSource
from streams.shell.settings import WorkerSettings

SECONDS = 20.0


class Reading:
    """Notes whom it is told to judge anew, and why reading ended."""

    def __init__(self) -> None:
        self.rejudged: list[dict[Office, int]] = []
        self.failures: list[BaseException] = []

    def rejudge(self, hours: Mapping[Office, int]) -> None:
        """As the reader wants it."""
        if hours:
            self.rejudged.append(dict(hours))

    @asynccontextmanager
    async def over(
        self, open_source: Callable[[], ActionSource], store: EmbeddedStore
    ) -> AsyncIterator[None]:
        """Has read all that is there, and follows."""
        reader = ActionReader(
            open_source, store, WorkerSettings(), self.rejudge, self.failures.append
        )
        async with reader.reading():
            yield


def started_once(open_source: Callable[[], ActionSource], store: EmbeddedStore) -> Reading:
    """One start, and what it told."""
    told = Reading()

    async def run() -> None:
        async with told.over(open_source, store):
            pass

    asyncio.run(asyncio.wait_for(run(), 3 * SECONDS))
    return told


async def until(there: Callable[[], bool]) -> None:
    """Wait for something that comes by itself."""
    async with asyncio.timeout(SECONDS):
        while not there():
            await asyncio.sleep(0.02)
