"""Memory as a cache: what is stored and learned again is what was held, and forgetting costs time
alone."""

import random
from typing import Any

import numpy as np
import pytest

from streams.core.columnar import NONE
from streams.core.key_filter import KeyFilter, Keys
from streams.core.memory import Memory
from streams.core.rows import StoredPlace
from tests.histories import history
from tests.oracle import HOUR, Event
from tests.streams.core.office import OneOffice, completion, key, ms, vote

LONG = 10_000 * HOUR


def contents(memory: Memory) -> tuple[dict[int, Any], dict[Any, Any]]:
    """Interactions by key and votes by identity, in words, as far as they are in memory."""
    table, votes, words = memory.interactions, memory.votes, memory.vocabulary
    interactions = {}
    for row in range(table.size):
        if table.completed_at[row] == NONE:
            continue
        times = table.completed_at[row], table.arrived_at[row], table.started_at[row]
        interactions[int(table.key[row])] = (
            tuple(map(int, (*times, table.due_at[row], table.outcome[row]))),
            table.event_id[row],
            {_in_words(memory, place) for place in table.places(row)},
            {votes.event_id[vote] for vote in votes.chain(int(table.first_vote[row]))},
        )
    known = {}
    for vote_row in range(votes.size):
        desk = words.scope_keys[votes.desk[vote_row]]
        name = int(votes.key[vote_row]) or desk, votes.event_id[vote_row]
        known[name] = (
            desk,
            words.terminals[votes.terminal[vote_row]],
            tuple(words.reasons[votes.reasons[vote_row]]),
            (int(votes.score[vote_row]), int(votes.scale[vote_row])),
            (int(votes.voted_at[vote_row]), frozenset(votes.times(vote_row))),
        )
    return interactions, known


def _in_words(memory: Memory, place: Any) -> tuple[Any, ...]:
    words = memory.vocabulary
    stored: StoredPlace = (
        place.completed_at,
        words.scope_keys[place.desk],
        words.scope_keys[place.service],
        words.scope_keys[place.channel],
        words.segment_sets[place.segments],
    )
    return (*stored[:4], tuple(sorted(stored[4].items())))


def of_one_office(seed: int) -> list[Event]:
    """The events of a generated history, as if all of it had happened in one office."""
    office = {"tenant_id": "t", "office_id": "o"}
    return [event | office for event in history(seed).events()]


def in_batches(rng: random.Random, events: list[Event]) -> list[list[Event]]:
    batches = []
    while events:
        size = rng.choice((1, 5, 40))
        batches.append(events[:size])
        events = events[size:]
    return batches


