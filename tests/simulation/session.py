"""Memberships of a simulated transport, and the take-overs that each has under way."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field

from streams.shell.batches import TopicPartition


@dataclass(eq=False)
class Session:
    """One membership, from joining to leaving or being expelled."""

    name: str
    held: set[TopicPartition] = field(default_factory=set)
    going: set[TopicPartition] = field(default_factory=set)
    takes: "set[Take]" = field(default_factory=set)
    claimed: asyncio.Event = field(default_factory=asyncio.Event)

    def claiming(self, partitions: set[int]) -> bool:
        """Whether a claim of one of these partitions may be under way."""
        return any(take.unclaimed & partitions for take in self.takes)


@dataclass(eq=False)
class Take:
    """One call of the worker's ``on_assigned``, and the partitions that it may claim yet."""

    session: Session
    unclaimed: set[int]

    def claimed(self, partitions: Iterable[int]) -> None:
        """They are claimed, or never will be."""
        self.unclaimed.difference_update(partitions)
        self.session.claimed.set()
