"""Records of one partition on their way from librdkafka to the worker, as runs without holes.

Kafka leaves holes where transactions end and where a topic is compacted: a run ends before each.
Pure.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from streams.shell.batches import RecordBatch, TopicPartition


class Fetched(NamedTuple):
    """Records of one partition in the order of their offsets, as columns of equal length."""

    offsets: list[int]
    keys: list[bytes]
    values: list[bytes]
    timestamps: list[int]

    def extend(self, other: "Fetched") -> None:
        """Put the records of ``other`` behind these."""
        self.offsets.extend(other.offsets)
        self.keys.extend(other.keys)
        self.values.extend(other.values)
        self.timestamps.extend(other.timestamps)

    def part(self, begin: int, end: int) -> "Fetched":
        """The records ``begin`` … ``end - 1``, counted from the first."""
        return Fetched(
            self.offsets[begin:end],
            self.keys[begin:end],
            self.values[begin:end],
            self.timestamps[begin:end],
        )


@dataclass(slots=True)
class Buffer:
    """Records that were fetched and wait for their turn."""

    source: TopicPartition
    _runs: deque[Fetched] = field(default_factory=deque)
    size: int = 0

    def add(self, fetched: Fetched) -> None:
        """Take records that follow what was taken before."""
        if not fetched.offsets:
            return
        self.size += len(fetched.offsets)
        for run in _without_holes(fetched):
            last = self._runs[-1] if self._runs else None
            if last is not None and last.offsets[-1] + 1 == run.offsets[0]:
                last.extend(run)
            else:
                self._runs.append(run)

    def take(self, records: int) -> RecordBatch:
        """At most so many of the first run; there must be some."""
        run = self._runs.popleft()
        if len(run.offsets) > records:
            self._runs.appendleft(run.part(records, len(run.offsets)))
            run = run.part(0, records)
        self.size -= len(run.offsets)
        topic, partition = self.source
        return RecordBatch(topic, partition, run.offsets[0], run.keys, run.values, run.timestamps)

    def clear(self) -> None:
        """Forget everything."""
        self._runs.clear()
        self.size = 0


def _without_holes(fetched: Fetched) -> Sequence[Fetched]:
    offsets = fetched.offsets
    if offsets[-1] - offsets[0] + 1 == len(offsets):
        return [fetched]
    starts = [0, *(i for i in range(1, len(offsets)) if offsets[i] != offsets[i - 1] + 1)]
    return [fetched.part(*span) for span in zip(starts, [*starts[1:], len(offsets)], strict=True)]
