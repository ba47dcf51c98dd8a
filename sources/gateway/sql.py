"""The analysts' door: an application of its own, on a port of its own, that any client of
ClickHouse takes for a server which only reads.

Knows the store as callables alone. What ClickHouse's HTTP looks like is in ``clickhouse_http``.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from secrets import token_hex

import structlog
from aiohttp import web

from models.errors import SemkoError
from models.questions import Answer, Question, Refusal
from sources.gateway.access import QUESTIONS
from sources.gateway.answers import Problem
from sources.gateway.clickhouse_http import question, refused, told
from sources.gateway.guard import HOLDER, Guard, Handler
from sources.gateway.keys import KeyRing
from sources.gateway.meters import Meters
from sources.gateway.settings import GatewaySettings

Ask = Callable[[Question, str], Awaitable[Answer]]
"""A question and a mark to its answer; raises ``Refusal``."""

_REFUSED = {401: (516, "AUTHENTICATION_FAILED"), 403: (497, "ACCESS_DENIED")}
_BUSY = (202, "TOO_MANY_SIMULTANEOUS_QUERIES")
_log = structlog.get_logger("semko.sql")


@dataclass(frozen=True, slots=True)
class SqlSide:
    """What the process that holds the store offers to analysts.

    ``stop`` ends the question with a mark, ``stop_all`` all of them; ``version`` and ``zone`` are
    those of the engine.
    """

    ask: Ask
    stop: Callable[[str], Awaitable[None]]
    stop_all: Callable[[], Awaitable[None]]
    version: str
    zone: str


def make_sql_app(
    side: SqlSide, settings: GatewaySettings, now: Callable[[], int]
) -> web.Application:
    """The application, to be run by ``sources.gateway.serving`` with ``stop_with_client``."""
    ring = KeyRing(settings.keys_path, settings.run_token)
    guard = Guard(settings, ring, Meters(), now, QUESTIONS)
    door = _Door(side)
    app = web.Application(middlewares=[guard.errors, door.words, guard.door])
    app.on_response_prepare.append(guard.headers)
    app.on_shutdown.append(lambda _: side.stop_all())
    app.add_routes(
        [
            web.get("/ping", door.ping),
            web.get("/", door.answer),
            web.post("/", door.answer),
        ]
    )
    return app


class _Door:
    def __init__(self, side: SqlSide) -> None:
        self._side = side

    async def ping(self, _: web.Request) -> web.Response:
        """What load balancers and drivers ask to see whether somebody is there."""
        return web.Response(text="Ok.\n")

    async def answer(self, request: web.Request) -> web.Response:
        """One statement answered, or stopped where the client has gone."""
        asked = await question(request)
        if asked is None:
            if request.method == "POST":
                raise Refusal(62, "SYNTAX_ERROR", "Empty query.")
            return web.Response(text="Ok.\n")
        mark = token_hex(8)
        try:
            found = await self._side.ask(asked, mark)
        except asyncio.CancelledError:
            await asyncio.shield(self._side.stop(mark))
            raise
        holder = request[HOLDER]
        _log.info(
            "answered",
            who=holder.id if holder is not None else None,
            milliseconds=round(found.seconds * 1000),
            rows_read=found.rows_read,
            bytes=len(found.body),
        )
        return told(request, found, self._side.zone)

    @web.middleware
    async def words(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Whatever goes wrong, as ClickHouse says it."""
        try:
            return await handler(request)
        except Refusal as refusal:
            return refused(request, refusal, self._side.version, {})
        except Problem as problem:
            code, name = _REFUSED.get(problem.status, _BUSY)
            said = Refusal(code, name, f"{problem.problem}: {problem.remedy}.")
            return refused(request, said, self._side.version, problem.headers)
        except SemkoError as error:
            return refused(request, Refusal(*_BUSY, str(error)), self._side.version, {})
        except web.HTTPException as other:
            said = Refusal(48, "NOT_IMPLEMENTED", f"{other.reason}: this door answers at / alone.")
            return refused(request, said, self._side.version, {})
