"""The numbers behind the wall on the real engine: the clock is an argument, rows are by hand."""

from collections.abc import Iterator

import pytest

from models import scores
from tests.dashboards.store import Row, Store, opened


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with opened(tmp_path_factory.mktemp("wall") / "store") as made:
        yield made


@pytest.fixture
def store(engine: Store) -> Store:
    """The engine without rows."""
    for table in ("interactions", "window_metrics", "registry_tenants"):
        engine.empty(table)
    return engine


def at(store: Store, now: str, scope: str = "office", key: str = "") -> Row | None:
    """The row of ``scope`` and ``key`` as the view gives it at ``now`` (UTC)."""
    rows = store.query(
        "SELECT * FROM semko.wall_scores_at(now = {now:DateTime64(3, 'UTC')})"
        " WHERE scope = {scope:String} AND key = {key:String}",
        {"now": now, "scope": scope, "key": key},
    )
    assert len(rows) <= 1
    return rows[0] if rows else None


def rated(store: Store, first_key: int, times: str, *faces: int) -> None:
    """One interaction a face, all completed at ``times`` on 2 March and rated at once."""
    for key, face in enumerate(faces, start=first_key):
        store.interaction(key, f"2026-03-02 {times}", score=face)


def test_counts_are_live_and_speak_of_the_day_so_far(store: Store) -> None:
    store.interaction(1, "2026-03-02 08:00:00.000", wait_seconds=60)
    store.interaction(2, "2026-03-02 08:01:00.000", wait_seconds=120, score=5)
    store.interaction(3, "2026-03-02 08:02:00.000", outcome="abandoned", wait_seconds=9_000)
    store.interaction(4, "2026-03-02 08:03:00.000", desk_id="d2", service_id="s2")

    office = at(store, "2026-03-02 08:03:00.500")
    assert office is not None
    assert office["completions"] == 4
    assert office["votes"] == 1
    assert office["response_rate"] == 0.25
    assert office["mean_wait_seconds"] == 90
    assert office["last_completed_at"] == "2026-03-02 08:03:00.000"
    assert office["last_voted_at"] == "2026-03-02 08:01:00.000"
    assert (office["day"], office["time_zone"]) == ("2026-03-02", "Europe/Sofia")
    for scope, key, completions in (("desk", "d1", 3), ("desk", "d2", 1), ("service", "s2", 1)):
        row = at(store, "2026-03-02 08:03:00.500", scope, key)
        assert row is not None
        assert row["completions"] == completions


def test_the_day_ends_at_midnight_where_the_tenant_lives(store: Store) -> None:
    store.interaction(1, "2026-03-02 21:59:59.999")
    store.interaction(2, "2026-03-02 22:00:00.000")

    before = at(store, "2026-03-02 21:59:59.999")
    after = at(store, "2026-03-02 22:00:00.000")

    assert before is not None
    assert after is not None
    assert (before["day"], before["completions"]) == ("2026-03-02", 1)
    assert (after["day"], after["completions"]) == ("2026-03-03", 1)


def test_a_day_of_25_hours_is_whole_until_its_end(store: Store) -> None:
    store.interaction(1, "2026-10-24 21:00:00.000")  # midnight in Sofia before the clock goes back

    late = at(store, "2026-10-25 21:59:59.000")

    assert late is not None
    assert (late["day"], late["completions"]) == ("2026-10-25", 1)


def test_a_registered_time_zone_makes_the_day(store: Store) -> None:
    store.put(
        "registry_tenants",
        {"tenant_id": "t", "valid_from": "2020-01-01", "time_zone": "America/New_York"},
        {"tenant_id": "u", "valid_from": "2020-01-01", "time_zone": "UTC"},
    )
    store.interaction(1, "2026-03-02 04:59:00.000")
    store.interaction(2, "2026-03-02 05:01:00.000")

    row = at(store, "2026-03-02 05:02:00.000")

    assert row is not None
    assert (row["day"], row["completions"]) == ("2026-03-02", 1)


def test_a_score_waits_for_the_full_quarter(store: Store) -> None:
    rated(store, 1, "08:10:00.000", 5, 5, 4, 5, 1)

    during = at(store, "2026-03-02 08:14:59.999", "desk", "d1")
    full = at(store, "2026-03-02 08:15:00.000", "desk", "d1")

    assert during is not None
    assert full is not None
    assert (during["votes"], during["state"], during["score"]) == (5, "too few votes", None)
    assert (during["score_votes"], during["face"], during["as_of"]) == (0, None, None)
    assert (full["state"], full["score"], full["score_votes"]) == ("scored", 75, 5)
    assert (full["face"], full["as_of"]) == (4, "2026-03-02 08:15:00.000")
    expected = scores.mean_interval(scores.Votes.of_five_faces(1, 0, 0, 1, 3))
    assert (full["score_low"], full["score_high"]) == pytest.approx(expected)


