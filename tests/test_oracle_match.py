"""Rules 1 to 4 as the oracle has them: identity, completion, match, one vote an interaction."""

import itertools

import pytest

from tests.oracle import Event, Row, expected, two_hours
from tests.told_events import TEN, at, done, fate, key, result, vote


@pytest.mark.parametrize(
    ("completed", "voted", "kind"),
    [
        ("10:10:00", "09:59:59.999", "unmatched"),
        ("10:10:00", "10:00:00", "counted"),
        ("10:10:00", "10:00:00.0009", "counted"),
        ("10:10:00.0009", "10:00:00", "counted"),
        ("10:00:00", "12:00:00", "counted"),
        ("10:00:00", "12:00:00.0009", "counted"),
        ("10:00:00", "12:00:00.001", "unmatched"),
    ],
)
def test_a_vote_with_interaction_matches_from_10_min_before_to_2_h_after(
    completed: str, voted: str, kind: str
) -> None:
    assert fate(result(done("i1", completed), vote("i1", voted)))[0] == kind


@pytest.mark.parametrize(
    ("channel", "completed", "voted", "kind"),
    [
        ("phone", "10:00:00", "10:30:00", "counted"),
        ("phone", "10:00:00", "10:30:00.001", "unmatched"),
        ("counter", "10:00:00", "12:00:00", "counted"),
        ("phone", "11:00:00", "12:00:00", "counted"),
        ("phone", "11:00:00", "12:00:00.001", "unmatched"),
    ],
)
def test_the_join_window_goes_by_channel_and_time_of_completion(
    channel: str, completed: str, voted: str, kind: str
) -> None:
    def window(channel: str, completed_at: int) -> int:
        if channel == "phone":
            return (30 if completed_at < TEN + 3_600_000 else 60) * 60_000
        return two_hours(channel, completed_at)

    events = [done("i1", completed, channel=channel), vote("i1", voted)]
    assert fate(expected(events, key, window))[0] == kind


def test_a_vote_with_interaction_never_falls_back_on_the_desk() -> None:
    assert fate(result(done("i1", "10:00:00"), vote("i2", "10:00:05")))[0] == "unmatched"


@pytest.mark.parametrize(
    ("voted", "match"),
    [
        ("09:59:29.999", ""),
        ("09:59:30", "desk"),
        ("10:10:00", "desk"),
        ("10:10:00.0009", "desk"),
        ("10:10:00.001", ""),
    ],
)
def test_a_vote_without_interaction_reaches_10_min_back_and_30_s_ahead(
    voted: str, match: str
) -> None:
    kind = "counted" if match else "unmatched"
    got = fate(result(done("i1", "10:00:00"), vote(None, voted)))
    assert got == (kind, match, 11 if match else 0)


@pytest.mark.parametrize(
    ("first", "second", "rated"),
    [
        (done("i1", "10:00:00"), done("i2", "10:00:01"), 22),
        (done("i1", "10:05:30"), done("i2", "10:00:01"), 11),
        (done("i1", "10:05:30.001"), done("i2", "10:00:01"), 22),
        (done("i1", "10:00:00", "c2"), done("i2", "10:00:00", "c1"), 11),
        (done("i1", "10:00:00", "c10"), done("i2", "10:00:00", "c9"), 22),
        (done("i1", "10:00:00"), done("i2", "10:00:00"), 22),
        (done("i1", "10:00:00"), done("i2", "10:00:01", outcome="abandoned"), 11),
        (done("i1", "10:00:00"), done("i2", "10:00:01", outcome="refused"), 22),
        (done("i1", "10:00:00"), done("i2", "10:00:01", desk_id="d2"), 11),
        (done("i1", "10:00:00"), done("i2", "10:00:01", office_id="o2"), 11),
        (done("i1", "10:00:00"), done("i2", "10:00:01", tenant_id="t2"), 11),
    ],
)
def test_of_several_completions_in_reach_of_a_desk_the_last_one_is_rated(
    first: Event, second: Event, rated: int
) -> None:
    assert fate(result(first, second, vote(None, "10:05:00"))) == ("counted", "desk", rated)


