"""How fair `semko compare` is, on simulated offices through the store's own view.

    python -m benchmarks.comparison           # writes benchmarks/COMPARISON.md

Seeded: the same call gives the same figures on any machine.
"""

import os
import platform
import subprocess
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.comparison.report import report
from benchmarks.comparison.trials import Tally, judged, tallied
from benchmarks.comparison.worlds import DROP_VOTES, DROPS, EQUAL, UNEQUAL, Trial, dropped
from sinks.embedded import EmbeddedStore
from sinks.store import ClickHouseStore

PAGE = Path(__file__).parents[1] / "COMPARISON.md"
MEASURED = "<!-- measured below -->\n"
"""What stands above it on the page is written by hand."""
FIRST = 4
"""Times as many offices as of others of the kind that the verdict is about."""


def main(
    offices: Annotated[int, typer.Option(min=1, help="Offices of each kind.")] = 250,
    worse: Annotated[
        int, typer.Option(min=1, help="Offices of each kind with a worse desk.")
    ] = 100,
    seed: int = 1,
    page: Annotated[Path, typer.Option(help="Where the tables go.")] = PAGE,
) -> None:
    """Equal desks, desks that differ, and desks that are worse."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        store = EmbeddedStore(f"chdb://{folder}/store")
        try:
            equal = [
                (each.name, _tried(store, each, offices * (FIRST if each is EQUAL[0] else 1), seed))
                for each in EQUAL
            ]
            unequal = [(each.name, _tried(store, each, offices, seed)) for each in UNEQUAL]
            of_worse = {
                (drop, votes): _tried(store, dropped(drop, votes), worse, seed)
                for drop in DROPS
                for votes in DROP_VOTES
            }
        finally:
            store.close()
    measured = _conditions(offices, worse, seed, time.monotonic() - began)
    measured += "\n\n" + report(equal, unequal, of_worse)
    by_hand = page.read_text(encoding="utf-8").partition(MEASURED)[0] if page.exists() else ""
    page.write_text(by_hand + MEASURED + "\n" + measured, encoding="utf-8")
    print(measured)


def _tried(store: ClickHouseStore, trial: Trial, offices: int, seed: int) -> Tally:
    tally = tallied(judged(store, trial.world, offices, seed, trial.by), trial.world)
    typer.echo(f"{trial.name}: {tally.flagged} of {tally.compared} flagged", err=True)
    return tally


def _conditions(offices: int, worse: int, seed: int, seconds: float) -> str:
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],
        cwd=PAGE.parent,
        capture_output=True,
        text=True,
        check=False,
    ).stdout.strip()
    versions = ", ".join(f"{name} {version(name)}" for name in ("chdb", "numpy"))
    return (
        f"Seed {seed}, {offices} offices of each kind, {FIRST * offices} of the first, {worse} of"
        f" each kind with a worse desk, in"
        f" {seconds / 60:.0f} minutes on {os.cpu_count()} cores ({platform.machine()}, shared);"
        f" Python {platform.python_version()}, {versions}; commit {commit}. Rates with their 95 %"
        " interval (Wilson)."
    )


if __name__ == "__main__":
    typer.run(main)
