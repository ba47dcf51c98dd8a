"""``POST /login`` exchanges a token for a cookie, so that pages and their streams carry it; ``POST
/logout`` takes the cookie back. Knows no pages.
"""

from aiohttp import web

from models.errors import CallError, Refused
from sources.gateway.answers import Problem, json_answer
from sources.gateway.guard import COOKIE
from sources.gateway.keys import KeyRing, Right
from sources.gateway.one_object import one_object

BODY_BYTES_AT_MOST = 4 * 1024
COOKIE_SECONDS = 30 * 24 * 3600
"""So long a screen stays signed in; taking the token back ends it at once."""
MARK = "semko_signed_in"
"""A cookie that scripts may read and that opens nothing: by it pages know to offer the way out."""


class Login:
    """Who is signed in is whose token the cookie holds: nothing is kept of it here."""

    def __init__(self, ring: KeyRing) -> None:
        self._ring = ring

    def routes(self) -> list[web.RouteDef]:
        """Both of them."""
        return [web.post("/login", self.enter), web.post("/logout", self.leave)]

    async def enter(self, request: web.Request) -> web.Response:
        """Give the cookie for a known token, and where its holder goes first."""
        try:
            sent = await one_object(request, BODY_BYTES_AT_MOST)
        except Refused as refused:
            raise CallError(refused.problem) from None
        secret = (sent or {}).get("token")
        holder = self._ring.holder(secret.strip()) if isinstance(secret, str) else None
        if holder is None or Right.WRITE in holder.rights:
            raise Problem(
                401,
                "unauthorized",
                "this token is not known, or it is a device's",
                "check it, or ask for a new one: semko tokens create",
            )
        goes_to = "/wall" if Right.READ in holder.rights else "/desk"
        answer = json_answer({"id": holder.id, "may": holder.may(), "goes_to": goes_to})
        # Behind the proxy every request is plain; the browser says how the page came.
        over_tls = request.headers.get("Origin", "").startswith("https://")
        for name, value, httponly in ((COOKIE, str(secret).strip(), True), (MARK, "1", False)):
            answer.set_cookie(
                name,
                value,
                max_age=COOKIE_SECONDS,
                httponly=httponly,
                samesite="Strict",
                secure=over_tls,
            )
        return answer

    async def leave(self, _: web.Request) -> web.Response:
        """Have the browser forget the token."""
        answer = json_answer({"signed_in": False})
        answer.del_cookie(COOKIE, httponly=True, samesite="Strict")
        answer.del_cookie(MARK, samesite="Strict")
        return answer
