"""``GET /v1/hours``: the desks of an office by hours of today, for whoever runs the shift.

Knows not what the numbers mean.
"""

from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web

from models.errors import CallError
from sources.gateway.answers import json_answer

Hours = Callable[[str, str], Awaitable[Mapping[str, object]]]
"""Tenant and office to the desks and their hours."""


def hours_routes(hours: Hours) -> list[web.RouteDef]:
    """The one route."""

    async def answer(request: web.Request) -> web.Response:
        asked = request.query
        if set(asked) != {"tenant", "office"}:
            raise CallError("ask with tenant and office, and nothing else: ?tenant=…&office=…")
        return json_answer(await hours(asked["tenant"], asked["office"]))

    return [web.get("/v1/hours", answer)]
