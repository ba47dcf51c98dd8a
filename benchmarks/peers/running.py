"""One run of one engine: a process on a core of its own, what it used, and what its rows are."""

import contextlib
import json
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.peers.catalogue import Engine
from benchmarks.peers.environments import command_of
from benchmarks.peers.loading import Loaded
from benchmarks.peers.oracle import Counts, Rows, Window, difference
from benchmarks.peers.worker import worker_rows
from streams.shell.kafka_settings import VARIABLES
from tests.facade.running import Running
from tests.installations import PROGRAM, environment, free_port

ROOT = Path(__file__).parents[2]
SECONDS_AT_MOST = 900.0
LOOK_SECONDS = 0.1
WORKER_CORE, OTHER_CORE = 1, 0


@dataclass(frozen=True, slots=True)
class Run:
    """What one run came to. Seconds of CPU are user and system, of all threads."""

    engine: str
    events: int
    cpu_seconds: float
    """Of the whole process, from its start to its end."""
    wall_seconds: float
    inner_cpu_seconds: float | None
    """From its first record to its last; None where it does not say."""
    inner_wall_seconds: float | None
    peak_mb: int
    verdict: str
    """``equal``, ``no rows`` where it makes none, or what is wrong."""


@dataclass(slots=True)
class Used:
    """What a process used until it ended."""

    cpu_seconds: float
    wall_seconds: float
    peak_mb: int
    code: int


def run(engine: Engine, loaded: Loaded) -> Run:
    """Run ``engine`` over topics that are filled."""
    with tempfile.TemporaryDirectory(prefix="semko-peers-") as name:
        folder = Path(name)
        if not engine.program:
            return _run_worker(engine, loaded, folder)
        asked = [loaded.servers, loaded.prefix, str(loaded.events), str(folder)]
        used = _watched([*command_of(engine), *asked, *engine.arguments], folder, environment())
        result = folder / "result.json"
        if not result.exists():
            return _failed(engine, loaded, used, _told(folder))
        told = json.loads(result.read_text("utf-8"))
    verdict = "no rows"
    if engine.whole_job:
        rows = {Window(*row[:3]): Counts(*row[3:]) for row in told["rows"]}
        verdict = str(difference(rows, loaded.right))
    if told["events"] != loaded.events:
        verdict = f"{told['events']} of {loaded.events} events"
    return _of(engine, loaded, used, verdict, (told["cpu_seconds"], told["seconds"]))


def _run_worker(engine: Engine, loaded: Loaded, folder: Path) -> Run:
    """A real `semko worker --drain`, over an empty store behind the tests' façade."""
    store = Running(folder / "store")
    try:
        variables = {
            **environment(),
            f"{VARIABLES}PREFIX": loaded.prefix,
            "SEMKO_BROKER": loaded.url,
            "SEMKO_STORE": store.url(),
            "SEMKO_KEY_FILE": str(folder / "semko.key"),
        }
        migrated = [*PROGRAM, "migrate"]
        subprocess.run(migrated, env=variables, cwd=folder, capture_output=True, check=True)
        http = f"127.0.0.1:{free_port()}"
        used = _watched([*PROGRAM, "worker", "--drain", "--http", http], folder, variables)
        if used.code:
            return _failed(engine, loaded, used, _told(folder))
        rows: Rows = worker_rows(store.url())
    finally:
        store.close()
    return _of(engine, loaded, used, str(difference(rows, loaded.right)))


def _of(
    engine: Engine,
    loaded: Loaded,
    used: Used,
    verdict: str,
    inner: tuple[float, float] | None = None,
) -> Run:
    cpu, wall = inner or (None, None)
    return Run(
        engine.name,
        loaded.events,
        round(used.cpu_seconds, 2),
        round(used.wall_seconds, 2),
        None if cpu is None else round(cpu, 2),
        None if wall is None else round(wall, 2),
        used.peak_mb,
        verdict,
    )


def _failed(engine: Engine, loaded: Loaded, used: Used, told: str) -> Run:
    last = " ".join(told.split())[-300:]
    return _of(engine, loaded, used, f"failed with code {used.code}: {last}")


def _told(folder: Path) -> str:
    return (folder / "told.txt").read_text("utf-8", "replace")


@contextlib.contextmanager
def on_core(core: int) -> Iterator[None]:
    """This process and whatever it starts stay on ``core``, where the machine has two."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core} & before or before)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _watched(command: Sequence[str], folder: Path, variables: Mapping[str, str]) -> Used:
    """Run a process on the worker's core to its end; kill it, and no other, where we end first."""
    pinned = ["taskset", "--cpu-list", str(WORKER_CORE), *command]
    begun = time.perf_counter()
    with (folder / "told.txt").open("wb") as told:
        process = subprocess.Popen(pinned, cwd=ROOT, env=variables, stdout=told, stderr=told)
    peak = 0
    try:
        while True:
            pid, status, used = os.wait4(process.pid, os.WNOHANG)
            if pid:
                break
            peak = max(peak, _peak_kb(process.pid))
            if time.perf_counter() - begun > SECONDS_AT_MOST:
                os.kill(process.pid, signal.SIGKILL)
            time.sleep(LOOK_SECONDS)
    except BaseException:
        process.kill()
        process.wait()
        raise
    process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - begun
    return Used(used.ru_utime + used.ru_stime, seconds, peak // 1024, process.returncode)


def _peak_kb(pid: int) -> int:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1])
    return 0
