"""Stored facts on their way back into memory, and what one may ask a store for.

Columns here are plain lists, times int milliseconds, in the shapes that ``models.tables`` names:
``segments`` a dict, ``former`` of interactions a list of ``(completed_at, desk_id, service_id,
channel, segments)``, of votes a list of ``voted_at``; unknown numbers are ``None``.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple


class Office(NamedTuple):
    """What a partition key names: every event of an office meets in one partition."""

    tenant_id: str
    office_id: str


class DeskSpan(NamedTuple):
    """A desk and a span of time, both ends included, in milliseconds since 1970."""

    tenant_id: str
    office_id: str
    desk_id: str
    since: int
    until: int


class VoteIdentity(NamedTuple):
    """Which vote without an interaction: its desk and the id of its event."""

    tenant_id: str
    office_id: str
    desk_id: str
    event_id: str


class OfficeHour(NamedTuple):
    """An hour of an office; ``hour`` is its start in milliseconds since 1970."""

    tenant_id: str
    office_id: str
    hour: int


@dataclass(slots=True)
class Needs:
    """What a batch touches that memory does not hold."""

    keys: dict[Office, set[int]] = field(default_factory=dict)
    desks: set[DeskSpan] = field(default_factory=set)
    votes: set[VoteIdentity] = field(default_factory=set)

    def __bool__(self) -> bool:
        return bool(self.keys or self.desks or self.votes)


@dataclass(slots=True)
class Damage:
    """What two books have differently: ``facts`` to be settled again, ``hours`` to be recomputed.

    ``revision`` is the greatest of the rows that are wrong: what is written instead must exceed it.
    """

    facts: Needs = field(default_factory=Needs)
    hours: set[OfficeHour] = field(default_factory=set)
    revision: int = 0

    def __bool__(self) -> bool:
        return bool(self.facts or self.hours)

    def only(self, offices: Callable[[Office], bool]) -> "Damage":
        """What of it lies in some offices."""
        facts = Needs(
            {office: keys for office, keys in self.facts.keys.items() if offices(office)},
            {span for span in self.facts.desks if offices(Office(*span[:2]))},
            {vote for vote in self.facts.votes if offices(Office(*vote[:2]))},
        )
        hours = {hour for hour in self.hours if offices(Office(*hour[:2]))}
        return Damage(facts, hours, self.revision)


@dataclass(slots=True)
class Facts:
    """Rows of ``interactions`` and ``votes``, the newest revision a sort key.

    ``interactions`` holds tombstones too (``deleted`` is 1), and of an interaction that a crash
    left under several sort keys all of its rows.
    """

    interactions: dict[str, list[Any]]
    votes: dict[str, list[Any]]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the facts of one topic partition go in its log: ``offset`` is the next to read."""

    topic: str
    partition: int
    partitions: int
    log_id: str
    offset: int
    epoch: int
