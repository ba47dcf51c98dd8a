"""A process's way to the simulated store: refusals, parts, late landings, and turns between them.

Every write goes in by chunks, the months of a table in any order, and others may do anything before
each chunk and each read. What becomes of a chunk is drawn by the rates of the run.
"""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from models.errors import StoreUnavailable
from tests.crashing_store import Crashing
from tests.memory_store import Contents, MemoryStore
from tests.oracle import Row
from tests.simulation.alerts import baseline_rows
from tests.simulation.world import World

NEVER_KILLED = 1 << 60


@dataclass
class StoreRates:
    """How often what goes wrong with one chunk or one read; 0 in calm."""

    refused: float = 0.0
    """Nothing is done."""
    partly: float = 0.0
    """A part of the rows is stored, then the answer is an error."""
    timed_out: float = 0.0
    """All rows are stored, and the answer is an error."""
    late: float = 0.0
    """The answer is an error, and the rows are stored some time afterwards."""
    twice: float = 0.0
    """The rows are stored, and once more some time afterwards."""


class SimulatedStore:
    """The store that outlives every process, when it is away, and what has yet to land in it."""

    def __init__(self, world: World, rates: StoreRates, kept_since: int) -> None:
        self.memory = MemoryStore(kept_since)
        self.memory.write_rows("baselines", baseline_rows())
        self.rates = rates
        self.away_until = 0.0
        self.landing = 0
        self._world = world
        self._era = 0

    def land_later(self, table: str, rows: list[Row]) -> None:
        """Rows that are on their way land at some time, unless the store is another by then."""
        self.landing += 1
        era = self._era

        def land() -> None:
            self.landing -= 1
            if era == self._era:
                self._world.note("store", f"{len(rows)} rows of {table} land late")
                self.memory.write_rows(table, rows)

        self._world.after(self._world.rng.choice((0.01, 0.5, 3.0, 8.0)), land)

    def empty(self) -> Contents:
        """A new store, with the baselines that an operator has estimated again."""
        new = MemoryStore()
        new.write_rows("baselines", baseline_rows())
        return new.snapshot()

    def replaced(self) -> None:
        """The store is another one from now on: what was on its way to the old one is gone."""
        self._era += 1


class Door(Crashing):
    """Implements ``streams.shell.ports.Store`` for one simulated process."""

    def __init__(
        self, store: SimulatedStore, world: World, who: str, give_way: Callable[[float], None]
    ) -> None:
        """``give_way(until)`` lets others go first; the process sleeps ``until`` then."""
        super().__init__(store.memory, world.rng, NEVER_KILLED)
        self._simulated, self._world, self._who, self._give_way = store, world, who, give_way
        self._draw: Random = world.rng

    def _living(self) -> MemoryStore:
        self._ask("read")
        rates = self._simulated.rates
        if rates.refused and self._draw.random() < rates.refused:
            self._fail("read refused")
        return self._store

    def _write_rows(self, table: str, rows: list[Row]) -> None:
        for chunk in self._chunks(table, rows):
            self._ask(table)
            self._write_chunk(table, chunk)

    def _ask(self, what: str) -> None:
        self._give_way(0.0)
        store = self._simulated
        if store.away_until > self._world.time:
            self._world.note(self._who, f"store away, {what}")
            self._give_way(self._world.time + 0.5)
            raise StoreUnavailable("the simulated store is away")

    def _write_chunk(self, table: str, chunk: list[Row]) -> None:
        rates, store = self._simulated.rates, self._simulated
        draw = self._draw.random()
        revision = chunk[0]["revision"]
        self._world.note(
            self._who,
            f"writes {table} {len(chunk)} rows, {revision >> 40}:{revision & (1 << 40) - 1}",
        )
        if draw < rates.refused:
            self._fail("write refused")
        draw -= rates.refused
        if draw < rates.partly:
            store.memory.write_rows(table, chunk[: self._draw.randint(0, len(chunk))])
            self._fail("write stored in part")
        draw -= rates.partly
        if draw < rates.late:
            store.land_later(table, chunk)
            self._fail("write stored late")
        draw -= rates.late
        store.memory.write_rows(table, chunk)
        if draw < rates.timed_out:
            self._fail("write stored, answer lost")
        draw -= rates.timed_out
        if draw < rates.twice:
            self._world.fault("write stored twice", self._who)
            store.land_later(table, chunk)

    def _fail(self, kind: str) -> None:
        self._world.fault(kind, self._who)
        raise StoreUnavailable("the simulated store did not answer")
