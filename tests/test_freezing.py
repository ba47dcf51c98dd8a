"""A store that is frozen table by table while a worker writes heals by reading on from the log."""

import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest

from sinks.database import Database
from sinks.embedded import EmbeddedStore
from sinks.freezing import freeze, frozen
from streams.core.frontier import TOPICS
from streams.shell.owner import handle
from streams.shell.settings import WorkerSettings
from tests.compare import differences, live_interactions, live_votes, rows_of
from tests.histories import orders
from tests.life import HASHER, Life
from tests.lives import join_window_ms
from tests.oracle import expected
from tests.sinks.opened import counted
from tests.test_exactness_embedded import EmbeddedLives


class Meanwhile:
    """A database beside whose every statement a worker goes on."""

    def __init__(self, database: Database, work: Callable[[], None]) -> None:
        self._database, self._work = database, work

    def execute(self, sql: str) -> None:
        self._work()
        self._database.execute(sql)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)


class Freezing:
    """A worker over a store of its own, and that store as it is frozen while it works."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.rng = random.Random(f"freezing {seed}")
        self.first, self.second = folder / "first", folder / "second"
        self.store = EmbeddedStore(f"chdb://{self.first}")
        self.lives = EmbeddedLives(orders(seed)[0], self.rng, self.store)
        world = self.lives.world
        world.settings = lambda: WorkerSettings(horizon_ms=0, memory_rows=40)
        world.arrivals, world.batch_sizes = (1, 3, 8), (7,)
        self.life = Life(world, mortal=False)
        self.total = len(self.lives.history.records)
        self.life.live(self.total // 3)

    @property
    def arrived(self) -> int:
        return sum(self.lives.log.arrived.values())

    def wrong_after(self, work: Callable[[], None]) -> list[str]:
        """Freeze with ``work`` before each statement, and go on from what was frozen."""
        freeze(cast(Database, Meanwhile(self.store.database, work)), self.first)
        for file in frozen(self.first):
            place = self.second / file.place
            place.parent.mkdir(parents=True, exist_ok=True)
            if file.link:
                place.symlink_to(file.link)
            else:
                shutil.copy(file.path, place)
        self.store.close()
        again = EmbeddedStore(f"chdb://{self.second}")
        try:
            self.lives.now_over(again)
            Life(self.lives.world, mortal=False).live(until=None)
            facts = again.recent(again.offices(), 0)
            return differences(
                expected(self.lives.events(), HASHER.interaction_key, join_window_ms),
                live_interactions(rows_of(facts.interactions)),
                live_votes(rows_of(facts.votes)),
                counted(again),
            )
        finally:
            again.close()


@pytest.mark.parametrize("seed", range(4))
def test_a_store_that_is_frozen_while_a_worker_writes_between_its_tables_heals_from_the_log(
    tmp_path: Path, seed: int
) -> None:
    it = Freezing(tmp_path, seed)
    found = it.wrong_after(lambda: it.life.live(min(it.total, it.arrived + it.total // 60)))
    assert it.arrived > it.total // 2
    assert found == []


@pytest.mark.parametrize("seed", range(3))
def test_an_hour_that_is_worked_off_while_tables_are_frozen_is_not_forgotten(
    tmp_path: Path, seed: int
) -> None:
    it = Freezing(tmp_path, seed)
    (owner,) = it.life.owners
    it.lives.log.arrive_all()
    for topic in TOPICS:
        run = it.lives.log.read(0, topic, owner.offsets[topic], 60)
        handle([(owner, [run])], it.life.store, it.lives.log.now())
    it.lives.log.commit(0, owner.offsets, owner.epoch)
    assert owner.dirty
    tables = it.store.database.columns(
        "SELECT count() AS n FROM system.tables WHERE database = 'semko' AND engine LIKE '%Tree'"
    )["n"][0]
    waits = iter([*[False] * (tables - 1), True])

    def work_off_at_last() -> None:
        if next(waits):
            owner.settle((), 0, idle=True)

    assert it.wrong_after(work_off_at_last) == []
    assert not owner.dirty
