"""Lagging series added by the process that holds the store, here or asked over HTTP."""

import msgspec

from models.errors import CallError
from models.limits import is_id
from models.periods import Cadence, parse_period
from sinks.indicators import Count, Named, Rows, add, name
from sinks.store import ClickHouseStore

HORIZONS = {Cadence.DAY: 7, Cadence.WEEK: 2, Cadence.MONTH: 1, Cadence.QUARTER: 1}
"""By how many periods the score is to lead where nobody names it."""
HORIZON_AT_MOST = 60


class Added(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to add: ``values`` are (office, period, value). ``horizon`` 0: as it was named, or the
    default of the cadence."""

    tenant: str
    series: str
    cadence: Cadence
    horizon: int
    values: list[tuple[str, str, float]]


def add_to(store: ClickHouseStore, added: Added, now_ms: int) -> dict[str, object]:
    """Name the series where it is new, then store its values; raises ``CallError``."""
    if not (is_id(added.tenant) and is_id(added.series)):
        raise CallError(f"{added.series!r} is no name of a series: write 1 to 64 letters, no blank")
    if not 0 <= added.horizon <= HORIZON_AT_MOST:
        raise CallError(f"--horizon {added.horizon}: write 1 to {HORIZON_AT_MOST} periods")
    rows: Rows = store.rows
    given = [(office, parse_period(period), value) for office, period, value in added.values]
    named = name(
        store.database,
        rows,
        added.tenant,
        Named(added.series, added.cadence, added.horizon, now_ms),
        HORIZONS[added.cadence],
    )
    count = add(store.database, rows, added.tenant, added.series, given, now_ms)
    return told(added.tenant, named, count)


def told(tenant: str, named: Named, count: Count) -> dict[str, object]:
    """What was added, as one object."""
    return {
        "tenant": tenant,
        "series": named.series,
        "cadence": named.cadence.value,
        "horizon": named.horizon,
        "named_at": named.named_at,
        **count._asdict(),
    }
