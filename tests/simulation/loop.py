"""An event loop that runs one callback when it is told to, in a time that others turn.

One for each simulated process. Nothing here sleeps, selects or reads a clock, so what a process
does depends on nothing but the order in which it is given its turns.
"""

import asyncio
import heapq
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

NEVER = float("inf")


class TurnedLoop(asyncio.BaseEventLoop):
    """``clock`` gives the seconds; ``step`` runs the next callback."""

    _ready: deque[asyncio.Handle]
    _scheduled: list[asyncio.TimerHandle]

    def __init__(self, clock: Callable[[], float], on_error: Callable[[str], None]) -> None:
        """``on_error`` is told what a callback raised and nobody caught."""
        super().__init__()
        self.ended = False
        self._clock = clock
        self._on_error = on_error
        self._tasks: list[asyncio.Task[Any]] = []
        self.set_task_factory(self._task)

    def time(self) -> float:
        """Seconds of the world."""
        return self._clock()

    def due(self) -> bool:
        """Whether a callback could run now."""
        return bool(self._ready) or self.next_at() <= self._clock()

    def next_at(self) -> float:
        """When the first timer runs off."""
        scheduled = self._scheduled
        while scheduled and scheduled[0].cancelled():
            heapq.heappop(scheduled)
        return scheduled[0].when() if scheduled else NEVER

    def step(self) -> None:
        """Run one callback; the loop must be ``due``."""
        now = self._clock()
        while self.next_at() <= now:
            self._ready.append(heapq.heappop(self._scheduled))
        handle = self._ready.popleft()
        if not handle.cancelled():
            with self.running():
                handle._run()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Within, this is the running loop."""
        before = asyncio._get_running_loop()
        asyncio._set_running_loop(self)
        try:
            yield
        finally:
            asyncio._set_running_loop(before)

    def end(self) -> None:
        """The process is dead: what its ruins still ask for is not done."""
        self.ended = True
        with self.running(), suppress(RuntimeError):  # one that awaits in its end never will
            for task in self._tasks:
                task.get_coro().close()  # here and now: not when it is collected, nobody knows when
        self._tasks.clear()
        self._ready.clear()
        self._scheduled.clear()

    def is_closed(self) -> bool:
        """Whether nobody need be told anything here."""
        return self.ended

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """Tell what nobody caught."""
        if not self.ended:
            self._on_error(f"{context.get('message')}: {context.get('exception')!r}")

    def _task(self, loop: asyncio.AbstractEventLoop, work: Any) -> "asyncio.Task[Any]":
        task = asyncio.Task(work, loop=loop)
        self._tasks.append(task)
        return task

    def _write_to_self(self) -> None:
        """Nobody sleeps who had to be woken."""

    def _process_events(self, event_list: object) -> None:
        """There are no sockets."""


async def within(event: asyncio.Event, seconds: float) -> None:
    """Wait for ``event``, which is set after ``seconds`` at the latest."""
    timer = asyncio.get_running_loop().call_later(seconds, event.set)
    await event.wait()
    timer.cancel()
