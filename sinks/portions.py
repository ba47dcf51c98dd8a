"""How a whole store is gone through in pieces of bounded size: small tenants and months together, a
large tenant by days.

Each piece is a condition in SQL and the stored rows that it finds. Knows the tables, not what is
asked of them.
"""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import NamedTuple, TypeVar

from models.portions import portions
from sinks.database import Database, instant, quoted

ROWS_A_PIECE = 500_000
"""Stored rows that are looked at by one statement; a day of one tenant is never cut."""

_DAY_SECONDS = 86_400
_T = TypeVar("_T")


class Piece(NamedTuple):
    """``where`` with a name in place of ``{0}``; ``rows`` that it finds, replaced ones too."""

    where: str
    rows: int


class _Day(NamedTuple):
    month: int
    tenant: str
    since: int
    rows: int


def pieces_by_time(database: Database) -> list[Piece]:
    """Every interaction and window in exactly one piece; ``{0}`` is the name of their time."""
    found = database.columns(
        "SELECT toYYYYMM(day) AS month, toString(tenant_id) AS tenant,"
        " toUnixTimestamp(day) AS since, sum(n) AS n FROM"
        " (SELECT tenant_id, toStartOfDay(completed_at) AS day, count() AS n"
        " FROM semko.interactions GROUP BY tenant_id, day UNION ALL"
        " SELECT tenant_id, toStartOfDay(window_start) AS day, count() AS n"
        " FROM semko.window_metrics GROUP BY tenant_id, day)"
        " GROUP BY tenant, day ORDER BY month, tenant, day"
    )
    days = [_Day(*row) for row in zip(*found.values(), strict=True)]
    months = [list(some) for _, some in groupby(days, key=lambda day: day.month)]
    pieces: list[Piece] = []
    for together in _filled((month, sum(day.rows for day in month)) for month in months):
        if len(together) > 1 or sum(day.rows for day in together[0]) <= ROWS_A_PIECE:
            pieces.append(_piece([day for month in together for day in month], whole=True))
        else:
            pieces += _of_one_month(together[0])
    return pieces


def _of_one_month(days: list[_Day]) -> Iterator[Piece]:
    tenants = [list(some) for _, some in groupby(days, key=lambda day: day.tenant)]
    for together in _filled((tenant, sum(day.rows for day in tenant)) for tenant in tenants):
        if len(together) > 1:
            yield _piece([day for tenant in together for day in tenant])
        else:
            yield from map(_piece, _filled((day, day.rows) for day in together[0]))


def _piece(days: list[_Day], *, whole: bool = False) -> Piece:
    """The days from the first to the last, of all tenants or of those named."""
    since = min(day.since for day in days)
    until = max(day.since for day in days) + _DAY_SECONDS
    within = f"{{0}} >= {instant(since * 1000)} AND {{0}} < {instant(until * 1000)}"
    of = "" if whole else f"{_of(sorted({day.tenant for day in days}))} AND "
    return Piece(of + within, sum(day.rows for day in days))


def pieces_by_key(database: Database) -> list[Piece]:
    """Every interaction and vote in exactly one piece; ``{0}`` is the name of a key of both."""
    found = database.columns(
        "SELECT toString(tenant_id) AS tenant, sum(n) AS n FROM"
        " (SELECT tenant_id, count() AS n FROM semko.interactions GROUP BY tenant_id UNION ALL"
        " SELECT tenant_id, count() AS n FROM semko.votes GROUP BY tenant_id)"
        " GROUP BY tenant ORDER BY tenant"
    )
    rows = dict(zip(found["tenant"], found["n"], strict=True))
    pieces: list[Piece] = []
    for together in _filled(rows.items()):
        total = sum(rows[tenant] for tenant in together)
        parts = total // ROWS_A_PIECE + 1 if len(together) == 1 else 1
        pieces += [
            Piece(f"{_of(together)} AND {{0}} % {parts} = {part}", total // parts)
            for part in range(parts)
        ]
    return pieces


def _of(tenants: list[str]) -> str:
    return f"tenant_id IN ({', '.join(map(quoted, tenants))})"


def _filled(sized: Iterable[tuple[_T, int]]) -> Iterator[list[_T]]:
    return portions(sized, ROWS_A_PIECE)
