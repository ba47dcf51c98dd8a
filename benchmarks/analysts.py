"""What analysts at the door cost whoever sends events: `python -m benchmarks.analysts`.

A real `semko up --sql` with a store of some size, asked by clients without a pause. Prints one JSON
object without them and one with them. Does not show: analysts on another machine, or on a server.
"""

import asyncio
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import aiohttp
import numpy as np
import typer

from benchmarks.embedded import ROOT, SEMKO, Events, delays_of, tell, town_file, up


def analysts(
    events: Events = 100_000, clients: int = 20, rate: float = 50.0, seconds: float = 60.0
) -> None:
    """Ingest and rows while so many clients ask the analysts' door, without a pause, by turns what
    the pages and an analyst ask; and beside it the same with nobody asking."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        door = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        file = town_file(Path(folder), events)
        command = [*SEMKO, "replay", str(file), "--store", f"chdb://{folder}/store"]
        subprocess.run(command, check=True, cwd=ROOT, capture_output=True)
        with up(folder, "--sql", f"127.0.0.1:{door}") as (url, _):
            for asking in (0, clients):
                run = _among(url, Path(folder, "store.running.json"), door, asking, rate, seconds)
                taken, found, answers = asyncio.run(run)
                tell(
                    "analysts",
                    {
                        "clients": asking,
                        "rate": rate,
                        "answers_per_second": round(len(answers) / seconds, 1),
                        **_percentiles("answer", answers),
                        **_percentiles("taken", taken),
                        **_percentiles("row", found),
                    },
                )


def _percentiles(name: str, delays: list[float]) -> dict[str, int]:
    if not delays:
        return {}
    p50, p99 = np.percentile(delays, [50, 99])
    return {f"{name}_p50_ms": round(p50), f"{name}_p99_ms": round(p99)}


QUESTIONS = (
    "SELECT office_id, day, mean, votes FROM office_scores_daily ORDER BY day",
    "SELECT desk_id, sum(points) / sum(votes) / 100 AS score FROM desk_scores GROUP BY desk_id",
    "SELECT service_id, avg(wait_seconds), count(score) FROM interaction_facts GROUP BY service_id",
    "SELECT kind, match, count() FROM vote_facts GROUP BY ALL",
    "SELECT * FROM segment_scores LIMIT 1000",
    "SELECT uniqExact(toString(tuple(*))) FROM interaction_facts",
)
"""The last takes as much as it can get."""


async def _among(  # what is measured, and beside what
    url: str, run_file: Path, door: int, clients: int, rate: float, seconds: float
) -> tuple[list[float], list[float], list[float]]:
    """Milliseconds until each event was taken and its row found, and of each answer at the door."""
    answers: list[float] = []
    taken: list[float] = []

    async def ask(session: aiohttp.ClientSession, turn: int) -> None:
        while True:
            begun = time.perf_counter()
            sql = QUESTIONS[turn % len(QUESTIONS)]
            async with session.post(f"http://127.0.0.1:{door}/", data=sql) as answer:
                assert answer.status == 200, await answer.text()
                await answer.read()
            answers.append(1000 * (time.perf_counter() - begun))
            turn += 1

    async with aiohttp.ClientSession() as session:
        asking = [asyncio.create_task(ask(session, turn)) for turn in range(clients)]
        delays = await delays_of(url, run_file, rate, seconds, taken)
        for task in asking:
            assert not task.done(), task.exception()
            task.cancel()
    return taken, delays, answers


if __name__ == "__main__":
    typer.run(analysts)
