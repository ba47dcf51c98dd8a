"""Many bodies at once: what they say as columns, where all of them are plainly right.

Says that or nothing. What is not taken here goes to ``models.codec``, body by body, which alone
refuses; so a doubt costs time and no verdict. Keys and clocks are for ``models.envelope``.
"""

from collections.abc import Hashable, Mapping, Sequence
from functools import lru_cache
from operator import gt, itemgetter
from typing import Annotated, Any, Literal, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from models.codec import quick_reasons, quick_segments
from models.events import CompletionEvent, VoteEvent
from models.instants import NO_INSTANT, parse_instants
from models.limits import BODY_BYTES_AT_MOST, Channel, Outcome, Scale, are_ids

Segments = Mapping[str, str] | None
Reasons = Sequence[str] | None


class CompletionColumns(NamedTuple):
    """Completions, field by field. Times are int64 ms since 1970, ``NO_INSTANT`` where unknown.

    Segments of completion i are ``segment_sets[segments[i]]``: what names a set is any hashable.
    """

    event_ids: Sequence[str]
    tenant_ids: Sequence[str]
    office_ids: Sequence[str]
    desk_ids: Sequence[str]
    service_ids: Sequence[str]
    interaction_ids: Sequence[str]
    channels: Sequence[str]
    outcomes: Sequence[str]
    segments: Sequence[Hashable]
    segment_sets: Mapping[Any, Segments]
    completed_at: NDArray[np.int64]
    arrived_at: NDArray[np.int64]
    started_at: NDArray[np.int64]
    due_at: NDArray[np.int64]

    @property
    def own_times(self) -> NDArray[np.int64]:
        """When each happened."""
        return self.completed_at


class VoteColumns(NamedTuple):
    """Votes, field by field. Reasons of vote i are ``reason_lists[reasons[i]]``."""

    event_ids: Sequence[str]
    tenant_ids: Sequence[str]
    office_ids: Sequence[str]
    desk_ids: Sequence[str]
    terminal_ids: Sequence[str]
    interaction_ids: Sequence[str | None]
    scores: Sequence[int]
    scales: Sequence[int]
    reasons: Sequence[Hashable]
    reason_lists: Mapping[Any, Reasons]
    tests: Sequence[bool]
    voted_at: NDArray[np.int64]

    @property
    def own_times(self) -> NDArray[np.int64]:
        """When each happened."""
        return self.voted_at


def completions(values: Sequence[bytes]) -> CompletionColumns | None:
    """The completions that ``values`` hold, or None for "look at each"."""
    try:
        return _completions(values)
    except _DOUBTS:
        return None


def votes(values: Sequence[bytes]) -> VoteColumns | None:
    """The votes that ``values`` hold, or None for "look at each"."""
    try:
        return _votes(values)
    except _DOUBTS:
        return None


def completions_of(events: Sequence[CompletionEvent]) -> CompletionColumns:
    """Completions that were looked at one by one."""
    names = [tuple(e.segments.items()) if e.segments else () for e in events]
    return CompletionColumns(
        event_ids=[e.event_id for e in events],
        tenant_ids=[e.tenant_id for e in events],
        office_ids=[e.office_id for e in events],
        desk_ids=[e.desk_id for e in events],
        service_ids=[e.service_id for e in events],
        interaction_ids=[e.interaction_id for e in events],
        channels=[e.channel for e in events],
        outcomes=[e.outcome for e in events],
        segments=names,
        segment_sets={name: dict(name) or None for name in names},
        completed_at=_known([e.completed_at for e in events]),
        arrived_at=_known([e.arrived_at for e in events]),
        started_at=_known([e.started_at for e in events]),
        due_at=_known([e.due_at for e in events]),
    )


def votes_of(events: Sequence[VoteEvent]) -> VoteColumns:
    """Votes that were looked at one by one."""
    names = [tuple(e.reasons or ()) for e in events]
    return VoteColumns(
        event_ids=[e.event_id for e in events],
        tenant_ids=[e.tenant_id for e in events],
        office_ids=[e.office_id for e in events],
        desk_ids=[e.desk_id for e in events],
        terminal_ids=[e.terminal_id for e in events],
        interaction_ids=[e.interaction_id for e in events],
        scores=[e.score for e in events],
        scales=[e.scale for e in events],
        reasons=names,
        reason_lists={name: list(name) or None for name in names},
        tests=[e.test for e in events],
        voted_at=_known([e.voted_at for e in events]),
    )


# --- The fields as JSON has them: types that say no sooner than the contract does -----------------

_ABSENT = msgspec.Raw(b"")


class _Completion(msgspec.Struct, gc=False):
    type: Literal["completion"]
    event_id: str
    tenant_id: str
    office_id: str
    desk_id: str
    service_id: str
    interaction_id: str
    completed_at: str
    channel: Channel = "counter"
    outcome: Outcome = "completed"
    segments: msgspec.Raw = _ABSENT
    arrived_at: str | None = None
    started_at: str | None = None
    due_at: str | None = None


