"""Rows, windows and counts as the oracle has them, held to rows written out by hand."""

import random
import time

import pytest

from models.tables import COUNTERS, INTERACTIONS, VOTES
from tests.oracle import Event, expected, instant
from tests.told_events import TEN, at, done, fate, result, vote


def test_a_completion_without_votes_becomes_one_row_with_nulls_and_defaults() -> None:
    rows = result(done("i1", "10:00:00.123")).interactions
    assert rows == {
        ("t", "o", 11): {
            "tenant_id": "t",
            "office_id": "o",
            "interaction_key": 11,
            "desk_id": "d1",
            "service_id": "s1",
            "channel": "counter",
            "outcome": "completed",
            "segments": {},
            "event_id": "c1",
            "completed_at": TEN + 123,
            "arrived_at": None,
            "started_at": None,
            "due_at": None,
            "wait_seconds": None,
            "service_seconds": None,
            "overdue": None,
            "score": None,
            "scale": None,
            "reasons": [],
            "voted_at": None,
            "vote_event_id": "",
            "match": "",
        }
    }


def test_a_counted_vote_stands_in_its_interaction_and_in_the_books() -> None:
    rows = result(
        done("i1", "10:00:00", segments={"age": "60+"}, channel="phone"),
        vote("i1", "10:00:05", desk_id="d9", score=3, scale=3, reasons=["slow", "queue"]),
    )
    interaction = rows.interactions["t", "o", 11]
    voted = {"score": 3, "scale": 3, "reasons": ["slow", "queue"], "voted_at": TEN + 5000}
    assert voted.items() <= interaction.items()
    assert (interaction["vote_event_id"], interaction["match"]) == ("v1", "exact")
    assert interaction["desk_id"] == "d1"
    assert rows.votes == {
        ("t", "o", 11, "", "v1"): {
            "tenant_id": "t",
            "office_id": "o",
            "desk_id": "d9",
            "terminal_id": "p1",
            "interaction_key": 11,
            "event_id": "v1",
            "rated_key": 11,
            "match": "exact",
            "kind": "counted",
            **voted,
        }
    }


def test_rows_have_the_columns_of_the_tables_and_none_else() -> None:
    rows = result(done("i1", "10:00:00"), vote(None, "10:00:00"))
    aside = {"revision", "deleted", "former"}
    assert rows.interactions["t", "o", 11].keys() == INTERACTIONS.keys() - aside
    assert rows.votes["t", "o", 0, "d1", "v1"].keys() == VOTES.keys() - aside
    assert all(tuple(window) == COUNTERS for window in rows.windows.values())


def test_an_unmatched_vote_rates_nothing_and_is_in_no_window() -> None:
    rows = result(vote("i1", "10:00:00"), vote(None, "10:00:00"))
    assert {name: row["kind"] for name, row in rows.votes.items()} == {
        ("t", "o", 11, "", "v1"): "unmatched",
        ("t", "o", 0, "d1", "v1"): "unmatched",
    }
    assert all((row["rated_key"], row["match"]) == (0, "") for row in rows.votes.values())
    assert (rows.interactions, rows.windows) == ({}, {})


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("2025-04-01T10:00:00Z", TEN),
        ("2025-04-01T13:00:00+03:00", TEN),
        ("2025-04-01T04:30:00.5-05:30", TEN + 500),
        ("2025-04-01T10:00:00.001999999Z", TEN + 1),
        ("2025-04-01T10:00:00.9999Z", TEN + 999),
    ],
)
def test_times_are_cut_to_the_millisecond(text: str, ms: int) -> None:
    assert instant(text) == ms


