"""Killed over and over: what was answered with 202 counts, and counts once.

``SEMKO_KILLS`` says how often `semko up` is killed, ``SEMKO_SEED`` repeats a run's draws.
"""

import asyncio
import os
import random
import statistics
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tests.clients import Client, Sent
from tests.installations import Installation, Ready
from tests.stored import logged, wrong_rows

KILLS = int(os.environ.get("SEMKO_KILLS", "5"))
CLIENTS = 4
PROOF_KILLS = 50
READY_SECONDS = 5.0
"""By the clock; asserted of the whole proof alone, since other machines are busy."""
STOPPED_SECONDS = 5.0


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    made = Installation(tmp_path)
    yield made
    made.close()


def say(line: str) -> None:
    sys.stdout.write(f"\n{line}")


def told(seconds: Iterable[float]) -> str:
    each = sorted(seconds)
    return f"{statistics.median(each):.2f} s (median) to {each[-1]:.2f} s"


@pytest.mark.timeout(120 + 30 * KILLS)
def test_kill_9_at_any_moment_costs_nothing_and_counts_nothing_twice(
    installation: Installation,
) -> None:
    seed = int(os.environ.get("SEMKO_SEED") or random.randrange(1 << 32))
    say(f"seed {seed}")
    sent, ready = asyncio.run(killed_over_and_over(installation, random.Random(seed)))
    installation.wait_until_counted()
    code, stopping = installation.stop()
    say(
        f"{KILLS} kills, {len(sent.acknowledged)} events acknowledged in {sent.requests} requests,"
        f" {len(sent.unanswered)} unanswered; ready after {told(r.seconds for r in ready)},"
        f" of CPU {told(r.cpu_seconds for r in ready)}; stopped in {stopping:.2f} s"
    )

    assert code == 0, installation.told()
    assert stopping < STOPPED_SECONDS
    bodies = logged(installation)
    assert len(sent.acknowledged) > 20 * KILLS
    assert sent.acknowledged - set(bodies) == set()
    assert set(bodies) - sent.acknowledged <= sent.unanswered
    assert wrong_rows(installation, bodies)[:5] == []
    compared = installation.command("reconcile")
    assert compared.returncode == 0, compared.stdout + compared.stderr
    if KILLS >= PROOF_KILLS:  # `make kills`, on a machine that does nothing else
        assert max(r.seconds for r in ready) < READY_SECONDS


async def killed_over_and_over(
    installation: Installation, rng: random.Random
) -> tuple[Sent, list[Ready]]:
    """Lives of a server while clients post; the last one goes on."""
    sent = Sent()
    clients = [
        Client(installation.url, random.Random(rng.random()), f"{n}", sent) for n in range(CLIENTS)
    ]
    posting = [asyncio.create_task(client.run()) for client in clients]
    ready = []
    for _ in range(KILLS):
        installation.start("--horizon", rng.choice(("0h", "1h", "26h")))
        if rng.random() < 0.2:  # while it still loads
            await asyncio.sleep(rng.uniform(0, READY_SECONDS / 2))
        else:
            ready.append(await asyncio.to_thread(installation.wait_until_ready))
            await asyncio.sleep(rng.uniform(0, 2.5))
        await asyncio.to_thread(installation.kill)
    installation.start()
    ready.append(await asyncio.to_thread(installation.wait_until_ready))
    for client in clients:
        client.over = True
    await asyncio.gather(*posting)
    return sent, ready
