"""Pieces of SQL that several panels share.

Macros and variables are Grafana's: the data source puts times, steps and chosen values in.
"""

TENANT = "tenant_id IN (${tenant:singlequote})"
OFFICE = f"{TENANT} AND office_id IN (${{office:singlequote}})"
DESK = f"{OFFICE} AND desk_id IN (${{desk:singlequote}})"
SERVICE = f"{OFFICE} AND service_id IN (${{service:singlequote}})"

# Columns are those of the view ``seen``: names of results are the same as names of columns.

LEAST_VOTES = 5
"""Below it there is no score: a gap, and not a number that a few people made."""

_CENTRE = "((sum(seen.points) / 100 + 125) / (sum(seen.votes) + 2.5))"
_REACH = (
    "sqrt(3.841458820694124 * ((sum(seen.points_squared) / 10000 + 9375) / (sum(seen.votes) + 2.5)"
    f" - pow({_CENTRE}, 2)) / (sum(seen.votes) + 3.5))"
)


def _known(expression: str, name: str) -> str:
    return f"if(sum(seen.votes) < {LEAST_VOTES}, NULL, {expression}) AS {name}"


SCORE = _known("sum(seen.points) / sum(seen.votes) / 100", "score")
BAND = ", ".join(
    [
        SCORE,
        _known(f"greatest(0, {_CENTRE} - {_REACH})", "low"),
        _known(f"least(100, {_CENTRE} + {_REACH})", "high"),
    ]
)
"""Score and 95 % interval of summed rows, by the formulas of ``semko.hourly_scores``."""

COMPLETIONS, VOTES = "sum(seen.completions) AS completions", "sum(seen.votes) AS votes"
RESPONSE = "sum(seen.votes) / nullIf(sum(seen.completions), 0) AS response"
WAIT = "sum(seen.wait_seconds) / nullIf(sum(seen.wait_known), 0) AS wait"
_OTHER = ("refused", "abandoned", "transferred")
SERVED = ", ".join(
    [
        "sum(seen.completions) - " + " - ".join(f"sum(seen.{one})" for one in _OTHER),
        *(f"sum(seen.{one}) AS {one}" for one in _OTHER),
    ]
).replace(", ", " AS completed, ", 1)
"""Completions by outcome."""

_LOCAL = (
    "(SELECT if(count() = 0, 'Europe/Sofia', any(time_zone)) FROM semko.tenant_zones"
    f" WHERE {TENANT})"
)
LOCAL_HOUR = f"formatDateTime(window_start, '%H', {_LOCAL}) AS hour"
WEEKDAY = f"formatDateTime(window_start, '%u', {_LOCAL}) AS day"


def over_time(columns: str, view: str, where: str, key: str = "") -> str:
    """Columns over the time that the dashboard shows, in its own steps; a line a ``key``, which is
    ``desk``, ``office`` or ``service``."""
    named, grouped = (f"{key}_id AS {key}, ", f", {key}") if key else ("", "")
    return (
        f"SELECT $__timeInterval(window_start) AS time, {named}{columns} FROM semko.{view} AS seen"
        f" WHERE $__timeFilter(window_start) AND {where} GROUP BY time{grouped} ORDER BY time"
    )


def totals(key: str, view: str, where: str) -> str:
    """A row a ``key`` with its numbers over the time that the dashboard shows."""
    columns = f"{key}_id AS {key}, {BAND}, {VOTES}, {COMPLETIONS}, {RESPONSE}, {WAIT}"
    return (
        f"SELECT {columns} FROM semko.{view} AS seen WHERE $__timeFilter(window_start) AND {where}"
        f" GROUP BY {key} ORDER BY {key}"
    )


ALERTS = """
SELECT alert_id AS alert, kind, level, state, begun_at AS since, expected, observed, cause, action,
    resolved_at AS ended
FROM semko.alert_book WHERE {where} ORDER BY opened_at DESC LIMIT 100
"""
ALERT_COLUMNS = "alert kind level state since expected observed cause action ended"
