"""``POST /v1/terminals/{terminal_id}/heartbeat``: the newest of each terminal, kept some at a time.

A heartbeat is answered at once and stored within seconds. It needs no more care: what a crash or a
store that is away loses, the next minute brings. Knows no store: ``TerminalSide`` is one.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import structlog
from aiohttp import web

from models.errors import CallError, Refused
from models.events import VoteEvent
from models.heartbeats import EVERY_SECONDS, Heard, taken
from models.maintenance import Maintenance, Order
from sources.gateway.answers import Problem, json_answer
from sources.gateway.guard import HOLDER
from sources.gateway.keys import Terminal
from sources.gateway.one_object import one_object

STORE_EVERY_SECONDS = 10.0
LOOK_EVERY_SECONDS = 5.0
"""So soon a gateway knows of maintenance that was ordered elsewhere."""
BODY_BYTES_AT_MOST = 16 * 1024
TERMINALS_AT_MOST = 50_000
"""Bounds what waits to be stored; more are heard the next time."""

_log = structlog.get_logger("semko.gateway")


@dataclass(frozen=True, slots=True)
class TerminalSide:
    """What the store keeps of terminals.

    ``keep`` stores heartbeats, one a terminal; ``maintenance`` reads when terminals were in
    maintenance, and ``order`` begins or ends it, and gives what it says of that.
    """

    keep: Callable[[Sequence[Heard]], Awaitable[None]]
    maintenance: Callable[[], Awaitable[Maintenance]]
    order: Callable[[Order], Awaitable[Mapping[str, object]]]


class Heartbeats:
    """Takes heartbeats, and knows which terminals are in maintenance. ``start`` and ``stop`` run in
    the loop that serves."""

    def __init__(self, side: TerminalSide, now: Callable[[], int]) -> None:
        self._side = side
        self._now = now
        self._waiting: dict[tuple[str, str, str], Heard] = {}
        self._maintenance = Maintenance()
        self._tasks: list[asyncio.Task[None]] = []

    def routes(self) -> list[web.RouteDef]:
        """All of them."""
        return [
            web.post("/v1/terminals/{terminal_id}/heartbeat", self.post),
            web.post("/v1/maintenance", self.order),
        ]

    async def start(self) -> None:
        """Learn of maintenance before the first vote comes, then store and look on."""
        await self._tried("maintenance is not known", self._look)
        self._tasks = [
            asyncio.create_task(self._again(STORE_EVERY_SECONDS, "not stored", self._store)),
            asyncio.create_task(self._again(LOOK_EVERY_SECONDS, "not looked", self._look)),
        ]

    async def stop(self) -> None:
        """Store what waits, if that can be done."""
        for task in self._tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        await self._tried("heartbeats were not stored", self._store)

    def tests(self, vote: VoteEvent) -> bool:
        """Whether ``vote`` was pressed while its terminal was in maintenance."""
        return self._maintenance.tests(vote)

    async def post(self, request: web.Request) -> web.Response:
        """Take a heartbeat; says how soon the next is awaited, how far off the clock is (ms, ahead
        is positive) and whether presses are tests now."""
        holder = request[HOLDER]
        body = await _object(request)
        terminal_id = request.match_info["terminal_id"]
        if isinstance(holder, Terminal):
            _check_key(holder, terminal_id, body)
            body = {"desks": holder.desks} | body
        try:
            heard = taken(terminal_id, body, self._now())
        except Refused as refused:
            raise Problem(
                422, "refused", str(refused), "mend it as /docs describes a heartbeat"
            ) from None
        if heard.terminal in self._waiting or len(self._waiting) < TERMINALS_AT_MOST:
            self._waiting[heard.terminal] = heard
        in_maintenance = self._maintenance.current(heard.terminal, heard.received_at) is not None
        return json_answer(
            {
                "next_seconds": EVERY_SECONDS,
                "clock_offset_ms": heard.clock_offset_ms,
                "maintenance": in_maintenance,
            }
        )

    async def order(self, request: web.Request) -> web.Response:
        """Begin or end the maintenance of a terminal: it holds here at once."""
        try:
            order = msgspec.convert(await _object(request), Order)
        except msgspec.ValidationError as error:
            raise CallError(f"what is said of maintenance is wrong: {error}") from None
        said = await self._side.order(order)
        await self._look()
        _log.info("maintenance", terminal=order.terminal_id, on=order.on)
        return json_answer(said)

    async def _store(self) -> None:
        if self._waiting:
            some, self._waiting = self._waiting, {}
            try:
                await self._side.keep(list(some.values()))
            except BaseException:
                self._waiting = some | self._waiting
                raise

    async def _look(self) -> None:
        self._maintenance = await self._side.maintenance()

    async def _again(
        self, seconds: float, trouble: str, work: Callable[[], Awaitable[None]]
    ) -> None:
        while True:
            await asyncio.sleep(seconds)
            await self._tried(trouble, work)

    async def _tried(self, trouble: str, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        except Exception as error:  # the store may be away; votes are taken all the same
            _log.error(f"terminals: {trouble}", problem=str(error))


async def _object(request: web.Request) -> dict[str, Any]:
    try:
        found = await one_object(request, BODY_BYTES_AT_MOST)
    except Refused as refused:
        raise CallError(refused.problem) from None
    if found is None:
        raise CallError(f"the body has more than {BODY_BYTES_AT_MOST} bytes")
    return found


def _check_key(holder: Terminal, terminal_id: str, body: Mapping[str, Any]) -> None:
    desks = body.get("desks", [])
    is_own = (
        holder.id == terminal_id
        and body.get("tenant_id", holder.tenant) == holder.tenant
        and body.get("office_id", holder.office) == holder.office
        and isinstance(desks, list)
        and all(desk in holder.desks for desk in desks)
    )
    if not is_own:
        raise Problem(
            403,
            "forbidden",
            f"this key is that of terminal {holder.id} in tenant {holder.tenant}, office"
            f" {holder.office}, and tells of no other",
            "send each terminal's heartbeats with its own key",
        )
