"""Every seed ends with the rows of the oracle, and gives the same run every time."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.simulation import process
from tests.simulation.__main__ import main
from tests.simulation.many import simulate_all
from tests.simulation.plants import planted
from tests.simulation.run import simulate
from tests.simulation.silence import silence

SEEDS = int(os.environ.get("SEMKO_SEEDS", "1000"))
"""Runs; ``make simulation`` is the full proof."""
ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
REPLAYED = (0, 7, 42)


@pytest.fixture(autouse=True)
def _stores_may_be_away_in_silence() -> None:
    silence()


@pytest.mark.timeout(60 + SEEDS)
def test_every_seed_ends_with_the_rows_of_the_oracle() -> None:
    total = simulate_all(0, SEEDS, os.cpu_count() or 1)
    found = {one.seed: one.differences[:3] for one in total.failed}
    assert found == {}, "python -m tests.simulation --seed N --trace tells the story"
    assert total.runs == SEEDS
    if SEEDS >= 200:
        assert len(total.happened) >= 20, f"kinds of faults are missing: {total.happened}"
        assert total.late_cuts * 2 > total.cuts, "too few cuts after hours had left memory"


@pytest.mark.parametrize("hash_seed", ["1", "2"])
def test_a_seed_gives_the_same_run_under_any_order_of_sets(hash_seed: str) -> None:
    for seed in REPLAYED:
        told = subprocess.run(
            [sys.executable, "-m", "tests.simulation", "--seed", str(seed), "--trace"],
            cwd=ROOT,
            env=os.environ | {"PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            check=True,
        )
        here = simulate(seed)
        assert told.stdout.splitlines()[1:-2] == here.story
        assert told.stdout.splitlines()[-1] == f"--- trace {here.digest}"


def test_runs_of_two_seeds_have_nothing_in_common() -> None:
    assert len({simulate(seed).digest for seed in range(20)}) == 20


def test_a_run_that_differs_is_told_with_its_history(capsys: pytest.CaptureFixture[str]) -> None:
    with planted("last_record_dropped"):
        code = main(["--seeds", "10", "--cores", "1"])
    told = capsys.readouterr().out
    assert code == 1
    assert "--- seed" in told
    assert '"completed_at"' in told, "the events of the run"
    assert "writes progress" in told, "what was done"
    assert any(line.startswith(("interaction (", "dead letter (")) for line in told.splitlines())
    assert "python -m tests.simulation --seed" in told


def test_the_simulation_runs_the_classes_of_the_worker_and_has_none_of_its_own() -> None:
    assert vars(process)["Worker"].__module__ == "streams.shell.worker"
    real = {"Worker", "Takeover", "Owner", "Plan", "Write", "Assignment", "Ledger", "Patient"}
    assert real <= classes_in(ROOT / "streams" / "shell")
    assert classes_in(HERE) & (real | classes_in(ROOT / "streams" / "core")) == set()


def classes_in(folder: Path) -> set[str]:
    return {
        node.name
        for path in folder.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_bytes()))
        if isinstance(node, ast.ClassDef)
    }
