"""`semko` in processes of their own that are stopped in the middle, and files to give them."""

import json
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from models.instants import parse_instant
from sources.simulator import CALM, Simulation, preset, write_ndjson
from tests.installations import PROGRAM, Installation, environment

SECONDS = 60


def told(installation: Installation, name: str, *arguments: str) -> Any:
    """The object that a command prints, which must end with exit code 0."""
    done = installation.command(name, *arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@contextmanager
def begun(
    installation: Installation, name: str, *arguments: str
) -> Iterator["subprocess.Popen[str]"]:
    """A command that goes on; it is killed where it still runs afterwards."""
    command = [*PROGRAM, name, *arguments, "--store", installation.store]
    with subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        cwd=installation.folder,
        env=environment(),
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def stopped(process: "subprocess.Popen[str]", number: signal.Signals) -> tuple[list[str], float]:
    """Stop a command: the lines that it said, and after how many seconds it had ended."""
    asked = time.monotonic()
    process.send_signal(number)
    _, said = process.communicate(timeout=SECONDS)
    assert "Traceback" not in said
    return said.splitlines(), time.monotonic() - asked


def wait_for(there: Callable[[], bool], process: "subprocess.Popen[str]") -> None:
    """Wait until something is there, while the process lives."""
    end = time.monotonic() + SECONDS
    while not there():
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < end, "it never came"
        time.sleep(0.02)


def a_file_of_days(path: Path, days: int) -> int:
    """Write the events of a calm village; how many there are."""
    since = parse_instant("2026-03-02T00:00:00Z")
    town = preset("village").with_changes(trouble=CALM)
    return write_ndjson(path, Simulation(town, 1, since).stream(since + days * 86_400_000))
