"""Periods of a calendar: days, ISO weeks, months and quarters, as people write them.

A period is known by its cadence and the day on which it begins, and numbered within its cadence
without gaps, so that a horizon is a difference. Knows no clock and no time zone.
"""

import re
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple

_MONDAY = date(1970, 1, 5).toordinal()
_FORMS = "2025-03-31 (a day), 2025-W14 (a week), 2025-03 (a month) or 2025-Q1 (a quarter)"
_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_WEEK = re.compile(r"(\d{4})-?W(\d{2})", re.ASCII)
_MONTH = re.compile(r"(\d{4})-(\d{2})", re.ASCII)
_QUARTER = re.compile(r"(\d{4})-?Q([1-4])", re.ASCII)


class Cadence(StrEnum):
    """How long the periods of a series are."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"


class Period(NamedTuple):
    """One period: the day on which it begins is the ``number``-th of its cadence."""

    cadence: Cadence
    number: int

    @property
    def start(self) -> date:
        """Its first day."""
        match self.cadence:
            case Cadence.DAY:
                return date.fromordinal(self.number)
            case Cadence.WEEK:
                return date.fromordinal(_MONDAY + 7 * self.number)
            case Cadence.MONTH:
                return date(self.number // 12, self.number % 12 + 1, 1)
            case Cadence.QUARTER:
                return date(self.number // 4, self.number % 4 * 3 + 1, 1)

    @property
    def end(self) -> date:
        """Its last day."""
        return self._replace(number=self.number + 1).start - timedelta(days=1)

    def __str__(self) -> str:
        match self.cadence:
            case Cadence.DAY:
                return self.start.isoformat()
            case Cadence.WEEK:
                year, week, _ = self.start.isocalendar()
                return f"{year}-W{week:02}"
            case Cadence.MONTH:
                return self.start.isoformat()[:7]
            case Cadence.QUARTER:
                return f"{self.start.year}-Q{self.number % 4 + 1}"


def period_of(cadence: Cadence, day: date) -> Period:
    """The period of ``cadence`` in which ``day`` lies."""
    match cadence:
        case Cadence.DAY:
            number = day.toordinal()
        case Cadence.WEEK:
            number = (day.toordinal() - _MONDAY) // 7
        case Cadence.MONTH:
            number = 12 * day.year + day.month - 1
        case Cadence.QUARTER:
            number = 4 * day.year + (day.month - 1) // 3
    return Period(cadence, number)


def parse_period(text: str) -> Period:
    """The period that ``text`` names. Raises ``ValueError`` with what would be right."""
    try:
        if found := _DAY.fullmatch(text):
            return period_of(Cadence.DAY, date(*map(int, found.groups())))
        if found := _WEEK.fullmatch(text):
            monday = date.fromisocalendar(int(found[1]), int(found[2]), 1)
            return period_of(Cadence.WEEK, monday)
        if found := _MONTH.fullmatch(text):
            return period_of(Cadence.MONTH, date(int(found[1]), int(found[2]), 1))
        if found := _QUARTER.fullmatch(text):
            return period_of(Cadence.QUARTER, date(int(found[1]), 3 * int(found[2]) - 2, 1))
    except ValueError:
        raise ValueError(f"is in no calendar; write {_FORMS}") from None
    raise ValueError(f"is no period; write {_FORMS}")
