"""What is not in memory is loaded before it is needed, wherever it was and whatever names it.

With a horizon of 0 and ``FAR`` taken, memory owns what comes from 10:00 on two days later; a
restart or a release leaves it nothing of the first day.
"""

from contextlib import suppress

import pytest

from models.columns import Columns
from models.facts import DeskSpan, Needs, Office, VoteIdentity
from streams.core.decoding import Context, EventBatch, decode
from streams.core.loading import learn, needs_by_name, needs_by_place
from tests.memory_store import MemoryStore
from tests.oracle import HOUR, Event
from tests.streams.core.office import (
    HASHER,
    LATER,
    OneOffice,
    completion,
    key,
    ms,
    runs_of,
    vote,
)

FAR = (completion("far", "+2 10:30", desk_id="d8"), vote("far", "+2 10:30", desk_id="d9"))
HERE = Office("t", "o")


@pytest.fixture(params=["restarted", "released"])
def lapse(request: pytest.FixtureRequest) -> str:
    """What empties memory before the last batch."""
    return str(request.param)


def emptied(lapse: str, *batches: tuple[Event, ...]) -> OneOffice:
    """An office that took the batches and ``FAR``, and holds nothing of the first day any more."""
    office = OneOffice()
    for batch in batches:
        office.take(*batch)
    office.take(*FAR)
    office.release()
    if lapse == "restarted":
        office.restart()
    memory = office.owner.state.memory
    assert memory.held_since == ms("+2 10:00")
    assert memory.row(key("a")) < 0
    return office


