"""What the clerk's page asks: what a desk is called and serves, and taking what it completed.

Knows no votes, and tells none. Names come as a callable.
"""

from collections.abc import Callable, Mapping, Sequence

import msgspec
from aiohttp import web

from models.codec import decode
from models.errors import CallError, Refused
from models.events import CompletionEvent
from models.limits import BODY_BYTES_AT_MOST
from sources.gateway.answers import Problem, json_answer
from sources.gateway.events import Intake
from sources.gateway.guard import HOLDER
from sources.gateway.keys import Token
from sources.gateway.one_object import one_object

DeskOf = Callable[[str, str, str], Mapping[str, object]]
"""Names and services of the desk of a tenant and an office, as the page shows them."""
Desks = Callable[[], Sequence[Mapping[str, object]]]
"""Every desk that is known, with ``tenant``, ``office``, ``desk`` and names."""


def unnamed(*_: str) -> Mapping[str, object]:
    """Of a gateway without a registry."""
    return {"name": None, "services": []}


class Clerks:
    """The routes of the clerk's page."""

    def __init__(self, intake: Intake, desk_of: DeskOf, desks: Desks) -> None:
        self._intake, self._desk_of, self._desks = intake, desk_of, desks

    def routes(self) -> list[web.RouteDef]:
        """All of them."""
        return [
            web.get("/v1/desks", self.desks, allow_head=False),
            web.get("/v1/desks/{tenant}/{office}/{desk}", self.desk, allow_head=False),
            web.post("/v1/served", self.served),
        ]

    async def desks(self, request: web.Request) -> web.Response:
        """Desks of offices in which the holder may serve."""
        found = [d for d in self._desks() if _is_of(request, f"{d['tenant']}/{d['office']}")]
        return json_answer({"desks": found})

    async def desk(self, request: web.Request) -> web.Response:
        """What the page must know of its desk."""
        at = request.match_info
        _check_office(request, at["tenant"], at["office"])
        return json_answer(self._desk_of(at["tenant"], at["office"], at["desk"]))

    async def served(self, request: web.Request) -> web.Response:
        """Take one completion of the clerk's office."""
        try:
            sent = await one_object(request, BODY_BYTES_AT_MOST)
        except Refused as refused:
            raise CallError(refused.problem) from None
        if sent is None:
            raise CallError(f"the body has more than {BODY_BYTES_AT_MOST} bytes")
        raw = msgspec.json.encode(sent)
        try:
            event = decode(raw)
            if not isinstance(event, CompletionEvent):
                raise Refused("contract", "type", "must be completion")
            _check_office(request, event.tenant_id, event.office_id)
            record = self._intake.judged(raw, None)
        except Refused as refused:
            remedy = "mend it and send it again; nothing was kept"
            raise Problem(422, "refused", str(refused), remedy) from None
        await self._intake.appended([record])
        return json_answer({"accepted": 1}, 202)


def _check_office(request: web.Request, tenant: str, office: str) -> None:
    if not _is_of(request, f"{tenant}/{office}"):
        problem = f"this token may {request[HOLDER].may()}, and not in {tenant}/{office}"
        raise Problem(403, "forbidden", problem, "use a token of that office")


def _is_of(request: web.Request, office: str) -> bool:
    holder = request[HOLDER]
    return not isinstance(holder, Token) or holder.office in {"", office}
