"""From bytes to events: the hot path of every record.

The quick check here only ever says yes; what it does not accept goes to the published contract
(``models.contract``), which accepts it after all or says what is wrong. Both look at the same
parsed body, so they cannot disagree about JSON. Keys and clocks are for ``models.envelope``.
"""

import re
from typing import Any, TypeVar

import msgspec

from models.contract import Completion, Vote
from models.diagnosis import judged
from models.errors import Refused
from models.events import CompletionEvent, Event, VoteEvent
from models.instants import parse_instant
from models.limits import (
    BODY_BYTES_AT_MOST,
    CHANNELS,
    DEPTH_AT_MOST,
    OUTCOMES,
    REASONS_AT_MOST,
    SCALES,
    SEGMENTS_AT_MOST,
    is_id,
)

__all__ = ["CompletionEvent", "Event", "VoteEvent", "decode", "decode_completion", "decode_vote"]


def decode_completion(raw: bytes) -> CompletionEvent:
    """The completion that ``raw`` holds; raises ``Refused`` where it holds none."""
    wire = parse(raw, COMPLETION_WIRE)
    return quick_completion(wire) or judged_completion(wire)


def decode_vote(raw: bytes) -> VoteEvent:
    """The vote that ``raw`` holds; raises ``Refused`` where it holds none."""
    wire = parse(raw, VOTE_WIRE)
    return quick_vote(wire) or judged_vote(wire)


def decode(raw: bytes) -> Event:
    """The event that ``raw`` holds, of either type; raises ``Refused`` where it holds none."""
    kind = parse(raw, _TYPE_WIRE).type
    if kind == "completion":
        return decode_completion(raw)
    if kind == "vote":
        return decode_vote(raw)
    problem = "is missing" if kind is msgspec.UNSET else "must be 'completion' or 'vote'"
    raise Refused("contract", "type", problem)


class _TypeWire(msgspec.Struct, gc=False):
    type: Any = msgspec.UNSET


class CompletionWire(msgspec.Struct, gc=False):
    """The fields of a completion as JSON has them.

    Any of them may be anything: a parser that judged types would judge the first of two values
    under one name, where readers of JSON go by the last.
    """

    type: Any = msgspec.UNSET
    event_id: Any = msgspec.UNSET
    tenant_id: Any = msgspec.UNSET
    office_id: Any = msgspec.UNSET
    desk_id: Any = msgspec.UNSET
    service_id: Any = msgspec.UNSET
    interaction_id: Any = msgspec.UNSET
    channel: Any = "counter"
    outcome: Any = "completed"
    segments: Any = None
    arrived_at: Any = None
    started_at: Any = None
    completed_at: Any = msgspec.UNSET
    due_at: Any = None


class VoteWire(msgspec.Struct, gc=False):
    """The fields of a vote as JSON has them, whatever they are."""

    type: Any = msgspec.UNSET
    event_id: Any = msgspec.UNSET
    tenant_id: Any = msgspec.UNSET
    office_id: Any = msgspec.UNSET
    desk_id: Any = msgspec.UNSET
    terminal_id: Any = msgspec.UNSET
    interaction_id: Any = None
    score: Any = msgspec.UNSET
    scale: Any = 5
    reasons: Any = None
    test: Any = False
    voted_at: Any = msgspec.UNSET


_TYPE_WIRE = msgspec.json.Decoder(_TypeWire)
COMPLETION_WIRE = msgspec.json.Decoder(CompletionWire)
VOTE_WIRE = msgspec.json.Decoder(VoteWire)

Wire = TypeVar("Wire")
# Possessive, and an open text runs to the end: linear in the length of whatever is sent.
_STRING = re.compile(rb'"(?:[^"\\]++|\\(?:.|\Z))*+(?:"|\Z)', re.DOTALL)


def parse(raw: bytes, decoder: "msgspec.json.Decoder[Wire]") -> Wire:
    """``raw`` as JSON, by ``decoder``; raises ``Refused`` where it is none or too much of it."""
    if not raw:
        raise Refused("json", "", "there is no body")
    if len(raw) > BODY_BYTES_AT_MOST:
        problem = f"must have at most {BODY_BYTES_AT_MOST} bytes, not {len(raw)}"
        raise Refused("too_long", "", problem)
    # A fixed depth, since the parser's own depends on how deep the caller stands.
    if _openings(raw) > DEPTH_AT_MOST and _depth(raw) > DEPTH_AT_MOST:
        raise Refused("json", "", f"must not nest deeper than {DEPTH_AT_MOST} levels")
    try:
        if not raw.isascii():  # the parser does not look at the bytes of fields that it skips
            raw.decode()
        return decoder.decode(raw)
    except UnicodeDecodeError as error:
        raise Refused("json", "", f"must be UTF-8: byte {error.start} is not") from None
    except msgspec.ValidationError as error:
        raise _out_of_form(str(error)) from None
    except msgspec.DecodeError as error:
        raise Refused("json", "", f"must be one JSON object: {error}") from None


def _openings(raw: bytes) -> int:
    # bytes.count takes twice as long, half a microsecond a record.
    return 2 * len(raw) - len(raw.replace(b"{", b"")) - len(raw.replace(b"[", b""))


def _depth(raw: bytes) -> int:
    deepest = depth = 0
    for byte in _STRING.sub(b"", raw):
        if byte in b"{[":
            depth += 1
            deepest = max(deepest, depth)
        elif byte in b"}]":
            depth -= 1
    return deepest


