"""The ledger of acknowledgements, held against a model that keeps every offset."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.shell.batches import RecordBatch, TopicPartition
from streams.shell.ledger import Ledger, Mark, Ticket

VOTES = TopicPartition("votes", 0)
OTHER = TopicPartition("votes", 1)


def batch(first: int, count: int, source: TopicPartition = VOTES) -> RecordBatch:
    return RecordBatch(*source, first, [b""] * count, [b""] * count, [0] * count)


class Model:
    """Every offset of one assignment, and whether it is acknowledged."""

    def __init__(self, begin: int) -> None:
        self.begin = begin
        self.acknowledged: list[bool] = []

    def mark(self) -> int:
        done = self.acknowledged.index(False) if False in self.acknowledged else None
        return self.begin + (len(self.acknowledged) if done is None else done)


steps = st.lists(
    st.one_of(
        st.tuples(st.just("deliver"), st.integers(1, 5)),
        st.tuples(st.just("acknowledge"), st.integers(0, 30)),
        st.tuples(st.just("commit"), st.just(0)),
        st.tuples(st.just("assign"), st.integers(0, 20)),
    ),
    max_size=60,
)


@given(steps)
def test_the_mark_is_where_the_first_open_record_begins(actions: list[tuple[str, int]]) -> None:
    ledger = Ledger()
    ledger.assign(VOTES, 3)
    model = Model(3)
    committed = 3
    tickets: list[tuple[Ticket, Model, int, int]] = []
    for action, number in actions:
        if action == "deliver":
            first = len(model.acknowledged)
            ticket = ledger.deliver(batch(model.begin + first, number))
            tickets.append((ticket, model, first, number))
            model.acknowledged += [False] * number
        elif action == "acknowledge" and number < len(tickets):
            ticket, of, first, count = tickets[number]
            expected = of is model and not of.acknowledged[first]
            assert ledger.acknowledge(ticket) is expected
            of.acknowledged[first : first + count] = [True] * count
        elif action == "commit":
            due = ledger.uncommitted()
            assert [mark.offset for mark in due.values()] == (
                [model.mark()] if model.mark() > committed else []
            )
            ledger.confirm(due)
            committed = model.mark()
        elif action == "assign":
            ledger.assign(VOTES, number)
            model, committed = Model(number), number
        assert ledger.mark(VOTES) == model.mark()
        end = model.begin + len(model.acknowledged)
        assert ledger.settled({VOTES: end}) == (model.mark() == end == committed)


def test_open_batches_count_those_that_hold_the_mark_back() -> None:
    ledger = Ledger()
    ledger.assign(VOTES, 0)
    first, second, third = (ledger.deliver(batch(i * 10, 10)) for i in range(3))
    ledger.acknowledge(second)
    assert (ledger.open_batches(VOTES), ledger.mark(VOTES)) == (3, 0)
    ledger.acknowledge(first)
    assert (ledger.open_batches(VOTES), ledger.mark(VOTES)) == (1, 20)
    ledger.acknowledge(third)
    assert (ledger.open_batches(VOTES), ledger.mark(VOTES)) == (0, 30)


def test_partitions_do_not_hold_each_other_back() -> None:
    ledger = Ledger()
    for source in (VOTES, OTHER):
        ledger.assign(source, 0)
    ledger.deliver(batch(0, 5))
    ledger.acknowledge(ledger.deliver(batch(0, 7, OTHER)))
    assert {source: mark.offset for source, mark in ledger.uncommitted().items()} == {OTHER: 7}


def test_a_commit_confirmed_too_late_counts_for_no_later_assignment() -> None:
    ledger = Ledger()
    ledger.assign(VOTES, 0)
    ledger.acknowledge(ledger.deliver(batch(0, 5)))
    due = ledger.uncommitted()
    ledger.assign(VOTES, 0)
    ledger.confirm(due)
    ledger.acknowledge(ledger.deliver(batch(0, 5)))
    assert ledger.uncommitted()[VOTES].offset == 5
    ledger.revoke(VOTES)
    ledger.confirm({VOTES: Mark(5, 2)})
    assert ledger.uncommitted() == {}


@pytest.mark.parametrize("first", [0, 4])
def test_a_batch_that_repeats_records_or_has_none_is_refused(first: int) -> None:
    ledger = Ledger()
    ledger.assign(VOTES, 0)
    ledger.deliver(batch(0, 5))
    with pytest.raises(ValueError, match="was delivered up to 5"):
        ledger.deliver(batch(first, 3))
    with pytest.raises(ValueError, match="was delivered up to 5"):
        ledger.deliver(batch(5, 0))


def test_a_hole_between_batches_is_passed() -> None:
    ledger = Ledger()
    ledger.assign(VOTES, 0)
    for first in (0, 7):
        ledger.acknowledge(ledger.deliver(batch(first, 5)))
    assert ledger.mark(VOTES) == 12
