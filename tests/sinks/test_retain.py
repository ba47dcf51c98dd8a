"""Whole months go, and nothing that belongs to a month that stays."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from models.errors import CallError
from models.facts import Office, OfficeHour
from sinks.reconcile import reconcile
from sinks.retain import retain
from tests.oracle import HOUR, MINUTE
from tests.sinks.opened import Opened, counted
from tests.store_rows import events, interaction, keys, put, vote

MAY = 1_746_057_600_000  # 2025-05-01T00:00:00Z
NOW = datetime(2025, 7, 9, 12, tzinfo=UTC)
DAY = 24 * HOUR
OFFICE = Office("t", "o")


@pytest.fixture
def filled(store: Opened) -> Opened:
    """Interactions 1 to 4 around the start of May, and one vote each of every sort."""
    voted = {"score": 4, "scale": 5, "match": "exact"}
    rating = voted | {"kind": "counted"}
    moments = {1: MAY - 40 * DAY, 2: MAY - 1, 3: MAY, 4: MAY + 60 * DAY}
    votes = {1: moments[1], 2: MAY + MINUTE, 3: MAY - 5 * MINUTE, 4: moments[4]}
    for key, at in moments.items():
        said = {"vote_event_id": f"of {key}", "voted_at": votes[key]}
        put(store, "interactions", interaction(key, at, **voted, **said))
        put(store, "votes", vote(key, f"of {key}", votes[key], rated_key=key, **rating))
        store.recompute([OfficeHour("t", "o", at // HOUR * HOUR)], 2)
    put(store, "votes", vote(0, "lone before", MAY - 1), vote(0, "lone after", MAY))
    hour = {"tenant_id": "t", "office_id": "o", "dirty": 1, "revision": 1}
    put(store, "dirty_hours", hour | {"hour": MAY - HOUR}, hour | {"hour": MAY})
    return store


def test_whole_months_go_and_the_boundary_is_remembered(filled: Opened) -> None:
    dropped = retain(filled.database, 2, NOW)
    assert dropped.kept_since == filled.kept_since() == MAY
    assert dropped.months == ("2025-03", "2025-04")
    assert (dropped.interactions, dropped.votes, dropped.windows) == (2, 3, 24)
    facts = filled.recent([OFFICE], 0)
    assert keys(facts) == [(3, MAY), (4, MAY + 60 * DAY)]
    assert {name[5] // HOUR for name in counted(filled)} == {
        MAY // HOUR,
        (MAY + 60 * DAY) // HOUR,
    }
    assert filled.dirty_hours([OFFICE]) == {OfficeHour("t", "o", MAY)}


def test_a_vote_goes_with_the_interaction_that_it_rates(filled: Opened) -> None:
    retain(filled.database, 2, NOW)
    assert events(filled.recent([OFFICE], 0)) == ["lone after", "of 3", "of 4"]
    assert reconcile(filled.database).agrees


def test_a_dry_run_says_the_same_and_changes_nothing(filled: Opened) -> None:
    said = retain(filled.database, 2, NOW, dry_run=True)
    assert filled.kept_since() == 0
    assert len(keys(filled.recent([OFFICE], 0))) == 4
    assert retain(filled.database, 2, NOW) == said


def test_a_month_is_not_dropped_before_all_of_it_is_older(filled: Opened) -> None:
    first_of_july = datetime(2025, 7, 1, 1, tzinfo=timezone(timedelta(hours=3)))
    assert retain(filled.database, 2, first_of_july).kept_since == MAY - 30 * DAY
    assert [key for key, _ in keys(filled.recent([OFFICE], 0))] == [2, 3, 4]


def test_the_boundary_never_goes_back(filled: Opened) -> None:
    retain(filled.database, 2, NOW)
    assert retain(filled.database, 30, NOW).kept_since == MAY
    assert filled.kept_since() == MAY


def test_what_a_crash_left_behind_goes_the_next_time(filled: Opened) -> None:
    retain(filled.database, 2, NOW)
    put(filled, "interactions", interaction(9, MAY - DAY))
    assert retain(filled.database, 2, NOW).interactions == 1
    assert len(keys(filled.recent([OFFICE], 0))) == 2


def test_keeping_no_month_at_all_is_refused(store: Opened) -> None:
    with pytest.raises(CallError, match="at least one"):
        retain(store.database, 0, NOW)
