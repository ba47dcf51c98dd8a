"""Long work behind a route: its progress as lines of JSON while it goes on, its result as the last.

Who asks with ``Accept: application/x-ndjson`` is told along the way; everybody else gets the result
as one object. Knows no work by name.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress

import msgspec
import structlog
from aiohttp import web

from models.errors import CallError, SemkoError
from sources.gateway.answers import json_answer

LINES = "application/x-ndjson"
TOLD_EVERY_SECONDS = 0.5

Tell = Callable[[int, int], None]
"""How much is done, of how much; may be called from any thread."""
Work = Callable[[Tell], Awaitable[Mapping[str, object]]]

_log = structlog.get_logger("semko.gateway")


async def answered(request: web.Request, work: Work) -> web.StreamResponse:
    """Run ``work`` to its end and answer with what it gives.

    Lines are ``{"done", "of"}`` and at the end ``{"result": {…}}``, or ``{"problem", "call"}``
    where it was refused; ``call`` says that the call was wrong.
    """
    if LINES not in request.headers.get("Accept", ""):
        return json_answer(await work(_Told().note))
    told = _Told()
    response = web.StreamResponse(headers={"Content-Type": LINES, "Cache-Control": "no-store"})
    await response.prepare(request)
    working = asyncio.ensure_future(work(told.note))
    try:
        while not working.done():
            await asyncio.wait({working}, timeout=TOLD_EVERY_SECONDS)
            await response.write(_line({"done": told.done, "of": told.of}))
        await response.write(_line(_outcome(working)))
        await response.write_eof()
    except ConnectionError:  # nobody listens any more; what was begun goes on to its end
        with suppress(SemkoError):
            await working
    return response


class _Told:
    def __init__(self) -> None:
        self.done, self.of = 0, 0

    def note(self, done: int, of: int) -> None:
        self.done, self.of = done, of


def _outcome(working: "asyncio.Future[Mapping[str, object]]") -> Mapping[str, object]:
    try:
        return {"result": working.result()}
    except SemkoError as problem:
        return {"problem": str(problem), "call": isinstance(problem, CallError)}
    except Exception:
        _log.exception("work behind a request failed")
        return {"problem": "the server failed on this; its log says why", "call": False}


def _line(said: Mapping[str, object]) -> bytes:
    return msgspec.json.encode(said) + b"\n"
