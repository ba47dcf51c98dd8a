"""A simulated process: a loop, two threads, a worker, a transport, and its ways out.

It can be given a turn, killed at any point, made to stand still and go on much later, or asked to
stop. The worker and all that it consists of are the real ones.
"""

import traceback
from collections.abc import Callable
from concurrent.futures import Executor
from enum import Enum, auto
from typing import Protocol

from models.errors import LogFenced, SemkoError, StoreUnavailable, WorldError
from models.facts import Damage
from models.partitioning import partition_of, record_key
from streams.shell.owner import Owner
from streams.shell.settings import WorkerSettings
from streams.shell.worker import Worker
from tests.life import HASHER
from tests.lives import join_window_versions
from tests.simulation.alerts import RULES
from tests.simulation.broker import Broker
from tests.simulation.client import Client
from tests.simulation.loop import NEVER, TurnedLoop
from tests.simulation.network import Network, NetworkRates
from tests.simulation.store import Door, SimulatedStore
from tests.simulation.turns import Turns, Within
from tests.simulation.world import World


class State(Enum):
    """What becomes of a process."""

    RUNS = auto()
    STALLED = auto()
    ENDED = auto()


class Surroundings(Protocol):
    """What a process finds when it starts."""

    world: World
    broker: Broker
    store: SimulatedStore
    network_rates: NetworkRates

    def point(self, process: "Process") -> bool:
        """A process is about to do what others can see; whether they go first."""

    def ended(self) -> None:
        """A process has ended by itself."""


class Process:
    """Implements `tests.simulation.world.Actor`."""

    def __init__(self, name: str, around: Surroundings, settings: WorkerSettings) -> None:
        self.name = name
        self.state = State.RUNS
        self.skew_ms = 0
        self._around, self._world = around, around.world
        self._loop = TurnedLoop(self._world.clock, self._broke)
        self._threads: dict[str, Turns] = {}
        self._ending = False
        door = Door(around.store, self._world, name, self._give_way)
        network = Network(self._world, name, around.network_rates, self._before_request)
        with self._loop.running():
            self.worker = Worker(
                door,
                HASHER,
                join_window_versions,
                settings,
                self._now,
                threads=self._thread,
                rules=RULES,
            )
            self.worker.on_failure = self.fail
            self.client = Client(name, around.broker, network, self.worker, self.fail)
            self.client.start()
        self._world.note(name, f"starts, {settings}")

    # --- turns -------------------------------------------------------------------------------

    def units(self, now: float) -> list[Callable[[], None]]:
        """What of it could go on now."""
        if self.state is not State.RUNS:
            return []
        units = [thread.step for thread in self._threads.values() if thread.next_at() <= now]
        return [self._loop.step, *units] if self._loop.due() else units

    def next_at(self) -> float:
        """When something of it could go on."""
        if self.state is not State.RUNS:
            return NEVER
        threads = (thread.next_at() for thread in self._threads.values())
        return min(self._loop.next_at(), *threads)

    @property
    def busy(self) -> bool:
        """Whether a call to the store is under way."""
        return any(thread.busy for thread in self._threads.values())

    @property
    def settled(self) -> bool:
        """Whether it holds what it should, has handled what came, and waits."""
        return (
            self.client.settled
            and not self.busy
            and (self.worker.ready or not self.client.session.held)
            and not self.worker.dirty_hours
            and not self.worker._judging.busy
            and not any(owner.unjudged for owner in self.owners())
        )

    def owners(self) -> list[Owner]:
        """What it owns now."""
        return [held.owner for held in self.worker._held.values()]

    def has_released(self) -> bool:
        """Whether hours that hold facts have left its memory."""
        frontiers = {owner.partition: owner.state.frontier.hour for owner in self.owners()}
        partitions = self._around.broker.partitions
        return any(
            row["completed_at"]
            < frontiers.get(
                partition_of(record_key(row["tenant_id"], row["office_id"]), partitions), 0
            )
            for row in self._around.store.memory.rows_newest("interactions")
        )

    # --- what is done to it ------------------------------------------------------------------

    def kill(self) -> None:
        """It vanishes where it stands."""
        self.state = State.ENDED
        for thread in self._threads.values():
            thread.abandon()
        self._loop.end()

    def stall(self) -> None:
        """It stands still."""
        self.state = State.STALLED

    def go_on(self) -> None:
        """It goes on as though nothing had been."""
        if self.state is State.STALLED:
            self.state = State.RUNS
            self._world.note(self.name, "goes on")

    def stop(self) -> None:
        """It is asked to end in order."""
        self._begin_to_end(None)

    def repair(self, damage: Damage) -> None:
        """It is asked to write again what the stored facts give."""
        with self._loop.running():
            self._loop.create_task(self._repair(damage))

    async def _repair(self, damage: Damage) -> None:
        try:
            await self.worker.repair(damage)
        except SemkoError as error:
            self._world.note(self.name, f"repairs nothing: {error!r}")

    def fail(self, error: BaseException) -> None:
        """It ends in order, because of an error of a kind that is allowed to happen."""
        if not isinstance(error, SemkoError) and self.state is not State.ENDED:
            self._broke("failed of " + "".join(traceback.format_exception(error)))
        self._begin_to_end(error)

    def _begin_to_end(self, error: BaseException | None) -> None:
        if self._ending or self.state is State.ENDED:
            return
        self._ending = True
        self._world.note(self.name, f"ends, {error!r}" if error else "is asked to stop")
        if isinstance(error, WorldError) and not isinstance(error, LogFenced | StoreUnavailable):
            wrong = self._around.broker.wrong or self.client.look.misled
            wrong = wrong or "store has been away" in str(error)
            assert wrong, f"{self.name} refused a world that is right: {error}"
            self._around.broker.wrong = ""
        with self._loop.running():
            self._loop.create_task(self._end())

    async def _end(self) -> None:
        self.client.stop_fetching()
        try:
            await self.worker.stop()
        except Exception as error:
            self.fail(error)
        await self.client.close()
        self._world.note(self.name, "has ended")
        self._world.after(0.0, self._gone)

    def _gone(self) -> None:
        if self.state is not State.ENDED:
            self.kill()
            self._around.ended()

    # --- what it is made of ------------------------------------------------------------------

    def _thread(self, name: str) -> Executor:
        if name == "storing":
            return Within()  # who counts waits for it
        thread = Turns()
        self._threads[name] = thread
        return thread

    def _give_way(self, until: float) -> None:
        """Within a thread: something that others can see comes next."""
        thread = Turns.at_work
        assert thread is not None
        if self._around.point(self) or until:
            thread.give_way(until)

    def _before_request(self) -> None:
        self._around.point(self)

    def _now(self) -> int:
        return self._world.wall_ms() + self.skew_ms

    def _broke(self, what: str) -> None:
        self._world.note(self.name, f"BROKEN {what}")
        self._world.broken.append(f"{self.name}: {what}")
