"""The comparison once more, by matrices over single votes: slow, plain, written from its page alone
(docs/comparison.md). Votes are columns of numbers; a cell is a partner in an hour of the day."""

from dataclasses import dataclass
from math import erfc, sqrt

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]


@dataclass(frozen=True)
class ByHand:
    """What the view says, by unit or of the office."""

    difference: Floats
    standard_error: Floats
    kept: Floats
    deviation: Floats
    compared: NDArray[np.bool_]
    usual: float
    vote_variance: float
    day_variance: float
    unit_variance: float
    funnel_variance: float
    limit: float


def by_hand(unit: Codes, cell: Codes, day: Codes, values: Floats) -> ByHand:
    """The comparison of one office."""
    units, cells = _indicators(unit), _indicators(cell)
    worth, vote_variance, day_variance = _worths(unit, cell, day, values)
    # Weighted least squares, cells swept out by their projection.
    weights = np.diag(1 / worth[unit])
    of_cells = cells.T @ weights @ cells
    without_cells = weights - weights @ cells @ np.linalg.solve(of_cells, cells.T @ weights)
    matrix, right = units.T @ without_cells @ units, units.T @ without_cells @ values
    own, votes = np.diag(matrix), units.sum(0)
    compared = (votes >= 5) & (own >= 1)
    count = int(compared.sum())
    ends = 0 if count < 3 else max(1, count // 10)
    between = (right**2 / np.where(own > 0, own, 1) - vote_variance)[compared].sum()
    between /= max(((matrix**2).sum(1) / np.where(own > 0, own, 1))[compared].sum(), 1e-300)
    prior = np.full(len(votes), max(4.0, between))
    value, first, error = _alone(matrix, right, vote_variance, prior)
    spread = _spread(first[compared], error[compared], ends)
    _, difference, error = _alone(matrix, right, vote_variance, np.maximum(4.0, value**2 + spread))
    unit_variance = _spread(difference[compared], error[compared], 0)
    share = max(4.0, unit_variance) / (max(4.0, unit_variance) + error**2)
    kept = difference * share
    lost = difference - kept
    deviation = np.sqrt(error**2 * share + 2 / max(2, count - 3) * lost**2)
    return ByHand(
        difference,
        error,
        kept,
        deviation,
        compared,
        float((values - kept[unit]).mean()),
        vote_variance,
        day_variance,
        unit_variance,
        _spread(difference[compared], error[compared], ends),
        _limit(count),
    )


def _indicators(codes: Codes) -> Floats:
    found: Floats = (codes[:, None] == np.unique(codes)).astype(np.float64)
    return found


def _worths(unit: Codes, cell: Codes, day: Codes, values: Floats) -> tuple[Floats, float, float]:
    """How many votes of each unit are worth one, and both variances of chance."""
    cells, units = _indicators(cell), _indicators(unit)
    unit_days = _indicators(unit * (day.max() + 1) + day)
    left = values - cells @ (cells.T @ values / cells.sum(0))
    kept = 1 - cells.shape[1] / len(values)

    def around(groups: Floats) -> float:
        return float(((groups @ (groups.T @ left / groups.sum(0))) ** 2).sum())

    within = (left @ left - around(unit_days) + 20 * 35.0**2) / (
        (len(values) - unit_days.shape[1]) * kept + 20
    )
    same_day = unit_days @ unit_days.sum(0)
    by_unit = units.T @ same_day / units.sum(0)
    room = len(values) - by_unit.sum()
    freedom = unit_days.shape[1] - units.shape[1]
    of_days = 0.0
    if room * kept >= 1:
        found = around(unit_days) - around(units) - freedom * kept * within
        of_days = max(0.0, found / (room * kept))
    variance = within + of_days
    effect = 1 + of_days / variance * (by_unit - 1)
    own = units.T @ left**2 - (units.T @ left) ** 2 / units.sum(0)
    ratio = (own / variance + 50) / ((units.sum(0) - 1) * kept + 50)
    return effect * ratio, variance, of_days


def _alone(
    matrix: Floats, right: Floats, variance: float, prior: Floats
) -> tuple[Floats, Floats, Floats]:
    """Each under its prior; and, the others under theirs, without its own: value and error."""
    count = len(right)
    equations = matrix / variance + np.diag(1 / prior)
    whole = np.linalg.solve(equations, right / variance).astype(np.float64)
    value, error = np.zeros(count), np.zeros(count)
    for n in range(count):
        others = np.diag(np.where(np.arange(count) == n, 1e-12, 1 / prior))
        covariance = np.linalg.inv(matrix / variance + others)
        value[n], error[n] = (covariance @ right)[n] / variance, sqrt(covariance[n, n])
    return whole, value, error


def _spread(values: Floats, errors: Floats, ends: int) -> float:
    if not len(values):
        return 0.0
    zs = np.sort(values / errors)
    zs = np.clip(zs, zs[ends], zs[len(zs) - 1 - ends])
    return float(max(0.0, ((zs**2).sum() - len(zs)) / (1 / errors**2).sum()))


def _limit(count: int) -> float:
    low, high = 0.0, 10.0
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (
            (middle, high) if erfc(middle / sqrt(2)) > 0.05 / max(count, 1) else (low, middle)
        )
    return low