@pytest.mark.parametrize(
    ("moment", "starts"),
    [
        ("10:00:00", {60: 0, 900: 0, 3600: 0}),
        ("10:00:59.999", {60: 0, 900: 0, 3600: 0}),
        ("10:14:59.999", {60: 14, 900: 0, 3600: 0}),
        ("10:15:00", {60: 15, 900: 15, 3600: 0}),
        ("10:59:59.9999", {60: 59, 900: 45, 3600: 0}),
        ("11:00:00", {60: 60, 900: 60, 3600: 60}),
    ],
)
def test_windows_are_half_open_and_go_by_the_completion(
    moment: str, starts: dict[int, int]
) -> None:
    rows = result(done("i1", moment), vote("i1", "11:00:30"))
    office = {name[4]: name[5] for name in rows.windows if name[2] == "office"}
    assert office == {seconds: TEN + minutes * 60_000 for seconds, minutes in starts.items()}
    assert all(window["votes"] == 1 for window in rows.windows.values())


def test_an_interaction_counts_in_every_scope_that_it_carries() -> None:
    rows = result(done("i1", "10:00:00", segments={"age": "60+", "lang": "a=b"}, channel="post"))
    assert {name[:5] for name in rows.windows if name[4] == 60} == {
        ("t", "o", "office", "", 60),
        ("t", "o", "desk", "d1", 60),
        ("t", "o", "service", "s1", 60),
        ("t", "o", "channel", "post", 60),
        ("t", "o", "segment", "age=60+", 60),
        ("t", "o", "segment", "lang=a=b", 60),
    }
    assert len(rows.windows) == 18


@pytest.mark.parametrize(
    ("scale", "score", "face", "points"),
    [
        (3, 1, "v1", 0),
        (3, 2, "v3", 5000),
        (3, 3, "v5", 10000),
        (4, 1, "v1", 0),
        (4, 2, "v2", 3333),
        (4, 3, "v4", 6667),
        (4, 4, "v5", 10000),
        (5, 1, "v1", 0),
        (5, 2, "v2", 2500),
        (5, 3, "v3", 5000),
        (5, 4, "v4", 7500),
        (5, 5, "v5", 10000),
    ],
)
def test_a_score_fills_its_face_and_gives_rounded_points(
    scale: int, score: int, face: str, points: int
) -> None:
    rows = result(done("i1", "10:00:00"), vote("i1", "10:00:05", score=score, scale=scale))
    assert rows.windows["t", "o", "desk", "d1", 3600, TEN] == dict.fromkeys(COUNTERS, 0) | {
        "completions": 1,
        "votes": 1,
        face: 1,
        "points": points,
        "points_squared": points * points,
    }


@pytest.mark.parametrize(
    ("arrived", "started", "completed", "wait", "service"),
    [
        ("10:00:00", "10:00:01.999", "10:00:02.998", 1, 0),
        ("10:00:00.001", "10:00:01", "10:00:02", 0, 1),
        ("10:00:00", "10:00:00", "10:00:00", 0, 0),
        ("10:00:00.001", "10:00:00", "10:00:00", None, 0),
        ("09:00:00", "10:00:00.001", "10:00:00", 3600, None),
        (None, "10:00:00", "10:00:05", None, 5),
        ("10:00:00", None, "10:00:05", None, None),
    ],
)
def test_durations_are_rounded_down_and_unknown_where_missing_or_negative(
    arrived: str | None, started: str | None, completed: str, wait: int | None, service: int | None
) -> None:
    said = {"arrived_at": arrived, "started_at": started}
    rows = result(done("i1", completed, **{name: at(v) for name, v in said.items() if v}))
    row = rows.interactions["t", "o", 11]
    assert (row["wait_seconds"], row["service_seconds"]) == (wait, service)
    window = rows.windows["t", "o", "office", "", 3600, TEN]
    assert (window["wait_known"], window["wait_seconds"]) == (int(wait is not None), wait or 0)


@pytest.mark.parametrize(
    ("due", "overdue"),
    [("10:00:00", 0), ("10:00:00.001", 0), ("09:59:59.999", 1), (None, None)],
)
def test_an_interaction_is_overdue_when_it_ended_after_its_deadline(
    due: str | None, overdue: int | None
) -> None:
    rows = result(done("i1", "10:00:00", **({"due_at": at(due)} if due else {})))
    assert rows.interactions["t", "o", 11]["overdue"] == overdue
    window = rows.windows["t", "o", "office", "", 60, TEN]
    assert (window["due_known"], window["overdue"]) == (int(due is not None), overdue or 0)


