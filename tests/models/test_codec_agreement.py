"""The quick check and the published contract must never differ, whatever is sent."""

import json
from collections.abc import Callable
from typing import Any, TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from models import codec
from models.contract import Completion, Vote
from models.errors import Refused
from models.events import CompletionEvent, Event, VoteEvent, encode
from tests.models.bodies import (
    COMPLETION,
    EVERY_VALUE,
    ODDITIES,
    VALUES,
    VOTE,
    Members,
    changed,
    damaged,
    written,
)

Source = TypeVar("Source")

COMPLETIONS = changed(COMPLETION, VALUES).map(written)
VOTES = changed(VOTE, VALUES).map(written)
ODD_COMPLETIONS = changed(COMPLETION, VALUES | ODDITIES).map(written)
ODD_VOTES = changed(VOTE, VALUES | ODDITIES).map(written)
THOROUGH = settings(max_examples=500, deadline=None)


def outcome(decode: Callable[[Source], Event], source: Source) -> Event | Refused:
    try:
        return decode(source)
    except Refused as refused:
        return refused


def assert_one_verdict(raw: bytes, kind: type[Event]) -> None:
    try:
        if kind is CompletionEvent:
            completion = codec.parse(raw, codec.COMPLETION_WIRE)
            quick: Event | None = codec.quick_completion(completion)
            judged = outcome(codec.judged_completion, completion)
        else:
            vote = codec.parse(raw, codec.VOTE_WIRE)
            quick = codec.quick_vote(vote)
            judged = outcome(codec.judged_vote, vote)
    except Refused:
        return  # by the parser, which both share
    if isinstance(judged, Refused):
        assert quick is None
        assert judged.reason == "contract"
        assert judged.field in {*Completion.model_fields, *Vote.model_fields}
    else:
        assert quick == judged


@THOROUGH
@given(st.one_of(COMPLETIONS, ODD_COMPLETIONS, damaged(COMPLETIONS)))
def test_quick_check_and_contract_agree_about_completions(raw: bytes) -> None:
    assert_one_verdict(raw, CompletionEvent)


@THOROUGH
@given(st.one_of(VOTES, ODD_VOTES, damaged(VOTES)))
def test_quick_check_and_contract_agree_about_votes(raw: bytes) -> None:
    assert_one_verdict(raw, VoteEvent)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_are_an_event_or_refused_with_a_reason(raw: bytes) -> None:
    found = outcome(codec.decode, raw)
    assert isinstance(found, Refused)
    assert found.problem


def by_another_reader(model: type[Completion | Vote], raw: bytes) -> dict[str, Any] | str:
    """The fields of ``raw``, or the name of the first wrong one, without our parser."""
    try:
        return model.model_validate(json.loads(raw)).model_dump()
    except ValidationError as error:
        place = error.errors()[0]["loc"]
        return str(place[0]) if place else "score"


def by_codec(decode: Callable[[bytes], Event], raw: bytes) -> dict[str, Any] | str:
    found = outcome(decode, raw)
    if isinstance(found, Refused):
        return found.field
    return {
        "type": "vote" if isinstance(found, VoteEvent) else "completion",
        **{name: getattr(found, name) for name in found.__struct_fields__},
    }


def without_empty(fields: dict[str, Any] | str) -> dict[str, Any] | str:
    if isinstance(fields, str):
        return fields
    return {name: None if value in ({}, []) else value for name, value in fields.items()}


@THOROUGH
@given(COMPLETIONS)
def test_completions_read_as_by_another_json_reader(raw: bytes) -> None:
    expected = without_empty(by_another_reader(Completion, raw))
    assert by_codec(codec.decode_completion, raw) == expected


@THOROUGH
@given(VOTES)
def test_votes_read_as_by_another_json_reader(raw: bytes) -> None:
    assert by_codec(codec.decode_vote, raw) == without_empty(by_another_reader(Vote, raw))


@THOROUGH
@given(st.one_of(ODD_COMPLETIONS, ODD_VOTES, damaged(COMPLETIONS), damaged(VOTES)))
def test_what_is_accepted_is_json_to_other_readers_too(raw: bytes) -> None:
    if not isinstance(outcome(codec.decode, raw), Refused):
        assert isinstance(json.loads(raw.decode()), dict)


@THOROUGH
@given(st.one_of(COMPLETIONS, VOTES))
def test_events_survive_encoding(raw: bytes) -> None:
    event = outcome(codec.decode, raw)
    if not isinstance(event, Refused):
        assert codec.decode(encode(event)) == event


@pytest.mark.parametrize(("members", "kind"), [(COMPLETION, CompletionEvent), (VOTE, VoteEvent)])
def test_every_field_with_every_value_has_one_verdict(members: Members, kind: type[Event]) -> None:
    assert_one_verdict(written(members), kind)
    for at, (name, _) in enumerate(members):
        assert_one_verdict(written(members[:at] + members[at + 1 :]), kind)
        for value in EVERY_VALUE:
            assert_one_verdict(written([*members[:at], (name, value), *members[at + 1 :]]), kind)


@pytest.mark.parametrize(("members", "kind"), [(COMPLETION, CompletionEvent), (VOTE, VoteEvent)])
def test_the_bodies_that_are_changed_are_right_to_begin_with(
    members: Members, kind: type[Event]
) -> None:
    assert isinstance(codec.decode(written(members)), kind)
