"""Days of a report put together into spans that have enough votes to say something.

Pure. The same spans are drawn on the page and stand in its export.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Literal

from dashboards.report.counts import VOTES_NEEDED, Counts, together

Step = Literal["day", "week", "month"]
_PLACES_AT_MOST = 70


def spans(days: Mapping[date, Counts]) -> tuple[Step, dict[date, Counts]]:
    """Spans by their first day, and how long they are: the shortest of day, week (from Monday) and
    month of which at most 70 come and at least half have a score. Days without interactions are
    left out: offices close."""
    found: dict[date, Counts] = {}
    steps: tuple[Step, ...] = ("day", "week", "month")
    for step in steps:
        found = _by(days, step)
        scored = sum(counts.votes >= VOTES_NEEDED for counts in found.values())
        if len(found) <= _PLACES_AT_MOST and 2 * scored >= len(found):
            return step, found
    few = _by(days, "day")
    return ("day", few) if len(few) <= _PLACES_AT_MOST else ("month", found)


def _by(days: Mapping[date, Counts], step: Step) -> dict[date, Counts]:
    groups: dict[date, list[Counts]] = {}
    for day in sorted(days):
        groups.setdefault(_first(day, step), []).append(days[day])
    return {day: together(rows) for day, rows in groups.items()}


def _first(day: date, step: Step) -> date:
    if step == "day":
        return day
    return day.replace(day=1) if step == "month" else day - timedelta(days=day.weekday())
