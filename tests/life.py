"""One process of a worker in a world of the tests: its log, its way to the store, its settings.

It takes over, works, and dies or stands still where it is told to. Owners, plans and the core are
the real ones; every random choice comes from the world's generator.
"""

import random
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from models.errors import LogFenced
from models.identity import KeyHasher
from streams.core.frontier import TOPICS
from streams.core.matching import JoinWindows
from streams.shell.owner import Owner, handle, take_over
from streams.shell.patience import Patient
from streams.shell.planning import LogFacts, plan
from streams.shell.ports import WorkerStore
from streams.shell.settings import WorkerSettings
from tests.crashing_store import Killed
from tests.list_log import ListLog
from tests.stalled import Stalled

HASHER = KeyHasher(b"a secret of the tests")


class Door(WorkerStore, Protocol):
    """A process's own way to the store."""

    meanwhile: Callable[[], None]
    """Called before everything that goes through: others may act, or the process stand still."""

    def die_after(self, chunks: int) -> None:
        """Raise ``Killed`` in the ``chunks``-th write from now, and ever after."""


@dataclass
class World:
    """What a life finds when it begins."""

    log: ListLog
    rng: random.Random
    door: Callable[[], Door]
    settings: Callable[[], WorkerSettings]
    join_windows: JoinWindows
    arrivals: Sequence[int] = (0, 1, 5, 40)
    """How many records come at a time."""
    batch_sizes: Sequence[int] = (1, 2, 7, 30, 200)
    refused: int = 0
    """How often the log refused somebody who was no owner any more."""


class Life:
    """One process, from claiming its partitions to its end."""

    def __init__(self, world: World, *, mortal: bool = True) -> None:
        self.log, self.rng, self.world = world.log, world.rng, world
        self.mortal, self.zombie = mortal, False
        self.settings = world.settings()
        self.door = world.door()
        self.store = Patient(self.door, self.settings.retry_seconds, threading.Event())
        self.owners: list[Owner] = []

    def as_zombie(self, until: int) -> Stalled:
        """The same life, which from now on stands still before everything that others can see."""
        stalled = Stalled(lambda: self.live(until))
        self.door.meanwhile = stalled.stand_still
        self.zombie = True
        return stalled

    def live(self, until: int | None) -> None:
        """Own all partitions and work until so many records have come and a while after; with None
        until everything has come and nothing is left to do. Raises `Killed` where it is cut, and
        ``LogFenced`` where another has become the owner meanwhile."""
        if until is None:
            self.log.arrive_all()
        try:
            if not self.owners:
                self._take_over()
            while until is None or self.zombie or sum(self.log.arrived.values()) < until:
                self.log.arrive(self.rng, self.world.arrivals)
                # All of the owners, so no any() here.
                worked = [self._step(owner) for owner in self.owners]
                if not self.zombie and until is None and not any(worked):
                    return
                self.door.meanwhile()
        except LogFenced:
            self.world.refused += 1
            if not self.zombie:
                raise

    def catch_up(self) -> None:
        """Handle everything that has come."""
        for owner in self.owners:
            while any(
                owner.offsets[topic] < self.log.arrived[owner.partition, topic] for topic in TOPICS
            ):
                self._step(owner)

    def _take_over(self) -> None:
        for partition in range(self.log.partitions):
            progress = self.store.progress()
            facts = self.log.facts(partition)
            planned = plan(partition, facts, progress)
            self._maybe_die()
            self.door.meanwhile()
            self.log.claim(partition, planned.epoch, planned.offsets)
            self.door.meanwhile()
            owner = self._owner(partition, facts, planned.epoch)
            take_over({owner: planned}, self.store)
            self.owners.append(owner)

    def _owner(self, partition: int, facts: LogFacts, epoch: int) -> Owner:
        windows = self.world.join_windows
        return Owner(partition, facts, epoch, self.store, HASHER, windows, self.settings)

    def _step(self, owner: Owner) -> bool:
        """One batch of a partition; False where there was nothing to do."""
        runs = []
        for topic in self.rng.sample(TOPICS, self.rng.randint(1, 2)):
            count = self.rng.choice(self.world.batch_sizes)
            run = self.log.read(owner.partition, topic, owner.offsets[topic], count)
            if len(run):
                runs.append(run)
        if runs:
            handle([(owner, runs)], self.store, self.log.now())
            self._maybe_die()
            self._commit(owner)
            self._maybe_die()
        ends = {
            topic
            for topic in TOPICS
            if owner.offsets[topic] >= self.log.arrived[owner.partition, topic]
        }
        idle = not runs and (len(ends) == len(TOPICS) or self.rng.random() < 0.1)
        busy = bool(runs) or bool(owner.dirty) or len(ends) < len(TOPICS)
        owner.settle(ends, self.log.now(), idle=idle, live=True)
        return busy

    def _commit(self, owner: Owner) -> None:
        """Commit what was handled; a zombie may work on for a while before it hears of its end."""
        self.door.meanwhile()
        try:
            self.log.commit(owner.partition, owner.offsets, owner.epoch)
        except LogFenced:
            if not self.zombie or self.rng.random() < 0.3:
                raise
            self.world.refused += 1

    def _maybe_die(self) -> None:
        if self.mortal and not self.zombie and self.rng.random() < 0.005:
            raise Killed
