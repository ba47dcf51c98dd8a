"""Score drops, measured on simulated desks.

    python -m benchmarks.detection table        # every detector; writes benchmarks/DETECTION.md
    python -m benchmarks.detection thresholds   # the table that ships with the detector
    python -m benchmarks.detection places       # the rates that it gives, its edges too
    python -m benchmarks.detection calibration  # the same of baselines learned from votes

`table` compares with river's detectors and wants that package; `make bench-detection` installs it.
"""

import time
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.detection.calibration import Restless, by_volume, of_queues, rates_of, summed
from benchmarks.detection.comparing import (
    DAY_SDS,
    RATES_AN_HOUR,
    Size,
    compared,
    fixed_thresholds,
    world_of,
)
from benchmarks.detection.report import Worlds, conditions, report
from benchmarks.detection.river_detectors import river_drift
from benchmarks.detection.thresholds import PLACES, SHIPPED, made, rates_at
from models.errors import SemkoError

app = typer.Typer(no_args_is_help=True)
PAGE = Path(__file__).parents[1] / "DETECTION.md"
MEASURED = "<!-- measured below -->\n"
"""What stands above it on the page is written by hand."""


@app.command()
def thresholds(seed: int = 5, desk_days: float = 60_000.0) -> None:
    """Simulate the thresholds and write them beside the detector (some 15 minutes)."""
    text = made(seed, desk_days)
    Path(str(SHIPPED)).write_text(text, encoding="utf-8")
    print(f"{SHIPPED}: {text.count(chr(10))} lines")


@app.command()
def places(seed: int = 21, desk_days: float = 20_000.0) -> None:
    """How many times the stated rate the shipped thresholds give, within the table and beyond."""
    for name, world in PLACES.items():
        amber, page = rates_at(world, seed, desk_days)
        print(f"{name}: amber {amber:.2f}, page {page:.2f}")


@app.command()
def calibration(
    seed: int = 31,
    desk_days: int = 20_000,
    queues: Annotated[
        Path | None, typer.Option(help="CSV of real tickets: office, queue_id, called_at.")
    ] = None,
    response: Annotated[float, typer.Option(help="Share of tickets with a vote.")] = 0.4,
    draws: Annotated[int, typer.Option(help="How often the queues' votes are drawn.")] = 4,
) -> None:
    """How many times the stated rate the product alarms where nothing has dropped."""
    for name, how in (("restless", Restless()), ("calm", Restless(0.0, 0.0, 0.0, False))):
        for votes_a_day in (48.0, 160.0, 480.0):
            print(f"{name}: {rates_of(votes_a_day, how, desk_days, seed).told()}", flush=True)
    if queues is not None:
        calm = Restless(0.0, 0.0, 0.0, False)
        found = [
            one for draw in range(draws) for one in of_queues(queues, response, calm, seed + draw)
        ]
        print(f"{len(found) // draws} queues, drawn {draws} times: {summed(found).told()}")
        for number, some in enumerate(by_volume(found), 1):
            print(f"fifth {number}: {some.told()}")


@app.command()
def table(
    seed: int = 1,
    desk_days: float = 30_000.0,
    episodes: int = 3_000,
    river_desk_days: float = 4_500.0,
    river_episodes: int = 500,
    page: Annotated[Path, typer.Option(help="Where the tables go.")] = PAGE,
) -> None:
    """Every detector at one false alarm a desk and 30 open days (some 15 minutes)."""
    try:
        river_drift()
    except SemkoError as problem:
        typer.echo(f"error: {problem}", err=True)
        raise typer.Exit(3) from None
    size = Size(desk_days, episodes, river_desk_days, river_episodes, seed)
    began, worlds = time.monotonic(), Worlds()
    for day_sd in DAY_SDS:
        for votes_an_hour in RATES_AN_HOUR:
            rows = worlds[votes_an_hour, day_sd] = []
            for row in compared(world_of(votes_an_hour, day_sd), size):
                rows.append(row)
                typer.echo(f"{votes_an_hour} votes/h, day effect {day_sd:g}: {row.name}", err=True)
    measured = conditions(size) + "\n\n" + report(worlds, fixed_thresholds(size))
    by_hand = page.read_text(encoding="utf-8").partition(MEASURED)[0] if page.exists() else ""
    page.write_text(by_hand + MEASURED + "\n" + measured, encoding="utf-8")
    print(f"{page}, in {(time.monotonic() - began) / 60:.1f} minutes")


if __name__ == "__main__":
    app()
