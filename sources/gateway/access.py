"""Which route takes what: the one table of access.

A route that nobody entered here takes the right to operate, and fails the test that goes over the
router. Knows no requests and no keys.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from sources.gateway.keys import Right

Need = Right | Literal["open"]

OPEN: Literal["open"] = "open"
"""No token is asked for: it tells and does nothing, or asks for a secret of its own."""

NEEDS: dict[str, Need] = {
    "GET /healthz": OPEN,
    "GET /readyz": OPEN,
    "GET /login": OPEN,
    "GET /login/{file}": OPEN,
    "POST /login": OPEN,
    "POST /logout": OPEN,
    "GET /kiosk": OPEN,
    "GET /kiosk/{file}": OPEN,
    "POST /v1/pair": OPEN,
    "GET /vote/{token}": OPEN,
    "GET /v1/votes/{token}": OPEN,
    "POST /v1/votes/{token}": OPEN,
    "POST /v1/tokens": Right.WRITE,
    "POST /v1/events": Right.WRITE,
    "GET /v1/terminals/{terminal_id}/current": Right.WRITE,
    "POST /v1/terminals/{terminal_id}/heartbeat": Right.WRITE,
    "GET /desk": Right.SERVE,
    "GET /desk/{file}": Right.SERVE,
    "GET /v1/desks": Right.SERVE,
    "GET /v1/desks/{tenant}/{office}/{desk}": Right.SERVE,
    "POST /v1/served": Right.SERVE,
    "GET /": Right.READ,
    "GET /wall": Right.READ,
    "GET /wall/{file}": Right.READ,
    "GET /shift": Right.READ,
    "GET /shift/{file}": Right.READ,
    "GET /v1/hours": Right.READ,
    "GET /report": Right.READ,
    "GET /report.csv": Right.READ,
    "GET /report.parquet": Right.READ,
    "GET /report/office": Right.READ,
    "GET /report/desk": Right.READ,
    "GET /report/service": Right.READ,
    "GET /report/{file}": Right.READ,
    "GET /docs": Right.READ,
    "GET /openapi.json": Right.READ,
    "GET /metrics": Right.READ,
    "GET /v1/scores": Right.READ,
    "GET /v1/live": Right.READ,
    "GET /v1/alerts": Right.READ,
    "GET /v1/alerts/{tenant}/{office}/{alert}": Right.READ,
    "POST /v1/alerts/{tenant}/{office}/{alert}/actions": Right.OPERATE,
    "POST /v1/maintenance": Right.OPERATE,
    "POST /v1/query": Right.OPERATE,
    "POST /v1/reconcile": Right.OPERATE,
    "POST /v1/dead-letters": Right.OPERATE,
    "POST /v1/freeze": Right.OPERATE,
    "POST /v1/indicators": Right.OPERATE,
}
"""``METHOD /path`` as the router has it. The files of a page share one entry: ``/page/{file}``."""


SQL_NEEDS: dict[str, Need] = {
    "GET /ping": OPEN,
    "GET /": Right.ASK,
    "POST /": Right.ASK,
}
"""The same of the analysts' door, which has a port of its own."""


def entry_of(method: str, canonical: str) -> str | None:
    """The entry of ``NEEDS`` for a route, None where there is none. ``HEAD`` is as ``GET``."""
    method = "GET" if method == "HEAD" else method
    folder, _, name = canonical.rpartition("/")
    of_a_page = f"{method} {folder}/{{file}}" if "." in name else ""
    return next((each for each in (f"{method} {canonical}", of_a_page) if each in NEEDS), None)


def _needed_to_ask(method: str, canonical: str | None) -> Need:
    """What a request to the analysts' door takes."""
    method = "GET" if method == "HEAD" else method
    return SQL_NEEDS.get(f"{method} {canonical}", Right.ASK)


def needed(method: str, canonical: str | None) -> Need:
    """What a request takes; ``canonical`` is None where no route answers it."""
    if canonical is None:  # it learns that there is nothing, if it may come in at all
        return Right.READ if method in {"GET", "HEAD"} else Right.OPERATE
    entry = entry_of(method, canonical)
    return NEEDS[entry] if entry is not None else Right.OPERATE


@dataclass(frozen=True, slots=True)
class Access:
    """What a method and a route take, and whether whoever lacks it is led to a page to sign in."""

    needed: Callable[[str, str | None], Need]
    signs_in: bool


PAGES = Access(needed, signs_in=True)
QUESTIONS = Access(_needed_to_ask, signs_in=False)
