"""Generated histories through crashes and beside zombies over the embedded engine: the stored rows
equal the oracle's.

Fewer and coarser than over the store in memory, which a test holds to the same answers; this one
shows that nothing is lost between the two.
"""

import random
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from models.columns import Columns
from models.errors import StoreUnavailable
from models.facts import Facts, Needs, Office, OfficeHour, Progress
from sinks.database import instant
from sinks.embedded import EmbeddedStore
from streams.shell.settings import WorkerSettings
from tests.compare import differences, live_interactions, live_votes
from tests.crashing_store import Killed
from tests.histories import History, orders
from tests.life import HASHER, Door
from tests.lives import AWAY, NEVER, Lives, join_window_ms
from tests.oracle import Row, expected
from tests.sinks.conftest import embedded, opened_embedded
from tests.sinks.opened import counted

__all__ = ["embedded", "opened_embedded"]  # fixtures

SEEDS = range(20)


class CutDoor:
    """A process's way to the embedded store: cut between two writes, refused now and then."""

    def __init__(
        self, store: EmbeddedStore, rng: random.Random, meanwhile: Callable[[], None]
    ) -> None:
        self.meanwhile = meanwhile
        self._store = store
        self._rng = rng
        self._writes_left = NEVER

    def die_after(self, chunks: int) -> None:
        self._writes_left = chunks

    def write(self, table: str, columns: Columns) -> None:
        self._cut(lambda: self._store.write(table, columns))

    def recompute(self, hours: Collection[OfficeHour], revision: int) -> None:
        self._cut(lambda: self._store.recompute(hours, revision))

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

    def _living(self) -> EmbeddedStore:
        self.meanwhile()
        if self._writes_left <= 0:
            raise Killed
        return self._store

    def _cut(self, write: Callable[[], None]) -> None:
        """One write: whether it was done, a dead process or one that is refused does not know."""
        self._living()
        self._writes_left -= 1
        refused = self._rng.random() < AWAY
        if not (refused or self._writes_left <= 0) or self._rng.random() < 0.5:
            write()
        if self._writes_left <= 0:
            raise Killed
        if refused:
            raise StoreUnavailable("the answer of this write was lost")


class EmbeddedLives(Lives):
    """Lives over the embedded store, which is empty when they begin."""

    def __init__(self, history: History, rng: random.Random, embedded: EmbeddedStore) -> None:
        super().__init__(history, rng, partitions=1)
        self._embedded = embedded
        self.world.arrivals = (0, 30, 120)
        self.world.batch_sizes = (20, 200)
        if self.kept_since:
            embedded.database.execute(
                "INSERT INTO semko.retention (kept_since, applied_at) VALUES"
                f" ({instant(self.kept_since)}, {instant(self.kept_since)})"
            )

    def now_over(self, embedded: EmbeddedStore) -> None:
        """Lives from now on are over another store."""
        self._embedded = embedded

    def door(self) -> Door:
        return CutDoor(self._embedded, self.rng, self.meanwhile)

    def settings(self) -> WorkerSettings:
        return WorkerSettings(
            horizon_ms=self.rng.choice((0, self.history.horizon_ms)),
            memory_rows=self.rng.choice((0, 40)),
            dirty_hours=self.rng.choice((5, 2_000)),
            retry_seconds=(0.0,),
        )

    def stored_interactions(self) -> list[Row]:
        return rows_of(self._embedded.recent(self._embedded.offices(), 0).interactions)

    def lose_something(self) -> None:
        """The log's positions alone: a folder is not put back under an open engine."""
        if self.rng.random() < 0.15:
            self.end_zombies()
            self.log.committed.clear()


def rows_of(columns: Mapping[str, list[Any]]) -> list[Row]:
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def stored_reasons(store: EmbeddedStore) -> dict[tuple[str, str, int, int], str]:
    found = store.database.columns(
        "SELECT log_id, topic, partition, offset, reason FROM semko.dead_letters FINAL"
    )
    return {tuple(row[:4]): row[4] for row in zip(*found.values(), strict=True)}


@pytest.mark.parametrize("seed", SEEDS)
def test_the_embedded_store_ends_with_the_rows_of_the_oracle(
    seed: int, embedded: EmbeddedStore
) -> None:
    rng = random.Random(f"embedded {seed}")
    lives = EmbeddedLives(rng.choice(orders(seed)), rng, embedded)
    lives.run(crashes=2)
    facts = embedded.recent(embedded.offices(), 0)
    found = differences(
        expected(lives.events(), HASHER.interaction_key, join_window_ms),
        live_interactions(rows_of(facts.interactions)),
        live_votes(rows_of(facts.votes)),
        counted(embedded),
    )
    assert found == []
    assert stored_reasons(embedded) == lives.dead_letters()
