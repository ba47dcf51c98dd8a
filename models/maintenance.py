"""When terminals are in maintenance: what is pressed then is a test. Pure; time is an argument."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec

from models.events import VoteEvent

Terminal = tuple[str, str, str]
"""Tenant, office, terminal."""


class Span(NamedTuple):
    """From ``since`` on until before ``until``, in ms since 1970; None: it goes on."""

    since: int
    until: int | None

    def holds(self, at: int) -> bool:
        """Whether ``at`` lies in it."""
        return self.since <= at and (self.until is None or at < self.until)


class Order(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An operator's word that a terminal is in maintenance from now on, or no longer."""

    tenant_id: str
    office_id: str
    terminal_id: str
    on: bool

    @property
    def terminal(self) -> Terminal:
        """Which terminal."""
        return self.tenant_id, self.office_id, self.terminal_id


class Maintenance:
    """Spans by terminal."""

    def __init__(self, spans: Mapping[Terminal, Sequence[Span]] | None = None) -> None:
        self._spans = dict(spans or {})

    def current(self, terminal: Terminal, at: int) -> Span | None:
        """The span of ``terminal`` that holds ``at`` (ms since 1970)."""
        return next((span for span in self._spans.get(terminal, ()) if span.holds(at)), None)

    def tests(self, vote: VoteEvent) -> bool:
        """Whether ``vote`` was pressed in maintenance."""
        terminal = vote.tenant_id, vote.office_id, vote.terminal_id
        return self.current(terminal, vote.voted_at) is not None
