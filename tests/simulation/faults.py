"""What goes wrong in a run, how often, and to whom.

Not every run has every fault: a seed draws which kinds it has and how dense they are, so that rare
meetings of two are not drowned by all the others (swarm testing, A. Groce et al., ISSTA 2012).
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from models.facts import Damage, Office, OfficeHour
from tests.memory_store import Contents
from tests.simulation.broker import Broker
from tests.simulation.network import NetworkRates
from tests.simulation.process import Process, State
from tests.simulation.store import SimulatedStore, StoreRates
from tests.simulation.world import World
from tests.town import DAY, HOUR, SECOND

ZOMBIES_AT_MOST = 3
COPIES_AT_MOST = 4
SKEWS = (
    *(0, 0, -4 * 60 * SECOND, -60 * SECOND, 60 * SECOND),
    *(HOUR, 26 * HOUR, 400 * DAY),
)
"""Clocks may be far ahead; further behind than 4 min they would refuse what is an event."""


@dataclass(frozen=True)
class Swarm:
    """One run's kinds of faults and their density."""

    strikes: float
    """The chance of a fault before anything that others can see."""
    budget: int
    """So many of them at most."""
    kinds: Sequence[str]
    copies: float
    """The chance that somebody copies the store, before anything that others can see."""
    switches: float
    """The chance that others go first, before anything that they can see."""
    store: StoreRates
    network: NetworkRates

    @classmethod
    def drawn(cls, rng: random.Random) -> "Swarm":
        """The faults of one run."""

        def rate(*choices: float) -> float:
            return rng.choice((0.0, 0.0, *choices))

        kinds = [kind for kind in KINDS if rng.random() < 0.6] or ["killed"]
        return cls(
            rng.choice((0.03, 0.06, 0.12, 0.25)),
            rng.randint(1, 9),
            kinds,
            rng.choice((0.0, 0.03, 0.1)),
            rng.choice((0.1, 0.3, 0.6)),
            StoreRates(rate(0.02), rate(0.03), rate(0.03), rate(0.02, 0.1), rate(0.05)),
            NetworkRates(rng.choice((0.1, 0.4)), rate(0.02), rate(0.02), rate(0.05)),
        )


KINDS = (
    *("killed", "killed", "stalled", "stalled", "expelled", "stopped", "joined"),
    *("rebalanced", "rebalanced", "store away"),
    *("clock jumped", "commits lost", "commits lost", "store restored", "store restored"),
    *("store lost", "log replaced", "wrong world", "repaired", "repaired"),
)
"""What may be done at one blow; `Faults` has a method for each."""


class Run(Protocol):
    """What faults are done to."""

    world: World
    broker: Broker
    store: SimulatedStore
    processes: list[Process]

    def start_one(self) -> None:
        """One more process."""

    def start_within(self, seconds: float) -> None:
        """Somebody starts what is missing."""

    def new_log(self) -> bool:
        """Put a new log in the place of the old; whether every event is in it again."""

    def cut(self, process: Process) -> None:
        """A process is about to be cut where it stands."""


