"""Dropping whole months of facts on purpose, once and for all. Never by a TTL.

Knows the tables, not the engine. The clock is an argument.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from models.errors import CallError
from sinks.database import Database, instant
from sinks.loading import kept_since

_BY_MONTH = {"interactions": "completed_at", "window_metrics": "window_start"}


@dataclass(frozen=True, slots=True)
class Dropped:
    """What went, or in a dry run would go. ``kept_since`` in ms since 1970, a month's start."""

    kept_since: int
    months: tuple[str, ...]
    interactions: int
    votes: int
    windows: int


def retain(database: Database, months: int, now: datetime, *, dry_run: bool = False) -> Dropped:
    """Keep the month of ``now`` and the ``months`` before it, in UTC, and drop all before those.

    An interaction and a window go with the month of their own time; a vote goes with the
    interaction that it rates, or by its own time where it rates none. The boundary is stored
    first: from then on older events are refused, and what a crash leaves behind goes the next time.
    It never goes back, so asking to keep more than before drops nothing and brings nothing back.
    Raises ``CallError`` for less than one month.
    """
    if months < 1:
        raise CallError(f"at least one whole month is kept, not {months}.")
    since = max(_month_start(now, months), kept_since(database))
    plan = _plan(database, since)
    if dry_run or not (plan.months or plan.votes):
        return plan
    if since > kept_since(database):
        database.execute(
            "INSERT INTO semko.retention (kept_since, applied_at)"
            f" SELECT {instant(since)}, {instant(round(now.timestamp() * 1000))}"
        )
    # Votes first: which of them go is known from the interactions that they rate.
    database.execute(f"ALTER TABLE semko.votes DELETE WHERE {_votes_to_go(since)}")
    database.execute(f"ALTER TABLE semko.dirty_hours DELETE WHERE hour < {instant(since)}")
    for table in _BY_MONTH:
        for month in _months_before(database, table, since):
            database.execute(f"ALTER TABLE semko.{table} DROP PARTITION {month}")
    return plan


def _month_start(now: datetime, months_back: int) -> int:
    utc = now.astimezone(UTC)
    year, month = divmod(utc.year * 12 + utc.month - 1 - months_back, 12)
    return round(datetime(year, month + 1, 1, tzinfo=UTC).timestamp() * 1000)


def _votes_to_go(since: int) -> str:
    rated = "SELECT interaction_key FROM semko.interactions FINAL WHERE completed_at"
    return (
        f"rated_key IN ({rated} < {instant(since)}) OR voted_at < {instant(since)}"
        f" AND rated_key NOT IN ({rated} >= {instant(since)})"
    )


def _months_before(database: Database, table: str, since: int) -> list[str]:
    found = database.columns(
        "SELECT DISTINCT toString(toYYYYMM(month)) AS month FROM"
        f" (SELECT DISTINCT toStartOfMonth({_BY_MONTH[table]}) AS month FROM semko.{table}"
        f" WHERE {_BY_MONTH[table]} < {instant(since)}) ORDER BY month"
    )
    return found["month"]


def _plan(database: Database, since: int) -> Dropped:
    counts = {
        table: database.columns(
            f"SELECT count() AS n FROM semko.{table} FINAL WHERE {column} < {instant(since)}"
        )["n"][0]
        for table, column in _BY_MONTH.items()
    }
    votes = database.columns(
        f"SELECT count() AS n FROM semko.votes FINAL WHERE {_votes_to_go(since)}"
    )
    months = {month for table in _BY_MONTH for month in _months_before(database, table, since)}
    return Dropped(
        kept_since=since,
        months=tuple(f"{month[:4]}-{month[4:]}" for month in sorted(months)),
        interactions=counts["interactions"],
        votes=votes["n"][0],
        windows=counts["window_metrics"],
    )