@pytest.mark.parametrize("seed", range(8))
def test_what_is_stored_and_learned_again_is_what_was_held(seed: int) -> None:
    rng = random.Random(seed)
    office = OneOffice(LONG)
    batches = in_batches(rng, of_one_office(seed))
    for number, batch in enumerate(batches):
        office.take(*batch)
        if number in {len(batches) // 2, len(batches) - 1}:
            held = contents(office.owner.state.memory)
            windows = office.store.rows("window_metrics")
            office.restart()
            assert contents(office.owner.state.memory) == held
            assert summed_again(office) == windows
    assert office.differences() == []


def summed_again(office: OneOffice) -> dict[Any, Any]:
    """The windows of an office after its memory wrote all of them anew."""
    names = office.store.rows("window_metrics")
    again = [event for event in office.events if event["type"] == "completion"]
    office.take(*again)
    found = office.store.rows("window_metrics")
    assert names.keys() <= found.keys()
    return found


@pytest.mark.parametrize("seed", range(8))
def test_forgetting_after_every_batch_changes_nothing_that_is_stored(seed: int) -> None:
    rng = random.Random(seed)
    forgetful, mindful = OneOffice(0), OneOffice(LONG)
    for batch in in_batches(rng, of_one_office(seed + 100)):
        for office in (forgetful, mindful):
            office.take(*batch)
        forgetful.owner.state.memory.forget(forgetful.owner.state.frontier.hour)
        forgetful.release(at_end=rng.choice(((), ("votes",))))
    assert mindful.differences() == []
    assert forgetful.differences() == []
    smaller, larger = (o.owner.state.memory.interactions.size for o in (forgetful, mindful))
    assert smaller < larger


def test_forgetting_keeps_what_is_not_older_with_all_its_votes() -> None:
    office = OneOffice(LONG)
    office.take(
        completion("old", "9:59:59.999"),
        completion("young", "10:00"),
        vote("v1", "9:55", "young"),
        vote("v2", "9:56", "young"),
        vote("v3", "10:05", "old"),
        vote("lone", "9:59:59.999", "nobody"),
        vote("waiting", "9:59", "somebody"),
        vote("waiting2", "10:00", "somebody"),
        vote("d-old", "9:59:59.999"),
        vote("d-young", "10:00"),
    )
    memory = office.owner.state.memory
    memory.forget(ms("10:00"))
    held = {name: memory.row(key(name)) >= 0 for name in ("old", "young", "nobody", "somebody")}
    assert held == {"old": False, "young": True, "nobody": False, "somebody": True}
    names = set(memory.votes.event_id[: memory.votes.size].tolist())
    assert names == {"v1", "v2", "waiting", "waiting2", "d-young"}
    chain = memory.votes.chain(int(memory.interactions.first_vote[memory.row(key("young"))]))
    assert {memory.votes.event_id[vote_row] for vote_row in chain} == {"v1", "v2"}
    forgotten = np.array([key("old"), key("nobody")], np.uint64)
    assert memory.stored_keys.may_hold(forgotten).all()
    assert memory.held_since == ms("10:00")


def test_forgetting_takes_along_where_interactions_were_and_when_votes_were_cast() -> None:
    office = OneOffice(LONG)
    office.take(completion("a", "9:00"), vote("v", "9:30"))
    office.take(completion("a", "10:30", "c2"), vote("v", "10:31", score=4))
    office.take(completion("b", "9:00"))
    memory = office.owner.state.memory
    before = contents(memory)
    memory.forget(ms("10:00"))
    interactions, votes = contents(memory)
    assert interactions == {key("a"): before[0][key("a")]}
    assert votes == before[1]


def test_a_terminal_that_hangs_is_in_the_books_once_a_vote_and_counts_once() -> None:
    office = OneOffice()
    office.take(completion("a", "10:00"))
    presses = [vote(f"v{n}", f"10:{n // 60:02}:{n % 60:02}", "a", score=1) for n in range(300)]
    last = vote("v59", "10:00:59.5", "a", score=2)
    office.take(*presses[:200], *presses[50:150], last)
    office.take(*presses, *presses)
    assert office.differences() == []
    assert office.owner.state.memory.votes.size == 300
    assert office.interaction("a")["vote_event_id"] == "v60"


class Counting(KeyFilter):
    """Counts the keys that it takes in."""

    added = 0

    def add(self, keys: Keys) -> None:
        self.added += len(keys)
        super().add(keys)


def test_what_is_loaded_and_forgotten_again_and_again_does_not_fill_the_filter() -> None:
    office = OneOffice()
    memory = office.owner.state.memory
    memory.stored_keys = filter_ = Counting()
    office.take(completion("far", "+2 10:30"), vote("far", "+2 10:30", "far"))
    for _ in range(5):
        office.take(completion("a", "10:00"), vote("v", "10:00"))
        memory.forget(ms("+2 10:00"))
        assert memory.interactions.size == 1
    assert filter_.added == 2


def test_memory_begins_with_the_greatest_of_several_rows_and_sums_it_once() -> None:
    office = OneOffice(LONG)
    office.take(completion("a", "10:00"), vote("v", "10:01", "a"))
    (row,) = office.store.rows_newest("interactions")
    stale = {**row, "completed_at": ms("8:00"), "desk_id": "d2"}
    office.store.write_rows("interactions", [stale])
    office.restart()
    office.events.append(completion("a", "8:00", desk_id="d2"))
    office.take(completion("b", "10:00:30"), completion("a", "8:00", desk_id="d2"))
    assert office.differences() == []
