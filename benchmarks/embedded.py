"""How fast the embedded shape is: replay in order and shuffled, latency, and what it costs to idle.

    python -m benchmarks.embedded replay|shuffled|latency|idle

Runs the real `semko` commands in processes of their own and prints one JSON object each, with the
machine, the versions and the commit. Does not show: several workers, Kafka, a store over the wire.
"""

import asyncio
import contextlib
import json
import os
import platform
import random
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import aiohttp
import numpy as np
import typer

from models.instants import format_instant, parse_instant
from sources.simulator import CALM, preset, simulate, write_ndjson

SEMKO = [sys.executable, "-m", "semko"]
ROOT = Path(__file__).parent.parent
YEAR_MS = 365 * 86_400_000
DAY_MS = 86_400_000

app = typer.Typer(no_args_is_help=True)
Events = Annotated[int, typer.Option(help="How many records.")]


def conditions() -> dict[str, Any]:
    """Machine, versions and commit of a run."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    packages = ["chdb", "faust-streaming", "msgspec", "numpy", "pyarrow"]
    packages += ["confluent-kafka", "clickhouse-driver"]
    return {
        "cpu": platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        "python": platform.python_version(),
        **{package: version(package) for package in packages},
        "commit": commit.stdout.strip(),
    }


def tell(name: str, figures: dict[str, Any]) -> None:
    """Print the result of one benchmark."""
    print(json.dumps({"benchmark": name, **figures, **conditions()}, ensure_ascii=False))


@app.command()
def replay(events: Events = 1_000_000, town: str = "city") -> None:
    """`semko replay` of a file in order of arrival."""
    with tempfile.TemporaryDirectory() as folder:
        tell("replay", replayed(town_file(Path(folder), events, town), folder))


def town_file(folder: Path, events: int, town: str = "city") -> Path:
    """The first events of a year of a town, in order of arrival."""
    file = folder / "events.ndjson"
    since = parse_instant("2025-01-01T00:00:00Z")
    records = simulate(preset(town).with_changes(trouble=CALM), 1, since, since + YEAR_MS)
    write_ndjson(file, (r for r, _ in zip(records, range(events), strict=False)))
    return file


@app.command()
def shuffled(events: Events = 2_000_000) -> None:
    """`semko replay` of a year of a town whose events come in no order at all."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "events.ndjson")
        since = parse_instant("2025-01-01T00:00:00Z")
        # As many towns' desks as make so many events in a year.
        simulated = preset("city").with_changes(trouble=CALM)
        values = [r.value for r in simulate(simulated, 1, since, since + YEAR_MS)]
        random.Random(1).shuffle(values)
        with file.open("wb") as out:
            out.writelines(value + b"\n" for value in values[:events])
        del values
        tell("shuffled", replayed(file, folder))


def replayed(file: Path, folder: str) -> dict[str, Any]:
    """The summary of a replay and what it cost."""
    begun = time.perf_counter()
    process = subprocess.Popen(
        [*SEMKO, "replay", str(file), "--store", f"chdb://{folder}/store", "--json"],
        stdout=subprocess.PIPE,
        cwd=ROOT,
    )
    output, _ = process.communicate()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        **json.loads(output),
        "wall_seconds": round(time.perf_counter() - begun, 1),
        "cpu_seconds": round(used.ru_utime + used.ru_stime, 1),
        "peak_memory_mb": used.ru_maxrss // 1024,
    }


