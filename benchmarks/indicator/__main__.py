"""Leads, measured on simulated pairs of series.

    python -m benchmarks.indicator              # the two rates that are promised (half a minute)
    python -m benchmarks.indicator table        # these and harder worlds; writes INDICATOR.md

Exit code 1 where a promise is not kept.
"""

import platform
import time
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from benchmarks.indicator.trials import Rate, rate
from benchmarks.indicator.worlds import WITH_LEAD, WITHOUT_LEAD, independent, leading

app = typer.Typer()
PAGE = Path(__file__).parents[1] / "INDICATOR.md"
MEASURED = "<!-- measured below -->\n"
"""What stands above it on the page is written by hand."""

CLAIMED_AT_MOST, FOUND_AT_LEAST = 0.05, 0.80


@app.callback(invoke_without_command=True)
def promised(context: typer.Context, pairs: int = 200, seed: int = 1) -> None:
    """Claims among independent pairs, and among pairs with a true lead."""
    if context.invoked_subcommand is not None:
        return
    false, true = rate(independent, pairs, seed), rate(leading, pairs, seed + 1)
    print(f"independent seasonal series, 156 weeks: {told(false)} claimed; at most 5 % are allowed")
    print(f"true lead of two weeks, R² 0.3: {told(true)} found; at least 80 % are wanted")
    if false.share > CLAIMED_AT_MOST or true.share < FOUND_AT_LEAST:
        raise typer.Exit(1)


@app.command()
def table(
    pairs: int = 200,
    many: Annotated[int, typer.Option(help="Pairs of each world beside the promises.")] = 300,
    seed: int = 1,
    page: Annotated[Path, typer.Option(help="Where the tables go.")] = PAGE,
) -> None:
    """The promises, and how it does in harder worlds."""
    began = time.monotonic()
    false, true = rate(independent, pairs, seed), rate(leading, pairs, seed + 1)
    rows = [
        f"Seed {seed}; Python {platform.python_version()}, numpy {np.__version__}.\n",
        f"- Of {pairs} independent seasonal pairs of 156 weeks a lead is claimed in"
        f" **{told(false)}**; at most 5 % are allowed. {kept(false.share <= CLAIMED_AT_MOST)}",
        f"- Of {pairs} pairs with a true lead of two weeks and R² 0.3 it is found in"
        f" **{told(true)}**; at least 80 % are wanted. {kept(true.share >= FOUND_AT_LEAST)}\n",
        f"More pairs of these worlds, and of harder ones ({many} each):\n",
    ]
    for title, worlds in (("no lead: claimed", WITHOUT_LEAD), ("a lead: found", WITH_LEAD)):
        rows += [f"| {title} | share [95 %] |", "| --- | --- |"]
        for number, (name, draw) in enumerate(worlds.items()):
            found = rate(draw, many, seed + 100 + number)
            rows.append(f"| {name} | {told(found)} |")
            typer.echo(rows[-1], err=True)
        rows.append("")
    by_hand = page.read_text("utf-8").partition(MEASURED)[0] if page.exists() else ""
    page.write_text(by_hand + MEASURED + "\n" + "\n".join(rows), encoding="utf-8")
    print(f"{page}, in {(time.monotonic() - began) / 60:.1f} minutes")


def told(found: Rate) -> str:
    """Share, its interval and the counts."""
    low, high = (f"{100 * end:.1f}" for end in found.interval)
    return f"{100 * found.share:.1f} % [{low}, {high}] ({found.claimed} of {found.pairs})"


def kept(reached: bool) -> str:
    """The verdict on a promise."""
    return "**Kept.**" if reached else "**Missed.**"


if __name__ == "__main__":
    app()
