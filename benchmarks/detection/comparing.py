"""The comparison at one rate of false alarms: every detector, in every world, at every drop."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from benchmarks.detection.desks import OPEN_HOURS, REFERENCE, World
from benchmarks.detection.detectors import Cusum, Detector, Ewma, HourlyMean, ShiryaevRoberts
from benchmarks.detection.river_detectors import (
    RIVER_DETECTORS,
    RiverDetector,
    calm_series,
    river_calibrated,
    river_delays,
    river_rate,
)
from benchmarks.detection.thresholds import shipped
from benchmarks.detection.trials import Delays, calibrated, delays, rates
from streams.core.alarm_thresholds import AMBER_DAYS
from streams.core.faces import Floats, deviation_of

RATES_AN_HOUR = (6, 20, 60)
DAY_SDS = (0.0, 3.0)
DROPS = (10.0, 20.0, 40.0)
WANTED = 1 / AMBER_DAYS
RESAMPLES = 2_000
EXTRA: tuple[Detector, ...] = (Cusum(10.0), Ewma(0.02))
"""Designed for the smallest drop alone: what knowing the size beforehand brings."""


class Size(NamedTuple):
    """How much is simulated."""

    desk_days: float
    """Desk-days behind each threshold, and as many others behind each rate."""
    episodes: int
    river_desk_days: float
    """The same of river's."""
    river_episodes: int
    seed: int


class Estimate(NamedTuple):
    """A median or a ratio of medians, with its 95 % interval by the percentile bootstrap."""

    value: float
    low: float
    high: float


class Cell(NamedTuple):
    """One detector at one drop."""

    votes: Estimate
    minutes: float
    """Median of open minutes."""
    against_ours: Estimate
    """Its median of votes over ours, of the same desks; below 1 it is sooner."""


class Row(NamedTuple):
    """One detector in one world."""

    name: str
    threshold: float
    alarms: float
    """False alarms a desk and 30 open days, of desks that did not set the threshold."""
    cells: tuple[Cell, ...]


def world_of(votes_an_hour: int, day_sd: float) -> World:
    """Desks with so many votes an hour."""
    return World(float(votes_an_hour * OPEN_HOURS), day_sd)


def compared(world: World, size: Size) -> Iterator[Row]:
    """Every detector in one world, ours first."""
    ours, shipped_row = ShiryaevRoberts(), _log_shipped(world)
    threshold = calibrated(ours, world, WANTED, size.desk_days, size.seed)
    of_ours = [_delays(ours, threshold, world, drop, size) for drop in DROPS]
    yield _row(ours, ours.name, threshold, world, size, of_ours)
    yield _row(ours, ours.name + ", shipped threshold", shipped_row, world, size, of_ours)
    rivals: list[Detector] = [Cusum(20.0), Ewma(0.05), HourlyMean(), *EXTRA]
    for rival in rivals:
        found = calibrated(rival, world, WANTED, size.desk_days, size.seed)
        yield _row(rival, rival.name, found, world, size, of_ours)
    few = size._replace(episodes=size.river_episodes)
    yield from _of_river(world, few, [_delays(ours, threshold, world, drop, few) for drop in DROPS])


_RIVER_DESKS = 20


def _of_river(world: World, size: Size, ours: list[Delays]) -> Iterator[Row]:
    days = int(size.river_desk_days / _RIVER_DESKS)
    series = [calm_series(world, _RIVER_DESKS, days, size.seed + n) for n in (11, 12)]
    for detector in RIVER_DETECTORS:
        threshold = river_calibrated(detector, WANTED, series[0])
        alarms = AMBER_DAYS * river_rate(detector, threshold, series[1])
        cells = [
            _cell(_river_delays(detector, threshold, world, drop, size), mine, size.seed)
            for drop, mine in zip(DROPS, ours, strict=True)
        ]
        yield Row(detector.name, threshold, alarms, tuple(cells))


class Fixed(NamedTuple):
    """One threshold at a volume that did not set it."""

    name: str
    votes_an_hour: int
    alarms: float
    """False alarms a desk and 30 open days."""
    medians: tuple[float, ...]
    """Of delays in votes, by drop."""


def fixed_thresholds(size: Size) -> Iterator[Fixed]:
    """Thresholds of the 60-minute mean, set at 20 votes/h, at every volume without day effect."""
    for means in (HourlyMean(10), HourlyMean(3)):
        threshold = calibrated(means, world_of(20, 0.0), WANTED, size.desk_days, size.seed)
        name = f"{means.name}, below {-threshold:.1f}"
        for votes_an_hour in RATES_AN_HOUR:
            world = world_of(votes_an_hour, 0.0)
            found = [_delays(means, threshold, world, drop, size).votes for drop in DROPS]
            alarms = _alarms(means, threshold, world, size)
            yield Fixed(name, votes_an_hour, alarms, tuple(float(np.median(v)) for v in found))


def _log_shipped(world: World) -> float:
    vote_sd = float(deviation_of(REFERENCE))
    table = shipped().thresholds(world.votes_a_day, world.day_sd, vote_sd)
    return float(np.log(table.amber))


def _row(
    detector: Detector, name: str, threshold: float, world: World, size: Size, ours: list[Delays]
) -> Row:
    cells = [
        _cell(_delays(detector, threshold, world, drop, size), mine, size.seed)
        for drop, mine in zip(DROPS, ours, strict=True)
    ]
    return Row(name, threshold, _alarms(detector, threshold, world, size), tuple(cells))


def _alarms(detector: Detector, threshold: float, world: World, size: Size) -> float:
    tried = np.array([threshold])
    return AMBER_DAYS * float(rates(detector, world, tried, size.desk_days, size.seed + 7)[0])


def _delays(detector: Detector, threshold: float, world: World, drop: float, size: Size) -> Delays:
    return delays(detector, threshold, world, drop, size.episodes, size.seed + int(drop))


def _river_delays(
    detector: RiverDetector, threshold: float, world: World, drop: float, size: Size
) -> Delays:
    return river_delays(detector, threshold, world, drop, size.episodes, size.seed + int(drop))


def _cell(found: Delays, ours: Delays, seed: int) -> Cell:
    rng = np.random.default_rng(seed)
    picked = rng.integers(0, len(found.votes), (RESAMPLES, len(found.votes)))
    medians, of_ours = np.median(found.votes[picked], 1), np.median(ours.votes[picked], 1)
    median = float(np.median(found.votes))
    return Cell(
        _estimate(median, medians),
        float(np.median(found.minutes)),
        _estimate(median / float(np.median(ours.votes)), medians / of_ours),
    )


def _estimate(value: float, resampled: Floats) -> Estimate:
    low, high = np.quantile(resampled, [0.025, 0.975], method="inverted_cdf")
    return Estimate(value, float(low), float(high))
