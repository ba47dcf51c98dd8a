"""What a batch makes dirty (I3): what its events name, and neighbours that a vote ties to it."""

import pytest

from streams.core.decoding import Context, decode
from streams.core.dirty import find_dirty, take
from tests.oracle import HOUR, Event
from tests.streams.core.office import (
    HASHER,
    LATER,
    OneOffice,
    completion,
    key,
    runs_of,
    vote,
)

NAMES = {key(name): name for name in ("a", "b", "c", "new", "nobody")}

A = completion("a", "10:00")
B = completion("b", "10:05")
MOVED = completion("a", "12:00", "c2", desk_id="d2")
V, W = vote("v", "10:02"), vote("w", "12:01", desk_id="d2")


@pytest.mark.parametrize(
    ("held", "event", "named", "dirty", "desk_votes"),
    [
        pytest.param([], A, "a", "a", "", id="a new interaction"),
        pytest.param([A], A, "a", "a", "", id="an event that comes again"),
        pytest.param([A, B], A, "a", "a", "", id="no neighbour without votes"),
        pytest.param([A, B, V], A, "a", "a", "v", id="a neighbour out of the vote's reach"),
        pytest.param(
            [A, completion("b", "9:55"), V], A, "a", "a b", "v", id="a neighbour within reach"
        ),
        pytest.param(
            [A, completion("b", "9:55", desk_id="d2"), V], A, "a", "a", "v", id="another desk"
        ),
        pytest.param([A, MOVED, V, W], MOVED, "a", "a", "v w", id="places that it left, too"),
        pytest.param([MOVED, V, W], A, "a", "a", "v w", id="a place that it names and never had"),
        pytest.param(
            [A, completion("b", "9:55"), vote("x", "10:01", "a")],
            vote("x", "10:01", "a"),
            "a",
            "a",
            "",
            id="a vote with its interaction",
        ),
        pytest.param(
            [A, V], vote("x", "10:01", "a"), "a", "a", "", id="which touches no other vote"
        ),
        pytest.param([A], vote("x", "10:01", "nobody"), "nobody", "nobody", "", id="a stranger"),
        pytest.param([A, completion("b", "9:55")], V, "", "a b", "v", id="a vote without one"),
        pytest.param(
            [A, completion("b", "14:00"), vote("v", "14:01"), W],
            V,
            "",
            "a b",
            "v",
            id="by every time that it had",
        ),
        pytest.param(
            [A, completion("b", "14:00"), V, vote("v", "14:01")],
            A,
            "a",
            "a",
            "",
            id="but a vote that is not named by its present time alone",
        ),
        pytest.param([A, B], vote("v", "9:50"), "", "", "v", id="a vote that rates nothing"),
    ],
)
def test_an_event_makes_dirty(
    held: list[Event], event: Event, named: str, dirty: str, desk_votes: str
) -> None:
    office = OneOffice(10_000 * HOUR)
    for each in held:
        office.take(each)
    memory = office.owner.state.memory
    runs = runs_of([event], {"completions": 0, "votes": 0})
    batch = decode(runs, memory.vocabulary, Context(HASHER, 1, LATER, 0))
    found = find_dirty(memory, batch, take(memory, batch))
    keys = memory.interactions.key
    assert {NAMES[int(keys[row])] for row in found.named} == set(named.split())
    assert {NAMES[int(keys[row])] for row in found.interactions} == set(dirty.split())
    assert {memory.votes.event_id[row] for row in found.desk_votes} == set(desk_votes.split())
    for rows in found:
        assert rows.tolist() == sorted(set(rows.tolist()))


def test_a_batch_of_nothing_makes_nothing_dirty() -> None:
    office = OneOffice()
    office.take(A, V)
    before = office.store.snapshot()
    office.take()
    after = office.store.snapshot()
    assert {table for table in before if before[table] != after[table]} == {"progress"}
