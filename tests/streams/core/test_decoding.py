"""What in a batch is an event and what is none, why, and where it lies."""

import json

import pytest

from models.partitioning import partition_of
from streams.core.columnar import NONE
from streams.core.decoding import Context, EventBatch, decode
from streams.core.vocabulary import Vocabulary
from streams.shell.batches import RecordBatch
from tests.oracle import MINUTE, Event
from tests.streams.core.office import HASHER, completion, key, ms, vote

NOW = ms("12:00")
KEPT_SINCE = ms("-1 0:00")


def text(event: Event) -> bytes:
    return json.dumps(event).encode()


GOOD = text(completion("a", "10:00"))


def decoded(
    values: list[bytes],
    keys: list[bytes] | None = None,
    timestamps: list[int] | None = None,
    *,
    topic: str = "completions",
    partition: int = 0,
    partitions: int = 1,
) -> EventBatch:
    count = len(values)
    run = RecordBatch(
        topic, partition, 500, keys or [b"t/o"] * count, values, timestamps or [NOW] * count
    )
    return decode([run], Vocabulary(), Context(HASHER, partitions, NOW, KEPT_SINCE))


@pytest.mark.parametrize("around", [1, 100])  # one by one, or many at once
@pytest.mark.parametrize(
    ("value", "reason", "field"),
    [
        (b"", "json", ""),
        (b"{", "json", ""),
        (b"\xff\xfe", "json", ""),
        (b"[]", "contract", ""),
        (b"null", "contract", ""),
        (b"[" * 5_000, "json", ""),
        (b'{"type":"completion","event_id":"\\ud800"}', "json", ""),
        (b'{"n":1e999}', "contract", "type"),
        (GOOD.replace(b"d1", b"d" * 17_000), "too_long", ""),
        (text(completion("a", "10:00", desk_id="")), "contract", "desk_id"),
        (text(completion("a", "10:00", desk_id="d 1")), "contract", "desk_id"),
        (text(completion("a", "10:00", channel="pigeon")), "contract", "channel"),
        (text(completion("a", "10:00", segments={"a=b": "c"})), "contract", "segments"),
        (
            text(completion("a", "10:00") | {"completed_at": "yesterday"}),
            "contract",
            "completed_at",
        ),
        (text(vote("v", "10:00")), "contract", "type"),
        (text(completion("a", "10:00", tenant_id="t2")), "misrouted", ""),
        (text(completion("a", "10:00", office_id="o2")), "misrouted", ""),
        (text(completion("a", "12:05:00.001")), "future", "completed_at"),
        (text(completion("a", "-2 23:59:59.999")), "expired", "completed_at"),
    ],
)
def test_what_is_no_event_is_kept_whole_with_its_reason_and_costs_its_neighbours_nothing(
    value: bytes, reason: str, field: str, around: int
) -> None:
    batch = decoded([*[GOOD] * around, value, *[GOOD] * around])
    (letter,) = batch.dead_letters
    assert (letter.reason, letter.field) == (reason, field)
    assert letter.problem
    assert (letter.topic, letter.partition, letter.offset) == ("completions", 0, 500 + around)
    assert (letter.recorded_at, letter.raw_key, letter.raw) == (NOW, b"t/o", value)
    assert batch.completions.key.tolist() == [key("a")] * 2 * around
    assert batch.records == 2 * around + 1


@pytest.mark.parametrize("at", ["12:05", "-1 0:00"])
def test_an_event_at_the_edge_of_what_is_taken_is_taken(at: str) -> None:
    assert decoded([text(completion("a", at))]).dead_letters == []


@pytest.mark.parametrize(("timestamp", "taken"), [(-5 * MINUTE, True), (-5 * MINUTE - 1, False)])
def test_an_event_may_be_five_minutes_ahead_of_its_record(timestamp: int, taken: bool) -> None:
    batch = decoded([GOOD], timestamps=[ms("10:00") + timestamp])
    assert [letter.reason for letter in batch.dead_letters] == ([] if taken else ["future"])


