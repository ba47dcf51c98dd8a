"""One run: a small history through a world of faults, then calm, then the comparison.

`simulate` is the whole of it. Everything is drawn from one generator, so a seed gives the same run
every time, on every machine.
"""

import hashlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from unittest import mock

from streams.core import key_filter
from streams.shell.batches import TopicPartition
from streams.shell.owner import SEQUENCE_BITS as EPOCH_SHIFT
from streams.shell.settings import WorkerSettings
from tests.histories import Record
from tests.lives import MONTHS_MS
from tests.oracle import Row
from tests.simulation.broker import MARKER, Broker, Log
from tests.simulation.faults import Faults, Swarm
from tests.simulation.history import small_history
from tests.simulation.network import NetworkRates
from tests.simulation.process import Process, State
from tests.simulation.store import SimulatedStore, StoreRates
from tests.simulation.verdict import wrong_rows
from tests.simulation.world import World
from tests.town import HOUR

SESSION_SECONDS = 5.0
STEPS_AT_MOST = 60_000
ARRIVALS = (1, 1, 2, 3, 8)


@dataclass
class RunResult:
    """What became of one seed."""

    seed: int
    differences: list[str]
    """Between what is stored and what the oracle says; and what must never happen and did."""
    happened: Counter[str]
    cuts: list[bool]
    """One for each process that was cut: had hours with facts left memory by then?"""
    story: list[str]
    """Everything that happened, in its order."""
    digest: str
    """The same for two runs where everything was the same."""


def simulate(seed: int) -> RunResult:
    """Run one seed to its end."""
    run = Simulation(seed)
    bits = run.world.rng.choice((12, 12, 12, 1))  # so few bits a key, and most are false alarms
    with (
        mock.patch.object(key_filter, "BITS_A_KEY", bits),
        mock.patch.object(key_filter, "FIRST_CAPACITY", 64),
    ):
        try:
            found = run.live()
        finally:
            run.end()
    story = run.story()
    digest = hashlib.blake2b("\n".join(story).encode(), digest_size=8).hexdigest()
    return RunResult(seed, found, run.world.happened, run.cuts, story, digest)


