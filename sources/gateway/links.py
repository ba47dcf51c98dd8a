"""Votes on the citizen's own phone: signed links, made with a completion, good for one vote.

All votes of a link are one event, so that two at once count once too. Knows no pages.
"""

import asyncio
import base64
import binascii
import hashlib
import hmac
import secrets
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

import msgspec
from aiohttp import web

from models.codec import decode
from models.errors import CallError, Refused, WorldError
from models.events import CompletionEvent, VoteEvent, encode
from models.limits import BODY_BYTES_AT_MOST
from sources.gateway.answers import Problem, json_answer
from sources.gateway.events import Intake
from sources.gateway.guard import HOLDER
from sources.gateway.judge import NotForThisKey
from sources.gateway.keys import KeyRing, Keys, Terminal, change_keys
from sources.gateway.one_object import one_object

DAYS = 7
"""A link that is older is refused. Which vote still counts says the join window."""
TERMINAL = "link"
"""The terminal that votes by links carry."""
USED_KEPT = 100_000

Voted = Callable[[str, str, str], Awaitable[bool]]
"""Whether the vote of a tenant, an office and an event id is stored."""


async def not_known(*_: str) -> bool:
    """Of a gateway without a store: what it took itself it knows besides."""
    return False


class Link(NamedTuple):
    """What a link is for; ``until`` in ms since 1970."""

    tenant: str
    office: str
    desk: str
    interaction: str
    until: int


class Links:
    """Makes links and takes their votes."""

    def __init__(self, ring: KeyRing, intake: Intake, voted: Voted, now: Callable[[], int]) -> None:
        self._ring, self._intake, self._voted, self._now = ring, intake, voted, now
        self._own = secrets.token_urlsafe(32)  # where there is no file: links end with the process
        self._used: OrderedDict[str, None] = OrderedDict()

    def routes(self) -> list[web.RouteDef]:
        """All of them."""
        return [
            web.post("/v1/tokens", self.make),
            web.get("/v1/votes/{token}", self.state, allow_head=False),
            web.post("/v1/votes/{token}", self.vote),
        ]

    async def make(self, request: web.Request) -> web.Response:
        """Take a completion and give the link to rate it."""
        sent = await _object(request)
        holder = request[HOLDER]
        raw = msgspec.json.encode(sent)
        try:
            event = decode(raw)
            if not isinstance(event, CompletionEvent):
                raise Refused("contract", "type", "must be completion")
            record = self._intake.judged(raw, holder if isinstance(holder, Terminal) else None)
        except NotForThisKey as refused:
            remedy = "send with the key of the ticket system of that desk"
            raise Problem(403, "forbidden", str(refused), remedy) from None
        except Refused as refused:
            remedy = "mend it and send it again; nothing was kept"
            raise Problem(422, "refused", str(refused), remedy) from None
        await self._intake.appended([record])
        until = self._now() + DAYS * 86_400_000
        place = event.tenant_id, event.office_id, event.desk_id
        token = sealed(Link(*place, event.interaction_id, until), await self._secret())
        return json_answer({"accepted": 1, "token": token, "path": f"/vote/{token}"}, 202)

    async def state(self, request: web.Request) -> web.Response:
        """Whether the link still takes a vote; refuses kindly where it does not."""
        await self._opened(request)
        return json_answer({"open": True})

    async def vote(self, request: web.Request) -> web.Response:
        """Take the one vote of a link: ``{"score": 1 to 5, "reasons": […]}``."""
        link, event_id = await self._opened(request)
        sent = await _object(request)
        made = {"score": sent.get("score"), "reasons": sent.get("reasons")}
        place = (link.tenant, link.office, link.desk, TERMINAL, link.interaction)
        vote = VoteEvent(event_id, *place, made["score"], 5, made["reasons"], self._now())  # type: ignore[arg-type]  # judged next
        try:
            record = self._intake.judged(encode(vote), None)
        except Refused as refused:
            raise Problem(422, "refused", str(refused), "send a score from 1 to 5") from None
        if event_id in self._used:  # another of the same link, while this one came
            raise _used()
        self._used[event_id] = None
        if len(self._used) > USED_KEPT:
            self._used.popitem(last=False)
        try:
            await self._intake.appended([record])
        except Problem:
            del self._used[event_id]
            raise
        return json_answer({"accepted": 1}, 202)

    async def _opened(self, request: web.Request) -> tuple[Link, str]:
        token = request.match_info["token"]
        link = opened(token, await self._secret())
        if link is None:
            remedy = "check the whole link, or ask where it came from"
            raise Problem(404, "broken_link", "this link is not right", remedy)
        if link.until < self._now():
            raise Problem(410, "expired", "this link is too old", "nothing needs to be done")
        event_id = f"link-{hashlib.sha256(token.encode()).hexdigest()[:40]}"
        if event_id in self._used or await self._voted(link.tenant, link.office, event_id):
            raise _used()
        return link, event_id

    async def _secret(self) -> bytes:
        path = self._ring.path
        if path is None:
            return self._own.encode()
        if not self._ring.keys.signing:

            def sign(held: Keys) -> Keys:
                return held if held.signing else msgspec.structs.replace(held, signing=self._own)

            try:
                await asyncio.to_thread(change_keys, path, sign)
            except OSError as problem:
                raise WorldError(f"the key file cannot be written: {problem.strerror}") from None
            self._ring.refresh()
        return self._ring.keys.signing.encode()


def sealed(link: Link, secret: bytes) -> str:
    """``link`` as a token for an address."""
    body = _text(msgspec.json.encode(tuple(link)))
    return f"{body}.{_text(_signature(body, secret))}"


def opened(token: str, secret: bytes) -> Link | None:
    """What ``sealed`` was given; None where the token is anything else."""
    body, _, signature = token.partition(".")
    try:
        given = base64.urlsafe_b64decode(signature + "==")
        if not hmac.compare_digest(given, _signature(body, secret)):
            return None
        raw = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))
        return Link(*msgspec.json.decode(raw, type=tuple[str, str, str, str, int]))
    except (binascii.Error, ValueError):
        return None


def _signature(body: str, secret: bytes) -> bytes:
    return hmac.new(secret, body.encode(), hashlib.sha256).digest()[:16]


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _used() -> Problem:
    return Problem(409, "used", "this link has voted already", "nothing needs to be done")


async def _object(request: web.Request) -> dict[str, Any]:
    try:
        found = await one_object(request, BODY_BYTES_AT_MOST)
    except Refused as refused:
        raise CallError(refused.problem) from None
    if found is None:
        raise CallError(f"the body has more than {BODY_BYTES_AT_MOST} bytes")
    return found
