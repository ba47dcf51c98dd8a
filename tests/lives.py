"""Lives of a worker over one log and one store, cut short at random: what exactness is tested with.

A life ends by death, or stands still and goes on as a zombie beside the next one. Every random
choice comes from the generator that the caller brings.
"""

import random
from bisect import bisect_right
from collections.abc import Callable, Sequence

from models.errors import LogFenced
from models.partitioning import partition_of, record_key
from streams.shell.settings import WorkerSettings
from tests.crashing_store import Crashing, Killed
from tests.histories import History
from tests.life import Door, Life, World
from tests.list_log import ListLog, littered, why_no_event
from tests.memory_store import Contents, MemoryStore
from tests.oracle import HOUR, MINUTE, Event, Row, instant, two_hours
from tests.stalled import Stalled
from tests.town import DAY, MONTHS

NEVER = 1 << 30
AWAY = 0.03
"""The share of calls that a store refuses for the moment."""

MONTHS_MS = [instant(f"{month}T00:00:00Z") or 0 for month in sorted(MONTHS)]
_BEGINNINGS = [
    month + off for month in MONTHS_MS for off in (-20 * HOUR, 0, 7 * HOUR + 15 * MINUTE)
]
_WINDOWS = [2 * HOUR, *([DAY, 30 * MINUTE, 2 * HOUR] * len(MONTHS_MS))]
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


class Lives:
    """One history through several lives of a worker over a store in memory."""

    def __init__(self, history: History, rng: random.Random, partitions: int = 2) -> None:
        self.history, self.rng = history, rng
        self.log = ListLog.of(littered(rng, history.records), partitions)
        self.kept_since = rng.choice(MONTHS_MS) if rng.random() < 0.15 else 0
        self.cuts: list[bool] = []
        """One for each cut: had hours with facts left memory by then?"""
        self.world = World(self.log, rng, self.door, self.settings, join_window_versions)
        self.store = MemoryStore(self.kept_since)
        self._snapshot: Contents | None = None
        self._zombies: list[Stalled] = []

    def door(self) -> Door:
        """A new process's way to the store."""
        return Crashing(self.store, self.rng, NEVER, AWAY, self.meanwhile)

    def settings(self) -> WorkerSettings:
        """A new process's settings: most horizons are short, so that much is late."""
        horizon = self.history.horizon_ms
        return WorkerSettings(
            horizon_ms=self.rng.choice((horizon, horizon, horizon, 0, 26 * HOUR)),
            memory_rows=self.rng.choice((0, 0, 10, 40, 300_000)),
            dirty_hours=self.rng.choice((1, 5, 2_000)),
            hours_at_once=self.rng.choice((1, 3, 500)),
            retry_seconds=(0.0,),
        )

    def stored_interactions(self) -> list[Row]:
        """Every interaction that is stored now."""
        return self.store.rows_newest("interactions")

    def lose_something(self) -> None:
        """Now and then the log's positions are gone, or the store is an older copy (I7); nobody
        does that under processes that still write."""
        if self.rng.random() < 0.1:
            self.end_zombies()
            self.log.committed.clear()
        elif self.rng.random() < 0.1 and self._snapshot is not None:
            self.end_zombies()
            self.store.restore(self._snapshot)
        if self.rng.random() < 0.3:
            self._snapshot = self.store.snapshot()

    def events(self) -> list[Event]:
        """What the oracle must count."""
        first = self.kept_since
        return [
            event
            for event in self.history.events()
            if (instant(event.get("completed_at") or event.get("voted_at")) or 0) >= first
        ]

    def dead_letters(self) -> dict[tuple[str, str, int, int], str]:
        """The reason for every record that is no event, by log, topic, partition and offset."""
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
                self.lose_something()
            while _refused(lambda: Life(self.world, mortal=False).live(until=None)):
                pass  # a zombie that was taking over had become the owner: once more
            while self._zombies:
                self._stir()
        finally:
            self.end_zombies()

    def _cut_life(self, share: int, total: int) -> None:
        """A life until about ``share`` of all records have come, and then its end."""
        life = Life(self.world)
        how = self.rng.random()
        try:
            if how > 0.15:  # else it stands still while it takes over, perhaps unfenced yet
                life.live(until=share)
            if how < 0.4:
                zombie = life.as_zombie(total)
                zombie.go_on(self.rng.randint(1, 12))
                self._zombies.append(zombie)
            else:
                life.door.die_after(self.rng.randint(1, 12))
                life.live(until=total)
                return
        except (Killed, LogFenced):
            pass
        self.cuts.append(self._has_released(life))

    def _has_released(self, life: Life) -> bool:
        """Whether hours that hold facts had left memory when the life ended."""
        frontiers = {owner.partition: owner.state.frontier.hour for owner in life.owners}
        return any(
            row["completed_at"]
            < frontiers.get(
                partition_of(record_key(row["tenant_id"], row["office_id"]), self.log.partitions), 0
            )
            for row in self.stored_interactions()
        )

    def meanwhile(self) -> None:
        """What others do while the owner of today waits for the store."""
        if self._zombies and self.rng.random() < 0.3:
            self._stir()

    def _stir(self) -> None:
        """One of the zombies goes on for a step, or for good never again."""
        zombie = self.rng.choice(self._zombies)
        zombie.go_on()
        if zombie.over or self.rng.random() < 0.03:
            zombie.abandon()
            self._zombies.remove(zombie)

    def end_zombies(self) -> None:
        """Nobody writes any more."""
        for zombie in self._zombies:
            zombie.abandon()
        self._zombies.clear()


def _refused(live: Callable[[], None]) -> bool:
    try:
        live()
    except LogFenced:
        return True
    return False
