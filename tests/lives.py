"""Lives of a worker over one log and one store, cut short at random: what exactness is tested with.

A life ends by death, or stands still and goes on as a zombie beside the next one. The log and the
store are in memory; owners, plans and the core are the real ones. Every random choice comes from
the generator that the caller brings.
"""

import random
import threading
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from models.errors import LogFenced
from models.facts import Office
from models.identity import KeyHasher
from models.partitioning import partition_of, record_key
from streams.core.frontier import TOPICS
from streams.shell.owner import LogFacts, Owner, plan
from streams.shell.patience import Patient
from streams.shell.settings import WorkerSettings
from tests.crashing_store import Crashing, Killed
from tests.histories import History
from tests.list_log import ListLog, littered, why_no_event
from tests.memory_store import Contents, MemoryStore
from tests.oracle import HOUR, MINUTE, Event, instant, two_hours
from tests.stalled import Stalled
from tests.town import DAY, MONTHS

HASHER = KeyHasher(b"a secret of the tests")
NEVER = 1 << 30

_BEGINNINGS = sorted(
    (instant(f"{month}T00:00:00Z") or 0) + off
    for month in MONTHS
    for off in (
        -20 * HOUR,
        0,
        7 * HOUR + 15 * MINUTE,
    )
)
_WINDOWS = [2 * HOUR, *([DAY, 30 * MINUTE, 2 * HOUR] * len(MONTHS))]
JOIN_WINDOWS: dict[str, tuple[Sequence[int], Sequence[int]]] = {
    "phone": ((), (30 * MINUTE,)),
    "online": (_BEGINNINGS, _WINDOWS),
    "mobile": (_BEGINNINGS[1:], _WINDOWS[1:]),
}
"""Versions of join windows of some channels, in the shape of `Registry.join_window_versions`."""
_DEFAULT_WINDOWS: tuple[Sequence[int], Sequence[int]] = ((), (2 * HOUR,))


def join_window_versions(tenant_id: str, channel: str) -> tuple[Sequence[int], Sequence[int]]:
    """The join windows of these lives, the same for every tenant."""
    del tenant_id
    return JOIN_WINDOWS.get(channel, _DEFAULT_WINDOWS)


def join_window_ms(channel: str, completed_at: int) -> int:
    """The same for the oracle."""
    if channel not in JOIN_WINDOWS:
        return two_hours(channel, completed_at)
    starts, windows = JOIN_WINDOWS[channel]
    return windows[bisect_right(starts, completed_at)]


@dataclass
class Lives:
    """One history through several lives of a worker; ``cuts`` tells where they ended."""

    history: History
    rng: random.Random
    partitions: int = 2
    cuts: list[bool] = field(default_factory=list)
    """One for each cut: had hours with facts left memory by then?"""
    refused: int = 0
    """How often a zombie was refused by the log."""

    def __post_init__(self) -> None:
        records = littered(self.rng, self.history.records)
        self.log = ListLog.of(records, self.partitions)
        self.kept_since = self._some_month() if self.rng.random() < 0.15 else 0
        self.store = MemoryStore(self.kept_since)
        self._snapshot: Contents | None = None
        self._zombies: list[Stalled] = []

    def events(self) -> list[Event]:
        """What the oracle must count."""
        first = self.kept_since
        return [
            event
            for event in self.history.events()
            if (instant(event.get("completed_at") or event.get("voted_at")) or 0) >= first
        ]

    def dead_letters(self) -> dict[tuple[str, str, int, int], str]:
        """The reason for every record that is no event, as `MemoryStore.rows` names them."""
        return {
            (self.log.log_id, topic, partition, offset): reason
            for (partition, topic), records in self.log.records.items()
            for offset, record in enumerate(records)
            if (reason := why_no_event(record, self.kept_since))
        }

    def run(self, crashes: int) -> None:
        """Let ``crashes`` lives end in the middle of something, and one last go to the end."""
        total = sum(len(records) for records in self.log.records.values())
        try:
            for share in sorted(self.rng.uniform(0.3, 0.9) for _ in range(crashes)):
                self._cut_life(int(share * total), total)
                self._lose_something()
            while self._refused(Life(self.log, self, mortal=False)):
                pass
            while self._zombies:
                self._stir()
        finally:
            self._end_zombies()

    def _refused(self, life: "Life") -> bool:
        """Live to the end; True where a zombie, still taking over, has become the owner."""
        try:
            life.live(until=None)
        except LogFenced:
            return True
        return False

    def meanwhile(self) -> None:
        """What others do while the owner of today waits for the store."""
        if self._zombies and self.rng.random() < 0.3:
            self._stir()

    def completion_times(self) -> Iterator[tuple[Office, int]]:
        """Every stored interaction's office and time."""
        for row in self.store.rows_newest("interactions"):
            yield Office(row["tenant_id"], row["office_id"]), row["completed_at"]

    def _cut_life(self, share: int, total: int) -> None:
        """A life until about ``share`` of all records have come, and then its end."""
        life = Life(self.log, self)
        how = self.rng.random()
        try:
            if how > 0.15:  # else it stands still while it takes over, perhaps unfenced yet
                life.live(until=share)
            if how < 0.4:
                zombie = life.as_zombie(total)
                zombie.go_on(self.rng.randint(1, 12))
                self._zombies.append(zombie)
            else:
                life.store.die_after(self.rng.randint(1, 12))
                life.live(until=total)
                return
        except (Killed, LogFenced):
            pass
        self.cuts.append(life.has_released())

    def _stir(self) -> None:
        """One of the zombies goes on for a step, or for good never again."""
        zombie = self.rng.choice(self._zombies)
        zombie.go_on()
        if zombie.over or self.rng.random() < 0.03:
            zombie.abandon()
            self._zombies.remove(zombie)

    def _end_zombies(self) -> None:
        for zombie in self._zombies:
            zombie.abandon()
        self._zombies.clear()

    def _lose_something(self) -> None:
        """Now and then the log's positions are gone, or the store is an older copy (I7); nobody
        does that under processes that still write."""
        if self.rng.random() < 0.1:
            self._end_zombies()
            self.log.committed.clear()
        elif self.rng.random() < 0.1 and self._snapshot is not None:
            self._end_zombies()
            self.store.restore(self._snapshot)
        if self.rng.random() < 0.3:
            self._snapshot = self.store.snapshot()

    def _some_month(self) -> int:
        return self.rng.choice(_BEGINNINGS[1::3])


