"""The windows of whole hours from the stored facts: one SQL text, for repair and for reconciling.

Rules 5 and 6 of counting in SQL. An interaction counts in its minute for every scope, and larger
windows are sums of minutes. Knows the tables, not the engine.
"""

from collections.abc import Collection
from itertools import islice

from models.facts import OfficeHour
from models.tables import COUNTERS, WINDOW_METRICS
from sinks.database import Database, instant, listed

HOURS_A_STATEMENT = 500
"""Office hours computed at once: bounds the memory of a statement and what a retry repeats."""

KEYS = tuple(name for name in WINDOW_METRICS if name not in (*COUNTERS, "revision"))
"""What a window is found by."""

_FACE = "multiIf(scale = 3, [1, 3, 5][score], scale = 4, [1, 2, 4, 5][score], score)"
# 10000 (score - 1) / (scale - 1) to the nearest whole, a half up, in whole numbers.
_POINTS = "intDiv(20000 * (score - 1) + scale - 1, 2 * (scale - 1))"
_SCOPES = (
    "arrayConcat([('office', ''), ('desk', toString(desk_id)), ('service', toString(service_id)),"
    " ('channel', toString(channel))], arrayMap((d, v) -> ('segment', concat(d, '=', v)),"
    " mapKeys(segments), mapValues(segments)))"
)

_SUMS = {
    "completions": "count()",
    "votes": "countIf(voted)",
    **{f"v{face}": f"countIf(voted AND face = {face})" for face in range(1, 6)},
    "points": "sumIf(points, voted)",
    "points_squared": "sumIf(points * points, voted)",
    "refused": "countIf(outcome = 'refused')",
    "abandoned": "countIf(outcome = 'abandoned')",
    "transferred": "countIf(outcome = 'transferred')",
    "overdue": "countIf(overdue = 1)",
    "due_known": "countIf(due_at IS NOT NULL)",
    "wait_seconds": "sum(ifNull(wait_seconds, 0))",
    "wait_known": "countIf(wait_seconds IS NOT NULL)",
}


def counted_windows(where: str) -> str:
    """SELECT of ``KEYS`` and ``COUNTERS`` from the facts that ``where`` finds.

    ``where`` is a condition on columns of ``interactions`` that takes whole hours.
    """
    minutes = (
        "SELECT tenant_id, office_id, scoped.1 AS scope, scoped.2 AS key, minute,"
        f" {', '.join(f'toInt64({how}) AS {name}_' for name, how in _SUMS.items())}"
        " FROM (SELECT tenant_id, office_id, toStartOfMinute(completed_at) AS minute, outcome,"
        " overdue, due_at, wait_seconds, score IS NOT NULL AS voted,"
        f" ifNull({_FACE}, 0) AS face, toInt64(ifNull({_POINTS}, 0)) AS points,"
        f" arrayJoin({_SCOPES}) AS scoped FROM semko.interactions FINAL WHERE {where})"
        " GROUP BY tenant_id, office_id, scope, key, minute"
    )
    return (
        "SELECT tenant_id, office_id, scope, key, toUInt32(seconds) AS window_seconds,"
        f" {_WINDOW_START} AS window_start,"
        f" {', '.join(f'sum({name}_) AS {name}' for name in COUNTERS)}"
        f" FROM (SELECT *, arrayJoin([60, 900, 3600]) AS seconds FROM ({minutes}))"
        f" GROUP BY {', '.join(KEYS)}"
    )


_WINDOW_START = "toDateTime(intDiv(toUnixTimestamp(minute), seconds) * seconds, 'UTC')"


def _named_windows(within: str, offices: str) -> str:
    """SELECT of ``KEYS``: windows that are stored, or that a row's place or former place names.

    ``within`` is a condition on the hour of a time. Rows count whether they are the newest or not:
    naming a window too much costs a row of zeros.
    """
    own = (
        "SELECT tenant_id, office_id, completed_at AS at, desk_id, service_id, channel, segments"
        f" FROM semko.interactions WHERE {within.format('completed_at')} AND deleted = 1"
    )
    former = (
        "SELECT tenant_id, office_id, place.1 AS at, place.2 AS desk_id, place.3 AS service_id,"
        " place.4 AS channel, place.5 AS segments FROM (SELECT tenant_id, office_id,"
        " arrayJoin(former) AS place FROM semko.interactions"
        f" WHERE (tenant_id, office_id) IN ({offices}) AND notEmpty(former))"
        f" WHERE {within.format('place.1')}"
    )
    return (
        f"SELECT {', '.join(KEYS)} FROM semko.window_metrics"
        f" WHERE {within.format('window_start')}"
        " UNION DISTINCT SELECT tenant_id, office_id, scoped.1 AS scope, scoped.2 AS key,"
        f" toUInt32(seconds) AS window_seconds, {_WINDOW_START} AS window_start FROM"
        " (SELECT tenant_id, office_id, toStartOfMinute(at) AS minute,"
        f" arrayJoin({_SCOPES}) AS scoped, arrayJoin([60, 900, 3600]) AS seconds"
        f" FROM ({own} UNION ALL {former}))"
    )


def recompute(database: Database, hours: Collection[OfficeHour], revision: int) -> None:
    """See ``Store.recompute``. Each statement is repeatable: the rows are absolute."""
    remaining = iter(sorted(hours))
    while piece := list(islice(remaining, HOURS_A_STATEMENT)):
        database.execute(_recompute_sql(piece, revision))


def _recompute_sql(piece: list[OfficeHour], revision: int) -> str:
    hours = listed((tenant, office, hour // 1000) for tenant, office, hour in piece)
    offices = listed(sorted({(tenant, office) for tenant, office, _ in piece}))
    since = min(hour for *_, hour in piece)
    until = max(hour for *_, hour in piece) + 3_600_000
    # The bounds let whole months be passed over.
    within = (
        f"(tenant_id, office_id, toStartOfHour({{0}})) IN ({hours})"
        f" AND {{0}} >= {instant(since)} AND {{0}} < {instant(until)}"
    )
    zeros = ", ".join(f"toInt64(0) AS {name}" for name in COUNTERS)
    keys = ", ".join(KEYS)
    return (
        f"INSERT INTO semko.window_metrics ({keys}, {', '.join(COUNTERS)}, revision)"
        f" SELECT {keys}, {', '.join(f'sum({name})' for name in COUNTERS)}, toUInt64({revision})"
        f" FROM ({counted_windows(within.format('completed_at'))} UNION ALL"
        f" SELECT *, {zeros} FROM ({_named_windows(within, offices)})) GROUP BY {keys}"
    )
