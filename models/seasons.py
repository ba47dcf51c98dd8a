"""What a calendar does to a series: columns of a regression for its season.

The year as harmonics, of days the week as well. Columns are those of the period that is forecast;
a leading series' own season is a shifted one, so the same columns take it out (Frisch, Waugh and
Lovell). Pure.
"""

from datetime import date

import numpy as np
from numpy.typing import NDArray

from models.periods import Cadence, Period

Floats = NDArray[np.float64]

HARMONICS = {Cadence.DAY: 10, Cadence.WEEK: 10, Cadence.MONTH: 6, Cadence.QUARTER: 2}
"""The most of the year that a season is given: of months and quarters that is every mean apart."""

TRAINING = {Cadence.DAY: 365, Cadence.WEEK: 50, Cadence.MONTH: 24, Cadence.QUARTER: 12}
"""So many periods of history come before the first forecast."""

_WEEKDAYS = 7
_YEAR_DAYS = 365.2425
_NEW_YEAR = date(2000, 1, 1).toordinal()


def seasonal(cadence: Cadence, numbers: NDArray[np.int64], harmonics: int) -> Floats:
    """One row a period, two columns a harmonic of the year; of days six more for the weekday."""
    columns = _waves(_phases(cadence, numbers), harmonics)
    if cadence in (Cadence.MONTH, Cadence.QUARTER) and harmonics == HARMONICS[cadence]:
        columns = columns[:, :-1]  # of the last harmonic every sine is 0
    if cadence is Cadence.DAY:
        week = _waves(_turns(numbers % _WEEKDAYS, float(_WEEKDAYS)), 3)
        columns = np.concatenate([columns, week], axis=1)
    return columns


def _waves(phases: Floats, harmonics: int) -> Floats:
    angles = phases[:, None] * np.arange(1, harmonics + 1, dtype=np.float64)
    return np.stack([np.cos(angles), np.sin(angles)], axis=2).reshape(len(phases), -1)


def _phases(cadence: Cadence, numbers: NDArray[np.int64]) -> Floats:
    """Where in the year each period lies, as an angle."""
    if cadence is Cadence.MONTH:
        return _turns(numbers % 12, 12.0)
    if cadence is Cadence.QUARTER:
        return _turns(numbers % 4, 4.0)
    origin = Period(cadence, 0).start.toordinal() if cadence is Cadence.WEEK else 0
    days = origin + numbers * (_WEEKDAYS if cadence is Cadence.WEEK else 1)
    return _turns(days - _NEW_YEAR, _YEAR_DAYS)


def _turns(steps: NDArray[np.int64], of: float) -> Floats:
    """``steps`` of a turn that has ``of`` of them, as angles."""
    return steps.astype(np.float64) * (2 * np.pi / of)