class Simulation:
    """Implements what processes and faults find around them."""

    def __init__(self, seed: int) -> None:
        self.world = World(seed)
        rng = self.world.rng
        self.swarm = Swarm.drawn(rng)
        partitions = rng.choice((1, 1, 2, 3, 4))
        self.events, self.records, self._horizon = small_history(rng, partitions)
        self.kept_since = rng.choice(MONTHS_MS) if rng.random() < 0.1 else 0
        self.broker = Broker(
            Log.of("log-1", self.records, partitions, rng), partitions, rng, SESSION_SECONDS
        )
        self.store = SimulatedStore(self.world, self.swarm.store, self.kept_since)
        self.network_rates = self.swarm.network
        self.processes: list[Process] = []
        self.cuts: list[bool] = []
        self._faults = Faults(self, self.swarm, rng, self.swarm.budget)
        self._calm = False
        self._struck: Process | None = None
        self._wanted = rng.choice((1, 1, 2, 2, 3))
        self._names = 0
        self._former_logs: list[Log] = []

    # --- the course of a run -----------------------------------------------------------------

    def live(self) -> list[str]:
        """Faults for a while, then calm until everything has settled; what is wrong then."""
        rng, world = self.world.rng, self.world
        for _ in range(self._wanted):
            self.start_one()
        self._tick()
        arrive = rng.choice((0.01, 0.03, 0.06))
        for _ in range(rng.choice((300, 600, 1000, 1500))):
            world.step()
            if rng.random() < arrive:
                self._arrive()
            if self._struck is not None:
                self._faults.left -= 1
                self._faults.strike(self._struck)
                self._struck = None
        self._calm_down()
        self._settle(lambda: self._at_rest(after_all=False))
        wrong, left = self._differences(), self._dirty_rows()
        if wrong or not (left or rng.random() < 0.3):
            return wrong
        self._stop_all()
        if left:  # marked by zombies under the present owner: for the next one to work off
            self._wanted = 1
            self.start_within(0.0)
            self._settle(lambda: self._at_rest(after_all=True))
        return self._differences()

    def _settle(self, at_rest: Callable[[], bool]) -> None:
        while not at_rest():
            if not self.world.step() or self.world.steps > STEPS_AT_MOST:
                self.world.broken.append("it does not come to rest")
                return

    def _calm_down(self) -> None:
        world = self.world
        world.note("world", "calm")
        self._calm = True
        self.store.rates, self.store.away_until = StoreRates(), 0.0
        self.network_rates.__dict__.update(NetworkRates().__dict__)
        self.broker.wrong = ""
        for process in self.processes:
            process.go_on()
        for source in self.broker.log.waiting():
            self._come(source, len(self.broker.log.records[source]))
        self.start_within(0.0)

    def _at_rest(self, *, after_all: bool) -> bool:
        """Whether nothing is left to do; ``after_all``: nor for any later owner."""
        if self.world.steps % 16:
            return False
        alive = self._alive()
        held = {source for one in alive for source in one.client.session.held}
        return (
            held == set(self.broker.log.records)
            and not self.store.landing
            and self.broker.all_read()
            and all(one.settled for one in alive)
            and not self._dirty_rows(of_today=not after_all)
        )

    def _dirty_rows(self, *, of_today: bool = False) -> list[Row]:
        """Hours that are stored as dirty; ``of_today``: under the epochs of the last owners."""
        store = self.store.memory
        epochs = {row.partition: row.epoch for row in store.progress()}
        return [
            row
            for row in store.rows_newest("dirty_hours")
            if row["dirty"]
            and not (of_today and row["revision"] >> EPOCH_SHIFT < epochs[row["partition"]])
        ]

    def _alive(self) -> list[Process]:
        return [one for one in self.processes if one.state is not State.ENDED]

    def _stop_all(self) -> None:
        self._wanted = 0
        for process in self.processes:
            process.stop()
        self._settle(lambda: not self._alive())

    def end(self) -> None:
        """Nothing of it goes on."""
        for process in self._alive():
            process.kill()

    # --- what processes and faults find ------------------------------------------------------

    def point(self, process: Process) -> bool:
        """A process is about to do what others can see; whether they go first."""
        if self._calm:
            return self.world.rng.random() < 0.02
        draw = self.world.rng.random()
        if draw < self.swarm.strikes and self._faults.left:
            # What strikes before hours have left memory seldom hurts.
            if process.has_released() or self.world.rng.random() < 0.05:
                self._struck = process
            return True
        if draw > 1 - self.swarm.copies:
            self._faults.keep_copy()
            return True
        return draw > 1 - self.swarm.switches

    def ended(self) -> None:
        """A process has ended by itself."""
        self.start_within(0.5)

    def cut(self, process: Process) -> None:
        """A process is about to be cut where it stands."""
        if process.owners():
            self.cuts.append(process.has_released())

    def start_within(self, seconds: float) -> None:
        """Somebody starts what is missing."""
        self.world.after(seconds, self._start_missing)

    def _start_missing(self) -> None:
        while sum(one.state is State.RUNS for one in self.processes) < self._wanted:
            self.start_one()

    def start_one(self) -> None:
        """One more process."""
        self._names += 1
        process = Process(f"p{self._names}", self, self._settings())
        self.processes = [one for one in self.processes if one.state is not State.ENDED]
        self.processes.append(process)
        self.world.actors = list(self.processes)

    def _settings(self) -> WorkerSettings:
        rng, horizon = self.world.rng, self._horizon
        return WorkerSettings(
            horizon_ms=rng.choice((horizon, horizon, 0, 0, 26 * HOUR)),
            memory_rows=rng.choice((0, 0, 2, 300_000)),
            dirty_hours=rng.choice((0, 1, 5, 2_000)),
            dirty_seconds=rng.choice((0.0, 0.5, 5.0)),
            hours_at_once=rng.choice((1, 3, 500)),
            retry_seconds=(0.0,),
            give_up_seconds=rng.choice((0.0, 3600.0, 3600.0)),
        )

    def new_log(self) -> bool:
        """Put a new log in the place of the old; whether every event is in it again."""
        rng, broker = self.world.rng, self.broker
        old = broker.log
        self._former_logs.append(old)
        whole = rng.random() < 0.5
        kept: list[Record] = []
        for source, records in old.records.items():
            done = self._safely_stored(source)
            again = records if whole else records[rng.randint(0, done) :]
            kept += [record for record in again if record is not MARKER]
        number = len(self._former_logs) + 1
        broker.log = Log.of(f"log-{number}", kept, broker.partitions, rng)
        broker.committed.clear()
        return whole

    def _safely_stored(self, source: TopicPartition) -> int:
        committed = self.broker.committed.get(source)
        stored = [
            row.offset
            for row in self.store.memory.progress()
            if (row.topic, row.partition, row.log_id) == (*source, self.broker.log.name)
        ]
        if committed is None or not stored:
            return 0
        return min(committed.offset or 0, *stored)

    # --- time and records --------------------------------------------------------------------

    def _tick(self) -> None:
        for name in self.broker.expire(self.world.time):
            self.world.note("broker", f"expels {name}")
        self.world.after(1.0, self._tick)

    def _arrive(self) -> None:
        waiting = self.broker.log.waiting()
        if waiting:
            rng = self.world.rng
            self._come(rng.choice(waiting), rng.choice(ARRIVALS))

    def _come(self, source: TopicPartition, count: int) -> None:
        log = self.broker.log
        records = log.records[source]
        arrived = min(log.arrived[source] + count, len(records))
        log.arrived[source] = arrived
        self.world.note("log", f"{source[0]}/{source[1]} up to {arrived}")
        self.world.not_before(max(record.timestamp_ms for record in records[:arrived]))
        for process in self._alive():
            process.client.wake()

    # --- the end -----------------------------------------------------------------------------

    def _differences(self) -> list[str]:
        """What is stored and should not be, or the other way round; what must never happen."""
        return self.world.broken or wrong_rows(
            self.store.memory, self.events, self.kept_since, [*self._former_logs, self.broker.log]
        )

    def story(self) -> list[str]:
        """The history and the trace, to be read."""
        told = [
            f"{record.topic} {record.value.decode(errors='replace')}" for record in self.records
        ]
        notes = [f"{time:9.3f} {who:6} {what}" for time, who, what in self.world.trace]
        return [*told, *notes]