@contextlib.contextmanager
def up(folder: str, *options: str) -> Iterator[tuple[str, int]]:
    """A running `semko up` with more ``options``; its address and process id."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    log = Path(folder, "up.log").open("wb")  # noqa: SIM115  # belongs to the process
    process = subprocess.Popen(
        [
            *SEMKO,
            "up",
            "--store",
            f"chdb://{folder}/store",
            "--http",
            f"127.0.0.1:{port}",
            *options,
        ],
        stderr=log,
        cwd=ROOT,
    )
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}", process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(10)
        log.close()


@app.command()
def latency(rate: float = 50.0, seconds: float = 60.0) -> None:
    """From `POST` of an event until a query finds its row, at a steady rate."""
    with tempfile.TemporaryDirectory() as folder, up(folder) as (url, _):
        delays = asyncio.run(delays_of(url, Path(folder, "store.running.json"), rate, seconds))
    p50, p99 = np.percentile(delays, [50, 99])
    figures = {"rate": rate, "events": len(delays), "max_ms": round(max(delays))}
    tell("latency", {**figures, "p50_ms": round(p50), "p99_ms": round(p99)})


async def delays_of(
    url: str, run_file: Path, rate: float, seconds: float, taken: list[float] | None = None
) -> list[float]:
    """Milliseconds from sending to the row; until each was answered goes into ``taken``."""
    token = json.loads(run_file.read_text())["token"]
    batch = f"{time.time_ns():x}"
    sent: dict[str, float] = {}
    found: dict[str, float] = {}
    done = asyncio.Event()

    async def ask(session: aiohttp.ClientSession) -> None:
        """Look for rows of newer revisions, over and over."""
        newest = 0
        while not done.is_set() or len(found) < len(sent):
            sql = f"SELECT event_id, revision FROM semko.votes WHERE revision > {newest}"
            async with session.post(
                f"{url}/v1/query?format=JSONCompactEachRow",
                data=sql,
                headers={"Authorization": f"Bearer {token}"},
            ) as answer:
                text, now = await answer.text(), time.perf_counter()
            for line in text.splitlines():
                event_id, revision = json.loads(line)
                newest = max(newest, int(revision))
                if event_id in sent:
                    found.setdefault(event_id, now)
            await asyncio.sleep(0.02)

    async with aiohttp.ClientSession() as session:
        asking = asyncio.create_task(ask(session))
        begun = time.perf_counter()
        posts = set()
        for n in range(int(rate * seconds)):
            await asyncio.sleep(max(0.0, begun + n / rate - time.perf_counter()))
            event_id = f"{batch}-{n}"
            sent[event_id] = time.perf_counter()
            post = asyncio.create_task(_post(session, url, event_id, n))
            posts.add(post)
            if taken is not None:
                post.add_done_callback(partial(_note, taken, sent[event_id]))
            post.add_done_callback(posts.discard)
        await asyncio.gather(*posts)
        done.set()
        await asyncio.wait_for(asking, 30)
    return [1000 * (found[event_id] - sent[event_id]) for event_id in sent]


def _note(taken: list[float], sent: float, _: object) -> None:
    taken.append(1000 * (time.perf_counter() - sent))


async def _post(session: aiohttp.ClientSession, url: str, event_id: str, n: int) -> None:
    event = {
        "type": "vote",
        "event_id": event_id,
        "tenant_id": "bench",
        "office_id": "hall",
        "desk_id": f"d{n % 12}",
        "terminal_id": f"t{n % 12}",
        "interaction_id": f"i{event_id}",
        "score": n % 5 + 1,
        "voted_at": format_instant(time.time_ns() // 1_000_000),
    }
    async with session.post(f"{url}/v1/events", json=event) as answer:
        assert answer.status == 202, await answer.text()


@app.command()
def idle(seconds: float = 60.0) -> None:
    """CPU and memory of `semko up` with nothing to do."""
    with tempfile.TemporaryDirectory() as folder, up(folder) as (_, pid):
        time.sleep(15)
        before = _cpu_seconds(pid)
        time.sleep(seconds)
        used = _cpu_seconds(pid) - before
        status = Path(f"/proc/{pid}/status").read_text()
        resident = next(line.split()[1] for line in status.splitlines() if "VmRSS" in line)
    share = round(100 * used / seconds, 2)
    tell("idle", {"percent_of_a_core": share, "memory_mb": int(resident) // 1024})


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    app()
