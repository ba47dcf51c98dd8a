"""The town over time: days drawn one after another, their events handed out in order of arrival.

Every record is a function of town, seed and the instant of the beginning; until when one asks, and
in how many steps, changes nothing. No clock: the caller says how far time has come. Memory holds
the rows of one day and what of it arrives on the next.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from models.errors import CallError
from models.heartbeats import Heard
from models.records import EventRecord
from sources.simulator.deliveries import deliveries
from sources.simulator.heartbeats import heartbeats
from sources.simulator.plan import Plan, plans
from sources.simulator.rows import ROW, Rows, Truth
from sources.simulator.town import Town
from sources.simulator.visits import visits
from sources.simulator.wire import encode

_CHUNK = 4096
"""Records encoded at once."""
_EPOCH = date(1970, 1, 1)


class Simulation:
    """A run of a town from ``since_ms`` on: interactions whose citizen came then or later.

    ``truth`` counts what was handed out. One caller at a time.
    """

    def __init__(self, town: Town, seed: int, since_ms: int) -> None:
        if seed < 0:
            raise CallError(f"the seed is {seed}; give a whole number from 0 on")
        self.truth = Truth()
        self._seed = seed
        self._since_ms = since_ms
        self._plans = plans(town)
        self._zone = ZoneInfo(town.time_zone)
        self._next_day = datetime.fromtimestamp(since_ms / 1000, self._zone).date()
        self._pending: Rows = np.zeros(0, ROW)

    def until(self, until_ms: int) -> list[EventRecord]:
        """What arrives before ``until_ms`` and was not handed out yet, in order of arrival."""
        return list(self.stream(until_ms))

    def stream(self, until_ms: int) -> Iterator[EventRecord]:
        """``until`` bit by bit; run it to its end before asking for more."""
        while (midnight_ms := self._midnight(self._next_day)) < until_ms:
            yield from self._hand_out(midnight_ms)
            self._draw_day(midnight_ms)
        yield from self._hand_out(until_ms)

    def heartbeats(self, at_ms: int) -> list[Heard]:
        """What the terminals that live at ``at_ms`` say then."""
        return list(heartbeats(self._plans, at_ms))

    def _hand_out(self, until_ms: int) -> Iterator[EventRecord]:
        end = int(np.searchsorted(self._pending["arrival"], until_ms))
        ready, self._pending = self._pending[:end], self._pending[end:]
        for start in range(0, end, _CHUNK):
            chunk = ready[start : start + _CHUNK]
            self.truth.add(chunk["role"])
            yield from encode(chunk, self._plans)

    def _draw_day(self, midnight_ms: int) -> None:
        day = self._next_day
        day_ms = self._midnight(day + timedelta(days=1)) - midnight_ms
        drawn = [self._pending]
        drawn += (self._office_day(plan, day, midnight_ms, day_ms) for plan in self._plans)
        rows = np.concatenate(drawn)
        self._pending = rows[np.argsort(rows["arrival"], kind="stable")]
        self._next_day = day + timedelta(days=1)

    def _office_day(self, plan: Plan, day: date, midnight_ms: int, day_ms: int) -> Rows:
        number = (day - _EPOCH).days
        rng = np.random.default_rng([self._seed, plan.seed_word, number])
        seen = visits(plan, day, day_ms, rng)
        rows = deliveries(plan, number, midnight_ms, seen, rng)
        return rows if midnight_ms >= self._since_ms else rows[rows["arrived"] >= self._since_ms]

    def _midnight(self, day: date) -> int:
        local = datetime(day.year, day.month, day.day, tzinfo=self._zone)
        return int(local.astimezone(UTC).timestamp()) * 1000


def simulate(town: Town, seed: int, since_ms: int, until_ms: int) -> Iterator[EventRecord]:
    """All records of ``town`` that arrive before ``until_ms``, in order of arrival, of interactions
    whose citizen came at or after ``since_ms`` (ms since 1970). Raises ``CallError``."""
    if until_ms < since_ms:
        raise CallError("the simulation ends before it begins; swap the two times")
    return Simulation(town, seed, since_ms).stream(until_ms)
