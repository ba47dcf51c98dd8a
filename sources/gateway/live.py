"""Numbers for screens: ``GET /v1/scores`` once, ``GET /v1/live`` as a stream of server-sent events.

One task asks for the numbers, however many screens listen. A screen that reads slowly misses
snapshots and never gets an old one after a newer; nothing queues up for it. Knows not what the
numbers mean.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping

import msgspec
import structlog
from aiohttp import web

from models.errors import WorldError
from sources.gateway.meters import Meters

Snapshot = Callable[[], Awaitable[Mapping[str, object]]]

_log = structlog.get_logger("semko.gateway")
_WRITE_SECONDS = 10.0  # a screen that takes nothing for so long is gone
_SCORES_SECONDS = 5.0
_CLOSE_SECONDS = 0.3
_PAUSE_SECONDS = 0.1  # between two questions, however often something changes


class Broadcaster:
    """Asks ``snapshot`` every ``every_seconds`` while anybody wants to know, at once on ``wake``.

    ``start`` and ``stop`` run in the loop that serves.
    """

    def __init__(
        self,
        snapshot: Snapshot,
        now: Callable[[], int],
        meters: Meters,
        *,
        every_seconds: float = 1.0,
        heartbeat_seconds: float = 1.0,
        clients_at_most: int = 500,
    ) -> None:
        self._snapshot = snapshot
        self._now = now
        self._meters = meters
        self._every = every_seconds
        self._heartbeat = heartbeat_seconds
        self._clients_at_most = clients_at_most
        self._clients: dict[asyncio.Task[object], web.StreamResponse] = {}
        self._body = b""
        self._version = 0
        self._taken = float("-inf")  # monotonic seconds at which the snapshot was asked for
        self._problem = "no numbers yet"
        self._wanted = asyncio.Event()
        self._round = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._closing = False

    async def start(self) -> None:
        """Begin to ask."""
        self._task = asyncio.create_task(self._ask_on())

    async def stop(self) -> None:
        """End every stream within half a second, those that do not read too."""
        self._closing = True
        self._round.set()
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        if self._clients:
            await asyncio.wait(set(self._clients), timeout=_CLOSE_SECONDS)
        for task in list(self._clients):
            task.cancel()

    def wake(self) -> None:
        """Something has changed: ask now rather than at the next turn, if anybody listens."""
        if self._clients:
            self._wanted.set()

    async def scores(self, _: web.Request) -> web.Response:
        """``GET /v1/scores``."""
        if not self._is_fresh():
            self._wanted.set()
            await self._next_round(_SCORES_SECONDS)
        if not self._is_fresh():
            raise WorldError(self._problem)
        return web.Response(
            body=self._body,
            content_type="application/json",
            headers={"Cache-Control": "no-store"},
        )

    async def live(self, request: web.Request) -> web.StreamResponse:
        """``GET /v1/live``: ``scores`` events, and ``heartbeat`` events in between."""
        if self._closing or len(self._clients) >= self._clients_at_most:
            raise WorldError("too many screens listen already")
        answer = web.StreamResponse(
            headers={
                "Content-Type": "text/event-stream; charset=utf-8",
                "Cache-Control": "no-store",
                "X-Accel-Buffering": "no",
            }
        )
        task = asyncio.current_task()
        assert task is not None
        self._clients[task] = answer
        self._meters.add("semko_live_clients")
        try:
            await answer.prepare(request)
            await self._feed(answer)
        except (ConnectionError, TimeoutError):
            _abort(request)
        except asyncio.CancelledError:
            _abort(request)  # a mere close would wait for the screen to read what is left
            raise
        finally:
            del self._clients[task]
            self._meters.add("semko_live_clients", -1)
        return answer

    async def _feed(self, answer: web.StreamResponse) -> None:
        loop = asyncio.get_running_loop()
        await self._write(answer, b"retry: 1000\n\n")
        self._wanted.set()  # the asking rests while nobody listens: this screen may be the first
        if not self._is_fresh():
            await self._next_round(self._heartbeat)
        seen = 0
        beat = loop.time()
        while not self._closing:
            if self._version > seen:
                seen = self._version
                event = b"id: %d\nevent: scores\ndata: %b\n\n" % (seen, self._body)
                await self._write(answer, event)
            if loop.time() >= beat:
                beat = loop.time() + self._heartbeat
                await self._write(answer, self._pulse())
            await self._next_round(max(0.0, beat - loop.time()))

    async def _write(self, answer: web.StreamResponse, event: bytes) -> None:
        async with asyncio.timeout(_WRITE_SECONDS):
            await answer.write(event)

    def _pulse(self) -> bytes:
        """A line that is alive can carry numbers that are not: ``fresh`` tells them apart."""
        data = msgspec.json.encode({"now": self._now(), "fresh": self._is_fresh()})
        return b"event: heartbeat\ndata: %b\n\n" % data

    def _is_fresh(self) -> bool:
        age = asyncio.get_running_loop().time() - self._taken
        return age <= 2 * self._every + self._heartbeat

    async def _next_round(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._round.wait()

    async def _ask_on(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._every if self._clients else None):
                    await self._wanted.wait()
            self._wanted.clear()
            asked = loop.time()
            await self._ask(asked)
            done, self._round = self._round, asyncio.Event()
            done.set()
            await asyncio.sleep(_PAUSE_SECONDS)

    async def _ask(self, asked: float) -> None:
        try:
            body = msgspec.json.encode(await self._snapshot())
        except (
            Exception
        ) as error:  # whatever it is, the screens must learn that numbers stand still
            if self._problem != str(error):
                _log.error("no numbers for screens", problem=str(error))
            self._problem = str(error) if isinstance(error, WorldError) else "no numbers now"
            return
        self._problem = ""
        self._taken = asked
        if body != self._body:
            self._body = body
            self._version += 1


def _abort(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()
