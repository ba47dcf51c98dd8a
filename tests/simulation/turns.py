"""Threads that run strictly in turns: synchronous code that can be stopped where it asks the store.

A thread runs while it has the turn and all others wait, so a seed gives the same run every time.
The threads of dead processes are used again: to make one costs more than a turn.
"""

from __future__ import annotations

import _thread
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any, ClassVar

from tests.simulation.loop import NEVER
from tests.stalled import Abandoned


class _Runner:
    """A thread that waits for its turns."""

    idle: ClassVar[list[_Runner]] = []

    def __init__(self) -> None:
        self.work: Callable[[], None] = _nothing
        self._go, self._stopped = _thread.allocate_lock(), _thread.allocate_lock()
        self._go.acquire()
        self._stopped.acquire()
        threading.Thread(target=self._run, daemon=True).start()

    def turn(self) -> None:
        """Let it run until it waits again."""
        self._go.release()
        self._stopped.acquire()

    def wait(self) -> None:
        """Called from within: the others' turn."""
        self._stopped.release()
        self._go.acquire()

    def _run(self) -> None:
        self._go.acquire()
        while True:
            self.work()
            self.wait()


def _nothing() -> None:
    """Nothing to do yet."""


class Within(Executor):
    """Does a call at once, within the turn of whoever submits it."""

    def submit(self, call: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Do it."""
        future: Future[Any] = Future()
        try:
            future.set_result(call(*args, **kwargs))
        except Exception as error:  # told to the one who waits, whatever it is
            future.set_exception(error)
        return future


class Turns(Executor):
    """An executor of one thread, which works when it is given a turn."""

    at_work: ClassVar[Turns | None] = None
    """The one that has the turn."""

    def __init__(self) -> None:
        self._calls: deque[tuple[Future[Any], Callable[[], Any]]] = deque()
        self._runner: _Runner | None = None  # while a call is under way
        self._wakes_at = 0.0
        self._abandoned = False

    def submit(self, call: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Note a call; it begins with the next turn."""
        assert not args
        assert not kwargs
        future: Future[Any] = Future()
        self._calls.append((future, call))
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Who waits holds up its loop, and nothing else of its process runs meanwhile."""
        assert not cancel_futures
        while wait and self.busy and not self._abandoned:
            self.step()

    @property
    def busy(self) -> bool:
        """Whether a call is under way or waits."""
        return bool(self._runner or self._calls)

    def next_at(self) -> float:
        """When it could go on."""
        if self._runner:
            return self._wakes_at
        return 0.0 if self._calls else NEVER

    def step(self) -> None:
        """Run until the call gives way or is over."""
        if self._runner is None:
            self._runner = _Runner.idle.pop() if _Runner.idle else _Runner()
            self._runner.work = self._one_call
        Turns.at_work = self
        self._runner.turn()
        Turns.at_work = None

    def give_way(self, until: float = 0.0) -> None:
        """Called from within: let others go first; sleep ``until`` then."""
        runner = self._runner
        assert runner is not None
        self._wakes_at = until
        runner.wait()
        if self._abandoned:
            raise Abandoned

    def abandon(self) -> None:
        """End it where it stands: whatever waits will never be done."""
        self._abandoned = True
        self._calls.clear()
        if self._runner is not None:
            self._runner.turn()

    def _one_call(self) -> None:
        future, call = self._calls.popleft()
        runner = self._runner
        assert runner is not None
        future.set_running_or_notify_cancel()
        result: Any = None
        error: BaseException | None = None
        try:
            result = call()
        except BaseException as raised:  # told to the one who waits, whatever it is
            error = raised
        self._runner = None
        _Runner.idle.append(runner)
        if self._abandoned:
            return
        if error is None:
            future.set_result(result)
        else:
            future.set_exception(error)