def test_equal_completions_at_a_desk_are_told_apart_by_the_key_as_a_number() -> None:
    numbers = {"i1": 9, "i2": 10, "i3": 2**64 - 1}
    events = [done(name, "10:00:00") for name in numbers]
    rows = expected([*events[:2], vote(None, "10:00:00")], lambda _t, _o, name: numbers[name])
    assert fate(rows)[2] == 10
    rows = expected([*events, vote(None, "10:00:00")], lambda _t, _o, name: numbers[name])
    assert fate(rows)[2] == 2**64 - 1


def test_the_greatest_completion_counts_whatever_it_moves() -> None:
    rows = result(
        done("i1", "10:00:00", "c9", service_id="s9"),
        done("i1", "2025-03-31T23:59:59.999", "c99", desk_id="d9"),
        done("i1", "10:00:00", "c8", channel="post"),
    )
    (row,) = rows.interactions.values()
    assert (row["event_id"], row["service_id"], row["channel"]) == ("c9", "s9", "counter")
    assert {name[5] for name in rows.windows} == {TEN}


def test_a_correction_takes_the_desk_votes_of_its_old_place_away() -> None:
    was, moved = done("i1", "10:00:00"), done("i1", "10:00:01", "c2", desk_id="d2")
    votes = [vote(None, "10:00:10"), vote(None, "10:00:10", "v2", desk_id="d2")]
    assert fate(result(was, *votes)) == ("counted", "desk", 11)
    rows = result(was, moved, *votes)
    assert fate(rows) == ("unmatched", "", 0)
    assert fate(rows, "v2") == ("counted", "desk", 11)


@pytest.mark.parametrize(
    ("one", "other", "service"),
    [
        ({}, {"completed_at": at("10:00:00.001"), "service_id": "a"}, "a"),
        ({}, {"completed_at": at("10:00:00.0009"), "service_id": "a"}, "s1"),
        ({}, {"service_id": "s2"}, "s2"),
        ({"channel": "counter"}, {"channel": "mobile", "service_id": "a"}, "a"),
        ({}, {"channel": "mobile", "service_id": "a"}, "a"),
        ({"due_at": at("10:00:00")}, {"service_id": "s2"}, "s2"),
        ({"segments": {}}, {"segments": {"age": "1"}, "service_id": "a"}, "a"),
    ],
)
def test_of_two_contents_of_one_completion_the_later_and_then_the_greater_counts(
    one: Row, other: Row, service: str
) -> None:
    first, second = done("i1", "10:00:00") | one, done("i1", "10:00:00") | other
    for order in ([first, second], [second, first]):
        (row,) = result(*order).interactions.values()
        assert row["service_id"] == service


def test_null_is_greater_than_a_time_or_a_list_and_less_than_an_object() -> None:
    # by code point: digits, then "[", then the n of null, then "{"
    with_time, without = done("i1", "10:00:00", due_at=at("11:00:00")), done("i1", "10:00:00")
    (row,) = result(with_time, without).interactions.values()
    assert row["due_at"] is None
    with_segment = done("i1", "10:00:00", segments={"a": "b"})
    (row,) = result(with_segment, without).interactions.values()
    assert row["segments"] == {"a": "b"}
    (row,) = result(vote("i1", "10:00:00", reasons=["slow"]), vote("i1", "10:00:00")).votes.values()
    assert row["reasons"] == []


def test_contents_that_differ_in_what_the_contract_leaves_out_are_one_event() -> None:
    plain = vote("i1", "10:00:00")
    same = plain | {
        "scale": 5,
        "reasons": [],
        "note": "zzz",
        "voted_at": "2025-04-01T13:00:00+03:00",
    }
    (row,) = result(plain, same).votes.values()
    assert (row["kind"], row["reasons"]) == ("unmatched", [])