def test_a_vote_is_judged_by_its_own_time() -> None:
    values = [text(vote(f"v{n}", at)) for n, at in enumerate(("12:05:00.001", "-2 23:00"))]
    batch = decoded(values, topic="votes")
    assert [(letter.reason, letter.field) for letter in batch.dead_letters] == [
        ("future", "voted_at"),
        ("expired", "voted_at"),
    ]


def test_a_record_of_another_key_or_in_another_partition_than_its_keys_is_misrouted() -> None:
    right = partition_of(b"t/o", 3)
    for partition in range(3):
        for record_key in (b"t/o", b"t/x", b"", b"t/o\0"):
            batch = decoded([GOOD], [record_key], partition=partition, partitions=3)
            fits = partition == right and record_key == b"t/o"
            assert [letter.reason for letter in batch.dead_letters] == [] if fits else ["misrouted"]


@pytest.mark.parametrize("times", [1, 400])  # one by one, or many at once, in several portions
def test_columns_hold_what_events_say_and_what_they_leave_out_is_unknown(times: int) -> None:
    whole = completion(
        "a",
        "10:00",
        channel="phone",
        outcome="refused",
        segments={"age": "60+"},
        arrived_at="9:40",
        started_at="9:50",
        due_at="10:30",
    )
    vocabulary = Vocabulary()
    values = [text(whole), text(completion("b", "10:01"))] * times
    run = RecordBatch("completions", 0, 0, [b"t/o"] * 2 * times, values, [NOW] * 2 * times)
    columns = decode([run], vocabulary, Context(HASHER, 1, NOW, 0)).completions
    assert columns.key.tolist() == [key("a"), key("b")] * times
    assert [vocabulary.scope_keys[code] for code in columns.channel] == ["phone", "counter"] * times
    segments = [vocabulary.segment_sets[code] for code in columns.segments]
    assert segments == [{"age": "60+"}, {}] * times
    assert columns.outcome.tolist() == [1, 0] * times
    assert columns.arrived_at.tolist() == [ms("9:40"), NONE] * times
    assert columns.started_at.tolist() == [ms("9:50"), NONE] * times
    assert columns.due_at.tolist() == [ms("10:30"), NONE] * times


def test_votes_hold_what_they_say_and_what_they_leave_out_is_unknown() -> None:
    whole = vote("v", "10:00", interaction_id="a", score=2, reasons=["wait"], test=True)
    values = [text(whole), text(vote("w", "10:01", interaction_id=None))]
    vocabulary = Vocabulary()
    for times in (1, 400):
        run = RecordBatch("votes", 0, 0, [b"t/o"] * 2 * times, values * times, [NOW] * 2 * times)
        columns = decode([run], vocabulary, Context(HASHER, 1, NOW, 0)).ballots
        assert columns.key.tolist() == [key("a"), 0] * times
        assert columns.event_id.tolist() == ["v", "w"] * times
        assert [vocabulary.reasons[code] for code in columns.reasons] == [["wait"], []] * times
        assert columns.test.tolist() == [True, False] * times
        assert columns.score.tolist()[:1] == [2]
        assert columns.voted_at.tolist() == [ms("10:00"), ms("10:01")] * times
        assert len({*columns.desk.tolist()}) == 1
        assert len({*columns.office.tolist()}) == 1


def test_the_latest_time_of_a_topic_is_that_of_its_events_alone() -> None:
    values = [text(completion("a", at)) for at in ("10:00", "11:00", "13:00", "9:00")]
    assert decoded(values).latest == {"completions": ms("11:00")}
    assert decoded([b"{"]).latest == {}
    assert decoded([]).latest == {}
    assert decoded([text(vote("v", "9:30"))], topic="votes").latest == {"votes": ms("9:30")}