class Life:
    """One process, from claiming its partitions to its end."""

    def __init__(self, log: ListLog, lives: Lives, *, mortal: bool = True) -> None:
        self.log, self.rng, self.lives = log, lives.rng, lives
        self.mortal, self.zombie = mortal, False
        horizon = lives.history.horizon_ms
        self.settings = WorkerSettings(
            horizon_ms=self.rng.choice((horizon, horizon, horizon, 0, 26 * HOUR)),
            memory_rows=self.rng.choice((0, 0, 10, 40, 300_000)),
            dirty_hours=self.rng.choice((1, 5, 2_000)),
            hours_at_once=self.rng.choice((1, 3, 500)),
            retry_seconds=(0.0,),
        )
        self.store = Crashing(lives.store, self.rng, NEVER, 0.03, lives.meanwhile)
        self.patient = Patient(self.store, self.settings.retry_seconds, threading.Event())
        self.owners: list[Owner] = []

    def as_zombie(self, until: int) -> Stalled:
        """The same life, which from now on stands still before everything that others can see."""
        stalled = Stalled(lambda: self.live(until))
        self.store.meanwhile = stalled.stand_still
        self.zombie = True
        return stalled

    def live(self, until: int | None) -> None:
        """Own all partitions and work until so many records have come and a while after; with None
        until everything has come and nothing is left to do. Raises `Killed` where it is cut."""
        if until is None:
            self.log.arrive_all()
        try:
            if not self.owners:
                self._take_over()
            while until is None or self.zombie or sum(self.log.arrived.values()) < until:
                self.log.arrive(self.rng)
                # All of the owners, so no any() here.
                worked = [self._step(owner) for owner in self.owners]
                if not self.zombie and until is None and not any(worked):
                    return
                self.store.meanwhile()
        except LogFenced:
            self.lives.refused += 1
            if not self.zombie:
                raise

    def _take_over(self) -> None:
        for partition in range(self.log.partitions):
            progress = self.patient.progress()
            facts = self.log.facts(partition)
            planned = plan(partition, facts, progress)
            self._maybe_die()
            self.store.meanwhile()
            self.log.claim(partition, planned.epoch)
            self.store.meanwhile()
            owner = self._owner(partition, facts, planned.epoch)
            owner.begin(planned.offsets)
            self.owners.append(owner)

    def _owner(self, partition: int, facts: LogFacts, epoch: int) -> Owner:
        return Owner(
            partition, facts, epoch, self.patient, HASHER, join_window_versions, self.settings
        )

    def has_released(self) -> bool:
        """Whether hours that hold facts had left memory when the life ended."""
        frontiers = {owner.partition: owner.state.frontier.hour for owner in self.owners}
        return any(
            completed_at < frontiers.get(partition_of(record_key(*office), self.log.partitions), 0)
            for office, completed_at in self.lives.completion_times()
        )

    def _step(self, owner: Owner) -> bool:
        """One batch of a partition; False where there was nothing to do."""
        runs = []
        for topic in self.rng.sample(TOPICS, self.rng.randint(1, 2)):
            count = self.rng.choice((1, 2, 7, 30, 200))
            run = self.log.read(owner.partition, topic, owner.offsets[topic], count)
            if len(run):
                runs.append(run)
        if runs:
            owner.handle(runs, self.log.now())
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
        owner.settle(ends, self.log.now(), idle)
        return busy

    def _commit(self, owner: Owner) -> None:
        """Commit what was handled; a zombie may work on for a while before it hears of its end."""
        self.store.meanwhile()
        try:
            self.log.commit(owner.partition, owner.offsets, owner.epoch)
        except LogFenced:
            if not self.zombie or self.rng.random() < 0.3:
                raise
            self.lives.refused += 1

    def _maybe_die(self) -> None:
        if self.mortal and not self.zombie and self.rng.random() < 0.005:
            raise Killed
