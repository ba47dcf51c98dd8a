"""What an action is, what it is not, and which of several under one id counts."""

import json
from typing import Any

import pytest

from models.alert_actions import ActionEvent, decode, encode, refuse_future
from models.errors import Refused
from models.instants import parse_instant

SOUND = {
    "type": "alert_action",
    "event_id": "a1",
    "tenant_id": "town",
    "office_id": "hall",
    "alert_id": "d1-20260311-1",
    "action": "cause",
    "acted_at": "2026-03-11T11:40:00+02:00",
    "who": "смяна 2",
    "note": "the printer\nis out of order",
}


def raw(**fields: Any) -> bytes:
    return json.dumps(SOUND | fields).encode()


def test_an_action_comes_out_as_it_went_in() -> None:
    event = decode(raw())
    assert event == ActionEvent(
        "a1",
        "town",
        "hall",
        "d1-20260311-1",
        "cause",
        parse_instant("2026-03-11T09:40:00Z"),
        "смяна 2",
        "the printer\nis out of order",
    )
    assert decode(encode(event)) == event


def test_an_acknowledgement_needs_no_word_and_no_name() -> None:
    event = decode(raw(action="acknowledge", who="", note=""))
    assert (event.who, event.note) == ("", "")


def test_an_alert_of_the_longest_desk_has_an_id_that_is_taken() -> None:
    assert decode(raw(alert_id=f"{'d' * 64}-20260311-1234567"))


@pytest.mark.parametrize(
    ("fields", "field", "says"),
    [
        ({"type": "vote"}, "type", "must be 'alert_action'"),
        ({"action": "close"}, "action", "must be 'acknowledge', 'cause', 'action' or 'resolve'"),
        ({"action": "cause", "note": " "}, "note", "must say something: why the score dropped"),
        ({"action": "action", "note": ""}, "note", "must say something: what is done about it"),
        ({"action": "resolve", "note": ""}, "note", "must say something: why the alert is over"),
        ({"note": "x" * 501}, "note", "must have at most 500 characters, not 501"),
        ({"who": "x" * 81}, "who", "must have at most 80 characters, not 81"),
        ({"who": "a\x00b"}, "who", "must not hold control characters"),
        ({"who": None}, "who", "must not be null"),
        ({"note": 5}, "note", "must be a text"),
        ({"alert_id": "d 1"}, "alert_id", "must be the id of an alert"),
        ({"tenant_id": "a/b"}, "tenant_id", "must not contain '/'"),
        ({"acted_at": "2026-03-11T11:40:00"}, "acted_at", "must say its offset"),
        ({"event_id": ""}, "event_id", "must be 1 to 64 printable characters"),
    ],
)
def test_what_is_no_action_is_refused_by_field(
    fields: dict[str, Any], field: str, says: str
) -> None:
    with pytest.raises(Refused) as refused:
        decode(raw(**fields))
    assert (refused.value.field, refused.value.reason) == (field, "contract")
    assert refused.value.problem.startswith(says)


@pytest.mark.parametrize("field", ["event_id", "alert_id", "action", "acted_at"])
def test_what_is_missing_is_named(field: str) -> None:
    with pytest.raises(Refused, match=f"{field}: is missing"):
        decode(json.dumps({name: value for name, value in SOUND.items() if name != field}).encode())


def test_of_two_under_one_id_the_later_counts_and_equal_ones_are_equal() -> None:
    early, late = decode(raw()), decode(raw(acted_at="2026-03-11T09:40:00.001Z", note="less"))
    assert early.revision() < late.revision() < 1 << 64
    assert decode(raw()).revision() == early.revision()
    assert decode(raw(note="another")).revision() != early.revision()
    last = decode(raw(acted_at="2100-12-31T23:59:59.999Z"))
    assert late.revision() < last.revision() < 1 << 64


def test_an_action_of_the_future_is_refused() -> None:
    event = decode(raw())
    refuse_future(event, event.acted_at)
    with pytest.raises(Refused, match="2 s too far ahead"):
        refuse_future(event, event.acted_at - 2_000)
