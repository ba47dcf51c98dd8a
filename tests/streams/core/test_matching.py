"""Rules 3 and 4 as tables: which votes match at which times, and which of several counts."""

import itertools

import pytest

from streams.core.matching import JoinWindows
from tests.oracle import HOUR, MINUTE, Event
from tests.streams.core.office import OneOffice, completion, key, ms, vote


def judged(*events: Event, windows: JoinWindows | None = None) -> dict[str, tuple[str, str, int]]:
    """Event id → (kind, match, key of what it rates), the events taken in one batch."""
    office = OneOffice() if windows is None else OneOffice(join_windows=windows)
    office.take(*events)
    return {
        event_id: (row["kind"], row["match"], row["rated_key"])
        for event_id, row in office.votes().items()
    }


UNMATCHED = ("unmatched", "", 0)


@pytest.mark.parametrize(
    ("voted_at", "matches"),
    [
        ("9:49:59.999", False),
        ("9:50", True),
        ("10:00", True),
        ("12:00", True),
        ("12:00:00.001", False),
    ],
)
def test_a_vote_with_its_interaction_matches_within_these_bounds(
    voted_at: str, matches: bool
) -> None:
    wanted = ("counted", "exact", key("a")) if matches else UNMATCHED
    assert judged(completion("a", "10:00"), vote("v", voted_at, "a")) == {"v": wanted}


@pytest.mark.parametrize(
    ("completed_at", "matches"),
    [
        ("9:49:59.999", False),
        ("9:50", True),
        ("10:00", True),
        ("10:00:30", True),
        ("10:00:30.001", False),
    ],
)
def test_a_vote_without_interaction_matches_a_completion_of_its_desk_within_these_bounds(
    completed_at: str, matches: bool
) -> None:
    wanted = ("counted", "desk", key("a")) if matches else UNMATCHED
    assert judged(completion("a", completed_at), vote("v", "10:00")) == {"v": wanted}


def windows_of_a_phone(_tenant: str, channel: str) -> tuple[list[int], list[int]]:
    """Ten minutes by phone, from noon on one minute; two hours for other channels."""
    if channel == "phone":
        return [ms("12:00")], [10 * MINUTE, MINUTE]
    return [], [2 * HOUR]


@pytest.mark.parametrize(
    ("completed_at", "voted_at", "matches"),
    [
        ("11:00", "11:10", True),
        ("11:00", "11:10:00.001", False),
        ("11:59:59.999", "12:09:59.999", True),
        ("12:00", "12:01", True),
        ("12:00", "12:01:00.001", False),
    ],
)
def test_the_join_window_of_the_channel_and_time_of_completion_holds(
    completed_at: str, voted_at: str, matches: bool
) -> None:
    events = completion("a", completed_at, channel="phone"), vote("v", voted_at, "a")
    kind = judged(*events, windows=windows_of_a_phone)["v"][0]
    assert kind == ("counted" if matches else "unmatched")


@pytest.mark.parametrize(
    ("others", "rated"),
    [
        pytest.param([completion("b", "9:56")], "b", id="the last before the vote"),
        pytest.param([completion("b", "10:00:20")], "b", id="a little after the vote"),
        pytest.param([completion("b", "9:55", "c2")], "b", id="of two at once the greater event"),
        pytest.param([completion("b", "9:55", "c0")], "a", id="and not the smaller one"),
        pytest.param([completion("b", "9:58", outcome="abandoned")], "a", id="none abandoned"),
        pytest.param([completion("b", "9:58", outcome="refused")], "b", id="but one refused"),
        pytest.param([completion("b", "9:58", desk_id="d2")], "a", id="none of another desk"),
        pytest.param([completion("b", "10:01")], "a", id="none too long after the vote"),
        pytest.param(
            [completion("b", "9:58"), completion("b", "9:59", "c2", desk_id="d2")],
            "a",
            id="none that was corrected to another desk",
        ),
    ],
)
def test_a_vote_without_interaction_rates_the_last_completion_in_reach(
    others: list[Event], rated: str
) -> None:
    events = [completion("a", "9:55"), *others, vote("v", "10:00")]
    assert judged(*events) == {"v": ("counted", "desk", key(rated))}


