"""Lagging series in the store: added once, corrected by what comes later, named for good."""

from datetime import UTC, date, datetime

import numpy as np
import pytest

from models.errors import CallError
from models.periods import Cadence, Period, parse_period, period_of
from sinks.indicators import (
    Count,
    Named,
    Scored,
    add,
    name,
    named,
    offices,
    scores,
    tenants,
    values,
)
from tests.sinks.opened import Opened
from tests.store_rows import put
from tests.weekly import TENANT, put_scores, weeks

COMPLAINTS = Named("complaints", Cadence.WEEK, 2, 1_700_000_000_123)
W14, W15 = parse_period("2025-W14"), parse_period("2025-W15")


def added(store: Opened, *given: tuple[str, Period, float], now_ms: int = 10) -> Count:
    return add(store.database, store.rows, TENANT, "complaints", given, now_ms)


def stored(store: Opened) -> dict[str, dict[int, float]]:
    return values(store.rows, TENANT, COMPLAINTS)


def test_the_same_values_twice_change_nothing(store: Opened) -> None:
    given = [("centre", W14, 12.0), ("north", W15, 1.5)]
    assert added(store, *given) == Count(2, 0, 0)
    assert added(store, *given) == Count(0, 0, 2)
    assert stored(store) == {"centre": {W14.number: 12.0}, "north": {W15.number: 1.5}}
    rows = store.rows("SELECT count() AS n FROM semko.indicator_values")
    assert int(rows[0]["n"]) == 2


def test_a_corrected_value_takes_the_place_of_the_former_whatever_the_clock(store: Opened) -> None:
    added(store, ("centre", W14, 12.0), now_ms=500)
    assert added(store, ("centre", W14, 13.0), ("centre", W15, 1.0), now_ms=3) == Count(1, 1, 0)
    assert stored(store) == {"centre": {W14.number: 13.0, W15.number: 1.0}}
    store.database.execute("OPTIMIZE TABLE semko.indicator_values FINAL")
    assert stored(store) == {"centre": {W14.number: 13.0, W15.number: 1.0}}


def test_thousands_of_values_go_in_together(store: Opened) -> None:
    first = period_of(Cadence.DAY, date(2000, 1, 1))
    given = [("centre", Period(Cadence.DAY, first.number + n), n / 7) for n in range(30_000)]
    assert added(store, *given) == Count(30_000, 0, 0)
    assert added(store, *given) == Count(0, 0, 30_000)


def test_a_name_is_kept_with_its_first_horizon(store: Opened) -> None:
    assert name(store.database, store.rows, TENANT, COMPLAINTS, 9) == COMPLAINTS
    later = COMPLAINTS._replace(horizon=0, named_at=COMPLAINTS.named_at + 5)
    assert name(store.database, store.rows, TENANT, later, 9) == COMPLAINTS
    assert named(store.rows, TENANT) == [COMPLAINTS]
    with pytest.raises(CallError, match="was named with --horizon 2 and keeps it"):
        name(store.database, store.rows, TENANT, later._replace(horizon=3), 9)
    with pytest.raises(CallError, match="has a value a week, not a month"):
        name(store.database, store.rows, TENANT, later._replace(cadence=Cadence.MONTH), 9)
    assert named(store.rows, "other") == []


def test_without_a_wanted_horizon_it_is_the_usual_one(store: Opened) -> None:
    wanted = COMPLAINTS._replace(horizon=0)
    assert name(store.database, store.rows, TENANT, wanted, 7).horizon == 7
    assert [each.horizon for each in named(store.rows, TENANT)] == [7]


def test_of_two_namings_at_once_the_first_counts(store: Opened) -> None:
    for horizon, at in ((3, 900), (2, 800)):
        store.database.execute(
            "INSERT INTO semko.indicators SELECT"
            f" '{TENANT}', 'complaints', 'week', {horizon}, fromUnixTimestamp64Milli({at}, 'UTC')"
        )
    assert named(store.rows, TENANT) == [Named("complaints", Cadence.WEEK, 2, 800)]


def test_the_score_of_a_week_is_that_of_its_votes(store: Opened) -> None:
    put_scores(store, "centre", np.array([70.0, 80.5]), votes=40)
    first, second = weeks(2)
    expected = {first.number: Scored(40, 280_000), second.number: Scored(40, 322_000)}
    assert scores(store.rows, TENANT, Cadence.WEEK) == {"centre": expected}
    (month,) = {period_of(Cadence.MONTH, week.start).number for week in (first, second)}
    assert scores(store.rows, TENANT, Cadence.MONTH) == {"centre": {month: Scored(80, 602_000)}}
    assert scores(store.rows, "other", Cadence.WEEK) == {}


def test_a_vote_counts_in_the_week_of_the_tenants_own_day(store: Opened) -> None:
    last_of_sunday = int(datetime(2025, 4, 6, 20, tzinfo=UTC).timestamp()) * 1000  # Sofia: 23 h
    row = {
        "tenant_id": TENANT,
        "office_id": "centre",
        "scope": "office",
        "window_seconds": 3600,
        "completions": 20,
        "votes": 20,
        "points": 100_000,
        "revision": 1,
    }
    starts = (last_of_sunday, last_of_sunday + 3_600_000)
    put(store, "window_metrics", *({**row, "window_start": start} for start in starts))
    found = scores(store.rows, TENANT, Cadence.WEEK)["centre"]
    assert set(found) == {W14.number, W15.number}


def test_tenants_and_offices_are_those_with_interactions_or_entries(store: Opened) -> None:
    put_scores(store, "centre", np.array([70.0]))
    store.database.execute(
        "INSERT INTO semko.registry_offices (tenant_id, office_id, removed, revision)"
        " VALUES ('town', 'north', 0, 1), ('town', 'gone', 1, 1), ('city', 'south', 0, 1)"
    )
    assert tenants(store.rows) == [TENANT]
    assert offices(store.rows, TENANT) == ["centre", "north"]
