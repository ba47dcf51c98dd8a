"""river's drift detectors: one desk after the other, as river takes them.

river is not among the pinned packages: it is imported when it is asked for, and
``make bench-detection`` installs it. Its detectors see raw scores from 0 to 1, or what is left of
them after the expected score. An alarm is a drift to lower scores.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from benchmarks.detection.desks import OPEN_MINUTES, Change, Desks, Votes, World
from benchmarks.detection.detectors import SCORES
from benchmarks.detection.trials import DROP_DAYS, Delays, dropping, portions
from models.errors import WorldError
from streams.core.faces import Floats


class RiverDetector(NamedTuple):
    """A detector of river: how it is made with a threshold, on what, and where to search."""

    name: str
    make: Callable[[Any, float], Any]
    """From river's module ``drift`` and a threshold; higher ones give fewer alarms."""
    residual: bool
    """Whether it sees what is left after the expected score, or the raw score."""
    search: tuple[float, float] | None
    """None: as it is, by default."""


def _page_hinkley(delta: float) -> Callable[[Any, float], Any]:
    return lambda drift, threshold: drift.PageHinkley(delta=delta, threshold=threshold, mode="down")


def _adwin(drift: Any, threshold: float) -> Any:
    return drift.ADWIN(delta=10.0**-threshold, clock=1)


RIVER_DETECTORS = (
    RiverDetector("river ADWIN, tuned, residual", _adwin, True, (0.0, 12.0)),
    RiverDetector("river ADWIN, tuned, raw", _adwin, False, (0.0, 12.0)),
    RiverDetector("river ADWIN, default", lambda drift, _: drift.ADWIN(), False, None),
    RiverDetector("river PageHinkley, δ 0.05, residual", _page_hinkley(0.05), True, (0.2, 80.0)),
    RiverDetector("river PageHinkley, δ 0.10, residual", _page_hinkley(0.10), True, (0.2, 80.0)),
    RiverDetector("river PageHinkley, δ 0.05, raw", _page_hinkley(0.05), False, (0.2, 80.0)),
    RiverDetector("river PageHinkley, default", lambda drift, _: drift.PageHinkley(), False, None),
)


def river_drift() -> Any:
    """river's module of drift detectors.

    WorldError: river is not installed.
    """
    try:
        from river import drift  # noqa: PLC0415 - an optional package
    except ImportError:
        raise WorldError(
            "river, whose detectors are compared, is not installed: `make bench-detection` does it"
        ) from None
    return drift


class Series(NamedTuple):
    """The votes of one desk: open minutes, raw scores 0–1 and what the expected scores leave."""

    minutes: Floats
    raw: Floats
    residual: Floats


def calm_series(world: World, desks: int, days: int, seed: int) -> list[Series]:
    """Votes of desks without a drop."""
    rng = np.random.default_rng(seed)
    drawn = Desks(world, desks, days + 20, rng, Change.never(desks))
    return _series(list(portions(drawn, int(days * world.votes_a_day))))


def _series(drawn: list[Votes]) -> list[Series]:
    minutes, expected, faces = (np.concatenate(column).T for column in zip(*drawn, strict=True))
    raw = SCORES[faces] / 100
    return [Series(*columns) for columns in zip(minutes, raw, raw - expected / 100, strict=True)]


def _alarms(detector: Any, values: Floats) -> Iterator[int]:
    """Numbers of the votes at which a drift is told, to lower scores where a direction is told."""
    has_mean = hasattr(detector, "estimation")
    for number, value in enumerate(values.tolist()):
        before = detector.estimation if has_mean else 0.0
        detector.update(value)
        if detector.drift_detected and not (has_mean and detector.estimation >= before):
            yield number


def river_rate(detector: RiverDetector, threshold: float, series: list[Series]) -> float:
    """Alarms a desk and open day on calm desks."""
    drift = river_drift()
    alarms = days = 0.0
    for one in series:
        values = one.residual if detector.residual else one.raw
        alarms += sum(1 for _ in _alarms(detector.make(drift, threshold), values))
        days += float(one.minutes[-1]) / OPEN_MINUTES
    return alarms / days


def river_calibrated(detector: RiverDetector, wanted: float, series: list[Series]) -> float:
    """The threshold with ``wanted`` alarms a desk and open day, by bisection on ``series``."""
    if detector.search is None:
        return float("nan")
    low, high = detector.search
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        if river_rate(detector, middle, series) > wanted:
            low = middle
        else:
            high = middle
    return high


_BISECTIONS = 10


def river_delays(
    detector: RiverDetector, threshold: float, world: World, drop: float, episodes: int, seed: int
) -> Delays:
    """What `trials.delays` gives, of the same desks with the same votes."""
    drift = river_drift()
    desks = dropping(world, drop, episodes, seed)
    begun = desks.change.minutes
    made = {desk: detector.make(drift, threshold) for desk in range(episodes)}
    found = Delays(np.full(episodes, np.inf), np.full(episodes, np.inf))
    seen = np.zeros(episodes, np.int64)
    for portion in portions(desks, int(DROP_DAYS * world.votes_a_day)):
        for desk, one in enumerate(_series([portion])):
            if desk not in made:
                continue
            first = int(np.searchsorted(one.minutes, begun[desk]))
            for number in _alarms(made[desk], one.residual if detector.residual else one.raw):
                if number >= first:
                    found.votes[desk] = seen[desk] + number - first + 1
                    found.minutes[desk] = one.minutes[number] - begun[desk]
                    del made[desk]
                    break
            seen[desk] += len(one.minutes) - first
        if not made:
            break
    return found
