"""How a running command is stopped: Ctrl-C and SIGTERM end it in order, and within seconds.

What does not end in time is cut off. That loses nothing: every command may be killed at any moment.
"""

import asyncio
import os
import signal
import threading
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from types import FrameType
from typing import NoReturn, TypeVar

from commands.terminal import say, show_cursor

GRACE_SECONDS = 1.5
"""For commands that are begun anew, or go on from the log."""
SERVICE_GRACE_SECONDS = 8.0
"""For services: less than a container's supervisor waits (10 s)."""

T = TypeVar("T")


class Interrupted(KeyboardInterrupt):
    """The command was stopped by signal ``number`` before it was done."""

    def __init__(self, number: int, message: str = "stopped") -> None:
        super().__init__(message)
        self.exit_code = 128 + number


class Stop:
    """Whether a signal has asked for the end; ``asked`` may be read on any thread."""

    def __init__(self) -> None:
        self.number = 0
        self._told = asyncio.Event()

    @property
    def asked(self) -> bool:
        """Whether the end was asked for."""
        return self.number != 0

    def ask(self, number: int) -> None:
        """Ask for the end, by signal ``number``."""
        self.number = number
        self._told.set()

    async def wait(self) -> None:
        """Wait until the end is asked for."""
        await self._told.wait()

    def check(self, message: str = "stopped") -> None:
        """Raise ``Interrupted`` where the end was asked for."""
        if self.asked:
            raise Interrupted(self.number, message)


def interrupt(number: int, _: FrameType | None) -> NoReturn:
    """A signal handler for commands without a loop."""
    _cut_later(GRACE_SECONDS, number)
    signal.signal(number, lambda again, _: cut(again))
    raise Interrupted(number)


@contextmanager
def stop_signal(grace_seconds: float) -> Iterator[Stop]:
    """A ``Stop`` that signals set while the loop runs; a second signal ends the process at once."""
    stop, loop = Stop(), asyncio.get_running_loop()

    def end(number: int) -> None:
        if stop.asked:
            cut(number)
        stop.ask(number)
        _cut_later(grace_seconds, number)

    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for number in before:
        loop.add_signal_handler(number, end, number)
    try:
        yield stop
    finally:
        for number, handler in before.items():
            loop.remove_signal_handler(number)
            signal.signal(number, handler)


async def unless_stopped(work: Awaitable[T], stop: Stop, message: str = "stopped") -> T:
    """The result of ``work``; raises ``Interrupted`` once the end is asked for."""
    task, told = asyncio.ensure_future(work), asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({task, told}, return_when=asyncio.FIRST_COMPLETED)
        stop.check(message)
        return await task
    finally:
        told.cancel()
        task.cancel()
        with suppress(asyncio.CancelledError, Exception):  # its own failure was raised above
            await task


def beside(call: Callable[[], T]) -> T:
    """The result of a blocking call of the engine, on a thread: signals are heard meanwhile."""
    found: Future[T] = Future()

    def run() -> None:
        try:
            found.set_result(call())
        except BaseException as problem:
            found.set_exception(problem)

    threading.Thread(target=run, daemon=True).start()
    return found.result()


def _cut_later(seconds: float, number: int) -> None:
    timer = threading.Timer(seconds, cut, [number])
    timer.daemon = True
    timer.start()


def cut(number: int) -> NoReturn:
    """End the process at once, as though signal ``number`` had."""
    show_cursor()
    say("stopped")
    os._exit(128 + number)
