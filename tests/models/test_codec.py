"""The codec, case by case: what it takes, what it refuses and in which words."""

import sys
from collections.abc import Callable

import pytest

from models import codec
from models.codec import decode, decode_completion, decode_vote
from models.errors import Refused
from models.events import CompletionEvent, Event, VoteEvent, normalised
from models.limits import BODY_BYTES_AT_MOST, DEPTH_AT_MOST
from tests.models.bodies import COMPLETION, VOTE, Members, written

NOON = 1_795_435_200_000  # 2026-11-23T12:00:00Z


def replaced(members: Members, **values: str | None) -> bytes:
    """``members`` with JSON texts in place of some values, ``None`` to leave a member out."""
    new = {**dict(members), **values}
    return written([(name, value) for name, value in new.items() if value is not None])


def refusal(decoder: Callable[[bytes], Event], raw: bytes) -> tuple[str, str, str]:
    with pytest.raises(Refused) as refused:
        decoder(raw)
    return refused.value.reason, refused.value.field, refused.value.problem


def test_a_completion_comes_out_whole_with_times_in_milliseconds() -> None:
    raw = replaced(COMPLETION, completed_at='"2026-11-23T14:00:00.0019+02:00"', due_at=None)
    assert decode_completion(raw) == CompletionEvent(
        event_id="e-1",
        tenant_id="targovishte",
        office_id="кметство-Вардун",
        desk_id="гише-7",
        service_id="2073",
        interaction_id="A042",
        channel="phone",
        outcome="refused",
        segments={"age_band": "60+"},
        completed_at=NOON + 1,
        arrived_at=1_795_439_500_000,
        started_at=1_795_440_005_500,
        due_at=None,
    )


def test_a_vote_comes_out_whole() -> None:
    assert decode_vote(written(VOTE)) == VoteEvent(
        event_id="v-1",
        tenant_id="targovishte",
        office_id="center",
        desk_id="G-07",
        terminal_id="tablet-07",
        interaction_id="A042",
        score=4,
        scale=5,
        reasons=["long_wait"],
        voted_at=1_795_440_501_000,
        test=True,
    )


@pytest.mark.parametrize(
    "optional", ["segments", "arrived_at", "started_at", "due_at", "interaction_id", "reasons"]
)
def test_null_is_absence_where_a_field_is_optional(optional: str) -> None:
    members = VOTE if optional in ("interaction_id", "reasons") else COMPLETION
    event = decode(replaced(members, **{optional: "null"}))
    assert getattr(event, optional) is None
    assert event == decode(replaced(members, **{optional: None}))


def test_defaults_fill_in_what_is_absent() -> None:
    completion = decode_completion(replaced(COMPLETION, channel=None, outcome=None))
    assert (completion.channel, completion.outcome) == ("counter", "completed")
    assert decode_vote(replaced(VOTE, scale=None)).scale == 5


def test_empty_segments_and_reasons_are_absent_ones() -> None:
    assert decode_completion(replaced(COMPLETION, segments="{}")).segments is None
    assert decode_vote(replaced(VOTE, reasons="[]")).reasons is None


def test_unknown_fields_are_ignored_whatever_they_hold() -> None:
    raw = replaced(VOTE, note='"Иван"', battery="1e999", firmware='{"v":[1,{"x":null}]}')
    assert decode(raw) == decode(written(VOTE))


def test_of_two_values_under_one_name_the_last_counts() -> None:
    assert decode_vote(written([("score", '"x"'), *VOTE])).score == 4
    assert decode_vote(written([*VOTE, ("score", "2")])).score == 2
    assert refusal(decode_vote, written([*VOTE, ("score", '"x"')]))[1] == "score"


