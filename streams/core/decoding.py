"""Records in, columns out: what a batch says, and what in it is no event.

Everything that `models.codec` refuses, or that the record around an event contradicts, becomes a
dead letter (rule 9) and costs its neighbours nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from models.codec import decode_completion, decode_vote
from models.envelope import admit
from models.errors import Refused
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
    completions, ballots = _CompletionLists(), _BallotLists()
    dead: list[DeadLetter] = []
    for run in runs:
        taking = completions if run.topic == COMPLETIONS else ballots
        for i, (value, key, timestamp) in enumerate(
            zip(run.values, run.keys, run.timestamps, strict=True)
        ):
            try:
                taking.take(value, key, timestamp, run.partition, vocabulary, context)
            except Refused as refusal:
                dead.append(
                    DeadLetter(
                        run.topic,
                        run.partition,
                        run.first_offset + i,
                        timestamp,
                        refusal.reason,
                        refusal.field,
                        refusal.problem,
                        key,
                        value,
                    )
                )
    latest = {
        topic: max(times)
        for topic, times in ((COMPLETIONS, completions.completed_at), (VOTES, ballots.voted_at))
        if times
    }
    return EventBatch(
        completions.columns(), ballots.columns(), dead, latest, sum(len(r.values) for r in runs)
    )


class _CompletionLists:
    def __init__(self) -> None:
        self.keys: list[int] = []
        self.places: list[tuple[int, int, int, int]] = []
        self.segments: list[int] = []
        self.outcomes: list[int] = []
        self.completed_at: list[int] = []
        self.arrived_at: list[int] = []
        self.started_at: list[int] = []
        self.due_at: list[int] = []
        self.event_ids: list[str] = []

    def take(
        self,
        value: bytes,
        key: bytes,
        timestamp: int,
        partition: int,
        vocabulary: Vocabulary,
        context: Context,
    ) -> None:
        event = decode_completion(value)
        admit(event, key, partition, context.partitions, timestamp, context.now, context.kept_since)
        tenant_id, office_id = event.tenant_id, event.office_id
        place = vocabulary.place(
            tenant_id, office_id, event.desk_id, event.service_id, event.channel
        )
        arrived_at, started_at, due_at = event.arrived_at, event.started_at, event.due_at
        self.keys.append(context.hasher.interaction_key(tenant_id, office_id, event.interaction_id))
        self.places.append(place)
        self.segments.append(vocabulary.segments(place[0], event.segments))
        self.outcomes.append(_OUTCOME_CODES[event.outcome])
        self.completed_at.append(event.completed_at)
        self.arrived_at.append(NONE if arrived_at is None else arrived_at)
        self.started_at.append(NONE if started_at is None else started_at)
        self.due_at.append(NONE if due_at is None else due_at)
        self.event_ids.append(event.event_id)

    def columns(self) -> Completions:
        places = np.array(self.places, np.int32).reshape(-1, 4).T
        return Completions(
            key=np.array(self.keys, np.uint64),
            office=places[0],
            desk=places[1],
            service=places[2],
            channel=places[3],
            segments=np.array(self.segments, np.int32),
            outcome=np.array(self.outcomes, np.int8),
            completed_at=np.array(self.completed_at, np.int64),
            arrived_at=np.array(self.arrived_at, np.int64),
            started_at=np.array(self.started_at, np.int64),
            due_at=np.array(self.due_at, np.int64),
            event_id=texts(self.event_ids),
        )


class _BallotLists:
    def __init__(self) -> None:
        self.keys: list[int] = []
        self.desks: list[tuple[int, int]] = []
        self.terminals: list[int] = []
        self.scores: list[int] = []
        self.scales: list[int] = []
        self.reasons: list[int] = []
        self.voted_at: list[int] = []
        self.event_ids: list[str] = []

    def take(
        self,
        value: bytes,
        key: bytes,
        timestamp: int,
        partition: int,
        vocabulary: Vocabulary,
        context: Context,
    ) -> None:
        event = decode_vote(value)
        admit(event, key, partition, context.partitions, timestamp, context.now, context.kept_since)
        tenant_id, office_id, sent = event.tenant_id, event.office_id, event.interaction_id
        self.keys.append(
            0 if sent is None else context.hasher.interaction_key(tenant_id, office_id, sent)
        )
        self.desks.append(vocabulary.desk(tenant_id, office_id, event.desk_id))
        self.terminals.append(vocabulary.terminal(event.terminal_id))
        self.scores.append(event.score)
        self.scales.append(event.scale)
        self.reasons.append(vocabulary.reason_list(event.reasons))
        self.voted_at.append(event.voted_at)
        self.event_ids.append(event.event_id)

    def columns(self) -> Ballots:
        desks = np.array(self.desks, np.int32).reshape(-1, 2).T
        return Ballots(
            key=np.array(self.keys, np.uint64),
            office=desks[0],
            desk=desks[1],
            terminal=np.array(self.terminals, np.int32),
            score=np.array(self.scores, np.int8),
            scale=np.array(self.scales, np.int8),
            reasons=np.array(self.reasons, np.int32),
            voted_at=np.array(self.voted_at, np.int64),
            event_id=texts(self.event_ids),
        )


def texts(values: Sequence[str]) -> NDArray[np.object_]:
    """Texts as a column of objects, also where there are none."""
    column = np.empty(len(values), np.object_)
    column[:] = values
    return column
