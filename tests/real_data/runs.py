"""`semko` as its users run it, in a process of its own, with what it took."""

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

DATA = Path(os.environ.get("SEMKO_DATA", ""))
needs_data = pytest.mark.skipif(
    "SEMKO_DATA" not in os.environ, reason="SEMKO_DATA names no folder with real data"
)
"""A mark for tests on data that the project does not carry."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a command: what it printed, and what it took."""

    stdout: str
    seconds: float
    cpu_seconds: float
    peak_mib: float

    def json(self) -> Any:
        """What it printed, as JSON."""
        return json.loads(self.stdout)

    def cost(self) -> str:
        """What it took, for people."""
        return (
            f"{self.seconds:.1f} s, {self.cpu_seconds:.1f} s of CPU,"
            f" {self.peak_mib:.0f} MiB of memory at most"
        )


def tell(line: str) -> None:
    """A figure for whoever runs the check."""
    sys.stdout.write(f"\n{line}")


def semko(*arguments: str | Path) -> Run:
    """Run a command that must end with exit code 0.

    The peak is the kernel's: never less than what this process held when it started the other.
    """
    begun = time.perf_counter()
    command = [sys.executable, "-m", "semko", *map(str, arguments)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        stdout = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, f"semko {arguments[0]} ended with {process.returncode}"
    return Run(
        stdout,
        time.perf_counter() - begun,
        usage.ru_utime + usage.ru_stime,
        usage.ru_maxrss / 1024,
    )


def rows(store: str, sql: str) -> list[dict[str, Any]]:
    """The result of one SELECT by `semko query`, a dict a row."""
    asked = semko("query", sql, "--store", store, "--format", "JSONEachRow")
    return [json.loads(line) for line in asked.stdout.splitlines()]