def _out_of_form(complaint: str) -> Refused:
    field = re.search(r"\$\.(\w+)", complaint)
    if field is None:
        return Refused("contract", "", "must be one JSON object")
    return Refused("contract", field[1], "must not hold a number of that size")


# --- The quick check: yes, or None for "ask the contract" ---------------------------------------
# Ids that were found valid are remembered, and the same object is handed out again: events then
# share the text, which saves memory, and compare by identity.

_REMEMBERED_AT_MOST = 1 << 16
_ids: dict[str, str] = {}
_office_ids: dict[str, str] = {}
_segments: set[tuple[str, str]] = set()
_CHANNELS = {channel: channel for channel in CHANNELS}
_OUTCOMES = {outcome: outcome for outcome in OUTCOMES}
_UNFIT = (TypeError, ValueError, KeyError)


def quick_completion(wire: CompletionWire) -> CompletionEvent | None:
    """``wire`` as an event if all of it is plainly right."""
    event_id, interaction_id = wire.event_id, wire.interaction_id
    if wire.type != "completion" or not (is_id(event_id) and is_id(interaction_id)):
        return None
    try:
        return CompletionEvent(
            event_id,
            _office_ids.get(wire.tenant_id) or _learned_office_id(wire.tenant_id),
            _office_ids.get(wire.office_id) or _learned_office_id(wire.office_id),
            _ids.get(wire.desk_id) or _learned_id(wire.desk_id),
            _ids.get(wire.service_id) or _learned_id(wire.service_id),
            interaction_id,
            _CHANNELS[wire.channel],
            _OUTCOMES[wire.outcome],
            None if wire.segments is None else quick_segments(wire.segments),
            parse_instant(wire.completed_at),
            None if wire.arrived_at is None else parse_instant(wire.arrived_at),
            None if wire.started_at is None else parse_instant(wire.started_at),
            None if wire.due_at is None else parse_instant(wire.due_at),
        )
    except _UNFIT:
        return None


def quick_vote(wire: VoteWire) -> VoteEvent | None:
    """``wire`` as an event if all of it is plainly right."""
    event_id, interaction_id = wire.event_id, wire.interaction_id
    if wire.type != "vote" or not is_id(event_id):
        return None
    if interaction_id is not None and not is_id(interaction_id):
        return None
    score, scale = wire.score, wire.scale
    if type(score) is not int or type(scale) is not int or type(wire.test) is not bool:
        return None
    if scale not in SCALES or not 1 <= score <= scale:
        return None
    try:
        return VoteEvent(
            event_id,
            _office_ids.get(wire.tenant_id) or _learned_office_id(wire.tenant_id),
            _office_ids.get(wire.office_id) or _learned_office_id(wire.office_id),
            _ids.get(wire.desk_id) or _learned_id(wire.desk_id),
            _ids.get(wire.terminal_id) or _learned_id(wire.terminal_id),
            interaction_id,
            score,
            scale,
            None if wire.reasons is None else quick_reasons(wire.reasons),
            parse_instant(wire.voted_at),
            wire.test,
        )
    except _UNFIT:
        return None


def _learned_id(text: Any) -> str:
    if not is_id(text):
        raise ValueError
    if len(_ids) >= _REMEMBERED_AT_MOST:
        _ids.clear()
    return _ids.setdefault(text, text)


def _learned_office_id(text: Any) -> str:
    if not is_id(text) or "/" in text:
        raise ValueError
    if len(_office_ids) >= _REMEMBERED_AT_MOST:
        _office_ids.clear()
    return _office_ids.setdefault(text, text)


def quick_segments(pairs: Any) -> dict[str, str] | None:
    """``pairs``, None where there are none; raises ``ValueError`` unless all are plainly right."""
    if type(pairs) is not dict or len(pairs) > SEGMENTS_AT_MOST:
        raise ValueError
    if not pairs.items() <= _segments:
        for name, value in pairs.items():
            if not is_id(name) or "=" in name or not is_id(value):
                raise ValueError
        if len(_segments) >= _REMEMBERED_AT_MOST:
            _segments.clear()
        _segments.update(pairs.items())
    return pairs or None


def quick_reasons(codes: Any) -> list[str] | None:
    """``codes``, None where there are none; raises ``ValueError`` unless all are plainly right."""
    if type(codes) is not list or len(codes) > REASONS_AT_MOST:
        raise ValueError
    return [_ids.get(code) or _learned_id(code) for code in codes] or None


# --- The contract's word -------------------------------------------------------------------------


def judged_completion(wire: CompletionWire) -> CompletionEvent:
    """``wire`` as the published contract has it; raises ``Refused``."""
    event = judged(Completion, _sent(wire))
    fields = {name: getattr(event, name) for name in CompletionEvent.__struct_fields__}
    return CompletionEvent(**fields | {"segments": event.segments or None})


def judged_vote(wire: VoteWire) -> VoteEvent:
    """``wire`` as the published contract has it; raises ``Refused``."""
    event = judged(Vote, _sent(wire))
    fields = {name: getattr(event, name) for name in VoteEvent.__struct_fields__}
    return VoteEvent(**fields | {"reasons": event.reasons or None})


def _sent(wire: CompletionWire | VoteWire) -> dict[str, Any]:
    fields = msgspec.structs.asdict(wire)
    return {name: value for name, value in fields.items() if value is not msgspec.UNSET}
