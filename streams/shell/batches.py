"""What travels from a log to the worker, and what the two ask of each other.

Records travel as runs of one partition, in columns. Holds no behaviour of any log or transport and
must not know what the records mean.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple, Protocol


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


class BatchSource(Protocol):
    """A group's side of a log, as the worker sees it. Called on the loop's thread."""

    epochs: dict[int, int]
    """By partition, the epoch under which its positions are committed; ``claim`` fills it."""

    def log_id(self, topic: str) -> str:
        """Return what tells the log of ``topic`` from every other."""

    def partition_count(self, topic: str) -> int:
        """Return the partitions of ``topic``."""

    def bounds(self, source: TopicPartition) -> tuple[int, int]:
        """Return the earliest offset that can be read, and the high water mark, both no older
        than the last answer of ``committed``."""

    def highwater(self, source: TopicPartition) -> int:
        """Return the offset after the last record of ``source`` that is known of."""

    async def committed(self) -> Mapping[TopicPartition, Position]:
        """Return the positions that the group has committed or claimed."""

    async def claim(self, epochs: Mapping[int, int], starts: Mapping[TopicPartition, int]) -> None:
        """Make this process the owner of partitions, each of every topic; all or none.

        ``starts`` is where each will be read on: it becomes the position, under the new epoch.
        Raises ``LogFenced`` where another owner has come first: nothing may be written then.
        """


class BatchHandler(Protocol):
    """What a worker offers to the agents. Whatever it raises stops the app, nothing acknowledged.

    All of it runs on the loop's thread.
    """

    async def on_assigned(
        self, source: BatchSource, partitions: frozenset[TopicPartition]
    ) -> Mapping[TopicPartition, int]:
        """Claim partitions, load their state and return the offset at which to read each on.

        What is assigned and not named there waits: for the other topic of its partition (I6).
        Raises ``LogFenced`` where another owner has come first.
        """

    async def on_revoked(
        self, partitions: frozenset[TopicPartition], *, lost: bool
    ) -> frozenset[TopicPartition]:
        """End the state of partitions, and return those still assigned that must wait now.

        Unless they are ``lost`` already, what is in hand of them is finished and acknowledged
        first. Any number of calls may come while ``on_assigned`` is under way.
        """

    async def deliver(self, message: BatchMessage) -> None:
        """Accept a batch; return once it has its place, whether or not it is handled.

        Batches of a topic partition come in order, each once, as many at a time as the transport's
        limits allow; ``message.ack()`` lets the next one come.
        """

    async def stop(self) -> None:
        """Finish the batch in hand and acknowledge it; begin no other. May be called twice."""
