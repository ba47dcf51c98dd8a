"""A store that is asked again until it answers, with the same arguments (I5), and not for ever.

Pauses between attempts and the end of patience are the settings'; a worker that is told to stop
stops waiting. Nothing is acknowledged meanwhile, so what comes waits in the log.
"""

import threading
import time
from collections.abc import Callable, Collection, Iterator
from itertools import chain, repeat
from typing import Any, TypeVar

import numpy as np
import structlog
from numpy.typing import NDArray

from models.columns import Columns
from models.errors import StoreUnavailable, WorldError
from models.facts import Facts, Needs, Office, OfficeHour, Progress
from streams.shell.ports import WorkerStore

T = TypeVar("T")
log = structlog.get_logger()


TOLD_EVERY_SECONDS = 60.0
"""While a store is away the log says so at once and then so often."""


class Patience:
    """Calls a store until it answers; blocks while it is away."""

    def __init__(
        self,
        pauses: tuple[float, ...],
        stopping: threading.Event,
        give_up_seconds: float = 3600.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``clock`` in seconds. A call that was refused for ``give_up_seconds`` ends in
        ``WorldError``, which ends the worker; one refused while ``stopping`` in
        ``StoreUnavailable``."""
        self._pauses = pauses
        self._stopping = stopping
        self._give_up_seconds = give_up_seconds
        self._clock = clock

    def until_done(self, call: Callable[[], T]) -> T:
        """The result of ``call``."""
        try:
            return call()
        except StoreUnavailable as problem:
            return self._once_back(call, problem)

    def _once_back(self, call: Callable[[], T], problem: StoreUnavailable) -> T:
        since = told = self._clock()
        log.warning("store is away, asking again", problem=str(problem))
        pauses, attempts = chain(self._pauses, repeat(self._pauses[-1])), 1
        while not self._stopping.wait(next(pauses)):
            attempts += 1
            try:
                done = call()
            except StoreUnavailable as again:
                problem, now = again, self._clock()
                if now - since >= self._give_up_seconds:
                    raise _gone(now - since, attempts, problem) from problem
                if now - told >= TOLD_EVERY_SECONDS:
                    told = now
                    away = round(now - since)
                    log.warning("store is still away", problem=str(problem), away_seconds=away)
            else:
                seconds = round(self._clock() - since, 1)
                log.info("store is back", away_seconds=seconds, attempts=attempts)
                return done
        raise problem


class Patient:
    """Implements `WorkerStore` over another one; blocks while that one is away."""

    def __init__(
        self,
        store: WorkerStore,
        pauses: tuple[float, ...],
        stopping: threading.Event,
        give_up_seconds: float = 3600.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """See `Patience`."""
        self._store = store
        self._until_done = Patience(pauses, stopping, give_up_seconds, clock).until_done

    def write(self, table: str, columns: Columns) -> None:
        """See `Store`; so for all that follow."""
        self._until_done(lambda: self._store.write(table, columns))

    def recompute(self, hours: Collection[OfficeHour], revision: int) -> None:
        self._until_done(lambda: self._store.recompute(hours, revision))

    def offices(self) -> dict[Office, int]:
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

    def rated(self, office: Office, since: int, until: int | None = None) -> dict[str, list[Any]]:
        return self._until_done(lambda: self._store.rated(office, since, until))

    def quarters(
        self, office: Office, since: int, until: int | None = None
    ) -> dict[str, list[Any]]:
        return self._until_done(lambda: self._store.quarters(office, since, until))

    def last_days(self, office: Office, since: int) -> dict[str, list[Any]]:
        return self._until_done(lambda: self._store.last_days(office, since))

    def places(self, office: Office, since: int) -> dict[str, list[Any]]:
        return self._until_done(lambda: self._store.places(office, since))

    def baselines(self, office: Office, since: int) -> dict[str, list[Any]]:
        return self._until_done(lambda: self._store.baselines(office, since))

    def closings(self, office: Office) -> dict[str, int]:
        return self._until_done(lambda: self._store.closings(office))

    def judged_since(self, offices: Collection[Office]) -> dict[Office, int]:
        return self._until_done(lambda: self._store.judged_since(offices))

    def kept_since(self) -> int:
        return self._until_done(self._store.kept_since)


def _gone(seconds: float, attempts: int, problem: StoreUnavailable) -> WorldError:
    return WorldError(
        f"the store has been away for {seconds / 60:.0f} min and {attempts} attempts, so this"
        f" worker ends; nothing is lost: what it had in hand is read again. It said: {problem}"
        " Bring the store back, then start again."
    )