@pytest.mark.parametrize(
    ("one", "other", "score"),
    [
        (vote("i1", "10:00:00", score=5), vote("i1", "10:00:00.001", score=1), 1),
        (vote("i1", "10:00:00", score=5), vote("i1", "10:00:00", score=1), 5),
        (vote("i1", "10:00:00", score=5), vote("i1", "10:00:00", score=1, desk_id="d2"), 1),
        (vote("i1", "10:00:00", score=5, scale=5), vote("i1", "10:00:00", score=4, scale=4), 5),
    ],
)
def test_of_two_contents_of_one_vote_the_later_and_then_the_greater_counts(
    one: Event, other: Event, score: int
) -> None:
    for order in ([one, other], [other, one]):
        (row,) = result(*order).votes.values()
        assert row["score"] == score


def test_contents_are_compared_by_code_point_and_not_by_escape_or_utf16() -> None:
    low, high = "\uff5e", "\U0001f642"  # as UTF-16 the second begins with the lesser unit
    one, other = (vote("i1", "10:00:00", terminal_id=name) for name in (low, high))
    (row,) = result(one, other).votes.values()
    assert row["terminal_id"] == high


def test_one_event_id_with_and_without_interaction_is_two_votes() -> None:
    rows = result(done("i1", "10:00:00"), vote("i1", "10:00:05"), vote(None, "10:00:05"))
    assert {name: row["kind"] for name, row in rows.votes.items()} == {
        ("t", "o", 11, "", "v1"): "corrected",
        ("t", "o", 0, "d1", "v1"): "counted",
    }
    assert rows.interactions["t", "o", 11]["match"] == "desk"


def test_one_event_id_at_two_desks_is_two_votes() -> None:
    rows = result(vote(None, "10:00:05"), vote(None, "10:00:05", desk_id="d2"))
    assert len(rows.votes) == 2


@pytest.mark.parametrize(
    ("votes", "kinds"),
    [
        (["10:00:00", "10:01:00"], ["corrected", "counted"]),
        (["10:00:00", "10:01:00.001"], ["counted", "repeat"]),
        (["10:00:00", "10:00:40", "10:01:20"], ["corrected", "counted", "repeat"]),
        (["10:00:00", "10:00:00"], ["corrected", "counted"]),
        (["10:00:00", "10:00:30", "10:01:00"], ["corrected", "corrected", "counted"]),
        (["09:49:59", "10:00:00"], ["unmatched", "counted"]),
        (["09:59:00", "09:59:30", "11:00:00"], ["corrected", "counted", "repeat"]),
    ],
)
def test_the_last_vote_within_60_s_of_the_first_counts(votes: list[str], kinds: list[str]) -> None:
    events = [vote("i1", moment, f"v{n}") for n, moment in enumerate(votes)]
    for order in itertools.permutations(events):
        rows = result(done("i1", "10:00:00"), *order).votes
        assert [rows["t", "o", 11, "", f"v{n}"]["kind"] for n in range(len(votes))] == kinds


def test_votes_of_one_moment_are_settled_by_event_id_and_exact_before_desk() -> None:
    moment = "10:00:05"
    rows = result(done("i1", "10:00:00"), vote("i1", moment, "v9"), vote(None, moment, "v10"))
    assert fate(rows, "v9")[0] == "counted"
    rows = result(done("i1", "10:00:00"), vote("i1", moment), vote(None, moment))
    assert rows.votes["t", "o", 0, "d1", "v1"]["kind"] == "counted"


@pytest.mark.parametrize("interaction", ["i1", None])
def test_a_test_rates_nothing_and_takes_no_vote_from_others(interaction: str | None) -> None:
    tried = vote(interaction, "10:00:00", "v9", test=True)
    rows = result(done("i1", "10:00:00"), tried, vote(interaction, "10:02:00"))
    assert fate(rows, "v9") == ("test", "", 0)
    assert fate(rows) == ("counted", "exact" if interaction else "desk", 11)


@pytest.mark.parametrize(
    ("other_time", "kind"), [("10:00:00", "test"), ("10:00:01", "counted"), ("09:59:59", "test")]
)
def test_of_a_vote_and_a_test_under_one_id_the_later_counts_and_of_equal_ones_the_test(
    other_time: str, kind: str
) -> None:
    both = vote("i1", "10:00:00", test=True), vote("i1", other_time)
    for events in itertools.permutations(both):
        assert fate(result(done("i1", "10:00:00"), *events))[0] == kind
