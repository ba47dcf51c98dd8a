"""A log in memory: records by partition, fenced positions, and litter between the events.

Behaves as the local log does where a worker can tell the difference. Knows no worker.
"""

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from models.errors import LogFenced
from models.partitioning import partition_of
from streams.core.frontier import TOPICS
from streams.shell.batches import Position, RecordBatch
from streams.shell.planning import LogFacts
from tests.histories import Record
from tests.oracle import Event, instant

Source = tuple[int, str]
"""Partition and topic."""

AHEAD_AT_MOST = 5 * 60_000


@dataclass
class ListLog:
    """Records by partition and topic, how many have arrived, and what the group committed."""

    records: dict[Source, list[Record]]
    partitions: int
    log_id: str = "log-1"
    arrived: dict[Source, int] = field(default_factory=dict)
    committed: dict[Source, Position] = field(default_factory=dict)

    @classmethod
    def of(cls, records: Sequence[Record], partitions: int) -> "ListLog":
        """A log of records in the order of their arrival."""
        split: dict[Source, list[Record]] = {
            (p, topic): [] for p in range(partitions) for topic in TOPICS
        }
        for record in records:
            split[partition_of(record.key, partitions), record.topic].append(record)
        return cls(split, partitions, arrived=dict.fromkeys(split, 0))

    def arrive(self, rng: random.Random, numbers: Sequence[int]) -> None:
        """Let more records come, one of ``numbers`` in each of the partitions."""
        for source, records in self.records.items():
            more = rng.choice(numbers)
            self.arrived[source] = min(self.arrived[source] + more, len(records))

    def arrive_all(self) -> None:
        """Let everything come."""
        self.arrived = {source: len(records) for source, records in self.records.items()}

    def now(self) -> int:
        """The clock: when the last record came that has come."""
        times = [
            self.records[source][count - 1].timestamp_ms
            for source, count in self.arrived.items()
            if count
        ]
        return max(times, default=0)

    def facts(self, partition: int) -> LogFacts:
        """What an owner is told of its partition."""
        sources = [(partition, topic) for topic in TOPICS]
        return LogFacts(
            dict.fromkeys(TOPICS, self.log_id),
            self.partitions,
            dict.fromkeys(TOPICS, 0),
            {source[1]: self.arrived[source] for source in sources},
            {s[1]: self.committed[s] for s in sources if s in self.committed},
        )

    def claim(self, partition: int, epoch: int, starts: Mapping[str, int]) -> None:
        """Shut out all owners before; raises ``LogFenced`` where that was done to this one."""
        for topic in TOPICS:
            held = self.committed.get((partition, topic), Position(None, 0))
            if held.epoch >= epoch:
                raise LogFenced(f"partition {partition} is claimed under epoch {held.epoch}")
            self.committed[partition, topic] = Position(starts[topic], epoch)

    def commit(self, partition: int, offsets: Mapping[str, int], epoch: int) -> None:
        """Store positions; raises ``LogFenced`` where another owner has claimed the partition."""
        for topic, offset in offsets.items():
            held = self.committed.get((partition, topic))
            if held is not None and held.epoch > epoch:
                raise LogFenced(f"partition {partition} is claimed under epoch {held.epoch}")
            self.committed[partition, topic] = Position(offset, epoch)

    def read(self, partition: int, topic: str, offset: int, count: int) -> RecordBatch:
        """The next records, as far as they have come."""
        end = min(offset + count, self.arrived[partition, topic])
        some = self.records[partition, topic][offset:end]
        return RecordBatch(
            topic,
            partition,
            offset,
            [record.key for record in some],
            [record.value for record in some],
            [record.timestamp_ms for record in some],
        )


def littered(rng: random.Random, records: Sequence[Record]) -> list[Record]:
    """``records`` with a few between them that are no events, all of them recognised by
    ``why_no_event``."""
    strewn = list(records)
    for at in sorted(rng.sample(range(len(records)), rng.choice((0, 2, 6))), reverse=True):
        strewn.insert(at, _litter(rng, records[at]))
    return strewn


def _litter(rng: random.Random, record: Record) -> Record:
    event = json.loads(record.value)
    time = "completed_at" if record.topic == "completions" else "voted_at"
    stamp = record.timestamp_ms
    return rng.choice(
        (
            Record(record.topic, record.key, record.value[:-1], stamp),
            Record(record.topic, record.key, b"", stamp),
            Record(record.topic, record.key, b'"\xff"', stamp),
            Record(record.topic, record.key, _said(event | {"desk_id": "d 1"}), stamp),
            Record(record.topic, record.key, _said(event | {"type": "ballot"}), stamp),
            Record(record.topic, record.key, _said(event | {time: "2099-12-31T23:00Z"}), stamp),
            Record(record.topic, record.key, _said(event | {time: "2099-12-31T23:00:00Z"}), stamp),
            Record(record.topic, record.key + b"x", record.value, stamp),
            Record(record.topic, b"", record.value, stamp),
        )
    )


def _said(event: Event) -> bytes:
    return json.dumps(event).encode()


def why_no_event(record: Record, kept_since: int) -> str:
    """The reason for which a record of ``littered`` is kept aside; empty for an event."""
    try:
        event = json.loads(record.value)
    except ValueError:
        return "json"
    kinds = {"completion": "completed_at", "vote": "voted_at"}
    time = event[kinds[event["type"]]] if event["type"] in kinds else ""
    if not time.startswith("20") or "T23:00Z" in time or " " in event["desk_id"]:
        return "contract"
    if record.key != f"{event['tenant_id']}/{event['office_id']}".encode():
        return "misrouted"
    own = instant(time)
    assert own is not None
    if own > record.timestamp_ms + AHEAD_AT_MOST:
        return "future"
    return "expired" if own < kept_since else ""