A = completion("a", "10:00")
B = completion("b", "9:58")
CASES: dict[str, tuple[list[tuple[Event, ...]], tuple[Event, ...]]] = {
    "a completion again": ([(A,)], (A,)),
    "a correction": ([(A,)], (completion("a", "10:20", "c2", desk_id="d2"),)),
    "a correction that does not count": ([(A,)], (completion("a", "8:20", "c0", desk_id="d2"),)),
    "a second correction": (
        [(A,), (completion("a", "11:00", "c2", desk_id="d2"),)],
        (completion("a", "12:00", "c3"),),
    ),
    "a vote": ([(A,)], (vote("v", "10:01", "a"),)),
    "a second vote": ([(A, vote("v", "10:01", "a"))], (vote("w", "10:01:30", "a", score=1),)),
    "another content of a vote": (
        [(A, vote("v", "10:01", "a"))],
        (vote("v", "10:02", "a", score=1),),
    ),
    "a completion of which only a vote was known": ([(vote("v", "10:01", "a"),)], (A,)),
    "a vote without interaction": ([(A, B)], (vote("v", "10:01"),)),
    "a vote without interaction that moves": (
        [(A, completion("b", "14:00"), vote("v", "10:01"))],
        (vote("v", "14:01", score=2),),
    ),
    "a vote without interaction that does not move": (
        [(A, completion("b", "14:00"), vote("v", "14:01"))],
        (vote("v", "10:01", score=2),),
    ),
    "a completion that takes a vote from another": ([(B, vote("v", "10:01"))], (A,)),
    "a correction that gives a vote back": (
        [(A, B, vote("v", "10:01"))],
        (completion("a", "10:02", "c2", desk_id="d2"),),
    ),
    "a correction to abandoned": (
        [(A, B, vote("v", "10:01"))],
        (completion("a", "10:00", "c2", outcome="abandoned"),),
    ),
    "a correction that comes back to a vote that it left": (
        [(A, B, vote("v", "10:01")), (completion("a", "10:02", "c2", desk_id="d2"),)],
        (completion("a", "10:03", "c3"), completion("b", "9:58", "c9", desk_id="d3")),
    ),
    "a completion beside one that has a vote from over the hour": (
        [(completion("a", "10:05"), completion("c", "9:56"), vote("v", "10:05:30"))],
        (completion("b", "9:55:30"), vote("w", "9:55:40")),
    ),
    "a chain of neighbours as long as it gets": (
        [
            (
                completion("a", "9:50"),
                completion("b", "10:00:30"),
                completion("c", "10:11"),
                vote("v", "10:00"),
                vote("w", "10:10:30"),
            )
        ],
        (completion("d", "10:00:20", "c5"),),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_left_memory_is_loaded_again(lapse: str, case: str) -> None:
    before, after = CASES[case]
    office = emptied(lapse, *before)
    office.take(*after)
    assert office.differences() == []


def test_a_vote_near_by_a_time_that_it_no_longer_has_keeps_what_it_rates() -> None:
    office = OneOffice()
    office.take(completion("rated", "9:59"), vote("v", "5:00"))
    office.take(vote("v", "10:01", score=2))
    office.take(completion("far", "10:30", desk_id="d8"), vote("far", "10:30", desk_id="d9"))
    office.restart()
    assert office.owner.state.frontier.hour == ms("10:00")
    office.take(completion("beside", "4:59"))
    assert office.differences() == []
    assert office.votes()["v"]["kind"] == "counted"


ENDLESS = 1 << 30


def test_memory_begins_with_all_votes_of_its_interactions_however_early_they_came() -> None:
    office = OneOffice()
    office.take(completion("a", "10:05"), vote("v", "9:58", "a", score=1))
    office.take(completion("far", "10:30", desk_id="d8"), vote("far", "10:30", desk_id="d9"))
    office.restart()
    assert office.owner.state.memory.held_since == ms("10:00")
    office.take(vote("w", "10:30", "a"))
    assert office.differences() == []
    assert office.interaction("a")["score"] == 1


class Cut(Exception):
    """The process ends here."""


class CutStore(MemoryStore):
    """Takes ``left`` more writes and then none."""

    left = ENDLESS

    def write(self, table: str, columns: Columns) -> None:
        if not self.left:
            raise Cut
        self.left -= 1
        super().write(table, columns)


@pytest.mark.parametrize("writes", range(7))
@pytest.mark.parametrize("case", CASES)
def test_a_batch_that_was_cut_between_two_writes_is_healed_by_its_records(
    case: str, writes: int
) -> None:
    before, after = CASES[case]
    office = OneOffice()
    store = office.store = CutStore()
    office.restart()
    for batch in before:
        office.take(*batch)
    office.take(*FAR)
    office.release()
    store.left = writes
    with suppress(Cut):
        office.take(*after)
    store.left = ENDLESS
    office.restart()
    office.take(*after)
    assert office.differences() == []


def test_of_two_live_rows_the_greater_completion_counts_and_the_other_is_an_old_key() -> None:
    office = OneOffice(horizon_ms=26 * HOUR)
    office.take(A, vote("v", "10:01", "a"))
    (stale,) = office.store.rows_newest("interactions")
    correction = completion("a", "12:00", "c2", desk_id="d2")
    office.take(correction)
    # As a former owner writes it who knew less, at a sort key that nobody has written since.
    stale_hour = {**stale, "completed_at": ms("11:00"), "event_id": "c1", "former": []}
    office.store.write_rows("interactions", [stale_hour])
    office.events.append(completion("a", "11:00"))
    office.restart()
    office.take(completion("a", "11:00"))
    assert office.differences() == []
    assert office.interaction("a")["desk_id"] == "d2"


def test_a_tombstone_alone_tells_where_an_interaction_was() -> None:
    office = OneOffice(horizon_ms=26 * HOUR)
    office.take(A)
    store = office.store
    office.take(completion("a", "12:00", "c2", desk_id="d2"))
    live = [name for name, row in store.snapshot()["interactions"].items() if not row["deleted"]]
    contents = store.snapshot()
    for name in live:
        del contents["interactions"][name]
    store.restore(contents)
    office.restart()
    row = office.owner.state.memory.row(key("a"))
    places = office.owner.state.memory.interactions.places(row)
    assert {place.completed_at for place in places} == {ms("10:00"), ms("12:00")}
    office.take(completion("a", "12:00", "c2", desk_id="d2"))
    assert office.differences() == []


# --- what is asked for ---------------------------------------------------------------------------


def batch_of(office: OneOffice, *events: Event) -> EventBatch:
    runs = runs_of(events, {"completions": 0, "votes": 0})
    return decode(runs, office.owner.state.memory.vocabulary, Context(HASHER, 1, LATER, 0))


def needs_of(office: OneOffice, *events: Event) -> Needs:
    return needs_by_name(office.owner.state.memory, batch_of(office, *events))


def span(desk: str, hour: str) -> DeskSpan:
    return DeskSpan("t", "o", desk, ms(hour), ms(hour) + HOUR - 1)


def test_nothing_is_asked_for_while_memory_holds_everything() -> None:
    office = OneOffice()
    assert not needs_of(office, A, vote("v", "10:01", "a"), vote("w", "10:01"))


def test_a_new_interaction_of_memorys_hours_needs_nothing() -> None:
    office = emptied("restarted", (A,))
    needs = needs_of(office, completion("n", "+2 10:21"), vote("v", "+2 10:30", "n"))
    assert not needs


@pytest.mark.parametrize(
    ("event", "needs"),
    [
        (A, Needs(keys={HERE: {key("a")}}, desks={span("d1", "9:00"), span("d1", "10:00")})),
        (completion("n", "10:30"), Needs(desks={span("d1", "10:00")})),
        (completion("n", "10:21"), Needs(desks={span("d1", "10:00")})),
        (completion("n", "10:20:59.999"), Needs(desks={span("d1", "9:00"), span("d1", "10:00")})),
        (completion("n", "10:39"), Needs(desks={span("d1", "10:00"), span("d1", "11:00")})),
        (completion("n", "+2 10:20:59.999"), Needs(desks={span("d1", "+2 9:00")})),
        (vote("v", "10:30", "a"), Needs(keys={HERE: {key("a")}})),
        (vote("v", "10:30", "n"), Needs()),
        (
            vote("w", "10:30"),
            Needs(desks={span("d1", "10:00")}, votes={VoteIdentity("t", "o", "d1", "w")}),
        ),
        (vote("x", "10:30"), Needs(desks={span("d1", "10:00")})),
    ],
)
def test_what_a_record_names_is_asked_for_where_it_may_be_stored(
    event: Event, needs: Needs
) -> None:
    office = emptied("restarted", (A, vote("w", "14:00")))
    assert needs_of(office, event) == needs


def test_a_desks_hour_is_asked_for_once_until_memory_forgets_it() -> None:
    office = emptied("restarted", (A,))
    event = completion("n", "10:30")
    assert needs_of(office, event).desks == {span("d1", "10:00")}
    assert needs_of(office, event).desks == set()
    office.owner.state.memory.forget(ms("+2 10:00"))
    assert needs_of(office, event).desks == {span("d1", "10:00")}


def test_every_place_that_turns_up_is_asked_for_in_the_second_round() -> None:
    before = (A,), (completion("a", "12:30", "c2", desk_id="d2"),)
    office = emptied("restarted", *before)
    memory = office.owner.state.memory
    batch = batch_of(office, vote("v", "10:01", "a"))
    first = needs_by_name(memory, batch)
    assert first == Needs(keys={HERE: {key("a")}})
    learn(memory, office.store.older(first))
    second = needs_by_place(memory, batch)
    assert second == Needs(desks={span("d1", "9:00"), span("d1", "10:00"), span("d2", "12:00")})
