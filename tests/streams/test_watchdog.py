"""A loop that stands still ends its process; a slow one does not, nor a process that stood."""

import asyncio
import signal
import subprocess
import sys
import threading
import time

from streams.shell.watchdog import EXIT_CODE, watched
from tests.installations import ROOT

STANDS_STILL = """
import asyncio, time
from streams.shell.watchdog import watched

async def main():
    with watched(still_seconds=1):
        print("still", flush=True)
        time.sleep(60)

asyncio.run(main())
"""

TURNS = """
import asyncio
from streams.shell.watchdog import watched

async def main():
    with watched(still_seconds=2):
        print("turns", flush=True)
        await asyncio.sleep(3)

asyncio.run(main())
"""


def run(program: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_loop_that_stands_still_ends_the_process_and_says_where_it_stood() -> None:
    process = run(STANDS_STILL)
    out, told = process.communicate(timeout=30)
    assert process.returncode == EXIT_CODE
    assert out.startswith("still\n")
    assert "time.sleep(60)" in told or "in main" in told


def test_a_process_that_was_stopped_as_a_whole_goes_on() -> None:
    process = run(TURNS)
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(signal.SIGSTOP)
    time.sleep(4)
    process.send_signal(signal.SIGCONT)
    process.communicate(timeout=30)
    assert process.returncode == 0


def test_a_loop_that_turns_is_left_alone() -> None:
    ended = threading.Event()

    async def busy() -> None:
        with watched(still_seconds=1, end=ended.set):
            for _ in range(30):
                await asyncio.sleep(0.1)

    asyncio.run(busy())
    assert not ended.is_set()
