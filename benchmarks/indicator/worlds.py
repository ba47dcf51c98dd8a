"""Pairs of a score and a lagging series of weeks, with a lead and without one.

Deviations are autoregressive of order 1, each pair with persistences of its own (0 to 0.8); seasons
are sums of harmonics of the year with random weights, for each series its own. Everything is drawn
from the generator that is given.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

WEEKS = 156
LEAD = 2
R_SQUARED = 0.3
YEAR = 52.1775
_BURN_IN = 200


class Pair(NamedTuple):
    """A score and what may follow it, a value a week."""

    score: Floats
    lagging: Floats


Draw = Callable[[np.random.Generator], Pair]


def independent(rng: np.random.Generator) -> Pair:
    """Two seasonal series that know nothing of each other."""
    return Pair(*(_season(rng) + _deviations(rng, _persistence(rng), WEEKS) for _ in range(2)))


def leading(rng: np.random.Generator) -> Pair:
    """The score's deviation explains 0.3 of the variance of the other's two weeks later."""
    return led(rng, _persistence(rng), _persistence(rng))


def led(rng: np.random.Generator, of_score: float, of_rest: float) -> Pair:
    """The same, at given persistences of the score and of what it does not explain."""
    score = _deviations(rng, of_score, WEEKS + LEAD)
    rest = _deviations(rng, of_rest, WEEKS)
    lagging = np.sqrt(R_SQUARED) * score[:WEEKS] + np.sqrt(1 - R_SQUARED) * rest
    return Pair(_season(rng) + score[LEAD:], _season(rng) + lagging)


def following(rng: np.random.Generator) -> Pair:
    """The lagging series leads the score: the direction nobody asked for."""
    score, lagging = leading(rng)
    return Pair(lagging, score)


def one_season(rng: np.random.Generator) -> Pair:
    """Independent deviations upon one season, the other's two weeks later."""
    season = _season(rng, weeks=WEEKS + LEAD)
    score, lagging = (_deviations(rng, _persistence(rng), WEEKS) for _ in range(2))
    return Pair(season[LEAD:] + score, season[:WEEKS] + lagging)


def sharp_season(rng: np.random.Generator) -> Pair:
    """Independent, with ten harmonics as strong as each other."""
    return Pair(
        *(
            _season(rng, harmonics=10, falling=False) + _deviations(rng, _persistence(rng), WEEKS)
            for _ in range(2)
        )
    )


def holidays(rng: np.random.Generator) -> Pair:
    """Independent, but both fall in the same weeks: at new year and in summer."""
    week = np.arange(WEEKS) % 52
    fall = -3.0 * ((week >= 50) | (week < 1)) - 2.0 * ((week >= 30) & (week < 33))
    return Pair(*(series + fall for series in independent(rng)))


def trends(rng: np.random.Generator) -> Pair:
    """Independent; one rises by three deviations, the other falls by as much."""
    score, lagging = independent(rng)
    slope = np.linspace(0, 3, WEEKS)
    return Pair(score + slope, lagging - slope)


def walks(rng: np.random.Generator) -> Pair:
    """Independent random walks, each with noise and season."""
    return Pair(
        *(
            _season(rng) + 0.3 * np.cumsum(rng.standard_normal(WEEKS)) + 0.5 * series
            for series in (rng.standard_normal((2, WEEKS)))
        )
    )


def steps(rng: np.random.Generator) -> Pair:
    """Independent; each jumps by two deviations once, at a time of its own."""
    week = np.arange(WEEKS)
    return Pair(*(series + 2.0 * (week > rng.integers(60, 140)) for series in independent(rng)))


WITHOUT_LEAD: dict[str, Draw] = {
    "**independent seasonal series**": independent,
    "one season for both, two weeks apart": one_season,
    "seasons of ten equal harmonics": sharp_season,
    "both fall in the same holidays": holidays,
    "opposite trends": trends,
    "random walks": walks,
    "each jumps once": steps,
    "the other leads the score": following,
}
"""None of them has the lead that is asked for."""

WITH_LEAD: dict[str, Draw] = {
    "**lead of two weeks, R² 0.3**": leading,
    "the same, nothing persists": lambda rng: led(rng, 0.0, 0.0),
    "the same, persistence 0.5": lambda rng: led(rng, 0.5, 0.5),
    "the same, persistence 0.8": lambda rng: led(rng, 0.8, 0.8),
}


def _persistence(rng: np.random.Generator) -> float:
    return float(rng.uniform(0, 0.8))


def _deviations(rng: np.random.Generator, persistence: float, weeks: int) -> Floats:
    """Autoregressive of order 1 with variance 1."""
    noise = rng.standard_normal(weeks + _BURN_IN) * np.sqrt(1 - persistence**2)
    values = np.zeros(weeks + _BURN_IN)
    for week in range(1, len(values)):
        values[week] = persistence * values[week - 1] + noise[week]
    return values[_BURN_IN:]


def _season(
    rng: np.random.Generator, *, harmonics: int = 3, falling: bool = True, weeks: int = WEEKS
) -> Floats:
    """A pattern of the year whose deviation is 1.5 times that of what it is added to."""
    angles = 2 * np.pi / YEAR * np.arange(weeks)
    pattern = np.zeros(weeks)
    for number in range(1, harmonics + 1):
        cosine, sine = rng.standard_normal(2) / (number if falling else 1)
        pattern += cosine * np.cos(number * angles) + sine * np.sin(number * angles)
    scaled: Floats = 1.5 * pattern / pattern.std()
    return scaled