def test_of_two_completions_alike_in_time_and_event_the_greater_key_is_rated() -> None:
    greater = max("abcd", key=key)
    events = [completion(name, "9:55") for name in "abcd"]
    assert judged(*events, vote("v", "10:00")) == {"v": ("counted", "desk", key(greater))}


SETTLED: list[tuple[list[Event], str]] = [
    ([vote("v1", "10:01", "a")], "counted"),
    ([vote("v1", "10:01", "a"), vote("v2", "10:02", "a")], "corrected counted"),
    ([vote("v1", "10:01", "a"), vote("v2", "10:02:00.001", "a")], "counted repeat"),
    (
        [vote("v1", "10:01", "a"), vote("v2", "10:01:50", "a"), vote("v3", "10:02:10", "a")],
        "corrected counted repeat",
    ),
    ([vote("v1", "10:01", "a"), vote("v2", "10:01", "a")], "corrected counted"),
    ([vote("v10", "10:01", "a"), vote("v9", "10:01", "a")], "corrected counted"),
    ([vote("v1", "10:01", "a"), vote("v2", "10:01:30")], "corrected counted"),
    ([vote("v1", "10:01"), vote("v2", "10:01:30", "a")], "corrected counted"),
    ([vote("v1", "9:40", "a"), vote("v2", "10:01", "a")], "unmatched counted"),
    (
        [vote("v1", "9:59:30"), vote("v2", "10:00", "a"), vote("v3", "10:05")],
        "corrected counted repeat",
    ),
]
"""Votes on an interaction completed at 10:00, and what becomes of them, one word a vote."""


@pytest.mark.parametrize(("votes", "kinds"), SETTLED)
def test_the_last_vote_of_the_correction_period_counts(votes: list[Event], kinds: str) -> None:
    """And whatever the order in which they come."""
    for order in itertools.permutations([completion("a", "10:00"), *votes]):
        office = OneOffice()
        for event in order:
            office.take(event)
        said = {name: row["kind"] for name, row in office.votes().items()}
        assert " ".join(said[event["event_id"]] for event in votes) == kinds
        assert office.differences() == []


def test_of_one_event_id_with_and_without_interaction_the_exact_one_comes_first() -> None:
    office = OneOffice()
    office.take(completion("a", "10:00"), vote("v", "10:01", "a"), vote("v", "10:01", score=1))
    kinds = {row["match"]: row["kind"] for row in office.store.rows("votes").values()}
    assert kinds == {"exact": "corrected", "desk": "counted"}
    assert office.interaction("a")["score"] == 1


def test_a_vote_may_come_before_its_completion_and_waits_for_it() -> None:
    office = OneOffice()
    office.take(vote("v", "10:01", "a"), vote("w", "10:01"))
    assert {row["kind"] for row in office.votes().values()} == {"unmatched"}
    office.take(completion("a", "10:00"))
    assert {name: row["kind"] for name, row in office.votes().items()} == {
        "v": "corrected",
        "w": "counted",
    }
    assert office.differences() == []


TEST = ("test", "", 0)


@pytest.mark.parametrize("interaction", ["a", None])
def test_a_test_rates_nothing_and_takes_no_vote_from_others(interaction: str | None) -> None:
    tried = vote("v1", "10:00", interaction, test=True)
    again = vote("v2", "10:02", interaction)
    match = "exact" if interaction else "desk"
    rated = {"v1": TEST, "v2": ("counted", match, key("a"))}
    assert judged(completion("a", "10:00"), tried) == {"v1": TEST}
    assert judged(completion("a", "10:00"), tried, again) == rated
    assert judged(tried) == {"v1": TEST}


@pytest.mark.parametrize("interaction", ["a", None])
def test_a_vote_that_turns_out_a_test_leaves_its_interaction_and_back(
    interaction: str | None,
) -> None:
    office = OneOffice()
    office.take(completion("a", "10:00"), vote("v", "10:00:05", interaction))
    office.take(vote("v", "10:00:05", interaction, test=True))
    assert [row["kind"] for row in office.votes().values()] == ["test"]
    office.restart()
    office.take(vote("v", "10:00:05", interaction))  # the same once more, and no later
    assert [row["kind"] for row in office.votes().values()] == ["test"]
    office.take(vote("v", "10:00:06", interaction))
    assert [row["kind"] for row in office.votes().values()] == ["counted"]
    assert office.differences() == []
