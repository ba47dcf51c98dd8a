"""Under which epoch to own a partition, and where to read on (invariants I2 and I7).

Pure: what log and store say of each other decides, and where they contradict each other the way
out is named.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from models.errors import WorldError
from models.facts import Progress
from streams.core.frontier import TOPICS
from streams.shell.batches import Position


@dataclass(frozen=True, slots=True)
class LogFacts:
    """What the log says of one partition of both topics: identities, counts, bounds, positions."""

    log_ids: Mapping[str, str]
    partitions: int
    earliest: Mapping[str, int]
    end: Mapping[str, int]
    committed: Mapping[str, Position]


@dataclass(frozen=True, slots=True)
class Plan:
    """Under which epoch to own a partition, and the offset of each topic to begin at."""

    epoch: int
    offsets: dict[str, int]


def plan(partition: int, log: LogFacts, progress: Sequence[Progress]) -> Plan:
    """The next epoch and where to resume (I2, I7); raises WorldError where log and store
    contradict each other."""
    of_this_log = [row for row in progress if row.log_id == log.log_ids.get(row.topic)]
    for row in of_this_log:  # of every partition: one that was added has no row of its own yet
        if row.partitions != log.partitions:
            raise WorldError(
                f"topic {row.topic} has {log.partitions} partitions, but the store was filled from"
                f" {row.partitions}. Partition counts are fixed for good: give back the old count,"
                " or replay the log into a new store."
            )
    ours = {row.topic: row for row in of_this_log if row.partition == partition}
    # Of every partition: in a log of another partition count an office may have lain elsewhere.
    epochs = [row.epoch for row in progress] + [row.epoch for row in log.committed.values()]
    offsets = {topic: _resume(topic, partition, log, ours.get(topic)) for topic in TOPICS}
    return Plan(1 + max(epochs, default=0), offsets)


def _resume(topic: str, partition: int, log: LogFacts, stored: Progress | None) -> int:
    if stored is None:  # the store is new to this log: whatever was committed is not in it
        return log.earliest[topic]
    committed = log.committed[topic].offset if topic in log.committed else None
    offset = stored.offset if committed is None else min(committed, stored.offset)
    if not log.earliest[topic] <= offset <= log.end[topic]:
        raise WorldError(
            f"{topic}/{partition}: the store has facts up to offset {offset}, but the log holds"
            f" {log.earliest[topic]} to {log.end[topic]}. Restore the log or the store from copies"
            " that belong together, or begin a new log: the facts that are stored stay."
        )
    return offset
