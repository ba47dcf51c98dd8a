"""A store that is asked again until it answers, with the same arguments (I5).

Pauses between attempts are the settings'; a worker that is told to stop stops waiting.
"""

import threading
from collections.abc import Callable, Collection, Iterator
from itertools import chain, repeat
from typing import TypeVar

import numpy as np
import structlog
from numpy.typing import NDArray

from models.columns import Columns
from models.errors import StoreUnavailable
from models.facts import Facts, Needs, Office, OfficeHour, Progress
from streams.shell.ports import Store

T = TypeVar("T")
log = structlog.get_logger()


class Patient:
    """Implements `Store` over another one; blocks while that one is away."""

    def __init__(self, store: Store, pauses: tuple[float, ...], stopping: threading.Event) -> None:
        self._store = store
        self._pauses = pauses
        self._stopping = stopping

    def write(self, table: str, columns: Columns) -> None:
        """See `Store`; so for all that follow."""
        self._until_done(lambda: self._store.write(table, columns))

    def recompute(self, hours: Collection[OfficeHour], revision: int) -> None:
        self._until_done(lambda: self._store.recompute(hours, revision))

    def offices(self) -> set[Office]:
        return self._until_done(self._store.offices)

    def latest(self, offices: Collection[Office]) -> tuple[int, int] | None:
        return self._until_done(lambda: self._store.latest(offices))

    def recent(self, offices: Collection[Office], since: int) -> Facts:
        return self._until_done(lambda: self._store.recent(offices, since))

    def older(self, needs: Needs) -> Facts:
        return self._until_done(lambda: self._store.older(needs))

    def known_keys(self, offices: Collection[Office]) -> Iterator[NDArray[np.uint64]]:
        return iter(self._until_done(lambda: list(self._store.known_keys(offices))))

    def dirty_hours(self, offices: Collection[Office]) -> set[OfficeHour]:
        return self._until_done(lambda: self._store.dirty_hours(offices))

    def progress(self) -> list[Progress]:
        return self._until_done(self._store.progress)

    def kept_since(self) -> int:
        return self._until_done(self._store.kept_since)

    def _until_done(self, call: Callable[[], T]) -> T:
        for pause in chain(self._pauses, repeat(self._pauses[-1])):
            try:
                return call()
            except StoreUnavailable as problem:
                log.warning("store is away, asking again", problem=str(problem), pause=pause)
                if self._stopping.wait(pause):
                    raise
        raise AssertionError("pauses never end")
