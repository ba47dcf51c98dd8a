"""What a batch needs from the store before it can be applied, and how memory learns it (I4).

Loading goes in two rounds: the interactions and votes that a batch names, then the desks around
every place that they turn out to have or to have had.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from models.facts import DeskSpan, Facts, Needs, VoteIdentity
from streams.core.columnar import NONE, Rows
from streams.core.contributions import contributions_now, note_summed, places_now
from streams.core.decoding import EventBatch, texts
from streams.core.interactions import Completions, Place
from streams.core.matching import KINDS, REACH_MS, TEST
from streams.core.memory import HOUR_MS, Memory
from streams.core.sums import Sums, window_keys
from streams.core.vocabulary import OUTCOMES
from streams.core.votes import Ballots

AROUND_MS = 2 * REACH_MS
"""So far around a place may lie what changes when something there changes."""


def needs_by_name(memory: Memory, batch: EventBatch) -> Needs:
    """Interactions and votes of the batch that may be stored and are not in memory, and the desks
    around the places that the batch names."""
    needs = Needs()
    if memory.held_since == NONE:
        return needs
    _need_keys(needs, memory, batch)
    completions, ballots = batch.completions, batch.ballots
    lone = np.flatnonzero(ballots.key == 0)
    _need_votes(needs, memory, ballots, lone)
    _need_desks(needs, memory, completions.desk, completions.completed_at)
    _need_desks(needs, memory, ballots.desk[lone], ballots.voted_at[lone])
    return needs


def needs_by_place(memory: Memory, batch: EventBatch) -> Needs:
    """The desks around every place of the interactions and votes that the batch names."""
    needs = Needs()
    if memory.held_since == NONE:
        return needs
    places: list[tuple[int, int]] = []
    named = {*batch.completions.key.tolist(), *batch.ballots.key.tolist()}
    for row in map(memory.row, named):
        if row >= 0:
            places += [
                (place.desk, place.completed_at) for place in memory.interactions.places(row)
            ]
    ballots = batch.ballots
    for i in np.flatnonzero(ballots.key == 0).tolist():
        desk = int(ballots.desk[i])
        vote = memory.votes.by_desk.get((desk, ballots.event_id[i]))
        if vote is not None:
            places += [(desk, time) for time in memory.votes.times(vote)]
    columns = np.array(places, np.int64).reshape(-1, 2).T
    _need_desks(needs, memory, columns[0], columns[1])
    return needs


def _need_keys(needs: Needs, memory: Memory, batch: EventBatch) -> None:
    keys = np.concatenate([batch.completions.key, batch.ballots.key])
    offices = np.concatenate([batch.completions.office, batch.ballots.office])
    rows = np.array([memory.row(key) for key in keys.tolist()], np.int64)
    held = (rows >= 0) & (memory.interactions.completed_at[rows] != NONE)
    asked = np.flatnonzero(~held & (keys != 0))
    asked = asked[memory.stored_keys.may_hold(keys[asked])]
    for i in asked.tolist():
        office = memory.vocabulary.offices[offices[i]]
        needs.keys.setdefault(office, set()).add(int(keys[i]))


def _need_votes(needs: Needs, memory: Memory, ballots: Ballots, lone: Rows) -> None:
    vocabulary = memory.vocabulary
    unheld = [
        i
        for i in lone.tolist()
        if (int(ballots.desk[i]), ballots.event_id[i]) not in memory.votes.by_desk
    ]
    keys = [vocabulary.desk_vote_key(int(ballots.desk[i]), ballots.event_id[i]) for i in unheld]
    perhaps = memory.stored_keys.may_hold(np.array(keys, np.uint64))
    for n in np.flatnonzero(perhaps).tolist():
        desk = int(ballots.desk[unheld[n]])
        office = vocabulary.office_of(desk)
        needs.votes.add(
            VoteIdentity(*office, vocabulary.scope_keys[desk], str(ballots.event_id[unheld[n]]))
        )


def _need_desks(
    needs: Needs, memory: Memory, desks: NDArray[np.integer], times: NDArray[np.int64]
) -> None:
    """The hours around times at desks that memory does not hold whole; notes them as covered."""
    near = times - AROUND_MS < memory.held_since
    desks, times = desks[near], times[near]
    hours = np.concatenate([times - AROUND_MS, times + AROUND_MS]) // HOUR_MS * HOUR_MS
    wanted = set(zip(np.concatenate([desks, desks]).tolist(), hours.tolist(), strict=True))
    for desk, hour in wanted - memory.covered:
        if hour < memory.held_since:
            memory.covered.add((desk, hour))
            office = memory.vocabulary.office_of(desk)
            desk_id = memory.vocabulary.scope_keys[desk]
            needs.desks.add(DeskSpan(*office, desk_id, hour, hour + HOUR_MS - 1))


def learn(memory: Memory, facts: Facts) -> tuple[Rows, Rows]:
    """Take stored facts into memory; the live rows of ``facts`` and their rows in memory."""
    stored = facts.interactions
    live = np.flatnonzero(np.array(stored["deleted"], np.int8) == 0)
    rows = memory.take_completions(_completions(memory, facts, live))
    for i, former in enumerate(stored["former"]):
        if former or stored["deleted"][i]:
            _learn_places(memory, facts, i, former)
    votes = facts.votes
    taken = memory.take_votes(_ballots(memory, facts))
    for row, former in zip(taken.tolist(), votes["former"], strict=True):
        for time in former:
            memory.votes.remember(row, time)
    return live, rows


def events_of(memory: Memory, facts: Facts) -> EventBatch:
    """Stored facts as the events that made them, as far as they are kept: those that count."""
    live = np.flatnonzero(np.array(facts.interactions["deleted"], np.int8) == 0)
    return EventBatch(_completions(memory, facts, live), _ballots(memory, facts), [], {}, 0)


def begin(memory: Memory, sums: Sums, facts: Facts, since: int) -> None:
    """Learn the facts that memory begins with and sum the windows of the hours from ``since`` on.

    The sums begin as the stored windows do: from the votes that the stored rows say count.
    """
    live, rows = learn(memory, facts)
    interactions, stored = memory.interactions, facts.interactions
    times = np.array(stored["completed_at"], np.int64)[live]
    ids = texts([stored["event_id"][i] for i in live.tolist()])
    counting = (times == interactions.completed_at[rows]) & (ids == interactions.event_id[rows])
    counting &= times >= since
    live, rows = live[counting], rows[counting]
    score = np.array([stored["score"][i] or 0 for i in live.tolist()], np.int8)
    scale = np.array([stored["scale"][i] or 5 for i in live.tolist()], np.int8)
    contributions = contributions_now(interactions, rows, score, scale)
    places = places_now(interactions, rows)
    note_summed(interactions, rows, places, contributions)
    keys, owner = window_keys(places, memory.vocabulary)
    sums.change(keys, owner, contributions.counts())


def _learn_places(
    memory: Memory, facts: Facts, i: int, former: Iterable[tuple[object, ...]]
) -> None:
    stored, vocabulary = facts.interactions, memory.vocabulary
    tenant_id, office_id = stored["tenant_id"][i], stored["office_id"][i]
    row = memory.row_for(stored["interaction_key"][i], vocabulary.office(tenant_id, office_id))
    own = tuple(
        stored[name][i] for name in ("completed_at", "desk_id", "service_id", "channel", "segments")
    )
    for completed_at, desk_id, service_id, channel_id, segments in (own, *former):
        office, desk, service, channel = vocabulary.place(
            tenant_id, office_id, desk_id, service_id, channel_id
        )
        place = Place(completed_at, desk, service, channel, vocabulary.segments(office, segments))
        memory.interactions.remember(row, place)


def _completions(memory: Memory, facts: Facts, live: Rows) -> Completions:
    stored, vocabulary = facts.interactions, memory.vocabulary
    picked = live.tolist()

    def column(name: str) -> list[object]:
        values = stored[name]
        return [values[i] for i in picked]

    words = ("tenant_id", "office_id", "desk_id", "service_id", "channel")
    codes = vocabulary.places(zip(*(stored_words(column(w)) for w in words), strict=True))
    segments = [
        vocabulary.segments(office, stored["segments"][i])
        for office, i in zip(codes[0].tolist(), picked, strict=True)
    ]
    return Completions(
        key=np.array(column("interaction_key"), np.uint64),
        office=codes[0],
        desk=codes[1],
        service=codes[2],
        channel=codes[3],
        segments=np.array(segments, np.int32),
        outcome=np.array([OUTCOMES.index(str(word)) for word in column("outcome")], np.int8),
        completed_at=np.array(column("completed_at"), np.int64),
        arrived_at=_times(column("arrived_at")),
        started_at=_times(column("started_at")),
        due_at=_times(column("due_at")),
        event_id=texts(stored_words(column("event_id"))),
    )


def _ballots(memory: Memory, facts: Facts) -> Ballots:
    stored, vocabulary = facts.votes, memory.vocabulary
    words = zip(stored["tenant_id"], stored["office_id"], stored["desk_id"], strict=True)
    offices, desks = vocabulary.desks(words)
    return Ballots(
        key=np.array(stored["interaction_key"], np.uint64),
        office=offices,
        desk=desks,
        terminal=vocabulary.terminal_column(stored["terminal_id"]),
        score=np.array(stored["score"], np.int8),
        scale=np.array(stored["scale"], np.int8),
        reasons=np.array([vocabulary.reason_list(r) for r in stored["reasons"]], np.int32),
        test=np.array([kind == KINDS[TEST] for kind in stored["kind"]], np.bool_),
        voted_at=np.array(stored["voted_at"], np.int64),
        event_id=texts(stored["event_id"]),
    )


def stored_words(values: list[object]) -> list[str]:
    """Stored texts as texts."""
    return [str(value) for value in values]


def _times(values: list[object]) -> NDArray[np.int64]:
    return np.array([NONE if value is None else value for value in values], np.int64)
