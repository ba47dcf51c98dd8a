"""``GET /v1/terminals/{id}/current``: what the desks of a terminal completed last, told at once.

Knows what this gateway took, for ten minutes, in memory: a vote without it is tied by desk and
time.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import suppress

from aiohttp import web

from models.codec import decode
from models.errors import CallError
from models.events import CompletionEvent
from models.records import EventRecord
from sources.gateway.answers import Problem, json_answer
from sources.gateway.guard import HOLDER
from sources.gateway.judge import COMPLETIONS
from sources.gateway.keys import Terminal

CURRENT_MS = 10 * 60 * 1000
WAIT_SECONDS_AT_MOST = 25.0
"""Below what proxies take for a dead connection."""
RECORDS_LOOKED_AT = 100
DESKS_AT_MOST = 50_000

Place = tuple[str, str, str]
"""Tenant, office, desk."""


class Counters:
    """The last completion of each desk, and the kiosks that wait for the next."""

    def __init__(self, now: Callable[[], int]) -> None:
        self._now = now
        self._last: OrderedDict[Place, CompletionEvent] = OrderedDict()
        self._waiting: dict[Place, set[asyncio.Event]] = {}
        self._closing = False

    def routes(self) -> list[web.RouteDef]:
        """The one."""
        return [web.get("/v1/terminals/{terminal_id}/current", self.current, allow_head=False)]

    async def stop(self) -> None:
        """Answer all that wait."""
        self._closing = True
        for waiting in self._waiting.values():
            for bell in waiting:
                bell.set()

    def note(self, records: Sequence[EventRecord]) -> None:
        """Learn of what the log has. Many at once are a file that catches up: nobody waits."""
        if len(records) > RECORDS_LOOKED_AT:
            return
        since = self._now() - CURRENT_MS
        for record in records:
            if record.topic != COMPLETIONS:
                continue
            event = decode(record.value)
            if isinstance(event, CompletionEvent) and event.completed_at > since:
                self._note(event)

    def _note(self, event: CompletionEvent) -> None:
        place = event.tenant_id, event.office_id, event.desk_id
        known = self._last.get(place)
        if known is not None and known.completed_at > event.completed_at:
            return
        self._last[place] = event
        self._last.move_to_end(place)
        if len(self._last) > DESKS_AT_MOST:
            self._last.popitem(last=False)
        for bell in self._waiting.get(place, ()):
            bell.set()

    async def current(self, request: web.Request) -> web.Response:
        """What is current; with ``?after=EVENT&wait=SECONDS`` as soon as it is another one."""
        places = _places(request)
        after = request.query.get("after")
        try:
            wait = min(WAIT_SECONDS_AT_MOST, max(0.0, float(request.query.get("wait", "0"))))
        except ValueError:
            raise CallError("wait must be a number of seconds") from None
        found = self._newest(places)
        if after is not None and wait and _name(found) == after:
            await self._rung(places, wait)
            found = self._newest(places)
        return json_answer(_told(found))

    def _newest(self, places: list[Place]) -> CompletionEvent | None:
        since = self._now() - CURRENT_MS
        found = [self._last[place] for place in places if place in self._last]
        recent = [event for event in found if event.completed_at > since]
        return max(recent, key=lambda event: (event.completed_at, event.event_id), default=None)

    async def _rung(self, places: list[Place], seconds: float) -> None:
        if self._closing:
            return
        bell = asyncio.Event()
        for place in places:
            self._waiting.setdefault(place, set()).add(bell)
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await bell.wait()
        finally:
            for place in places:
                self._waiting[place].discard(bell)
                if not self._waiting[place]:
                    del self._waiting[place]


def _places(request: web.Request) -> list[Place]:
    holder = request[HOLDER]
    if not isinstance(holder, Terminal) or holder.id != request.match_info["terminal_id"]:
        problem = "this is told to the terminal itself, by its own key"
        raise Problem(403, "forbidden", problem, "pair the device: semko terminals pair")
    return [(holder.tenant, holder.office, desk) for desk in holder.desks]


def _name(event: CompletionEvent | None) -> str:
    return "" if event is None else event.event_id


def _told(event: CompletionEvent | None) -> dict[str, object]:
    if event is None:
        return {"event_id": "", "interaction_id": None, "desk_id": None}
    return {
        "event_id": event.event_id,
        "interaction_id": event.interaction_id,
        "desk_id": event.desk_id,
    }
