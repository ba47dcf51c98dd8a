"""Does one series foretell another, beyond what the other's own history does?

Two models forecast the lagging series ``horizon`` periods ahead, at every period from the first at
which there is history enough, each time fitted to that history alone (rolling origins, expanding):
one knows the series' own past, its season and its trend, the other the leading series too. What
the second gains is the skill. Pure: the draws of the bootstrap are an argument.

Skill by squared errors out of sample: Diebold and Mariano, JBES 13 (1995) 253-263. Its interval by
the stationary bootstrap: Politis and Romano, JASA 89 (1994) 1303-1313. Why it is done so is told in
``docs/decisions/0022-leads-by-rolling-origins.md``.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.periods import Period
from models.seasons import HARMONICS, TRAINING, seasonal

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FORMULA_VERSION = 1
"""Whatever changes a result gets a new number."""

LEVEL = 0.05
"""How often chance alone may seem a lead at most: what lies below an interval of 90 %."""

LEAST_FORECASTS = 30
"""With fewer, nothing is claimed."""

OWN_LAGS = 2
"""So many of a series' own newest values stand for its history."""

ROWS_A_HARMONIC = 12
"""A season gets one more harmonic for so many periods of history."""

RESAMPLES, _RESAMPLES_AT_ONCE = 9_999, 909


