"""Records in, columns out: what a batch says, and what in it is no event.

Everything that `models.codec` refuses, or that the record around an event contradicts, becomes a
dead letter (rule 9) and costs its neighbours nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from models.codec import decode_completion, decode_vote
from models.envelope import admit
from models.errors import Refused
from models.events import CompletionEvent, VoteEvent
from models.identity import KeyHasher
from streams.core.columnar import NONE
from streams.core.interactions import Completions
from streams.core.vocabulary import OUTCOMES, Vocabulary
from streams.core.votes import Ballots

COMPLETIONS = "completions"
VOTES = "votes"

_OUTCOME_CODES = {outcome: code for code, outcome in enumerate(OUTCOMES)}


class Records(Protocol):
    """A run of records of one topic and partition, as a log hands them out."""

    @property
    def topic(self) -> str: ...
    @property
    def partition(self) -> int: ...
    @property
    def first_offset(self) -> int: ...
    @property
    def keys(self) -> Sequence[bytes]: ...
    @property
    def values(self) -> Sequence[bytes]: ...
    @property
    def timestamps(self) -> Sequence[int]: ...


class DeadLetter(NamedTuple):
    """A record that is no event, and why."""

    topic: str
    partition: int
    offset: int
    recorded_at: int
    reason: str
    field: str
    problem: str
    raw_key: bytes
    raw: bytes


@dataclass(frozen=True, slots=True)
class Context:
    """What a verdict depends on beside the record: all of it comes from outside."""

    hasher: KeyHasher
    partitions: int
    now: int
    kept_since: int


@dataclass(slots=True)
class EventBatch:
    """The events of a batch as columns, its dead letters, and the greatest event time a topic."""

    completions: Completions
    ballots: Ballots
    dead_letters: list[DeadLetter]
    latest: dict[str, int]
    records: int


def decode(runs: Sequence[Records], vocabulary: Vocabulary, context: Context) -> EventBatch:
    """Judge every record of a batch and turn the events among them into columns."""
    dead: list[DeadLetter] = []
    completions = [
        event
        for run in runs
        if run.topic == COMPLETIONS
        for event in _judged(run, decode_completion, context, dead)
    ]
    votes = [
        event
        for run in runs
        if run.topic == VOTES
        for event in _judged(run, decode_vote, context, dead)
    ]
    latest = {}
    if completions:
        latest[COMPLETIONS] = max(event.completed_at for event in completions)
    if votes:
        latest[VOTES] = max(event.voted_at for event in votes)
    return EventBatch(
        _completion_columns(completions, vocabulary, context.hasher),
        _ballot_columns(votes, vocabulary, context.hasher),
        dead,
        latest,
        sum(len(run.values) for run in runs),
    )


_E = TypeVar("_E", CompletionEvent, VoteEvent)


def _judged(
    run: Records, read: Callable[[bytes], _E], context: Context, dead: list[DeadLetter]
) -> list[_E]:
    """The events of a run; what is none goes to ``dead``."""
    events: list[_E] = []
    take, partition = events.append, run.partition
    partitions, now, kept_since = context.partitions, context.now, context.kept_since
    for i, (value, key, timestamp) in enumerate(
        zip(run.values, run.keys, run.timestamps, strict=True)
    ):
        try:
            event = read(value)
            admit(event, key, partition, partitions, timestamp, now, kept_since)
            take(event)
        except Refused as refusal:
            why = refusal.reason, refusal.field, refusal.problem
            offset = run.first_offset + i
            dead.append(DeadLetter(run.topic, partition, offset, timestamp, *why, key, value))
    return events


def _completion_columns(
    events: list[CompletionEvent], vocabulary: Vocabulary, hasher: KeyHasher
) -> Completions:
    place, segments = vocabulary.place, vocabulary.segments
    places = [place(e.tenant_id, e.office_id, e.desk_id, e.service_id, e.channel) for e in events]
    codes = np.array(places, np.int32).reshape(-1, 4).T
    return Completions(
        key=hasher.interaction_keys((e.tenant_id, e.office_id, e.interaction_id) for e in events),
        office=codes[0],
        desk=codes[1],
        service=codes[2],
        channel=codes[3],
        segments=np.array(
            [segments(p[0], e.segments) for p, e in zip(places, events, strict=True)], np.int32
        ),
        outcome=np.array([_OUTCOME_CODES[e.outcome] for e in events], np.int8),
        completed_at=np.array([e.completed_at for e in events], np.int64),
        arrived_at=_times([e.arrived_at for e in events]),
        started_at=_times([e.started_at for e in events]),
        due_at=_times([e.due_at for e in events]),
        event_id=texts([e.event_id for e in events]),
    )


def _ballot_columns(events: list[VoteEvent], vocabulary: Vocabulary, hasher: KeyHasher) -> Ballots:
    desks = [vocabulary.desk(e.tenant_id, e.office_id, e.desk_id) for e in events]
    codes = np.array(desks, np.int32).reshape(-1, 2).T
    keys = np.zeros(len(events), np.uint64)
    keyed = [i for i, e in enumerate(events) if e.interaction_id is not None]
    keys[keyed] = hasher.interaction_keys(
        (e.tenant_id, e.office_id, e.interaction_id) for e in events if e.interaction_id is not None
    )
    return Ballots(
        key=keys,
        office=codes[0],
        desk=codes[1],
        terminal=np.array([vocabulary.terminal(e.terminal_id) for e in events], np.int32),
        score=np.array([e.score for e in events], np.int8),
        scale=np.array([e.scale for e in events], np.int8),
        reasons=np.array([vocabulary.reason_list(e.reasons) for e in events], np.int32),
        test=np.array([e.test for e in events], np.bool_),
        voted_at=np.array([e.voted_at for e in events], np.int64),
        event_id=texts([e.event_id for e in events]),
    )


def _times(values: list[int | None]) -> NDArray[np.int64]:
    return np.array([NONE if value is None else value for value in values], np.int64)


def texts(values: Sequence[str]) -> NDArray[np.object_]:
    """Texts as a column of objects, also where there are none."""
    column = np.empty(len(values), np.object_)
    column[:] = values
    return column
