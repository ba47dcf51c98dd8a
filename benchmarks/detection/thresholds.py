"""The table of thresholds that ships with the detector, from a seeded simulation."""

import itertools
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from importlib.resources import files

import numpy as np

from benchmarks.detection.desks import REFERENCE, World
from benchmarks.detection.detectors import ShiryaevRoberts
from benchmarks.detection.trials import calibrated, rates
from streams.core.alarm_thresholds import AMBER_DAYS, COLUMNS, PAGE_DAYS, ThresholdTable
from streams.core.faces import deviation_of, tilted

SHIPPED = files("streams.core") / "alarm_thresholds.csv"

VOTES_A_DAY = (1, 3, 6, 12, 24, 48, 96, 192, 384, 768)
DAY_SDS = (0.0, 1.0, 2.0, 3.0, 4.5, 6.0)
VOTE_SDS = (20.0, 26.0, 32.0, 38.0)

HEADER = """\
# How much evidence an alarm takes; how to read it says alarm_thresholds.py. Natural logarithms.
# Made by: python -m benchmarks.detection thresholds --seed {seed} --desk-days {desk_days}
# False alarms: log_amber one in {amber:.0f} open days of a desk, log_page one in {page:.0f}.
# Simulated: five faces, a mean at which votes deviate by vote_sd; whole days deviate by day_sd
# (normal, independent); the expected score is off as 40 open days of history leave it, anew each
# month. Every alarm counts, the second and third of a bad day too.
"""


def shipped() -> ThresholdTable:
    """The table as it is in the package."""
    return ThresholdTable.of(SHIPPED.read_text(encoding="utf-8"))


def mean_with(vote_sd: float) -> float:
    """The mean, above the middle, at which the reference's votes deviate by ``vote_sd``."""
    means = np.arange(50, 97, 0.1)
    deviations = deviation_of(tilted(REFERENCE, means))
    return float(means[np.abs(deviations - vote_sd).argmin()])


PLACES = {
    "20 votes a day": World(20),
    "160 votes a day, whole days deviate by 3 points": World(160, 3.0),
    "600 votes a day, whole days deviate by 2 points": World(600, 2.0),
    "2 votes a day": World(2),
    "1,500 votes a day (it ends at 768)": World(1_500),
    "160 votes a day, whole days deviate by 9 points (it ends at 6)": World(160, 9.0),
    "160 votes a day, a mean of 92 (votes deviate by less than its 20)": World(160, mean=92.0),
}
"""Desks on the table, between its points and beyond its edges."""


def rates_at(world: World, seed: int, desk_days: float) -> tuple[float, float]:
    """How many times the stated rate amber alarms and pages come with the shipped table."""
    vote_sd = float(deviation_of(tilted(REFERENCE, world.mean)))
    table = shipped().thresholds(world.votes_a_day, world.day_sd, vote_sd)
    tried = np.log(np.array([table.amber, table.page], np.float64))
    amber, page = rates(ShiryaevRoberts(), world, tried, desk_days, seed)
    return float(amber * AMBER_DAYS), float(page * PAGE_DAYS)


def made(
    seed: int,
    desk_days: float,
    votes_a_day: Sequence[float] = VOTES_A_DAY,
    day_sds: Sequence[float] = DAY_SDS,
    vote_sds: Sequence[float] = VOTE_SDS,
) -> str:
    """The table's text; each point has a seed of its own."""
    lines = [HEADER.format(seed=seed, desk_days=int(desk_days), amber=AMBER_DAYS, page=PAGE_DAYS)]
    lines += [",".join(COLUMNS) + "\n"]
    grid = list(itertools.product(votes_a_day, day_sds, vote_sds))
    seeds = [seed + 10 * number for number in range(len(grid))]
    with ProcessPoolExecutor() as processes:
        lines += processes.map(_line, grid, itertools.repeat(desk_days), seeds)
    return "".join(lines)


def _line(point: tuple[float, float, float], desk_days: float, seed: int) -> str:
    votes, day_sd, vote_sd = point
    world = World(votes, day_sd, mean=mean_with(vote_sd))
    amber, page = (
        calibrated(ShiryaevRoberts(), world, 1 / days, desk_days, seed)
        for days in (AMBER_DAYS, PAGE_DAYS)
    )
    return f"{votes},{day_sd},{vote_sd},{amber:.3f},{page:.3f}\n"
