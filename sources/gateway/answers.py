"""Answers that every route gives alike: errors as JSON that name the problem and the way out.

Knows nothing of events, keys or streams.
"""

from collections.abc import Mapping

import msgspec
from aiohttp import web


class Problem(Exception):
    """A refusal on its way to the client: ``{"error", "problem", "remedy"}`` under ``status``."""

    def __init__(
        self,
        status: int,
        error: str,
        problem: str,
        remedy: str,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(problem)
        self.status = status
        self.error = error
        self.problem = problem
        self.remedy = remedy
        self.headers = dict(headers or {})

    def answer(self, **more: object) -> web.Response:
        """The response; ``more`` are further fields of its object."""
        body = {"error": self.error, "problem": self.problem, "remedy": self.remedy, **more}
        return json_answer(body, self.status, self.headers)


def json_answer(
    body: object, status: int = 200, headers: Mapping[str, str] | None = None
) -> web.Response:
    """``body`` as JSON, never to be kept by a cache."""
    return web.Response(
        body=msgspec.json.encode(body),
        status=status,
        content_type="application/json",
        headers={"Cache-Control": "no-store", **(headers or {})},
    )


def too_large(problem: str) -> Problem:
    """413: more than one request may carry."""
    remedy = "send the events in several smaller requests; sending one again is harmless"
    return Problem(413, "too_large", problem, remedy)


def unavailable(problem: str, retry_after_seconds: int) -> Problem:
    """503: nothing of this request counts as taken, and the same request may succeed later."""
    return Problem(
        503,
        "unavailable",
        problem,
        f"send the same request again after {retry_after_seconds} s; sending again is harmless",
        {"Retry-After": str(retry_after_seconds)},
    )