@pytest.mark.parametrize(
    ("members", "field", "value", "problem"),
    [
        (VOTE, "event_id", None, "is missing"),
        (VOTE, "event_id", "null", "must not be null"),
        (VOTE, "event_id", "7", "must be a text"),
        (VOTE, "event_id", '"a b"', "must be 1 to 64 printable characters without blanks"),
        (VOTE, "tenant_id", '"a/b"', "must not contain '/': the record key is tenant_id/office_id"),
        (VOTE, "desk_id", '""', "must be 1 to 64 printable characters without blanks"),
        (VOTE, "type", None, "is missing"),
        (VOTE, "type", '"completion"', "must be 'vote'"),
        (VOTE, "score", "0", "must be at least 1"),
        (VOTE, "score", "6", "must be at most 5"),
        (VOTE, "score", "1" + "0" * 30, "must be at most 5"),
        (VOTE, "score", "9" * 5000, "must not hold a number of that size"),
        (VOTE, "score", "5.0", "must be a whole number"),
        (VOTE, "score", "true", "must be a whole number"),
        (VOTE, "score", '"5"', "must be a whole number"),
        (VOTE, "scale", "null", "must not be null"),
        (VOTE, "scale", "2", "must be 3, 4 or 5"),
        (VOTE, "scale", "5.0", "must be a whole number"),
        (VOTE, "reasons", '"wait"', "must be a list of texts"),
        (VOTE, "test", "1", "must be true or false"),
        (VOTE, "test", "null", "must not be null"),
        (VOTE, "reasons", '["a","b","c","d","e","f"]', "must hold at most 5 codes"),
        (
            VOTE,
            "reasons",
            '["a","b c"]',
            "code 2 must be 1 to 64 printable characters without blanks",
        ),
        (VOTE, "voted_at", "1795435200", "must be a text that holds a time such as"),
        (VOTE, "voted_at", '"2026-11-23T12:00:00"', "must say its offset from UTC"),
        (COMPLETION, "channel", "null", "must not be null"),
        (
            COMPLETION,
            "channel",
            '"desk"',
            "must be 'counter', 'mobile', 'phone', 'online' or 'post'",
        ),
        (COMPLETION, "interaction_id", "null", "must not be null"),
        (COMPLETION, "segments", "[]", "must be an object that holds texts"),
        (
            COMPLETION,
            "segments",
            '{"a":1}',
            "the value of a segment must be a text",
        ),
        (COMPLETION, "segments", '{"a=b":"1"}', "the name of a segment must not contain '='"),
        (COMPLETION, "due_at", '"tomorrow"', "must be a time such as 2026-11-23T15:28:00Z"),
    ],
)
def test_a_breach_of_the_contract_is_refused_by_field_and_sentence(
    members: Members, field: str, value: str | None, problem: str
) -> None:
    decoder = decode_vote if members is VOTE else decode_completion
    found = refusal(decoder, replaced(members, **{field: value}))
    assert found[:2] == ("contract", field)
    assert found[2].startswith(problem)


@pytest.mark.parametrize(("scale", "best"), [(3, 3), (4, 4), (5, 5)])
def test_a_score_reaches_to_its_scale(scale: int, best: int) -> None:
    assert decode_vote(replaced(VOTE, scale=str(scale), score=str(best))).score == best
    found = refusal(decode_vote, replaced(VOTE, scale=str(scale), score=str(best + 1)))
    assert found[:2] == ("contract", "score")


def test_too_many_segments_are_refused_and_eight_are_not() -> None:
    pairs = [f'"d{number}":"1"' for number in range(9)]
    assert decode(replaced(COMPLETION, segments=f"{{{','.join(pairs[:8])}}}"))
    found = refusal(decode_completion, replaced(COMPLETION, segments=f"{{{','.join(pairs)}}}"))
    assert found == ("contract", "segments", "must hold at most 8 pairs")


def test_a_refusal_never_repeats_an_id() -> None:
    personal = "7501010010 Иван"
    for members in (COMPLETION, VOTE):
        for name, _ in members:
            for value in (f'"{personal}"', f'{{"{personal}":"{personal}"}}', f'["{personal}"]'):
                if name.endswith("_at"):
                    continue  # a time that cannot be read is shown: who sends it must find it
                _, field, problem = refusal(decode, replaced(members, **{name: value}))
                assert "7501010010" not in field + problem


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b" ",
        b"hello",
        b"{",
        b'{"type":"vote"',
        b"{} {}",
        b"\xef\xbb\xbf" + written(VOTE),
        written(VOTE) + b"\x00",
        replaced(VOTE, note='"?"').replace(b"?", b"\xff"),
        replaced(VOTE, note="NaN"),
        replaced(VOTE, event_id='"\\ud800"'),
        replaced(VOTE, note='"a\tb"'),
        written(VOTE).replace(b",", b",,", 1),
    ],
)
def test_what_is_no_json_is_refused_as_such(raw: bytes) -> None:
    for decoder in (decode, decode_completion, decode_vote):
        assert refusal(decoder, raw)[:2] == ("json", "")


