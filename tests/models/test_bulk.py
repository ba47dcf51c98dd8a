"""Many bodies at once are read as one by one, or not at all."""

import json
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models import bulk
from models.codec import decode_completion, decode_vote
from models.errors import Refused
from models.limits import BODY_BYTES_AT_MOST, are_ids, is_id
from tests.models.bodies import (
    COMPLETION,
    EVERY_VALUE,
    ODDITIES,
    TEXTS,
    VALUES,
    VOTE,
    Members,
    changed,
    damaged,
    written,
)

THOROUGH = settings(max_examples=500, deadline=None)
GOOD, GOOD_VOTE = written(COMPLETION), written(VOTE)
DEEPEST = "[" * 63 + "]" * 63

COMPLETIONS = st.one_of(
    st.just(GOOD),
    changed(COMPLETION, VALUES).map(written),
    changed(COMPLETION, VALUES | ODDITIES).map(written),
    damaged(st.just(GOOD)),
)
VOTES = st.one_of(
    st.just(GOOD_VOTE),
    changed(VOTE, VALUES).map(written),
    changed(VOTE, VALUES | ODDITIES).map(written),
    damaged(st.just(GOOD_VOTE)),
)


def plain(columns: Any) -> dict[str, list[Any]]:
    """Columns as lists, with the sets and lists that rows name."""
    said = columns._asdict()
    names, sets = (
        ("segments", "segment_sets") if "segments" in said else ("reasons", "reason_lists")
    )
    said[names] = [said[sets][name] for name in said[names]]
    del said[sets]
    return {
        name: column.tolist() if isinstance(column, np.ndarray) else list(column)
        for name, column in said.items()
    }


def completions_alike(values: list[bytes]) -> bool:
    """Whether they are read at once; fails where that is otherwise than one by one."""
    read = bulk.completions(values)
    expected = None if read is None else bulk.completions_of(list(map(decode_completion, values)))
    assert read is None or plain(read) == plain(expected)
    return read is not None


def votes_alike(values: list[bytes]) -> bool:
    """The same for votes."""
    read = bulk.votes(values)
    expected = None if read is None else bulk.votes_of(list(map(decode_vote, values)))
    assert read is None or plain(read) == plain(expected)
    return read is not None


@THOROUGH
@given(st.lists(COMPLETIONS, min_size=1, max_size=4))
def test_completions_read_at_once_are_those_read_one_by_one(values: list[bytes]) -> None:
    completions_alike(values)


@THOROUGH
@given(st.lists(VOTES, min_size=1, max_size=4))
def test_votes_read_at_once_are_those_read_one_by_one(values: list[bytes]) -> None:
    votes_alike(values)


@THOROUGH
@given(
    st.lists(st.sampled_from((GOOD, written(COMPLETION, " "))), min_size=1, max_size=4),
    st.lists(st.integers(0, 4_000), max_size=4),
    st.sampled_from((b",", b"", b"},{", b'"')),
)
def test_bodies_cut_anew_are_not_taken_for_others(
    bodies: list[bytes], cuts: list[int], between: bytes
) -> None:
    text = between.join(bodies)
    places = sorted({0, len(text), *(cut for cut in cuts if cut < len(text))})
    pieces = [text[a:b].strip(b",") for a, b in pairwise(places)]
    completions_alike(pieces)


@pytest.mark.parametrize(
    "values",
    [
        # Two bodies in one value and none in another, so that their number is right.
        [GOOD + b"," + GOOD[:-1] + b',"x":', b"1}"],
        [GOOD + b"," + GOOD[:-1] + b',"x":{"y":1}', b'{"z":1}}'],
        [GOOD + b"," + GOOD, GOOD[:-1] + b',"x":"}', b'{"}'],
        [GOOD + b"," + GOOD[:-1] + b',"x":"', b'{"}'],
        [GOOD + b",", GOOD],
        [GOOD + b"," + GOOD],
        [GOOD, b""],
        [GOOD, b" "],
        [b"", GOOD],
        [b" ," + GOOD],
        [GOOD + b"]", b"[" + GOOD],
        [],
    ],
)
def test_what_lies_across_two_values_is_not_read_at_once(values: list[bytes]) -> None:
    assert bulk.completions(values) is None


