"""A process's way to a store that outlives it: writes that go in by parts, refusals, and death.

Wraps the store in memory, which stays as the dead process left it. Knows no worker.
"""

import random
from collections.abc import Callable, Collection, Iterator
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.columns import Columns
from models.errors import StoreUnavailable
from models.facts import Facts, Needs, Office, OfficeHour, Progress
from tests.checked_rows import checked_rows
from tests.memory_store import MemoryStore
from tests.oracle import Row


class Killed(BaseException):
    """The process died here; no ``except Exception`` lives on."""


class Crashing:
    """Implements ``streams.shell.ports.Store`` for one life of a process.

    Every write is cut at random into chunks that go in one after another, the months of a table in
    any order, as ClickHouse does. Into the ``after``-th chunk a part goes in and ``Killed`` is
    raised, and by every call from then on. A share ``unavailable`` of chunks and of reads ends in
    ``StoreUnavailable``, chunks with a part of them or all in. ``meanwhile`` is called before every
    chunk and every read: others may write then, or the process stand still.
    """

    def __init__(
        self,
        store: MemoryStore,
        rng: random.Random,
        after: int,
        unavailable: float = 0.0,
        meanwhile: Callable[[], None] = lambda: None,
    ) -> None:
        self.meanwhile = meanwhile
        self._store = store
        self._rng = rng
        self._chunks_left = after
        self._unavailable = unavailable

    def die_after(self, chunks: int) -> None:
        """Die in the middle of the ``chunks``-th chunk from now."""
        self._chunks_left = chunks

    @property
    def dead(self) -> bool:
        """Whether ``Killed`` has been raised."""
        return self._chunks_left <= 0

    def write(self, table: str, columns: Columns) -> None:
        self._write_rows(table, checked_rows(table, columns))

    def recompute(self, hours: Collection[OfficeHour], revision: int) -> None:
        self._write_rows("window_metrics", self._living().recomputed(hours, revision))

    def offices(self) -> dict[Office, int]:
        return self._living().offices()

    def latest(self, offices: Collection[Office]) -> tuple[int, int] | None:
        return self._living().latest(offices)

    def recent(self, offices: Collection[Office], since: int) -> Facts:
        return self._living().recent(offices, since)

    def older(self, needs: Needs) -> Facts:
        return self._living().older(needs)

    def known_keys(self, offices: Collection[Office]) -> Iterator[NDArray[np.uint64]]:
        return self._living().known_keys(offices)

    def dirty_hours(self, offices: Collection[Office]) -> set[OfficeHour]:
        return self._living().dirty_hours(offices)

    def progress(self) -> list[Progress]:
        return self._living().progress()

    def rated(self, office: Office, since: int, until: int | None = None) -> dict[str, list[Any]]:
        return self._living().rated(office, since, until)

    def quarters(
        self, office: Office, since: int, until: int | None = None
    ) -> dict[str, list[Any]]:
        return self._living().quarters(office, since, until)

    def last_days(self, office: Office, since: int) -> dict[str, list[Any]]:
        return self._living().last_days(office, since)

    def places(self, office: Office, since: int) -> dict[str, list[Any]]:
        return self._living().places(office, since)

    def baselines(self, office: Office, since: int) -> dict[str, list[Any]]:
        return self._living().baselines(office, since)

    def closings(self, office: Office) -> dict[str, int]:
        return self._living().closings(office)

    def judged_since(self, offices: Collection[Office]) -> dict[Office, int]:
        return self._living().judged_since(offices)

    def kept_since(self) -> int:
        return self._living().kept_since()

    def _living(self) -> MemoryStore:
        """The store, for as long as this process lives and while the store answers."""
        self.meanwhile()
        if self.dead:
            raise Killed
        if self._rng.random() < self._unavailable:
            raise StoreUnavailable("the store of this test does not answer for a moment")
        return self._store

    def _write_rows(self, table: str, rows: list[Row]) -> None:
        if self.dead:
            raise Killed
        for chunk in self._chunks(table, rows):
            self.meanwhile()
            part = chunk[: self._rng.randint(0, len(chunk))]
            self._chunks_left -= 1
            if self.dead:
                self._store.write_rows(table, part)
                raise Killed
            if self._rng.random() < self._unavailable:
                self._store.write_rows(table, part)
                raise StoreUnavailable("the store of this test went away in a write")
            self._store.write_rows(table, chunk)

    def _chunks(self, table: str, rows: list[Row]) -> Iterator[list[Row]]:
        by_month: dict[str, list[Row]] = {}
        for row in rows:
            by_month.setdefault(_month(table, row), []).append(row)
        for part in self._rng.sample(list(by_month.values()), k=len(by_month)):
            start = 0
            while start < len(part):
                end = self._rng.randint(start + 1, len(part))
                yield part[start:end]
                start = end


def _month(table: str, row: Row) -> str:
    """The partition in which ClickHouse keeps the row."""
    time = {"interactions": "completed_at", "window_metrics": "window_start"}.get(table)
    return f"{datetime.fromtimestamp(row[time] / 1000, UTC):%Y%m}" if time else ""
