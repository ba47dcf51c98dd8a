"""Rules 5 and 6 as tables: in which windows an interaction counts, and with what."""

from collections import Counter
from typing import Any

import pytest

from models.tables import COUNTERS
from tests.oracle import FACES, HOUR, Event
from tests.streams.core.office import OneOffice, completion, ms, vote

DAY_OF_HOURS = 26 * HOUR


def windows(office: OneOffice, *, all_rows: bool = False) -> dict[tuple[str, str, int, str], Any]:
    """(scope, key, seconds, start) → what is not 0 there; with ``all_rows`` rows of zeros too."""
    found = {}
    for row in office.store.rows_newest("window_metrics"):
        start = row["window_start"]
        name = row["scope"], row["key"], row["window_seconds"], f"{start - ms('0:00'):+}"
        counts = {counter: row[counter] for counter in COUNTERS if row[counter]}
        if counts or all_rows:
            found[name] = counts
    return found


def counted(*events: Event) -> dict[str, int]:
    """What the office's hour counts, at 10:00, of events taken in one batch."""
    office = OneOffice()
    office.take(*events)
    assert office.differences() == []
    found = windows(office)["office", "", 3600, f"{10 * HOUR:+}"]
    return dict(found)


def test_an_interaction_counts_once_in_every_scope_and_size() -> None:
    office = OneOffice()
    office.take(
        completion("a", "10:14:59.999", segments={"age": "60+", "lang": "bg"}),
        completion("a", "10:14:59.999", segments={"age": "60+", "lang": "bg"}),
    )
    found = windows(office)
    assert {(scope, key) for scope, key, *_ in found} == {
        ("office", ""),
        ("desk", "d1"),
        ("service", "s1"),
        ("channel", "counter"),
        ("segment", "age=60+"),
        ("segment", "lang=bg"),
    }
    assert {(seconds, start) for *_, seconds, start in found} == {
        (60, f"{ms('10:14') - ms('0:00'):+}"),
        (900, f"{10 * HOUR:+}"),
        (3600, f"{10 * HOUR:+}"),
    }
    assert all(counts == {"completions": 1} for counts in found.values())
    assert len(found) == 6 * 3


@pytest.mark.parametrize(
    ("scale", "score", "points"),
    [
        (3, 1, 0),
        (3, 2, 5_000),
        (3, 3, 10_000),
        (4, 1, 0),
        (4, 2, 3_333),
        (4, 3, 6_667),
        (4, 4, 10_000),
        (5, 1, 0),
        (5, 2, 2_500),
        (5, 3, 5_000),
        (5, 4, 7_500),
        (5, 5, 10_000),
    ],
)
def test_a_vote_fills_the_face_and_the_points_of_its_scale(
    scale: int, score: int, points: int
) -> None:
    found = Counter(
        counted(completion("a", "10:00"), vote("v", "10:01", "a", score=score, scale=scale))
    )
    assert [found[f"v{face}"] for face in range(1, 6)] == [
        int(face == FACES[scale][score - 1]) for face in range(1, 6)
    ]
    assert (found["votes"], found["points"], found["points_squared"]) == (1, points, points**2)


@pytest.mark.parametrize(
    ("fields", "counts"),
    [
        ({"outcome": "completed"}, {}),
        ({"outcome": "refused"}, {"refused": 1}),
        ({"outcome": "abandoned"}, {"abandoned": 1}),
        ({"outcome": "transferred"}, {"transferred": 1}),
        ({"due_at": "10:00"}, {"due_known": 1}),
        ({"due_at": "9:59:59.999"}, {"due_known": 1, "overdue": 1}),
        ({"arrived_at": "9:40", "started_at": "9:50"}, {"wait_known": 1, "wait_seconds": 600}),
        ({"arrived_at": "9:40", "started_at": "9:40:00.999"}, {"wait_known": 1}),
        ({"arrived_at": "9:40:00.001", "started_at": "9:40"}, {}),
        ({"arrived_at": "9:40"}, {}),
        ({"started_at": "9:40"}, {}),
        (
            {"arrived_at": "-9000 0:00", "started_at": "9:40"},
            {"wait_known": 1, "wait_seconds": 9_000 * 86_400 + 34_800},
        ),
    ],
)
def test_a_window_counts_outcomes_deadlines_and_waits(
    fields: dict[str, Any], counts: dict[str, int]
) -> None:
    assert counted(completion("a", "10:00", **fields)) == {"completions": 1} | counts


def test_a_vote_counts_whatever_the_outcome() -> None:
    found = counted(completion("a", "10:00", outcome="abandoned"), vote("v", "10:01", "a"))
    assert (found["abandoned"], found["votes"], found["v5"]) == (1, 1, 1)


def test_what_does_not_count_is_in_no_window() -> None:
    votes = [vote(f"v{n}", at, "a") for n, at in enumerate(("9:40", "10:01", "10:01:30", "10:05"))]
    found = counted(completion("a", "10:00"), *votes)
    assert (found["completions"], found["votes"]) == (1, 1)


def test_a_vote_counts_in_the_windows_of_its_completion() -> None:
    found = counted(completion("a", "10:59"), vote("v", "11:30", "a"))
    assert found["votes"] == 1


@pytest.mark.parametrize("horizon_ms", [0, DAY_OF_HOURS], ids=["by the store", "in memory"])
@pytest.mark.parametrize(
    "correction",
    [
        {"at": "10:01"},
        {"at": "11:00"},
        {"at": "+2 9:00"},
        {"at": "10:00", "desk_id": "d2"},
        {"at": "10:00", "service_id": "s2"},
        {"at": "10:00", "channel": "phone"},
        {"at": "10:00", "segments": {"age": "18-35"}},
        {"at": "10:00", "segments": {}},
        {"at": "12:00", "desk_id": "d2", "service_id": "s2", "channel": "post", "segments": {}},
    ],
)
def test_a_correction_leaves_zeros_where_the_interaction_was(
    correction: dict[str, Any], horizon_ms: int
) -> None:
    office = OneOffice(horizon_ms)
    office.take(completion("a", "10:00", segments={"age": "60+"}), vote("v", "10:01", "a"))
    if horizon_ms == 0:
        office.take(completion("far", "+3 10:30", desk_id="d8"), vote("far", "+3 10:30"))
        office.release()
    before = set(windows(office))
    fields = {"segments": {"age": "60+"}} | correction
    office.take(completion("a", event="c2", **fields))
    assert office.differences() == []
    assert before <= set(windows(office, all_rows=True))
