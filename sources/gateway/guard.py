"""What stands before every route: who asks, from where, how often, and errors turned to answers.

Never logs or repeats a body, a key or a query string. Knows no events.
"""

import base64
import binascii
import time
from collections.abc import Awaitable, Callable
from email.utils import formatdate
from urllib.parse import SplitResult, urlencode, urlsplit

import structlog
from aiohttp import web

from models.errors import CallError, WorldError
from sources.gateway.access import OPEN, PAGES, Access
from sources.gateway.answers import Problem, unavailable
from sources.gateway.keys import Holder, KeyRing, Right
from sources.gateway.limits import RateLimit
from sources.gateway.meters import Meters
from sources.gateway.settings import GatewaySettings, is_loopback

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
HOLDER = web.RequestKey("holder", Holder | None)  # type: ignore[arg-type]
COOKIE = "semko_token"
"""What the login page exchanges a token for: the token itself, out of reach of scripts."""

_log = structlog.get_logger("semko.gateway")
_NOTHING_LOADED = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_WORTH_A_WARNING = {401, 403, 429}
_KEYS_LOOKED_AT_SECONDS = 1.0


class Guard:
    """Two middlewares, ``errors`` outside of ``door``, and the headers of every answer."""

    def __init__(
        self,
        settings: GatewaySettings,
        ring: KeyRing,
        meters: Meters,
        now: Callable[[], int],
        access: Access = PAGES,
    ) -> None:
        """``access`` is that of the application that is guarded."""
        self._settings = settings
        self._ring = ring
        self._meters = meters
        self._now = now
        self._access = access
        self._limit = RateLimit(settings.requests_per_second, settings.burst)
        self._looked = time.monotonic()
        names = {"localhost", "127.0.0.1", "::1", settings.host.strip("[]").lower()}
        self._names = frozenset(names | {name.lower() for name in settings.names})
        self._local = is_loopback(settings.host)
        # Once locked, always locked: an emptied key file must not open the door.
        self._locked = not self._local or bool(settings.names) or self._lists_keys()

    @web.middleware
    async def errors(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Every refusal and every failure as JSON; what was not foreseen as a bare 500."""
        started = time.perf_counter()
        try:
            answer = await handler(request)
        except Problem as refusal:
            answer = refusal.answer()
        except web.HTTPException as other:
            answer = _plain(other)
        except WorldError as error:
            answer = unavailable(str(error), self._settings.retry_after_seconds).answer()
        except CallError as error:
            answer = Problem(400, "bad_call", str(error), "mend the call as it says").answer()
        except ConnectionError:
            raise  # the client is gone: nobody to answer
        except Exception:
            _log.exception("request failed", route=_route(request), method=request.method)
            problem = "the server failed on this request; its log says why"
            remedy = "send it again later; tell the operator if it stays so"
            answer = Problem(500, "failed", problem, remedy).answer()
        self._record(request, answer.status, time.perf_counter() - started)
        return answer

    @web.middleware
    async def door(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Let through whoever may, as often as they may, from where they may."""
        self._check_names(request)
        holder = self._holder(request)
        client = f"key {holder.id}" if holder else f"address {request.remote}"
        wait = self._limit.take(client, time.monotonic())
        if wait:
            raise Problem(
                429,
                "too_many_requests",
                f"more than {self._settings.requests_per_second:g} requests a second",
                f"wait {wait} s, and put several events into one request",
                {"Retry-After": str(wait)},
            )
        if self._locked:
            _check_right(request, holder, self._access)
        request[HOLDER] = holder if self._locked else None
        return await handler(request)

    async def headers(self, _: web.Request, answer: web.StreamResponse) -> None:
        """Signal ``on_response_prepare``: terminals set their clocks by ``Date``."""
        answer.headers["Date"] = formatdate(self._now() / 1000, usegmt=True)
        answer.headers["Server"] = "semko"
        answer.headers["X-Content-Type-Options"] = "nosniff"
        answer.headers["Referrer-Policy"] = "no-referrer"
        answer.headers["Cross-Origin-Resource-Policy"] = "same-origin"
        answer.headers.setdefault("X-Frame-Options", "SAMEORIGIN")
        answer.headers.setdefault("Content-Security-Policy", _NOTHING_LOADED)
        answer.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        answer.headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"

    def _lists_keys(self) -> bool:
        return bool(self._ring.keys.holders())

    def _check_names(self, request: web.Request) -> None:
        """No request that a foreign web page made: by a name of its own (DNS rebinding), or from
        its own origin with the rights that this browser or this machine happens to have."""
        host = request.host.lower()
        name = _split(f"//{host}").hostname or ""
        if self._local and name not in self._names:
            raise Problem(
                403,
                "wrong_host",
                "this gateway does not answer to the host name that was asked",
                "ask http://127.0.0.1 or http://localhost, or add the name with --name",
            )
        origin = request.headers.get("Origin")
        foreign = origin is not None and _split(origin.lower()).netloc != host
        if foreign or _is_foreign_fetch(request):
            raise Problem(
                403,
                "foreign_origin",
                "the request comes from a web page of another origin",
                "send events from a server or a terminal, or serve the page under this host",
            )

    def _holder(self, request: web.Request) -> Holder | None:
        if time.monotonic() - self._looked > _KEYS_LOOKED_AT_SECONDS:
            self._looked = time.monotonic()
            try:
                if self._ring.refresh():
                    _log.warning("keys read again", path=str(self._ring.path))
            except CallError as error:
                _log.error("keys not read again, the former stay in force", problem=str(error))
            self._locked = self._locked or self._lists_keys()
        secret = _secret(request)
        return self._ring.holder(secret) if secret else None

    def _record(self, request: web.Request, status: int, seconds: float) -> None:
        route = _route(request)
        self._meters.add("semko_http_requests_total", route=route, status=str(status))
        self._meters.add("semko_http_seconds_total", seconds, route=route)
        facts = {
            "route": route,
            "method": request.method,
            "status": status,
            "milliseconds": round(seconds * 1000),
        }
        if status >= 500:
            _log.error("request", **facts)
        elif status in _WORTH_A_WARNING:
            _log.warning("request", client=request.remote, **facts)
        elif self._settings.log_all_requests:
            _log.info("request", **facts)


def _check_right(request: web.Request, holder: Holder | None, access: Access) -> None:
    resource = request.match_info.route.resource
    right = access.needed(request.method, resource.canonical if resource is not None else None)
    if right == OPEN:
        return
    if holder is None:
        if access.signs_in and is_a_page_asked(request):
            raise web.HTTPSeeOther(f"/login?{urlencode({'next': request.path_qs})}")
        whose = "a terminal's key" if right is Right.WRITE else "a token"
        raise Problem(
            401,
            "unauthorized",
            f"this takes {whose}, and none that is known came with the request",
            f"send the header `Authorization: Bearer …` with {whose}, or sign in at /login",
            {"WWW-Authenticate": 'Bearer realm="semko"'},
        )
    if right not in holder.rights:
        if access.signs_in and is_a_page_asked(request):
            raise web.HTTPSeeOther(f"/login?{urlencode({'next': request.path_qs, 'other': ''})}")
        raise Problem(
            403,
            "forbidden",
            f"this takes the right to {right}; what was sent may {holder.may()}",
            f"use a token with the right {right}",
        )


def is_a_page_asked(request: web.Request) -> bool:
    """Whether a browser asks for a page to show, rather than a program for an answer."""
    accepted = request.headers.get("Accept", "")
    return request.method == "GET" and "text/html" in accepted


def _secret(request: web.Request) -> str:
    """The key or token of a request: of Bearer, the password of Basic, what clients of ClickHouse
    send as their password, or the login's cookie."""
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() == "basic":
        try:
            pair = base64.b64decode(value.strip(), validate=True).decode()
        except (binascii.Error, ValueError):
            return ""
        return pair.partition(":")[2]
    if scheme:
        return ""
    return request.headers.get("X-ClickHouse-Key", "") or request.cookies.get(COOKIE, "")


def _is_foreign_fetch(request: web.Request) -> bool:
    """Whether a browser says that another site asks. Following a link is no such case."""
    headers = request.headers
    if headers.get("Sec-Fetch-Site") != "cross-site":
        return False
    return request.method != "GET" or headers.get("Sec-Fetch-Mode") != "navigate"


def _split(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError:
        return SplitResult("", "", "", "", "")


def _route(request: web.Request) -> str:
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "none"


def _plain(other: web.HTTPException) -> web.StreamResponse:
    """aiohttp's own answers: redirects as they are, errors as JSON."""
    if other.status < 400:
        return web.Response(status=other.status, headers={"Location": other.headers["Location"]})
    known = {
        404: ("not_found", "there is nothing at this path", "see /docs for what there is"),
        405: ("wrong_method", "this path has no such method", "see /docs for what there is"),
    }
    ours = (other.reason.lower().replace(" ", "_"), other.reason, "see /docs")
    error, problem, remedy = known.get(other.status, ours)
    allowed = {name: other.headers[name] for name in ("Allow",) if name in other.headers}
    return Problem(other.status, error, problem, remedy, allowed).answer()