class Forecasts(NamedTuple):
    """What two models said of each target, and what came; ``targets`` are numbers of periods.

    ``slope``: by how much the last fit moves the forecast for a unit of the leading series more.
    """

    targets: Ints
    actual: Floats
    own: Floats
    led: Floats
    slope: float

    @property
    def surprise(self) -> Floats:
        """What came, less what the series' own history let expect."""
        return self.actual - self.own

    @property
    def foresight(self) -> Floats:
        """How much the leading series moved the forecast."""
        return self.led - self.own


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the forecasts of one or several offices say.

    ``skill``: 1 − mean squared error with the leading series / without it, as it was reached.
    ``low``, ``high``: its 90 % interval. ``chance``: the share of resamples with no skill above 0.
    """

    skill: float
    low: float
    high: float
    chance: float
    forecasts: int

    @property
    def enough(self) -> bool:
        """Whether there were forecasts enough to claim anything."""
        return self.forecasts >= LEAST_FORECASTS

    def demonstrates(self, level: float = LEVEL) -> bool:
        """Whether it may be called a lead where chance alone may seem one at ``level``."""
        return self.enough and self.skill > 0 and self.chance <= level


def forecasts(lagging: Floats, leading: Floats, first: Period, horizon: int) -> Forecasts:
    """Forecasts of ``lagging`` from the rolling origins of its history.

    Both series begin with the period ``first``, one value a period, NaN where there is none. The
    forecast for period s is fitted to targets up to s − horizon, of values up to s − horizon.
    """
    numbers = first.number + np.arange(len(lagging))
    past = [_behind(lagging, horizon + lag) for lag in range(OWN_LAGS)]
    columns = np.column_stack([lagging, *past, _behind(leading, horizon)])
    usable = np.isfinite(columns).all(axis=1)
    numbers, columns = numbers[usable], columns[usable]
    trend = np.column_stack([np.ones(len(numbers)), _scaled(numbers.astype(np.float64))])
    known = np.column_stack([_scaled(column) for column in columns.T[1:]])
    rows = np.searchsorted(numbers, numbers - horizon, side="right")
    harmonics = np.clip(rows // ROWS_A_HARMONIC, 1, HARMONICS[first.cadence])
    targets = rows >= TRAINING[first.cadence]
    (own, led), slope = np.full((2, len(numbers)), np.nan), 0.0
    for count in np.unique(harmonics[targets]):
        at = np.flatnonzero(targets & (harmonics == count))
        season = seasonal(first.cadence, numbers, int(count))
        whole = np.column_stack([trend, season, known])
        own[at], _ = _fitted(whole[:, :-1], columns[:, 0], rows, at)
        led[at], weight = _fitted(whole, columns[:, 0], rows, at)
        slope = weight / (float(columns[:, -1].std()) or 1.0)
    return Forecasts(numbers[targets], columns[targets, 0], own[targets], led[targets], slope)


def evidence(
    offices: Sequence[Forecasts], horizon: int, draws: np.random.Generator
) -> Evidence | None:
    """What the forecasts of ``offices`` say together; None where there are none.

    Each office weighs by its forecasts, in units of its own mean squared error. Periods are drawn
    in blocks of random length, all offices of a period together, so that neither errors that last
    nor offices that move alike are taken for more evidence than they are.
    """
    offices = [office for office in offices if len(office.targets) and office.surprise.any()]
    if not offices:
        return None
    first = min(int(office.targets[0]) for office in offices)
    until = max(int(office.targets[-1]) for office in offices) + 1
    sums = np.zeros((3, until - first))
    for office in offices:
        scale = float(np.mean(office.surprise**2))
        at = office.targets - first
        sums[0, at] += office.surprise**2 / scale
        sums[1, at] += (office.actual - office.led) ** 2 / scale
        sums[2, at] += 1
    own, led, count = sums[:, sums[2] > 0]
    skills = np.concatenate(
        [
            1 - led[drawn].sum(axis=1) / own[drawn].sum(axis=1)
            for drawn in _blocks(len(own), horizon, draws)
        ]
    )
    low, high = np.quantile(skills, [LEVEL, 1 - LEVEL])
    chance = (1 + int((skills <= 0).sum())) / (1 + RESAMPLES)
    skill = float(1 - led.sum() / own.sum())
    return Evidence(skill, float(low), float(high), chance, int(count.sum()))


def holm(chances: Sequence[float], level: float = LEVEL) -> list[float]:
    """The level at which each of several questions, asked at once, is to be judged.

    Then chance alone seems an answer to any of them at most at ``level``. S. Holm, Scandinavian
    Journal of Statistics 6 (1979) 65-70: the least chance at level/m, the next at level/(m − 1),
    and none after the first that fails.
    """
    levels = [0.0] * len(chances)
    for rank, place in enumerate(sorted(range(len(chances)), key=chances.__getitem__)):
        levels[place] = level / (len(chances) - rank)
        if chances[place] > levels[place]:
            break
    return levels


def _behind(series: Floats, periods: int) -> Floats:
    """``series`` as it was so many periods before."""
    return np.concatenate([np.full(periods, np.nan), series])[: len(series)]


def _scaled(column: Floats) -> Floats:
    """For the arithmetic alone: no forecast depends on the unit or the origin of a column."""
    if not len(column):
        return column
    spread = float(column.std())
    scaled: Floats = (column - column.mean()) / (spread or 1.0)
    return scaled


def _fitted(columns: Floats, target: Floats, rows: Ints, at: Ints) -> tuple[Floats, float]:
    """The forecast of each row ``at`` by least squares over the first ``rows[at]`` rows, and the
    weight of the last column in the last of these fits."""
    crossed = np.cumsum(columns[:, :, None] * columns[:, None, :], axis=0)[rows[at] - 1]
    wanted = np.cumsum(columns * target[:, None], axis=0)[rows[at] - 1]
    crossed += 1e-9 * np.eye(columns.shape[1])  # a column that never moved gets no weight
    weights = np.linalg.solve(crossed, wanted[:, :, None])[:, :, 0]
    forecast: Floats = (columns[at] * weights).sum(axis=1)
    return forecast, float(weights[-1, -1])


def _blocks(count: int, horizon: int, draws: np.random.Generator) -> Iterator[Ints]:
    """``RESAMPLES`` rows of places, in blocks that last some periods and go round at the end."""
    mean_length = max(2 * horizon, round(1.5 * count ** (1 / 3)))
    shape = (_RESAMPLES_AT_ONCE, count)
    for _ in range(RESAMPLES // _RESAMPLES_AT_ONCE):
        begins = draws.random(shape) < 1 / mean_length
        begins[:, 0] = True
        since = np.maximum.accumulate(np.where(begins, np.arange(count), 0), axis=1)
        starts = np.take_along_axis(draws.integers(0, count, shape), since, axis=1)
        yield (starts + np.arange(count) - since) % count