@pytest.mark.parametrize("outcome", ["completed", "refused", "abandoned", "transferred"])
def test_a_vote_with_interaction_counts_whatever_the_outcome(outcome: str) -> None:
    rows = result(done("i1", "10:00:00", outcome=outcome), vote("i1", "10:00:05"))
    assert fate(rows) == ("counted", "exact", 11)
    window = rows.windows["t", "o", "office", "", 60, TEN]
    others = {name: window[name] for name in ("refused", "abandoned", "transferred")}
    assert others == {name: int(name == outcome) for name in others}
    assert (window["completions"], window["votes"], window["v4"]) == (1, 1, 1)


def test_windows_are_sums_over_interactions_and_only_counted_votes() -> None:
    rows = result(
        done("i1", "10:00:00", arrived_at=at("09:00:00"), started_at=at("09:00:07")),
        done("i2", "10:00:30", outcome="refused", due_at=at("10:00:00")),
        done("i3", "10:01:00", arrived_at=at("09:00:00"), started_at=at("09:00:05")),
        vote("i1", "10:00:05", "v1", score=1),
        vote("i1", "10:00:06", "v2", score=2),
        vote("i1", "10:20:00", "v3", score=5),
        vote("i2", "10:20:00", "v1", score=3, scale=4),
        vote("i3", "12:20:00", "v1"),
    )
    two = {
        "completions": 2,
        "votes": 2,
        "v2": 1,
        "v4": 1,
        "points": 2500 + 6667,
        "points_squared": 2500**2 + 6667**2,
        "refused": 1,
        "overdue": 1,
        "due_known": 1,
        "wait_seconds": 7,
        "wait_known": 1,
    }
    zero = dict.fromkeys(COUNTERS, 0)
    assert rows.windows["t", "o", "office", "", 60, TEN] == zero | two
    three = two | {"completions": 3, "wait_seconds": 12, "wait_known": 2}
    assert rows.windows["t", "o", "office", "", 900, TEN] == zero | three


def test_offices_and_tenants_share_no_ids() -> None:
    there = {"office_id": "o2"}
    rows = result(
        done("i1", "10:00:00"),
        done("i1", "10:00:00") | there,
        vote("i1", "10:00:05") | there,
        vote(None, "10:00:05", "v2") | there,
    )
    assert rows.interactions["t", "o", 11]["vote_event_id"] == ""
    assert rows.interactions["t", "o2", 1011]["vote_event_id"] == "v2"


def test_the_result_is_a_function_of_the_set_of_events() -> None:
    dice = random.Random(7)
    moments = ["10:00:00", "10:00:30", "10:01:00", "10:10:00", "09:59:30"]
    events = [
        make(dice.choice(["i1", "i2", "i3"]), dice.choice(moments), f"e{dice.randrange(3)}", **more)
        for make in (done, vote)
        for more in ({}, {"desk_id": "d2"})
        for _ in range(8)
    ] + [vote(None, moment, f"e{n % 3}") for n, moment in enumerate(moments * 2)]
    whole = result(*events)
    for _ in range(20):
        shuffled = events + dice.sample(events, 10)
        dice.shuffle(shuffled)
        assert result(*shuffled) == whole


def test_300_events_take_milliseconds() -> None:
    dice = random.Random(1)
    numbers = {f"i{n}": n + 1 for n in range(150)}
    events: list[Event] = []
    for name in numbers:
        moment = f"1{dice.randrange(2)}:{dice.randrange(60):02}:{dice.randrange(60):02}"
        events.append(done(name, moment, segments={"age": "60+"}))
        events.append(vote(dice.choice([name, None]), moment, f"v{name}"))
    began = time.process_time()
    expected(events, lambda _t, _o, name: numbers[name])
    assert time.process_time() - began < 0.3
