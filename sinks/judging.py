"""What alerts are judged from, read back: the SELECTs behind ``streams.shell.ports.AlertStore``.

Knows the tables, not the engine, and nothing of what the numbers mean.
"""

from collections.abc import Collection
from typing import Any

from models.facts import Office
from sinks.database import Database, instant, listed, quoted

HOUR_MS = 3_600_000


def rated(
    database: Database, office: Office, since: int, until: int | None
) -> dict[str, list[Any]]:
    """See ``AlertStore.rated``."""
    before = "" if until is None else f" AND completed_at < {instant(until)}"
    return database.columns(
        "SELECT desk_id, service_id, toUnixTimestamp64Milli(completed_at) AS at, score, scale"
        f" FROM semko.interactions FINAL WHERE {_of(office)} AND completed_at >= {instant(since)}"
        f"{before} AND deleted = 0 AND score IS NOT NULL ORDER BY completed_at, interaction_key"
    )


def quarters(
    database: Database, office: Office, since: int, until: int | None
) -> dict[str, list[Any]]:
    """See ``AlertStore.quarters``."""
    before = "" if until is None else f" AND completed_at < {instant(until)}"
    return database.columns(
        "SELECT desk_id,"
        " intDiv(toUnixTimestamp64Milli(completed_at), 900000) * 900000 AS start,"
        " toInt64(count()) AS completed,"
        " toInt64(countIf(outcome IN ('refused', 'abandoned'))) AS unfinished,"
        " toInt64(countIf(channel = 'counter')) AS at_counter,"
        " toInt64(countIf(channel = 'counter' AND score IS NOT NULL)) AS answered"
        f" FROM semko.interactions FINAL WHERE {_of(office)} AND completed_at >= {instant(since)}"
        f"{before} AND deleted = 0 GROUP BY desk_id, start ORDER BY desk_id, start"
    )


def last_days(database: Database, office: Office, since: int) -> dict[str, list[Any]]:
    """See ``AlertStore.last_days``."""
    return database.columns(
        "SELECT desk_id, argMax(state, day) AS state FROM semko.desk_days FINAL"
        f" WHERE {_of(office)} AND day < {_day(since)} GROUP BY desk_id ORDER BY desk_id"
    )


def places(database: Database, office: Office, since: int) -> dict[str, list[Any]]:
    """See ``AlertStore.places``: tombstones, older revisions and ``former`` tell of all of them."""
    facts = f"FROM semko.interactions WHERE {_of(office)} AND completed_at >= {instant(since)}"
    own = f"SELECT toString(desk_id) AS desk, completed_at AS at {facts}"
    former = (
        "SELECT toString(place.desk_id) AS desk, place.completed_at AS at"
        f" FROM (SELECT arrayJoin(former) AS place {facts} AND notEmpty(former))"
    )
    return database.columns(
        "SELECT DISTINCT desk AS desk_id,"
        " toInt64(toUnixTimestamp(toStartOfHour(at))) * 1000 AS hour"
        f" FROM ({own} UNION ALL {former}) WHERE at >= {instant(since)} ORDER BY desk_id, hour"
    )


def baselines(database: Database, office: Office, since: int) -> dict[str, list[Any]]:
    """See ``AlertStore.baselines``."""
    first = (
        f"SELECT max(valid_from) FROM semko.baselines WHERE {_of(office)}"
        f" AND valid_from <= {_day(since)}"
    )
    return database.columns(
        "SELECT toInt32(valid_from) AS number, factor, desk_id, key, value"
        f" FROM semko.baselines FINAL WHERE {_of(office)} AND valid_from >= ({first})"
        " AND (valid_from, revision) IN (SELECT valid_from, max(revision) FROM semko.baselines"
        f" WHERE {_of(office)} GROUP BY valid_from)"
        " ORDER BY valid_from, factor, desk_id, key"
    )


def closings(database: Database, office: Office) -> dict[str, int]:
    """See ``AlertStore.closings``."""
    found = database.columns(
        "SELECT alert_id, min(toUnixTimestamp64Milli(acted_at)) AS at"
        f" FROM semko.alert_actions FINAL WHERE {_of(office)} AND action = 'resolve'"
        " GROUP BY alert_id"
    )
    return dict(zip(found["alert_id"], found["at"], strict=True))


def unsettled(database: Database) -> dict[Office, int]:
    """See ``AlertStore.unsettled``."""
    found = database.columns(
        "SELECT tenant_id, office_id, min(toUnixTimestamp64Milli(opened_at)) AS at"
        " FROM semko.alert_book AS alert LEFT JOIN"
        " (SELECT tenant_id, office_id, alert_id, 1 AS closed, min(acted_at) AS closed_at"
        " FROM semko.alert_actions FINAL WHERE action = 'resolve'"
        " GROUP BY tenant_id, office_id, alert_id) AS closing"
        " ON closing.tenant_id = alert.tenant_id AND closing.office_id = alert.office_id"
        " AND closing.alert_id = alert.alert_id"
        " WHERE state != 'withdrawn' AND if(resolved_by = 'hand',"
        " NOT closed OR resolved_at != greatest(closed_at, opened_at),"
        " closed AND (resolved_at IS NULL OR resolved_at > greatest(closed_at, opened_at)))"
        " GROUP BY tenant_id, office_id"
    )
    offices = map(Office, found["tenant_id"], found["office_id"])
    hours = (at // HOUR_MS * HOUR_MS for at in found["at"])
    return dict(zip(offices, hours, strict=True))


def judged_since(database: Database, among: Collection[Office]) -> dict[Office, int]:
    """See ``AlertStore.judged_since``."""
    if not among:
        return {}
    found = database.columns(
        "SELECT tenant_id, office_id, toUnixTimestamp64Milli(since) AS at FROM semko.judged FINAL"
        f" WHERE (tenant_id, office_id) IN ({listed(sorted(among))})"
    )
    offices = map(Office, found["tenant_id"], found["office_id"])
    return dict(zip(offices, found["at"], strict=True))


def _of(office: Office) -> str:
    return f"tenant_id = {quoted(office.tenant_id)} AND office_id = {quoted(office.office_id)}"


def _day(number: int) -> str:
    return f"toDate32({number})"