class _Vote(msgspec.Struct, gc=False):
    type: Literal["vote"]
    event_id: str
    tenant_id: str
    office_id: str
    desk_id: str
    terminal_id: str
    score: Annotated[int, msgspec.Meta(ge=1, le=5)]
    voted_at: str
    interaction_id: str | None = None
    scale: Scale = 5
    reasons: msgspec.Raw = _ABSENT
    test: bool = False


_COMPLETIONS = msgspec.json.Decoder(list[_Completion])
_VOTES = msgspec.json.Decoder(list[_Vote])
_SEGMENTS = msgspec.json.Decoder(dict[str, str] | None)
_REASONS = msgspec.json.Decoder(list[str] | None)
_DOUBTS = (ValueError, IndexError, RecursionError, msgspec.DecodeError)
_REMEMBERED_AT_MOST = 1 << 14
_first_byte = itemgetter(0)


def _completions(values: Sequence[bytes]) -> CompletionColumns:
    columns, nested = _columns(values, _COMPLETIONS)
    (_, event_ids, tenants, offices, desks, services, interactions, completed) = columns[:8]
    (channels, outcomes, segments, arrived, started, due) = columns[8:]
    _must(are_ids(event_ids) and are_ids(interactions))
    _must(_are_offices(tenants, offices) and are_ids(set(desks)) and are_ids(set(services)))
    texts = list(map(bytes, segments))
    sets = {text: _segments_of(text) for text in set(texts)}
    _must(nested == sum(text.startswith(b"{") for text in texts))
    return CompletionColumns(
        *(event_ids, tenants, offices, desks, services, interactions, channels, outcomes),
        *(texts, sets),
        *(parse_instants(completed), *map(_some_instants, (arrived, started, due))),
    )


def _votes(values: Sequence[bytes]) -> VoteColumns:
    columns, nested = _columns(values, _VOTES)
    (_, event_ids, tenants, offices, desks, terminals, scores, voted) = columns[:8]
    (interactions, scales, reasons, tests) = columns[8:]
    _must(are_ids(event_ids) and are_ids([each for each in interactions if each is not None]))
    _must(_are_offices(tenants, offices) and are_ids(set(desks)) and are_ids(set(terminals)))
    _must(not any(map(gt, scores, scales)))
    texts = list(map(bytes, reasons))
    lists = {text: _reasons_of(text) for text in set(texts)}
    _must(nested == sum(text.startswith(b"[") for text in texts))
    return VoteColumns(
        *(event_ids, tenants, offices, desks, terminals, interactions, scores, scales),
        *(texts, lists, tests, parse_instants(voted)),
    )


def _columns(
    values: Sequence[bytes], decoder: "msgspec.json.Decoder[list[Any]]"
) -> tuple[list[tuple[Any, ...]], int]:
    """The fields of bodies as columns, and how many objects and lists lie in them.

    The caller must compare that number with what it sees in the fields. If they are equal, then
    no other ``{`` or ``[`` is anywhere, not in a text, in an unknown field or in the first of two
    under one name; so each value, which begins with a ``{``, is one body and as deep as it looks.
    """
    _must(set(map(_first_byte, values)) == {ord("{")})
    _must(max(map(len, values)) <= BODY_BYTES_AT_MOST)
    text = b"[" + b",".join(values) + b"]"
    if not text.isascii():
        text.decode()
    rows = decoder.decode(text)
    _must(len(rows) == len(values))
    # `[` and `{` differ in one bit, and no other two bytes become `{` by setting it.
    openings = np.count_nonzero(np.frombuffer(text, np.uint8) | 0x20 == ord("{"))
    columns = list(zip(*map(msgspec.structs.astuple, rows), strict=True))
    return columns, int(openings) - 1 - len(values)


def _must(plain: bool) -> None:
    if not plain:
        raise ValueError


def _are_offices(tenants: Sequence[str], offices: Sequence[str]) -> bool:
    ids = {*tenants, *offices}
    return are_ids(ids) and not any("/" in each for each in ids)


@lru_cache(_REMEMBERED_AT_MOST)
def _segments_of(text: bytes) -> Segments:
    pairs = _SEGMENTS.decode(text) if text else None
    return None if pairs is None else quick_segments(pairs)


@lru_cache(_REMEMBERED_AT_MOST)
def _reasons_of(text: bytes) -> Reasons:
    codes = _REASONS.decode(text) if text else None
    return None if codes is None else quick_reasons(codes)


def _some_instants(texts: Sequence[str | None]) -> NDArray[np.int64]:
    known = [text for text in texts if text is not None]
    if len(known) == len(texts):
        return parse_instants(known)
    instants = np.full(len(texts), NO_INSTANT)
    if known:
        instants[[text is not None for text in texts]] = parse_instants(known)
    return instants


def _known(instants: Sequence[int | None]) -> NDArray[np.int64]:
    return np.array([NO_INSTANT if each is None else each for each in instants], np.int64)
