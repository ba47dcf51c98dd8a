"""The simulated world: time, turns, what is under way, and a trace of everything that happened.

Everything that may happen next is a unit; a generator that the seed begins draws which one happens.
Time stands still while anybody can go on, but for small steps, and leaps to the next timer else.
"""

import heapq
import random
from collections import Counter
from collections.abc import Callable
from typing import Protocol

from tests.simulation.loop import NEVER

Note = tuple[float, str, str]
"""When, who, what."""


class Actor(Protocol):
    """A process, as far as turns go."""

    def units(self, now: float) -> list[Callable[[], None]]:
        """What of it could go on now."""

    def next_at(self) -> float:
        """When something of it could go on; infinity: never by itself."""


class World:
    """One run's time and turns."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.time = 0.0
        self.steps = 0
        self.actors: list[Actor] = []
        self.trace: list[Note] = []
        self.happened: Counter[str] = Counter()
        """Faults by kind."""
        self.broken: list[str] = []
        """What must never happen and did."""
        self._wall = (0.0, 0)
        self._coming: list[tuple[float, int, Callable[[], None]]] = []
        self._number = 0

    def clock(self) -> float:
        """Seconds since the run began."""
        return self.time

    def wall_ms(self) -> int:
        """The true time of day, in ms: never before the last record that came."""
        since, ms = self._wall
        return ms + int((self.time - since) * 1000)

    def not_before(self, ms: int) -> None:
        """It is at least ``ms``."""
        if ms > self.wall_ms():
            self._wall = self.time, ms

    def note(self, who: str, what: str) -> None:
        """Write down what happened."""
        self.trace.append((self.time, who, what))

    def fault(self, kind: str, whom: str, detail: str = "") -> None:
        """Write down what was done to whom."""
        self.happened[kind] += 1
        self.note(whom, f"*** {kind} {detail}".rstrip())

    def after(self, seconds: float, call: Callable[[], None]) -> None:
        """Let something happen later."""
        self._number += 1
        heapq.heappush(self._coming, (self.time + seconds, self._number, call))

    def step(self) -> bool:
        """One thing happens; False where nothing ever will."""
        self.steps += 1
        coming = self._coming
        if coming and coming[0][0] <= self.time:
            heapq.heappop(coming)[2]()
            return True
        now = self.time
        units = [unit for actor in self.actors for unit in actor.units(now)]
        if units:
            draw = self.rng.random()
            units[int(draw * len(units))]()
            if draw * 16 % 1 < 0.06:  # a fresh draw for each of the two costs as much as the rest
                self.time += self.rng.random() * 0.1
            return True
        then = min((actor.next_at() for actor in self.actors), default=NEVER)
        if coming:
            then = min(then, coming[0][0])
        if then == NEVER:
            return False
        self.time = max(then, now)
        return True
