"""Score drops as the wall shows them: which desks have one, since when, and what was expected.

A screen that stands in the hall must not tell what the last citizen pressed: a drop appears and
goes at a full quarter of an hour, like scores. Reads ``semko.alert_book``.
"""

from typing import Any

from dashboards.asking import Query
from models.instants import format_instant

QUARTER_MS = 15 * 60_000
SHOWN_FOR_MS = 7 * 24 * 3_600_000
"""One that nobody closes, at a desk that nobody rates any more, leaves the wall after this."""

_DROPS = """
SELECT tenant_id, office_id, desk_id, level, expected, toUnixTimestamp64Milli(begun_at) AS begun_ms
FROM semko.alert_book
WHERE kind = 'score' AND state != 'withdrawn'
    AND opened_at < fromUnixTimestamp64Milli({quarter:Int64}, 'UTC')
    AND last_alarm_at >= fromUnixTimestamp64Milli({first:Int64}, 'UTC')
    AND (resolved_at IS NULL OR resolved_at >= fromUnixTimestamp64Milli({quarter:Int64}, 'UTC'))
ORDER BY opened_at
"""

Drops = dict[tuple[str, str, str], dict[str, Any]]
"""By tenant, office and desk: ``level`` (amber or page), ``since`` and the ``expected`` score."""


def drops_at(query: Query, now_ms: int) -> Drops:
    """What is shown at ``now_ms`` (since 1970). Blocks."""
    quarter = now_ms // QUARTER_MS * QUARTER_MS
    found = query(_DROPS, {"quarter": quarter, "first": quarter - SHOWN_FOR_MS})
    return {
        (row["tenant_id"], row["office_id"], row["desk_id"]): {
            "level": row["level"],
            "since": format_instant(row["begun_ms"]),
            "expected": round(row["expected"], 1),
        }
        for row in found
    }