@pytest.mark.parametrize(
    "raw", [b"[]", b"[1]", b"5", b'"vote"', b"null", b"[" + written(VOTE) + b"]"]
)
def test_json_that_is_no_object_breaks_the_contract(raw: bytes) -> None:
    for decoder in (decode, decode_completion, decode_vote):
        assert refusal(decoder, raw) == ("contract", "", "must be one JSON object")


def test_a_body_of_16_kib_is_read_and_a_longer_one_is_not() -> None:
    room = BODY_BYTES_AT_MOST - len(replaced(VOTE, note='""'))
    assert decode_vote(replaced(VOTE, note=f'"{"x" * room}"')).score == 4
    found = refusal(decode, replaced(VOTE, note=f'"{"x" * (room + 1)}"'))
    assert found == ("too_long", "", "must have at most 16384 bytes, not 16385")


def at_depth(calls: int, raw: bytes) -> Event:
    return decode(raw) if calls == 0 else at_depth(calls - 1, raw)


@pytest.mark.parametrize("callers", [0, 400])
def test_nesting_is_bounded_wherever_the_caller_stands(callers: int) -> None:
    inside = DEPTH_AT_MOST - 1  # the event itself is the first level
    brackets = '"{[' + "[" * 90 + '\\"["'
    right = replaced(VOTE, note="[" * inside + "]" * inside, text=brackets)
    wrong = replaced(VOTE, note="[" * inside + "{}" + "]" * inside)
    assert sys.getrecursionlimit() > callers + 300
    assert at_depth(callers, right) == decode(written(VOTE))
    with pytest.raises(Refused, match="must not nest deeper than 64 levels"):
        at_depth(callers, wrong)


def test_the_effort_of_looking_for_the_depth_does_not_grow_with_the_square_of_the_length() -> None:
    body = b"{" * (DEPTH_AT_MOST + 2) + rb"\"" * 2**17  # far more than may be sent, to be seen
    assert codec._depth(body) == DEPTH_AT_MOST + 2
    reason, _, _ = refusal(decode, body[:BODY_BYTES_AT_MOST])
    assert reason == "json"


def test_an_event_of_neither_type_is_told_which_there_are() -> None:
    assert refusal(decode, b"{}") == ("contract", "type", "is missing")
    found = refusal(decode, b'{"type":["vote"]}')
    assert found == ("contract", "type", "must be 'completion' or 'vote'")


def test_ids_that_come_again_are_one_object() -> None:
    first, second = decode_vote(written(VOTE)), decode_vote(written(VOTE))
    assert first.desk_id is second.desk_id
    assert first.tenant_id is second.tenant_id


def test_what_is_remembered_of_ids_is_bounded() -> None:
    for number in range(codec._REMEMBERED_AT_MOST + 100):
        codec._learned_id(f"desk-{number}")
        codec._learned_office_id(f"office-{number}")
        codec.quick_segments({"dimension": str(number)})
    for remembered in (codec._ids, codec._office_ids, codec._segments):
        assert 0 < len(remembered) <= codec._REMEMBERED_AT_MOST


def test_normalised_content_is_the_contract_with_defaults_nulls_and_sorted_names() -> None:
    raw = replaced(COMPLETION, channel=None, segments="{}", due_at="null", note='"x"')
    assert normalised(decode(raw)) == (
        '{"arrived_at":1795439500000,"channel":"counter","completed_at":1795440480123,'
        '"desk_id":"гише-7","due_at":null,"event_id":"e-1","interaction_id":"A042",'
        '"office_id":"кметство-Вардун","outcome":"refused","segments":null,"service_id":"2073",'
        '"started_at":1795440005500,"tenant_id":"targovishte","type":"completion"}'
    )
    assert normalised(decode(replaced(VOTE, scale=None, interaction_id=None))) == (
        '{"desk_id":"G-07","event_id":"v-1","interaction_id":null,"office_id":"center",'
        '"reasons":["long_wait"],"scale":5,"score":4,"tenant_id":"targovishte",'
        '"terminal_id":"tablet-07","test":true,"type":"vote","voted_at":1795440501000}'
    )


def test_normalised_content_is_the_same_in_whatever_order_the_sender_wrote() -> None:
    one = replaced(COMPLETION, segments='{"visit":"first","age_band":"60+"}')
    other = written(
        [*reversed(COMPLETION), ("segments", '{"age_band":"60+","visit":"first"}')], blank=" "
    )
    assert normalised(decode(one)) == normalised(decode(other))