@pytest.mark.parametrize("value", [f"[{DEEPEST}]", '{"a":' * 64 + "1" + "}" * 64, "[" * 5_000])
@pytest.mark.parametrize("name", ["unknown", "segments"])
@pytest.mark.parametrize("last", [False, True])
def test_what_lies_too_deep_is_left_to_the_codec(value: str, name: str, last: bool) -> None:
    more = [(name, value)]
    body = written([*COMPLETION, *more] if last else [*more, *COMPLETION])
    assert bulk.completions([GOOD, body]) is None
    with pytest.raises(Refused):
        decode_completion(body)


def test_a_body_that_is_too_long_is_left_to_the_codec() -> None:
    room = BODY_BYTES_AT_MOST - len(written([*COMPLETION, ("x", '""')]))
    right = written([*COMPLETION, ("x", f'"{"x" * room}"')])
    assert completions_alike([GOOD, right])
    assert bulk.completions([GOOD, written([*COMPLETION, ("x", f'"{"x" * (room + 1)}"')])]) is None


def test_bytes_that_are_no_utf_8_are_left_to_the_codec() -> None:
    for wrong in (b"\xff", b"\xc3", b"\xed\xa0\x80"):
        body = GOOD[:-1] + b',"note":"' + wrong + b'"}'
        assert bulk.completions([GOOD, body, GOOD]) is None
        with pytest.raises(Refused):
            decode_completion(body)


PLAIN: list[Members] = [
    COMPLETION,
    [member for member in COMPLETION if member[0] not in {"segments", "channel", "outcome"}],
    [member for member in COMPLETION if member[0] not in {"arrived_at", "started_at", "due_at"}],
    [(name, "null" if name == "arrived_at" else value) for name, value in COMPLETION],
    [*COMPLETION, ("note", '"ничего"'), ("more", "1e3")],
]


def test_plain_completions_are_read_at_once_whatever_they_leave_out() -> None:
    for members in PLAIN:
        assert completions_alike([written(members)])
    assert completions_alike([written(members) for members in PLAIN] * 100)


def test_of_two_segments_neither_is_taken_at_once() -> None:
    assert bulk.completions([GOOD, written([*COMPLETION, ("segments", "null")])]) is None


def test_plain_votes_are_read_at_once_whatever_they_leave_out() -> None:
    optional = ("interaction_id", "scale", "reasons", "test")
    several = [[m for m in VOTE if m[0] != name] for name in optional]
    several += [VOTE, [m for m in VOTE if m[0] not in optional]]
    for members in several:
        assert votes_alike([written(members)])
    assert votes_alike([written(members) for members in several] * 100)


@pytest.mark.parametrize("members", [COMPLETION, VOTE])
def test_every_field_with_every_value_is_read_alike(members: Members) -> None:
    check = completions_alike if members is COMPLETION else votes_alike
    at_once = 0
    for at, (name, _) in enumerate(members):
        at_once += check([written(members[:at] + members[at + 1 :]), written(members)])
        for value in EVERY_VALUE:
            body = written([*members[:at], (name, value), *members[at + 1 :]])
            at_once += check([written(members), body])
            at_once += check([written([(name, value), *members]), written(members)])
    assert at_once > 400


@given(st.lists(st.one_of(st.sampled_from(TEXTS), st.text(max_size=70)), max_size=4))
def test_ids_are_judged_at_once_as_one_by_one(texts: list[str]) -> None:
    assert are_ids(texts) is all(map(is_id, texts))


def test_sets_of_segments_are_those_of_their_own_row() -> None:
    several = [{"age": "60+"}, {"age": "18-29"}, {}, {"age": "60+"}, None]
    bodies = [
        json.dumps({**json.loads(GOOD), "event_id": f"e{n}", "segments": each}).encode()
        for n, each in enumerate(several)
    ]
    read = bulk.completions(bodies)
    assert read is not None
    assert plain(read)["segments"] == [each or None for each in several]
