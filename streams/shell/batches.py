"""What travels from a log to the worker: runs of records of one partition, as columns.

Holds no behaviour of any log or transport and must not know what the records mean.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple


class TopicPartition(NamedTuple):
    """One ordered sequence of records of a log. Equal to Faust's ``TP`` of the same names."""

    topic: str
    partition: int


class Position(NamedTuple):
    """How far a group has read: ``offset`` is the next to read, None before the first commit.

    ``epoch`` is that of the owner who stored it.
    """

    offset: int | None
    epoch: int


@dataclass(frozen=True, slots=True)
class RecordBatch:
    """Records ``first_offset`` … ``end_offset - 1`` of one partition, without holes.

    The columns are of equal length. A record without key or value has ``b""``; timestamps are
    milliseconds since 1970.
    """

    topic: str
    partition: int
    first_offset: int
    keys: list[bytes]
    values: list[bytes]
    timestamps: list[int]

    def __len__(self) -> int:
        return len(self.values)

    @property
    def end_offset(self) -> int:
        """The offset after the last record: what is committed once the batch is done."""
        return self.first_offset + len(self.values)

    @property
    def source(self) -> TopicPartition:
        """Where the batch comes from."""
        return TopicPartition(self.topic, self.partition)


@dataclass(frozen=True, slots=True)
class BatchMessage:
    """A batch on its way to the worker, and the means to say that it is done.

    ``ack()`` is called on the loop's thread, once, in any order among messages; it commits
    nothing by itself and does nothing when the partition has been given to another since.
    """

    batch: RecordBatch
    ack: Callable[[], None]
