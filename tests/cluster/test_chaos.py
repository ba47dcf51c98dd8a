"""Workers are killed, stopped and cut off over and over, and every row is right.

``SEMKO_FAULTS`` says how often something is done to them, ``SEMKO_EVENTS`` how many events come
meanwhile, ``SEMKO_RUNS`` how many runs there are, ``SEMKO_FROZEN`` for how many seconds a worker is
stopped; ``SEMKO_SEED`` repeats a run's draws.
"""

import os
import random
import sys
from pathlib import Path

import pytest

from tests.cluster.chaos import Run

FAULTS = int(os.environ.get("SEMKO_FAULTS", "10"))
EVENTS = int(os.environ.get("SEMKO_EVENTS", "20000"))
RUNS = int(os.environ.get("SEMKO_RUNS", "1"))
PARTITIONS = 12
RELEASED: list[bool] = []
"""For each fault of all runs, whether hours with facts had left memory by then."""


@pytest.mark.timeout(300 + 60 * FAULTS + EVENTS / 500)
@pytest.mark.parametrize("number", range(RUNS))
def test_no_fault_costs_or_doubles_anything(tmp_path: Path, number: int) -> None:
    seed = int(os.environ.get("SEMKO_SEED") or random.randrange(1 << 32)) + number
    sys.stdout.write(f"\nseed {seed}\n")
    with Run(tmp_path, random.Random(seed), EVENTS, PARTITIONS) as run:
        try:
            run.endure(FAULTS)
        finally:
            sys.stdout.write("\n".join(run.log) + "\n")
        wrong = run.wrong_rows()
        compared = run.group.command("reconcile")
    assert wrong[:5] == [], f"seed {seed}"
    assert compared.returncode == 0, compared.stdout + compared.stderr
    RELEASED.extend(run.released)


def test_faults_came_after_hours_had_left_memory() -> None:
    """More than half of them; of a handful, some."""
    sys.stdout.write(f"\n{sum(RELEASED)} of {len(RELEASED)} faults after hours had left memory\n")
    assert sum(RELEASED) > (len(RELEASED) // 2 if len(RELEASED) >= 100 else 0)
