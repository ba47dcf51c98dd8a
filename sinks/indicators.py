"""Lagging series in the store: their names, horizons and values, and the score beside them.

Reads through any function from SQL to rows, so that the process that holds a store can be asked
over HTTP; writes to any ClickHouse through ``Database``. Knows no statistics.
"""

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any, NamedTuple

from models.errors import CallError
from models.periods import Cadence, Period, period_of
from sinks.database import Database, insertion, instant_text, quoted

Rows = Callable[[str], list[dict[str, Any]]]
"""The rows of a SELECT."""


class Named(NamedTuple):
    """A lagging series: at which horizon (periods) the score is to lead it, and since when (ms)."""

    series: str
    cadence: Cadence
    horizon: int
    named_at: int


class Count(NamedTuple):
    """What became of the values of a file."""

    added: int
    corrected: int
    unchanged: int


class Scored(NamedTuple):
    """Votes of an office in a period, and the sum of their points (0 to 10,000 each)."""

    votes: int
    points: int


def tenants(rows: Rows) -> list[str]:
    """Those that have interactions or stand in the registry."""
    found = rows(
        "SELECT DISTINCT toString(tenant_id) AS tenant FROM semko.registry_tenants FINAL"
        " WHERE removed = 0 UNION DISTINCT"
        " SELECT DISTINCT toString(tenant_id) AS tenant FROM semko.window_metrics"
    )
    return sorted(row["tenant"] for row in found)


def offices(rows: Rows, tenant: str) -> list[str]:
    """Those of ``tenant`` that have interactions or stand in the registry."""
    of_tenant = f"tenant_id = {quoted(tenant)}"
    found = rows(
        "SELECT DISTINCT toString(office_id) AS office FROM semko.registry_offices FINAL"
        f" WHERE removed = 0 AND {of_tenant} UNION DISTINCT"
        " SELECT DISTINCT toString(office_id) AS office FROM semko.window_metrics"
        f" WHERE {of_tenant}"
    )
    return sorted(row["office"] for row in found)


def named(rows: Rows, tenant: str) -> list[Named]:
    """The lagging series of ``tenant``, the first naming of each."""
    found = rows(
        "SELECT toString(series) AS name, toString(argMin(cadence, named_at)) AS of_cadence,"
        " toUInt32(argMin(horizon, named_at)) AS periods,"
        " toString(min(toUnixTimestamp64Milli(named_at))) AS since"
        f" FROM semko.indicators WHERE tenant_id = {quoted(tenant)} GROUP BY series ORDER BY name"
    )
    return [
        Named(row["name"], Cadence(row["of_cadence"]), row["periods"], int(row["since"]))
        for row in found
    ]


def values(rows: Rows, tenant: str, series: Named) -> dict[str, dict[int, float]]:
    """By office, the value of every period by its number."""
    found: dict[str, dict[int, float]] = {}
    for row in rows(_values(tenant, series.series)):
        period = period_of(series.cadence, date.fromisoformat(row["start"]))
        found.setdefault(row["office"], {})[period.number] = row["value"]
    return found


def scores(rows: Rows, tenant: str, cadence: Cadence) -> dict[str, dict[int, Scored]]:
    """By office, the votes of every period by its number, days being those of the tenant."""
    start = {
        Cadence.DAY: "day",
        Cadence.WEEK: "toMonday(day)",
        Cadence.MONTH: "toStartOfMonth(day)",
        Cadence.QUARTER: "toStartOfQuarter(day)",
    }[cadence]
    found: dict[str, dict[int, Scored]] = {}
    for row in rows(
        f"SELECT toString(office_id) AS office, toString({start}) AS start,"
        " toFloat64(sum(votes)) AS all_votes, toFloat64(sum(points)) AS all_points"
        f" FROM semko.office_scores_daily WHERE tenant_id = {quoted(tenant)}"
        " GROUP BY office, start HAVING all_votes > 0 ORDER BY office, start"
    ):
        period = period_of(cadence, date.fromisoformat(row["start"]))
        scored = Scored(int(row["all_votes"]), int(row["all_points"]))
        found.setdefault(row["office"], {})[period.number] = scored
    return found


def time_zone(rows: Rows, tenant: str) -> str:
    """That of the days of ``tenant``."""
    found = rows(f"SELECT time_zone FROM semko.tenant_zones WHERE tenant_id = {quoted(tenant)}")
    return str(found[0]["time_zone"]) if found else "Europe/Sofia"


def name(database: Database, rows: Rows, tenant: str, wanted: Named, usual: int) -> Named:
    """Name a series, or take it as it was named before; raises ``CallError`` for another horizon.

    A ``wanted`` horizon of 0 is the one it has, or else the ``usual`` one. What was named stays: a
    horizon chosen after the answers of several were seen proves nothing.
    """
    before = [each for each in named(rows, tenant) if each.series == wanted.series]
    if not before:
        wanted = wanted._replace(horizon=wanted.horizon or usual)
        naming = {
            "tenant_id": tenant,
            "series": wanted.series,
            "cadence": wanted.cadence.value,
            "horizon": wanted.horizon,
            "named_at": instant_text(wanted.named_at),
        }
        database.execute(insertion("indicators", [naming]))
        return wanted
    (held,) = before
    if held.cadence is not wanted.cadence:
        raise CallError(
            f"the series {held.series} has a value a {held.cadence}, not a {wanted.cadence}:"
            " give the file another --series"
        )
    if wanted.horizon and held.horizon != wanted.horizon:
        raise CallError(
            f"the series {held.series} was named with --horizon {held.horizon} and keeps it: a"
            " horizon chosen afterwards proves nothing. Leave --horizon out."
        )
    return held


def add(
    database: Database,
    rows: Rows,
    tenant: str,
    series: str,
    given: Iterable[tuple[str, Period, float]],
    now_ms: int,
) -> Count:
    """Store what is not stored so already, in one statement: all of it or none.

    A value that differs from the one stored takes its place.
    """
    stored = {
        (row["office"], row["start"]): (row["value"], int(row["revision"]))
        for row in rows(_values(tenant, series))
    }
    newest = max((revision for _, revision in stored.values()), default=0)
    fresh, corrected, unchanged = [], 0, 0
    for office, period, value in given:
        start = period.start.isoformat()
        known = stored.get((office, start))
        if known is not None and known[0] == value:
            unchanged += 1
            continue
        corrected += known is not None
        fresh.append(
            {
                "tenant_id": tenant,
                "series": series,
                "office_id": office,
                "period_start": start,
                "value": float(value),
                "revision": max(now_ms, newest + 1),
            }
        )
    if fresh:
        database.execute(insertion("indicator_values", fresh))
    return Count(len(fresh) - corrected, corrected, unchanged)


def _values(tenant: str, series: str) -> str:
    return (
        "SELECT toString(office_id) AS office, toString(period_start) AS start, value,"
        " toString(revision) AS revision FROM semko.indicator_values FINAL"
        f" WHERE tenant_id = {quoted(tenant)} AND series = {quoted(series)}"
        " ORDER BY office, period_start"
    )
