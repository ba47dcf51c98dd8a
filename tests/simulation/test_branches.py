"""How much of the worker the simulation reaches: nearly every branch, by itself alone."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SEEDS = 200
PARTS = ["worker", "takeover", "owner", "planning", "storing", "assignment", "ledger", "patience"]
FILES = [f"streams/shell/{part}.py" for part in PARTS]
AT_LEAST = 0.95


@pytest.mark.timeout(200)
def test_the_simulation_alone_reaches_nearly_every_branch_of_the_worker(tmp_path: Path) -> None:
    data, report = f"--data-file={tmp_path / 'data'}", tmp_path / "report.json"
    run = ["run", "--branch", data, f"--include={','.join(FILES)}", "-m", "tests.simulation"]
    coverage(*run, "--seeds", str(SEEDS), "--cores", "1")
    coverage("json", data, "-o", str(report))
    files = json.loads(report.read_text())["files"]
    assert sorted(files) == sorted(FILES)
    sums = [file["summary"] for file in files.values()]
    covered = sum(one["covered_branches"] for one in sums)
    share = covered / sum(one["num_branches"] for one in sums)
    missing = {name: file["missing_branches"] for name, file in files.items()}
    assert share >= AT_LEAST, f"{share:.1%}: {missing}"


def coverage(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "coverage", *arguments], cwd=ROOT, check=True)
