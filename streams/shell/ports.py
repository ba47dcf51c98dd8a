"""What the worker asks of a store. Implemented in ``sinks``; this side only names it."""

from collections.abc import Collection, Iterator
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from models.columns import Columns
from models.facts import Facts, Needs, Office, OfficeHour, Progress


class Store(Protocol):
    """Stored facts and metrics. Every method blocks and may be called from any one thread a time.

    Each raises ``models.errors.StoreUnavailable`` when what it asks cannot be done now but may be
    done later with the same arguments.
    """

    def write(self, table: str, columns: Columns) -> None:
        """Store rows of ``table`` (see ``models.tables``); the same rows again are harmless."""

    def offices(self) -> dict[Office, int]:
        """Every office that has an interaction or a vote, and about how many rows of them."""

    def latest(self, offices: Collection[Office]) -> tuple[int, int] | None:
        """The greatest ``completed_at`` and ``voted_at`` that are stored, in ms; where one table
        is empty the other's; None where there is no fact at all."""

    def recent(self, offices: Collection[Office], since: int) -> Facts:
        """Interactions (all rows, tombstones too) with ``completed_at`` from ``since`` on, each
        with all the votes sent with its key whatever their time; votes from ``since`` on."""

    def older(self, needs: Needs) -> Facts:
        """All rows, tombstones too, and all keyed votes of the interactions whose key is needed
        or whose stored place is at a needed desk and span; the votes without interaction of
        the needed desks and spans and identities."""

    def known_keys(self, offices: Collection[Office]) -> Iterator[NDArray[np.uint64]]:
        """What the filter must hold: keys of stored interactions, of interactions known from
        votes alone, and ``models.identity.desk_vote_key`` of votes without an interaction."""

    def dirty_hours(self, offices: Collection[Office]) -> set[OfficeHour]:
        """Hours that are marked dirty."""

    def recompute(self, hours: Collection[OfficeHour], revision: int) -> None:
        """Write the windows of whole hours from the stored facts under ``revision``, with zeros
        for every window of them that is stored or named in a ``former`` and has none left."""

    def progress(self) -> list[Progress]:
        """The newest progress of every topic partition."""

    def kept_since(self) -> int:
        """Facts before this time (ms, start of a month) are no longer kept; 0: all are kept."""


class AlertStore(Protocol):
    """What alerts are judged from. As `Store`, of which it is a part."""

    def write(self, table: str, columns: Columns) -> None:
        """Store rows of ``table`` (see ``models.tables``); the same rows again are harmless."""

    def rated(self, office: Office, since: int, until: int | None = None) -> dict[str, list[Any]]:
        """Interactions with a counted vote, by ``completed_at`` (from ``since`` on, before
        ``until``) and key: ``desk_id``, ``service_id``, ``at`` (ms), ``score``, ``scale``."""

    def quarters(
        self, office: Office, since: int, until: int | None = None
    ) -> dict[str, list[Any]]:
        """Counts of interactions by desk and quarter of an hour of ``completed_at`` (as in
        ``rated``), ordered by these: ``desk_id``, ``start`` (ms), ``completed``, ``unfinished``
        (refused or abandoned), ``at_counter`` (by channel), ``answered`` (those with a vote)."""

    def last_days(self, office: Office, since: int) -> dict[str, list[Any]]:
        """``desk_id`` and ``state`` of every desk at the end of its last judged day before
        ``since`` (days since 1970)."""

    def places(self, office: Office, since: int) -> dict[str, list[Any]]:
        """``desk_id`` and ``hour`` (ms) of every place from ``since`` (ms) on at which an
        interaction lies or ever lay."""

    def baselines(self, office: Office, since: int) -> dict[str, list[Any]]:
        """Versions that hold on days from ``since`` on: ``number`` (the day from which),
        ``factor``, ``desk_id``, ``key``, ``value``; in the order of days, of each version the
        rows with the greatest revision alone."""

    def closings(self, office: Office) -> dict[str, int]:
        """Which alerts were resolved by hand, and when (ms), by id."""

    def judged_since(self, offices: Collection[Office]) -> dict[Office, int]:
        """The hour (ms) from which on votes of offices may not be judged; none of those that
        never were."""


class ActionStore(Protocol):
    """Where actions go. As `Store`, of which it is a part."""

    def write(self, table: str, columns: Columns) -> None:
        """Store rows of ``table`` (see ``models.tables``); the same rows again are harmless."""

    def unsettled(self) -> dict[Office, int]:
        """The hour (ms) in which the first alert of an office opened that is not stored as
        ``AlertStore.closings`` has it; of all offices that have one."""

    def kept_since(self) -> int:
        """Facts before this time (ms, start of a month) are no longer kept; 0: all are kept."""


class WorkerStore(Store, AlertStore, Protocol):
    """Everything that a worker asks of a store."""
