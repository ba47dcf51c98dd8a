"""What the notifier asks of a store. Implemented in ``sinks``; this side only names it."""

from collections.abc import Collection, Sequence
from typing import Protocol

from models.facts import Office
from models.notices import AlertNow, Notice, Score


class Book(Protocol):
    """What the notifier asks of a store. As `streams.shell.ports.Store`."""

    def alerts(self, since: int) -> dict[Office, list[AlertNow]]:
        """By office that is judged: alerts that are open, or opened from ``since`` on (ms)."""

    def notices(self, since: int, alerts: Collection[AlertNow]) -> list[Notice]:
        """What is recorded from ``since`` on (ms), of ``alerts``, or has no receipt yet."""

    def desks(self, office: Office, since: int) -> frozenset[str]:
        """The desks of an office with votes from ``since`` (ms) on."""

    def scores(self, alerts: Sequence[AlertNow]) -> dict[tuple[Office, str], Score]:
        """How desks scored since drops began."""

    def write(self, notices: Sequence[Notice]) -> None:
        """Store rows: all of them or, where it raises, perhaps none."""
