"""``/v1/alerts``: the alert book for screens and people, and what people do about alerts.

An action is answered once the log has it; the book shows it a moment later. Knows neither log nor
store: what it asks them comes as callables.
"""

import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from aiohttp import web

from models.alert_actions import PENDING, STATES, ActionEvent, action_of, encode
from models.errors import CallError, Refused
from models.instants import format_instant
from models.limits import BODY_BYTES_AT_MOST
from models.records import EventRecord
from sources.gateway.answers import Problem, json_answer, too_large
from sources.gateway.judge import judge_action
from sources.gateway.one_object import one_object

FIELDS = ("action", "who", "note", "event_id", "acted_at")
"""What the body of an action may say; all else stands in the path."""

Append = Callable[[list[EventRecord]], Awaitable[None]]
"""Returns once the log has the records; raises ``Problem`` where it has not in time."""
Alert = Mapping[str, object]

_log = structlog.get_logger("semko.gateway")


@dataclass(frozen=True, slots=True)
class AlertSide:
    """What the process that reads the alert book offers."""

    find: Callable[[tuple[str, ...], str, str], Awaitable[Sequence[Alert]]]
    """Alerts of some states, of a tenant and an office where those are not empty."""
    whole: Callable[[str, str, str], Awaitable[Alert | None]]
    """All about the alert of a tenant, an office and an id."""
    state: Callable[[str, str, str], Awaitable[str | None]]
    """How it stands."""


class AlertDesk:
    """The routes of alerts."""

    def __init__(self, book: AlertSide, append: Append, now: Callable[[], int]) -> None:
        self._book, self._append, self._now = book, append, now

    def routes(self) -> list[web.RouteDef]:
        """All of them."""
        return [
            web.get("/v1/alerts", self.find),
            web.get("/v1/alerts/{tenant}/{office}/{alert}", self.show),
            web.post("/v1/alerts/{tenant}/{office}/{alert}/actions", self.act),
        ]

    async def find(self, request: web.Request) -> web.Response:
        """Alerts, the newest first; ``?state=`` may be given several times."""
        asked = request.query
        unknown = set(asked) - {"state", "tenant", "office"}
        if unknown:
            raise CallError(f"{min(unknown)} is no parameter of this: state, tenant, office are")
        states = tuple(asked.getall("state", PENDING))
        for state in states:
            if state not in STATES:
                raise CallError(f"state must be one of {', '.join(STATES)}")
        found = await self._book.find(states, asked.get("tenant", ""), asked.get("office", ""))
        return json_answer(found)

    async def show(self, request: web.Request) -> web.Response:
        """All about one."""
        found = await self._book.whole(*_named(request))
        if found is None:
            raise _no_such_alert()
        return json_answer(found)

    async def act(self, request: web.Request) -> web.Response:
        """Take one action into the log."""
        sent, named = await _content(request), _named(request)
        try:
            event = self._judged(sent, named)
            record = judge_action(encode(event), self._now())
        except Refused as refused:
            raise _refused(refused) from None
        if await self._book.state(*named) is None:
            raise _no_such_alert()
        await self._append([record])
        _log.info("alert action", action=event.action, alert=event.alert_id)
        answer = {"event_id": event.event_id, "acted_at": format_instant(event.acted_at)}
        return json_answer({"accepted": 1, **answer}, 202)

    def _judged(self, sent: Mapping[str, Any], named: tuple[str, str, str]) -> ActionEvent:
        for name in sent:
            if name not in FIELDS:
                allowed = ", ".join(FIELDS)
                raise Refused("contract", "", f"may hold {allowed}, and nothing else")
        own = {"event_id": str(uuid.uuid4()), "acted_at": format_instant(self._now()), **sent}
        path = dict(zip(("tenant_id", "office_id", "alert_id"), named, strict=True))
        return action_of({**own, **path, "type": "alert_action"})


def _named(request: web.Request) -> tuple[str, str, str]:
    at = request.match_info
    return at["tenant"], at["office"], at["alert"]


async def _content(request: web.Request) -> dict[str, Any]:
    try:
        found = await one_object(request, BODY_BYTES_AT_MOST)
    except Refused as refused:
        raise _refused(refused) from None
    if found is None:
        raise too_large(f"the body has more than {BODY_BYTES_AT_MOST} bytes")
    return found


def _refused(refused: Refused) -> Problem:
    return Problem(422, "refused", str(refused), "mend it and send it again; nothing was kept")


def _no_such_alert() -> Problem:
    return Problem(404, "not_found", "there is no such alert", "GET /v1/alerts names them")
