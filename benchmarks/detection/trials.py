"""Trials of detectors: the threshold that gives a rate of false alarms, and delays at it."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.detection.desks import OPEN_MINUTES, Change, Desks, Votes, World
from benchmarks.detection.detectors import Detector
from streams.core.faces import Floats

DESKS_AT_MOST = 1_000
"""Desks side by side: enough that the cost of a step lies in its arithmetic."""
DAYS_OF_A_DESK = 60.0
"""For how long a desk is watched; more days take more desks."""
PORTION = 250
"""Votes of each desk drawn at once."""


def portions(desks: Desks, votes: int) -> Iterator[Votes]:
    """At least ``votes`` votes of each desk, portion by portion."""
    for _ in range(-(-votes // PORTION)):
        yield desks.draw(PORTION)


def rates(
    detector: Detector, world: World, thresholds: Floats, desk_days: float, seed: int
) -> Floats:
    """Alarms a desk and open day without any drop, for each threshold.

    The first portion is not counted: desks that begin without evidence have fewer alarms.
    """
    count = int(np.clip(desk_days / DAYS_OF_A_DESK, 20, DESKS_AT_MOST))
    votes = int(desk_days / count * world.votes_a_day) + PORTION
    rng = np.random.default_rng(seed)
    desks = Desks(world, count, (votes + PORTION) / world.votes_a_day, rng, Change.never(count))
    detector.begin(thresholds, count)
    alarms, before = np.zeros(len(thresholds), np.int64), 0.0
    for number, portion in enumerate(portions(desks, votes)):
        for row in detector.prepare(portion):
            at = detector.advance(row)
            if len(at) and number > 0:
                alarms += np.bincount(at // count, minlength=len(thresholds))
        if number == 0:
            before = desks.elapsed_days
    found: Floats = alarms / (desks.elapsed_days - before)
    return found


def calibrated(
    detector: Detector, world: World, wanted: float, desk_days: float, seed: int
) -> float:
    """The threshold with ``wanted`` alarms a desk and open day.

    A coarse search with a tenth of the days narrows the range twice, then five thresholds in it are
    tried on all days; between them the logarithm of the rate is taken as linear.
    """
    low, high = detector.search
    for attempt in range(2):
        tried = np.linspace(low, high, 14)
        found = rates(detector, world, tried, desk_days / 10, seed + 1 + attempt)
        low, high = _around(tried, found, wanted)
    margin = 0.25 * (high - low)
    tried = np.linspace(low - margin, high + margin, 5)
    return _at_rate(tried, rates(detector, world, tried, desk_days, seed), wanted)


def _around(tried: Floats, found: Floats, wanted: float) -> tuple[float, float]:
    """One step of ``tried`` that holds the wanted rate, or would if the draws had been larger."""
    step = float(tried[1] - tried[0])
    above = np.flatnonzero(found > wanted)
    low = float(tried[above[-1]]) if len(above) else float(tried[0]) - step
    return low, low + step


def _at_rate(tried: Floats, found: Floats, wanted: float) -> float:
    """Where a line through the two nearest thresholds' log rates meets ``wanted``.

    At most as far outside of the thresholds tried as they lie apart in all: where rates hardly
    differ, the line leads anywhere.
    """
    logs = np.log(np.maximum(found, 1e-9))
    right = int(np.clip(np.flatnonzero(found > wanted).max(initial=0) + 1, 1, len(tried) - 1))
    slope = min((logs[right] - logs[right - 1]) / (tried[right] - tried[right - 1]), -1e-9)
    width = tried[-1] - tried[0]
    met = tried[right] + (np.log(wanted) - logs[right]) / slope
    return float(np.clip(met, tried[0] - width, tried[-1] + width))


class Delays(NamedTuple):
    """From a drop to the alarm, for each episode; infinite where none came in time."""

    votes: Floats
    minutes: Floats


WARM_UP_DAYS = (8.0, 12.0)
"""The drop comes at a random time between these days."""
DROP_DAYS = WARM_UP_DAYS[1] + 20.0
"""An alarm is waited for until then."""


def dropping(world: World, drop: float, episodes: int, seed: int) -> Desks:
    """Independent desks whose score drops by ``drop`` points, each at a time of its own."""
    rng = np.random.default_rng(seed)
    begun = OPEN_MINUTES * rng.uniform(*WARM_UP_DAYS, episodes)
    return Desks(world, episodes, DROP_DAYS, rng, Change(drop, begun))


def delays(
    detector: Detector, threshold: float, world: World, drop: float, episodes: int, seed: int
) -> Delays:
    """Delays at ``episodes`` desks; an alarm is counted from the vote with which it came."""
    desks = dropping(world, drop, episodes, seed)
    begun = desks.change.minutes
    detector.begin(np.array([threshold]), episodes)
    seen: NDArray[np.int64] = np.zeros(episodes, np.int64)
    votes, minutes = np.full(episodes, np.inf), np.full(episodes, np.inf)
    last = np.zeros(episodes)
    for portion in portions(desks, int(DROP_DAYS * world.votes_a_day)):
        for now, row in zip(portion.minutes, detector.prepare(portion), strict=True):
            at = detector.advance(row)
            ended = 60 * (last // 60 + 1) if detector.before_vote else now
            at = at[(ended[at] > begun[at]) & np.isinf(votes[at])]
            votes[at] = seen[at] + (not detector.before_vote)
            minutes[at] = ended[at] - begun[at]
            seen += now >= begun
            last = now
        if not np.isinf(votes).any():
            break
    return Delays(votes, minutes)
