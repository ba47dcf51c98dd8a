"""The analysts' door for the embedded store: how many questions run at once, and beside what.

Questions have threads of their own, so that those of the worker never wait for them.
"""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path

from commands.engine import clock_ms
from commands.serving import Doors
from models.errors import CallError
from models.questions import Answer, Question, Refusal
from sinks.analyst_sessions import Analysts
from sinks.embedded import EmbeddedStore
from sinks.store import ClickHouseStore
from sources.gateway import serving
from sources.gateway.sql import SqlSide, make_sql_app

AT_ONCE = 2
"""Questions that run at once, each on one thread of the engine; the others wait in line."""

IN_LINE = 100


class Line:
    """Questions one after the other, ``AT_ONCE`` at a time."""

    def __init__(self, analysts: Analysts) -> None:
        self._analysts = analysts
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="analyst")
        self._stoppers = ThreadPoolExecutor(1, thread_name_prefix="analyst-stop")
        self._waiting = 0

    async def ask(self, question: Question, mark: str) -> Answer:
        if self._waiting >= IN_LINE + AT_ONCE:
            problem = f"{IN_LINE} questions wait already: ask again in a moment."
            raise Refusal(202, "TOO_MANY_SIMULTANEOUS_QUERIES", problem)
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._pool, self._analysts.answer, question, mark)
        finally:
            self._waiting -= 1

    async def stop(self, mark: str) -> None:
        await asyncio.get_running_loop().run_in_executor(self._stoppers, self._analysts.stop, mark)

    async def stop_all(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)
        await asyncio.get_running_loop().run_in_executor(self._stoppers, self._analysts.stop_all)

    def close(self) -> None:
        self._pool.shutdown()
        self._stoppers.shutdown()


def sql_doors(address: str | None, keys: Path | None, names: frozenset[str]) -> Doors | None:
    """Where analysts are to be let in, if anywhere; raises CallError or WorldError where not."""
    return None if address is None else Doors.checked(address, keys, names, "--sql")


@asynccontextmanager
async def sql_served(doors: Doors | None, store: ClickHouseStore) -> AsyncIterator[str | None]:
    """The door open; gives its address, None where none is wanted."""
    if doors is None:
        yield None
        return
    if not isinstance(store, EmbeddedStore):
        raise CallError(
            "--sql serves the store inside this process; a ClickHouse server has such a door of its"
            " own: ask it at its HTTP port, with a user that may read the views of semko"
        )
    analysts = await asyncio.to_thread(Analysts, store.database)
    line = Line(analysts)
    side = SqlSide(line.ask, line.stop, line.stop_all, analysts.version, analysts.zone)
    settings = doors.settings("")
    try:
        app = make_sql_app(side, settings, clock_ms)
        async with serving(app, settings, option="--sql", stop_with_client=True) as port:
            yield doors.shown(port)
    finally:
        line.close()