@dataclass
class Faults:
    """Does one fault after the other to a run."""

    run: Run
    swarm: Swarm
    rng: random.Random
    left: int = 0
    _snapshots: list[Contents] = field(default_factory=list)
    _log_is_whole: bool = True

    def strike(self, process: Process) -> None:
        """Something happens, mostly to the one who was about to do something."""
        victim = process
        runs = [one for one in self.run.processes if one.state is State.RUNS]
        if runs and (victim.state is not State.RUNS or self.rng.random() < 0.3):
            victim = self.rng.choice(runs)
        if victim.state is State.RUNS:
            self._methods()[self.rng.choice(self.swarm.kinds)](victim)

    def _methods(self) -> dict[str, Callable[[Process], None]]:
        return {kind: getattr(self, f"_{kind.replace(' ', '_')}") for kind in KINDS}

    def keep_copy(self) -> None:
        """Somebody makes a copy of the store."""
        self._snapshots.append(self.run.store.memory.snapshot())
        del self._snapshots[:-COPIES_AT_MOST]

    # --- to one process ----------------------------------------------------------------------

    def _killed(self, victim: Process) -> None:
        self._note("killed", victim)
        self.run.cut(victim)
        victim.kill()
        self.run.start_within(self.rng.choice((0.0, 1.0, 7.0)))

    def _stalled(self, victim: Process) -> None:
        stalled = [one for one in self.run.processes if one.state is State.STALLED]
        if len(stalled) >= ZOMBIES_AT_MOST:
            return
        seconds = self.rng.choice((0.5, 4.0, 8.0, 8.0, 20.0))
        self._note("stalled", victim, f"for {seconds} s")
        self.run.cut(victim)
        victim.stall()
        if self.rng.random() < 0.5:  # the group need not wait for its silence
            self.run.broker.leave(victim.client.session.name)
        self.run.world.after(seconds, victim.go_on)
        self.run.start_within(self.rng.choice((0.0, 1.0)))

    def _expelled(self, victim: Process) -> None:
        self._note("expelled", victim)
        self.run.broker.leave(victim.client.session.name)

    def _stopped(self, victim: Process) -> None:
        self._note("stopped", victim)
        victim.stop()

    def _joined(self, victim: Process) -> None:
        if len(self.run.processes) < 5:
            self._note("joined", victim)
            self.run.start_one()

    def _rebalanced(self, victim: Process) -> None:
        broker = self.run.broker
        if self.rng.random() < 0.5:
            self._note("rebalanced", victim)
            broker.rebalance()
        else:
            self._note("rebalanced", victim, broker.take_one())
            self.run.world.after(self.rng.choice((0.5, 3.0)), broker.rebalance)

    def _repaired(self, victim: Process) -> None:
        """Somebody believes that what is stored is wrong: to write it again changes nothing."""
        self._note("repaired", victim)
        store, chosen = self.run.store.memory, self.rng.choice((0.0, 0.3, 1.0))
        damage = Damage(revision=0)
        for row in store.rows_newest("interactions"):
            if self.rng.random() < 0.5:
                office = Office(row["tenant_id"], row["office_id"])
                damage.hours.add(OfficeHour(*office, row["completed_at"] // HOUR * HOUR))
                if self.rng.random() < chosen:
                    damage.facts.keys.setdefault(office, set()).add(row["interaction_key"])
                damage.revision = max(damage.revision, row["revision"])
        victim.repair(damage)

    def _clock_jumped(self, victim: Process) -> None:
        victim.skew_ms = self.rng.choice(SKEWS)
        self._note("clock jumped", victim, f"{victim.skew_ms / 1000} s off")

    # --- to all ------------------------------------------------------------------------------

    def _store_away(self, victim: Process) -> None:
        seconds = self.rng.choice((0.5, 3.0, 12.0))
        self._note("store away", victim, f"for {seconds} s")
        self.run.store.away_until = self.run.world.time + seconds

    def _commits_lost(self, victim: Process) -> None:
        self._end_all(victim, "commits lost")
        self.run.broker.committed.clear()

    def _store_restored(self, victim: Process) -> None:
        if not self._snapshots:
            return self._killed(victim)
        self._end_all(victim, "store restored")
        self.run.store.replaced()
        self.run.store.memory.restore(self.rng.choice(self._snapshots))
        return None

    def _store_lost(self, victim: Process) -> None:
        if not self._log_is_whole:
            return self._killed(victim)
        self._end_all(victim, "store lost")
        self.run.store.replaced()
        self.run.store.memory.restore(self.run.store.empty())
        return None

    def _log_replaced(self, victim: Process) -> None:
        self._end_all(victim, "log replaced")
        if not self.run.new_log():
            # What only the old log had is in the store alone from now on.
            self._log_is_whole = False
            self._snapshots.clear()

    def _wrong_world(self, victim: Process) -> None:
        log = self.run.broker.log.name
        if not any(row.log_id == log for row in self.run.store.memory.progress()):
            return  # an empty store contradicts nothing
        self._end_all(victim, "wrong world")
        self.run.broker.wrong = self.rng.choice(("partitions", "end"))
        self.run.world.after(10.0, self._mend)

    def _mend(self) -> None:
        self.run.broker.wrong = ""

    def _end_all(self, victim: Process, kind: str) -> None:
        """Nobody does such a thing under processes that still write."""
        self._note(kind, victim)
        for one in self.run.processes:
            if one.state is not State.ENDED:
                self.run.cut(one)
                one.kill()
        self.run.broker.members.clear()
        self.run.broker.wrong = ""
        self.run.start_within(0.5)

    def _note(self, kind: str, victim: Process, detail: str = "") -> None:
        self.run.world.fault(kind, victim.name, detail)
