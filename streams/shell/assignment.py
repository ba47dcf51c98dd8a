"""Which topic partitions are assigned, and of which partitions that makes an owner (invariant I6).

The state of a partition begins when it is assigned of both topics and ends when either goes. Pure.
"""

from collections.abc import Iterable

from streams.core.frontier import TOPICS
from streams.shell.batches import TopicPartition


class Assignment:
    """Topic partitions that are assigned now."""

    def __init__(self) -> None:
        self._assigned: set[TopicPartition] = set()

    def add(self, sources: Iterable[TopicPartition]) -> list[int]:
        """Note ``sources``; the partitions that are whole with them and were not before."""
        new = set(sources) - self._assigned
        self._assigned |= new
        return sorted({source.partition for source in new if self._whole(source.partition)})

    def remove(self, sources: Iterable[TopicPartition]) -> tuple[list[int], set[TopicPartition]]:
        """Note that ``sources`` went; the partitions whose state ends, and what is left of them."""
        gone = set(sources) & self._assigned
        ended = sorted({source.partition for source in gone if self._whole(source.partition)})
        self._assigned -= gone
        return ended, {source for source in self._assigned if source.partition in ended}

    def _whole(self, partition: int) -> bool:
        return all(TopicPartition(topic, partition) in self._assigned for topic in TOPICS)
