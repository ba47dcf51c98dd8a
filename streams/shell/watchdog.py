"""Ends a process whose loop stands still: it keeps partitions that others could work on.

Kafka's client answers for its member from a thread of its own, so the group would never notice.
"""

import asyncio
import faulthandler
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import structlog

STILL_SECONDS = 30
EXIT_CODE = 3

logger = structlog.get_logger(__name__)


@contextmanager
def watched(
    still_seconds: int = STILL_SECONDS, end: Callable[[], None] = lambda: os._exit(EXIT_CODE)
) -> Iterator[None]:
    """Watch the running loop; ``end`` is called on another thread once it has stood still so long.

    Seconds are counted one by one: those in which the whole process was stopped do not count.
    """
    loop, over = asyncio.get_running_loop(), threading.Event()
    still = 0

    def beat() -> None:
        nonlocal still
        still = 0

    def watch() -> None:
        nonlocal still
        while not over.wait(1.0):
            still += 1
            if still > still_seconds:
                logger.critical("the loop stands still: the process ends", seconds=still_seconds)
                faulthandler.dump_traceback(sys.stderr, all_threads=True)
                end()
                return
            with suppress(RuntimeError):  # the loop is closed
                loop.call_soon_threadsafe(beat)

    thread = threading.Thread(target=watch, name="watchdog", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
