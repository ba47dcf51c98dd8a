"""What a program is asked for, and what it tells: figures from its first record to its last, rows.

A program is called with ``SERVERS PREFIX EVENTS FOLDER``: a broker, what stands before the names of
the topics, how many records there are, and a folder of its own. It leaves ``result.json`` there.
"""

import json
import os
import resource
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, NoReturn

from benchmarks.peers.engines.job import Row


class Call(NamedTuple):
    """The arguments of a program."""

    servers: str
    prefix: str
    events: int
    folder: Path
    rest: tuple[str, ...]

    @property
    def completions(self) -> str:
        """The topic of completions."""
        return f"{self.prefix}completions"

    @property
    def votes(self) -> str:
        """The topic of votes."""
        return f"{self.prefix}votes"

    @property
    def group(self) -> str:
        """A group that nobody had before."""
        return f"{self.prefix}{os.getpid()}"


def called() -> Call:
    """This program's arguments."""
    servers, prefix, events, folder, *rest = sys.argv[1:]
    return Call(servers, prefix, int(events), Path(folder), tuple(rest))


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


class Meter:
    """Begins with the first record, ends with the last."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._taken = 0
        self._began: tuple[float, float] | None = None

    def begin(self) -> None:
        """The first record is there, or is about to be."""
        if self._began is None:
            self._began = time.perf_counter(), _cpu_seconds()

    def add(self, count: int) -> bool:
        """Note records that are done; whether they were the last."""
        self._taken += count
        return self._taken >= self._call.events

    def tell(self, rows: Sequence[Row]) -> None:
        """Write the result."""
        assert self._began is not None
        seconds = time.perf_counter() - self._began[0]
        cpu_seconds = _cpu_seconds() - self._began[1]
        result = {
            "events": self._taken,
            "seconds": seconds,
            "cpu_seconds": cpu_seconds,
            "rows": rows,
        }
        (self._call.folder / "result.json").write_text(json.dumps(result), "utf-8")

    def end(self, rows: Sequence[Row]) -> NoReturn:
        """Write the result and end the process at once, whatever the engine still wants to do."""
        self.tell(rows)
        os._exit(0)
