"""How much evidence an alarm takes: thresholds for a stated rate of false alarms.

The rate that a threshold gives depends on the desk: on its votes an open day, on how far whole days
lie from what was expected of them, and on how far single votes lie apart. The table holds the
logarithm of the threshold over these three; between its points it is interpolated linearly in the
logarithm of the votes, the square of the deviation of days and the deviation of votes. It comes
from a seeded simulation (``python -m benchmarks.detection thresholds``) of desks whose expected
score is known as well as 40 days of their own history tell it. This module knows no file: the
table's text is given.

At its edges (1 and 768 votes a day, days that deviate by 0 to 6 points, votes by 20 to 38) it is
clamped. There the stated rate does not hold: twice as many false alarms at 1,500 votes, four to
five times as many where days deviate by 9 points, seven tenths at a mean of 92
(``python -m benchmarks.detection places``).
"""

import itertools
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from streams.core.faces import Floats

AMBER_DAYS = 30.0
"""Open days of a desk to one false amber alarm."""
PAGE_DAYS = 90.0
"""Open days of a desk to one false page."""

COLUMNS = ("votes_a_day", "day_sd", "vote_sd", "log_amber", "log_page")


class Thresholds(NamedTuple):
    """What the weighted mean R of the detector must exceed at each level, one for each desk."""

    amber: Floats
    page: Floats


class ThresholdTable:
    """Thresholds over a grid of votes a day, deviation of days and deviation of votes."""

    def __init__(self, axes: tuple[Floats, Floats, Floats], logs: Floats) -> None:
        """``axes`` ascending, votes a day as they are; ``logs`` of shape (2, *axes)."""
        self.axes = axes
        self._axes = (np.log(axes[0]), axes[1] ** 2, axes[2])
        self._logs = logs

    @classmethod
    def of(cls, text: str) -> Self:
        """The table of a CSV text with lines of `COLUMNS`; lines that begin with # are comments.

        ValueError: another header, or points that are no full grid of two or more on each axis.
        """
        lines = [line for line in text.splitlines() if line and not line.startswith("#")]
        if not lines or tuple(lines[0].split(",")) != COLUMNS:
            raise ValueError(f"a table of thresholds has the columns {','.join(COLUMNS)}")
        points = np.array([[float(cell) for cell in line.split(",")] for line in lines[1:]])
        points = points.reshape(-1, len(COLUMNS))
        points = points[np.lexsort(points[:, 2::-1].T)]
        axes = (np.unique(points[:, 0]), np.unique(points[:, 1]), np.unique(points[:, 2]))
        grid = np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, 3)
        if grid.shape != points[:, :3].shape or np.any(grid != points[:, :3]):
            raise ValueError("a table of thresholds has one line for each point of a full grid")
        if min(map(len, axes)) < 2:
            raise ValueError("a table of thresholds has two points or more on each axis")
        return cls(axes, points[:, 3:].T.reshape(2, *map(len, axes)))

    def thresholds(
        self, votes_a_day: ArrayLike, day_sd: ArrayLike, vote_sd: ArrayLike
    ) -> Thresholds:
        """Thresholds of desks, from columns of their votes an open day, the standard deviation in
        points of whole days beyond chance (`baseline`), and that of one vote
        (`faces.deviation_of` the expected distribution)."""
        places = (np.log(np.maximum(votes_a_day, 1e-9)), np.square(day_sd), np.asarray(vote_sd))
        ends = [_ends(axis, place) for axis, place in zip(self._axes, places, strict=True)]
        total = np.zeros((2, *np.broadcast_shapes(*(place.shape for place in places))))
        for corner in itertools.product((0, 1), repeat=3):
            (i, a), (j, b), (k, c) = (end[side] for end, side in zip(ends, corner, strict=True))
            total += self._logs[:, i, j, k] * (a * b * c)
        amber, page = np.exp(total)
        return Thresholds(amber, page)


def _ends(axis: Floats, place: Floats) -> tuple[tuple[NDArray[np.intp], Floats], ...]:
    """The points of an axis below and above, each with its weight."""
    within = np.clip(place, axis[0], axis[-1])
    left = np.clip(np.searchsorted(axis, within, "right") - 1, 0, len(axis) - 2)
    weight = (within - axis[left]) / (axis[left + 1] - axis[left])
    return (left, 1 - weight), (left + 1, weight)
