"""A ClickHouse as the worker's store: every method of ``streams.shell.ports.Store``.

The same over the embedded engine and a server, which differ in their ``Database`` alone.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.columns import Columns
from models.facts import Facts, Needs, Office, OfficeHour, Progress
from sinks import judging, loading
from sinks.database import Database
from sinks.migrating import Migration, migrate, migrations, refuse_unmigrated
from sinks.recompute import recompute


class ClickHouseStore(ABC):
    """Stored facts and metrics in the database ``semko``. Any thread may call at any time."""

    def __init__(
        self,
        database: Database,
        placed: Callable[[str], str] | None = None,
        *,
        may_migrate: bool = True,
    ) -> None:
        """Bring the schema of ``database`` up to date; see ``sinks.migrating.migrate``.

        Unless it ``may_migrate``: then raises ``WorldError`` where the schema is not of this
        version. A server's store serves many, and one analyst's new program must not change it.
        """
        self.database = database
        self.migrated: list[Migration] = []
        if may_migrate:
            self.migrated = migrate(database, migrations(), placed)
        else:
            refuse_unmigrated(database, migrations())

    @abstractmethod
    def query(self, sql: str, fmt: str, params: Mapping[str, object] | None = None) -> bytes:
        """The result of one statement that only reads, in ClickHouse's format ``fmt``.

        ``params`` fill ``{name:Type}``. Raises ``CallError`` for a statement that would write or
        that the engine refuses, ``StoreUnavailable`` where it takes too much memory or time.
        """

    @abstractmethod
    def rows(self, sql: str, params: Mapping[str, object] | None = None) -> list[dict[str, Any]]:
        """The result of one SELECT, a dict a row; times as text, 64 bit numbers whole."""

    @abstractmethod
    def close(self) -> None:
        """Wait for running calls, then let go of the store; more than once does no harm."""

    def write(self, table: str, columns: Columns) -> None:
        """Store rows. When it returns they are on the disk; when it raises, some of them may be."""
        self.database.insert(table, columns)

    def offices(self) -> dict[Office, int]:
        """Every office that has an interaction or a vote, and how many rows of them are stored."""
        return loading.offices(self.database)

    def latest(self, offices: Collection[Office]) -> tuple[int, int] | None:
        """The greatest ``completed_at`` and ``voted_at`` (ms); None where there is no fact."""
        return loading.latest(self.database, offices)

    def recent(self, offices: Collection[Office], since: int) -> Facts:
        """Facts from ``since`` on (ms), each interaction with all votes sent with its key.

        Equal ``segments`` and empty lists may be one object: treat them as frozen.
        """
        return loading.recent(self.database, offices, since)

    def older(self, needs: Needs) -> Facts:
        """Interactions by key or by desk and span, with their votes; votes without interaction."""
        return loading.older(self.database, needs)

    def known_keys(self, offices: Collection[Office]) -> Iterator[NDArray[np.uint64]]:
        """What a filter of all that is stored must hold."""
        return loading.known_keys(self.database, offices)

    def dirty_hours(self, offices: Collection[Office]) -> set[OfficeHour]:
        """Hours whose windows are to be computed again."""
        return loading.dirty_hours(self.database, offices)

    def recompute(self, hours: Collection[OfficeHour], revision: int) -> None:
        """Write the windows of whole hours from the facts, zeros for those that have none left."""
        recompute(self.database, hours, revision)

    def progress(self) -> list[Progress]:
        """How far the stored facts go in the log, by topic and partition."""
        return loading.progress(self.database)

    def rated(self, office: Office, since: int, until: int | None = None) -> dict[str, list[Any]]:
        """Interactions with a counted vote, in the order of their completions."""
        return judging.rated(self.database, office, since, until)

    def quarters(
        self, office: Office, since: int, until: int | None = None
    ) -> dict[str, list[Any]]:
        """See ``AlertStore.quarters``."""
        return judging.quarters(self.database, office, since, until)

    def last_days(self, office: Office, since: int) -> dict[str, list[Any]]:
        """How desks stood at the ends of their last judged days before ``since``."""
        return judging.last_days(self.database, office, since)

    def places(self, office: Office, since: int) -> dict[str, list[Any]]:
        """Desks and hours from ``since`` (ms) on at which interactions lie or ever lay."""
        return judging.places(self.database, office, since)

    def baselines(self, office: Office, since: int) -> dict[str, list[Any]]:
        """Versions of the baseline that hold on days from ``since`` on."""
        return judging.baselines(self.database, office, since)

    def closings(self, office: Office) -> dict[str, int]:
        """Which alerts were resolved by hand, and when (ms)."""
        return judging.closings(self.database, office)

    def unsettled(self) -> dict[Office, int]:
        """Where alerts are not stored as people closed them, and from which hour (ms) on."""
        return judging.unsettled(self.database)

    def judged_since(self, offices: Collection[Office]) -> dict[Office, int]:
        """The hour (ms) from which on votes of offices may not be judged."""
        return judging.judged_since(self.database, offices)

    def kept_since(self) -> int:
        """Facts before this time (ms, start of a month) are no longer kept; 0: all are kept."""
        return loading.kept_since(self.database)
