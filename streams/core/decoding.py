"""Records in, columns out: what a batch says, and what in it is no event.

Many records at a time where all of them are plainly right, else one by one, with equal verdicts.
Everything that `models.codec` refuses, or that the record around an event contradicts, becomes a
dead letter (rule 9) and costs its neighbours nothing.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from models import bulk
from models.bulk import CompletionColumns, VoteColumns
from models.codec import decode_completion, decode_vote
from models.envelope import admit, all_fit
from models.errors import Refused
from models.events import CompletionEvent, VoteEvent
from models.identity import KeyHasher
from streams.core.interactions import Completions
from streams.core.vocabulary import OUTCOMES, Vocabulary
from streams.core.votes import Ballots

COMPLETIONS = "completions"
VOTES = "votes"

_TOGETHER = 1024
"""Records read at once: as many as are looked at one by one because of one that is in doubt."""

_TOO_FEW = 64
"""Below this, one by one is faster."""

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
        _completions(columns, vocabulary, context.hasher)
        for run in runs
        if run.topic == COMPLETIONS
        for columns in read_completions(run, context, dead)
    ] or [_completions(bulk.completions_of([]), vocabulary, context.hasher)]
    ballots = [
        _ballots(columns, vocabulary, context.hasher)
        for run in runs
        if run.topic == VOTES
        for columns in read_votes(run, context, dead)
    ] or [_ballots(bulk.votes_of([]), vocabulary, context.hasher)]
    done, rated = Completions(*_joined(completions)), Ballots(*_joined(ballots))
    times = {COMPLETIONS: done.completed_at, VOTES: rated.voted_at}
    latest = {topic: int(each.max()) for topic, each in times.items() if len(each)}
    return EventBatch(done, rated, dead, latest, sum(len(run.values) for run in runs))


def _joined(parts: Sequence[Iterable[NDArray[Any]]]) -> Iterable[NDArray[Any]]:
    return parts[0] if len(parts) == 1 else map(np.concatenate, zip(*parts, strict=True))


def read_completions(
    run: Records, context: Context, dead: list[DeadLetter]
) -> Iterator[CompletionColumns]:
    """The completions of a run, some at a time; what is none goes to ``dead``."""
    return _read(run, context, dead, bulk.completions, decode_completion, bulk.completions_of)


def read_votes(run: Records, context: Context, dead: list[DeadLetter]) -> Iterator[VoteColumns]:
    """The votes of a run, some at a time; what is none goes to ``dead``."""
    return _read(run, context, dead, bulk.votes, decode_vote, bulk.votes_of)


_C = TypeVar("_C", CompletionColumns, VoteColumns)
_E = TypeVar("_E", CompletionEvent, VoteEvent)


def _read(
    run: Records,
    context: Context,
    dead: list[DeadLetter],
    at_once: Callable[[Sequence[bytes]], _C | None],
    each: Callable[[bytes], _E],
    columns_of: Callable[[Sequence[_E]], _C],
) -> Iterator[_C]:
    for first in range(0, len(run.values), _TOGETHER):
        some = slice(first, first + _TOGETHER)
        values = run.values[some]
        read = at_once(values) if len(values) >= _TOO_FEW else None
        if read is None or not all_fit(
            zip(read.tenant_ids, read.office_ids, run.keys[some], strict=True),
            read.own_times,
            run.partition,
            context.partitions,
            run.timestamps[some],
            context.now,
            context.kept_since,
        ):
            read = columns_of(_judged(run, some, each, context, dead))
        yield read


def _judged(
    run: Records,
    some: slice,
    read: Callable[[bytes], _E],
    context: Context,
    dead: list[DeadLetter],
) -> list[_E]:
    """The events among some records, looked at one by one; what is none goes to ``dead``."""
    events: list[_E] = []
    partitions, now, kept_since = context.partitions, context.now, context.kept_since
    records = zip(run.values[some], run.keys[some], run.timestamps[some], strict=True)
    for offset, (value, key, timestamp) in enumerate(records, run.first_offset + some.start):
        try:
            event = read(value)
            admit(event, key, run.partition, partitions, timestamp, now, kept_since)
            events.append(event)
        except Refused as refusal:
            why = refusal.reason, refusal.field, refusal.problem
            dead.append(DeadLetter(run.topic, run.partition, offset, timestamp, *why, key, value))
    return events


def _completions(read: CompletionColumns, vocabulary: Vocabulary, hasher: KeyHasher) -> Completions:
    names = zip(read.tenant_ids, read.office_ids, read.interaction_ids, strict=True)
    columns = read.tenant_ids, read.office_ids, read.desk_ids, read.service_ids, read.channels
    places = vocabulary.places(zip(*columns, strict=True))
    return Completions(
        key=hasher.interaction_keys(names),
        office=places[0],
        desk=places[1],
        service=places[2],
        channel=places[3],
        segments=vocabulary.segment_column(places[0], read.segments, read.segment_sets),
        outcome=np.array([_OUTCOME_CODES[outcome] for outcome in read.outcomes], np.int8),
        completed_at=read.completed_at,
        arrived_at=read.arrived_at,
        started_at=read.started_at,
        due_at=read.due_at,
        event_id=texts(read.event_ids),
    )


def _ballots(read: VoteColumns, vocabulary: Vocabulary, hasher: KeyHasher) -> Ballots:
    offices, desks = vocabulary.desks(
        zip(read.tenant_ids, read.office_ids, read.desk_ids, strict=True)
    )
    names = zip(read.tenant_ids, read.office_ids, read.interaction_ids, strict=True)
    keyed = np.array([each is not None for each in read.interaction_ids], np.bool_)
    keys = np.zeros(len(keyed), np.uint64)
    keys[keyed] = hasher.interaction_keys(
        (tenant_id, office_id, each) for tenant_id, office_id, each in names if each is not None
    )
    return Ballots(
        key=keys,
        office=offices,
        desk=desks,
        terminal=vocabulary.terminal_column(read.terminal_ids),
        score=np.array(read.scores, np.int8),
        scale=np.array(read.scales, np.int8),
        reasons=vocabulary.reason_column(read.reasons, read.reason_lists),
        test=np.array(read.tests, np.bool_),
        voted_at=read.voted_at,
        event_id=texts(read.event_ids),
    )


def texts(values: Sequence[str]) -> NDArray[np.object_]:
    """Texts as a column of objects, also where there are none."""
    column = np.empty(len(values), np.object_)
    column[:] = values
    return column
