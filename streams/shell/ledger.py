"""Which batches of a partition are done: delivered in order, acknowledged in any order.

Pure. The mark of a partition is the offset up to which everything delivered is acknowledged, so a
commit of it never passes a batch that is still open.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import NamedTuple

from streams.shell.batches import RecordBatch, TopicPartition


class Ticket(NamedTuple):
    """What acknowledges one delivered batch, as long as its assignment lasts."""

    source: TopicPartition
    end_offset: int
    assignment: int


class Mark(NamedTuple):
    """A position to commit, and the assignment in which it was earned."""

    offset: int
    assignment: int


@dataclass(slots=True)
class _Book:
    """A partition for as long as it stays assigned."""

    assignment: int
    mark: int
    confirmed: int
    delivered: int
    open: deque[int] = field(default_factory=deque)  # end offsets, in order of delivery
    done: set[int] = field(default_factory=set)  # those acknowledged behind an open one

    def advance(self) -> None:
        """Move the mark past everything that is acknowledged in a row."""
        while self.open and self.open[0] in self.done:
            self.mark = self.open.popleft()
            self.done.discard(self.mark)


class Ledger:
    """The books of all partitions that are assigned now."""

    def __init__(self) -> None:
        self._books: dict[TopicPartition, _Book] = {}
        self._assignments = count(1)

    def assign(self, source: TopicPartition, offset: int) -> None:
        """Begin a new assignment of ``source`` at ``offset``; tickets of former ones are void."""
        self._books[source] = _Book(next(self._assignments), offset, offset, offset)

    def revoke(self, source: TopicPartition) -> None:
        """End the assignment of ``source``."""
        del self._books[source]

    def deliver(self, batch: RecordBatch) -> Ticket:
        """Enter a batch. Raises ``ValueError`` where it is empty or repeats records.

        Holes are taken: Kafka's transaction markers and compaction leave some.
        """
        book = self._books[batch.source]
        if not batch or batch.first_offset < book.delivered:
            raise ValueError(
                f"{batch.source} was delivered up to {book.delivered}, then came "
                f"{batch.first_offset} to {batch.end_offset}"
            )
        book.delivered = batch.end_offset
        book.open.append(batch.end_offset)
        return Ticket(batch.source, batch.end_offset, book.assignment)

    def acknowledge(self, ticket: Ticket) -> bool:
        """Note that a batch is done; False where its assignment is over, or it was done before."""
        book = self._books.get(ticket.source)
        if book is None or book.assignment != ticket.assignment:
            return False
        if ticket.end_offset <= book.mark or ticket.end_offset in book.done:
            return False
        book.done.add(ticket.end_offset)
        book.advance()
        return True

    def open_batches(self, source: TopicPartition) -> int:
        """Return how many batches are delivered and not yet passed by the mark."""
        return len(self._books[source].open)

    def mark(self, source: TopicPartition) -> int:
        """Return the offset up to which everything is acknowledged."""
        return self._books[source].mark

    def uncommitted(self) -> dict[TopicPartition, Mark]:
        """Return the marks that have moved since they were last confirmed."""
        return {
            source: Mark(book.mark, book.assignment)
            for source, book in self._books.items()
            if book.mark > book.confirmed
        }

    def confirm(self, marks: Mapping[TopicPartition, Mark]) -> None:
        """Note that ``marks`` are committed; those of former assignments are left out."""
        for source, mark in marks.items():
            book = self._books.get(source)
            if book is not None and book.assignment == mark.assignment:
                book.confirmed = mark.offset

    def skip(self, source: TopicPartition, offset: int) -> None:
        """Note that from what was delivered up to ``offset`` there is no record to deliver."""
        book = self._books[source]
        if offset > book.delivered:
            book.delivered = offset
            book.open.append(offset)
            book.done.add(offset)
            book.advance()

    def settled(self, ends: Mapping[TopicPartition, int]) -> bool:
        """Whether everything before ``ends`` is acknowledged and committed."""
        return all(
            min(book.mark, book.confirmed) >= ends.get(source, 0)
            for source, book in self._books.items()
        )