def test_a_vote_at_the_quarter_itself_belongs_to_the_next(store: Store) -> None:
    rated(store, 1, "08:10:00.000", 5, 5, 5, 5)
    rated(store, 5, "08:15:00.000", 5)

    at_quarter = at(store, "2026-03-02 08:15:00.000")
    at_next = at(store, "2026-03-02 08:30:00.000")

    assert at_quarter is not None
    assert at_next is not None
    assert at_quarter["state"] == "too few votes"
    assert (at_next["score"], at_next["score_votes"]) == (100, 5)


def test_a_score_stands_still_until_a_quarter_brings_five_more_votes(store: Store) -> None:
    rated(store, 1, "08:10:00.000", 5, 5, 5, 5, 5)
    rated(store, 11, "08:20:00.000", 1, 1)
    rated(store, 21, "08:35:00.000", 1, 1)
    rated(store, 31, "09:10:00.000", 1)

    seen = {
        now: at(store, f"2026-03-02 {now}:00.000", "desk", "d1")
        for now in ("08:30", "08:45", "09:00", "09:15")
    }

    assert {now: (row["score"], row["score_votes"]) for now, row in seen.items() if row} == {
        "08:30": (100, 5),
        "08:45": (100, 5),
        "09:00": (100, 5),
        "09:15": (50, 10),
    }
    last = seen["09:15"]
    assert last is not None
    assert last["votes"] == 10
    assert [tuple(step) for step in last["steps"]] == [
        ("2026-03-02 08:15:00.000", 100, 5),
        ("2026-03-02 09:15:00.000", 50, 10),
    ]


def test_a_vote_on_another_scale_weighs_as_it_should(store: Store) -> None:
    for key, (score, scale) in enumerate([(2, 3), (3, 4), (3, 3), (4, 4), (1, 5)], start=1):
        store.interaction(key, "2026-03-02 08:10:00.000", score=score, scale=scale)

    row = at(store, "2026-03-02 08:15:00.000")

    assert row is not None
    assert row["score"] == pytest.approx((50 + 66.67 + 100 + 100 + 0) / 5)
    votes = scores.Votes((1, 0, 1, 1, 2), 31_667, 5_000**2 + 6_667**2 + 2 * 10_000**2)
    assert (row["score_low"], row["score_high"]) == pytest.approx(scores.mean_interval(votes))


def test_a_moved_interaction_counts_where_it_is_and_not_where_it_was(store: Store) -> None:
    moved = store.interaction(1, "2026-03-02 08:10:00.000", score=5)
    store.put("interactions", moved | {"deleted": 1})
    store.interaction(1, "2026-03-02 09:10:00.000", desk_id="d2", score=5)

    office = at(store, "2026-03-02 09:11:00.000")

    assert office is not None
    assert (office["completions"], office["votes"]) == (1, 1)
    assert at(store, "2026-03-02 09:11:00.000", "desk", "d1") is None


def test_two_offices_of_one_name_in_two_towns_are_told_apart(store: Store) -> None:
    store.interaction(1, "2026-03-02 08:10:00.000")
    store.interaction(1, "2026-03-02 08:10:00.000", tenant_id="u")

    rows = store.query(
        "SELECT tenant_id, completions FROM semko.wall_scores_at(now = '2026-03-02 08:11:00')"
        " WHERE scope = 'office' ORDER BY tenant_id"
    )

    assert rows == [{"tenant_id": "t", "completions": 1}, {"tenant_id": "u", "completions": 1}]


def test_the_plain_views_take_the_clock_of_the_engine(store: Store) -> None:
    [clock] = store.query("SELECT toString(now64(3, 'UTC')) AS now")
    store.interaction(1, clock["now"])

    [row] = store.query("SELECT completions FROM semko.wall_scores WHERE scope = 'office'")

    assert row == {"completions": 1}
    assert store.query("SELECT * FROM semko.usual_scores") == []


def hour(start: str, completions: int, votes: int, points: int) -> Row:
    return {
        "tenant_id": "t",
        "office_id": "o",
        "scope": "office",
        "key": "",
        "window_seconds": 3600,
        "window_start": start,
        "completions": completions,
        "votes": votes,
        "points": points,
    }


def test_the_usual_score_is_that_of_the_last_seven_open_days(store: Store) -> None:
    store.put(
        "window_metrics",
        hour("2026-03-01 22:00:00", 9, 9, 0),  # today in Sofia
        *(hour(f"2026-02-{day} 08:00:00", 2, 1, 8_000) for day in range(20, 27)),
        hour("2026-02-19 08:00:00", 5, 5, 0),  # the eighth
        hour("2026-02-28 08:00:00", 0, 0, 0),  # closed
    )

    rows = store.query("SELECT * FROM semko.usual_scores_at(now = '2026-03-02 08:00:00')")

    assert rows == [{"tenant_id": "t", "office_id": "o", "open_days": 7, "votes": 7, "usual": 80}]


def test_what_is_usual_is_unknown_below_five_votes(store: Store) -> None:
    store.put("window_metrics", hour("2026-02-26 08:00:00", 20, 4, 40_000))

    rows = store.query("SELECT usual FROM semko.usual_scores_at(now = '2026-03-02 08:00:00')")

    assert rows == [{"usual": None}]
