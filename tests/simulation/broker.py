"""A simulated broker: two topics in partitions, and a group whose members come and go.

As Kafka does, it fences by membership alone: a commit of a member that it knows is taken, whatever
its partitions, and one of a member that it has expelled is refused. Topic partitions are taken back
and given one by one, so the topics of a partition move at different moments. Knows no worker.
"""

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import takewhile

from models.partitioning import partition_of
from streams.core.frontier import TOPICS
from streams.shell.batches import Position, RecordBatch, TopicPartition
from tests.histories import Record


class UnknownMember(Exception):
    """The group does not know who asks: it was expelled, or never joined."""


MARKER = Record("", b"", b"", 0)
"""Takes an offset and is no record: what a transaction leaves in Kafka's log at its end."""


@dataclass
class Log:
    """One incarnation of both topics; ``arrived`` says how many records of each have come."""

    name: str
    records: dict[TopicPartition, list[Record]]
    arrived: dict[TopicPartition, int]

    @classmethod
    def of(cls, name: str, records: Iterable[Record], partitions: int, rng: random.Random) -> "Log":
        """A log of records in the order of their arrival, none of which has come yet."""
        markers = rng.choice((0.0, 0.0, 0.2))
        split: dict[TopicPartition, list[Record]] = {
            TopicPartition(topic, one): [] for topic in TOPICS for one in range(partitions)
        }
        for record in records:
            one = partition_of(record.key, partitions)
            source = TopicPartition(record.topic, one)
            split[source] += [MARKER, record] if rng.random() < markers else [record]
        for entries in split.values():
            if rng.random() < markers:
                entries.append(MARKER)
        return cls(name, split, dict.fromkeys(split, 0))

    def waiting(self) -> list[TopicPartition]:
        """Where more is still to come."""
        return [one for one, records in self.records.items() if self.arrived[one] < len(records)]

    def read(self, source: TopicPartition, offset: int, count: int) -> RecordBatch:
        """The next records without a hole between them, as far as they have come."""
        records, arrived = self.records[source], self.arrived[source]
        while offset < arrived and records[offset] is MARKER:
            offset += 1
        some = list(takewhile(lambda one: one is not MARKER, records[offset:arrived][:count]))
        return RecordBatch(
            *source,
            offset,
            [record.key for record in some],
            [record.value for record in some],
            [record.timestamp_ms for record in some],
        )


@dataclass(slots=True)
class Look:
    """What somebody knows of a log who looked at it."""

    bounds: dict[TopicPartition, tuple[int, int]]
    """The earliest offset, and the next one."""
    misled: bool = False
    """Whether the world was ``wrong`` at some look."""

    def renew(self, look: "Look") -> None:
        """Take another look, which may be an older one whose answer came late."""
        self.misled |= look.misled
        for source, found in look.bounds.items():
            self.bounds[source] = max(found, self.bounds.get(source, found))


@dataclass
class Member:
    """One membership of a process: what it has been given and not given back, and what it should
    have."""

    seen: float
    given: set[TopicPartition] = field(default_factory=set)
    target: set[TopicPartition] = field(default_factory=set)


@dataclass
class Broker:
    """The log and the one group that reads it."""

    log: Log
    partitions: int
    rng: random.Random
    session_seconds: float
    committed: dict[TopicPartition, Position] = field(default_factory=dict)
    members: dict[str, Member] = field(default_factory=dict)
    wrong: str = ""
    """What a process that starts now finds other than it should be: ``partitions`` or ``end``."""

    def join(self, name: str, now: float) -> None:
        """Take a member in."""
        self.members[name] = Member(now)
        self.rebalance()

    def leave(self, name: str) -> None:
        """Forget a member, on its wish or not; what it held can be given to others at once."""
        if self.members.pop(name, None) is not None:
            self.rebalance()

    def expire(self, now: float) -> list[str]:
        """Expel who has not been heard of for too long; their names."""
        silent = [
            name for name, one in self.members.items() if now - one.seen > self.session_seconds
        ]
        for name in silent:
            self.leave(name)
        return silent

    def heartbeat(
        self, name: str, held: Iterable[TopicPartition], now: float
    ) -> frozenset[TopicPartition]:
        """What the member, which holds ``held``, shall hold from now on. Raises `UnknownMember`."""
        member = self._member(name)
        member.seen = now
        member.given &= member.target.union(held)
        free = sorted(member.target - self._given())
        if free:
            # Some of them, not always all: topics of one partition come at different moments.
            member.given.update(self.rng.sample(free, self.rng.randint(1, len(free))))
        leaving = sorted(member.given - member.target)
        later = self.rng.sample(leaving, self.rng.randrange(len(leaving))) if leaving else ()
        return frozenset((member.given & member.target).union(later))

    def commit(self, name: str, positions: Mapping[TopicPartition, Position]) -> None:
        """Store positions of a member. Raises `UnknownMember`."""
        self._member(name)
        self.committed.update(positions)

    def rebalance(self) -> None:
        """Share out ranges of partitions to members, whose order is drawn: any may get any."""
        names = sorted(self.members)
        self.rng.shuffle(names)
        for member in self.members.values():
            member.target = set()
        for number in range(self.partitions if names else 0):
            name = names[number * len(names) // self.partitions]
            self.members[name].target |= {TopicPartition(topic, number) for topic in TOPICS}

    def take_one(self) -> str:
        """Take one topic partition from its member, until the next rebalance; its name."""
        targets = [
            (source, name)
            for name, member in sorted(self.members.items())
            for source in sorted(member.target)
        ]
        if not targets:
            return ""
        source, name = self.rng.choice(targets)
        self.members[name].target.discard(source)
        return f"{source.topic}/{source.partition} of {name}"

    def looked_at(self) -> "Look":
        """The bounds of every source; others where the world is ``wrong``."""
        ends = self.log.arrived.items()
        bounds = {source: (0, 0 if self.wrong == "end" else end) for source, end in ends}
        return Look(bounds, bool(self.wrong))

    def all_read(self) -> bool:
        """Whether everything has come and is committed."""
        positions = self.committed
        return all(
            one in positions and positions[one].offset == len(records)
            for one, records in self.log.records.items()
        )

    def _member(self, name: str) -> Member:
        if name not in self.members:
            raise UnknownMember(name)
        return self.members[name]

    def _given(self) -> set[TopicPartition]:
        return {source for member in self.members.values() for source in member.given}
