"""An office's votes from a day on, judged: the alert book as a function of what is stored.

The same votes, states at the ends of former days, versions of the baseline and closings give the
same alerts, however often and in whatever pieces the days are judged. Pure.
"""

from bisect import bisect_right
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from streams.core.alarm_thresholds import ThresholdTable
from streams.core.desk_watch import Alert, DeskState, DeskVotes, watch
from streams.core.standards import Moments, Rated, Standard

HOUR_MS = 3_600_000
DAY_SECONDS = 86_400
NOTHING_YET = DeskState()


class DeskDay(NamedTuple):
    """A desk on a local day (days since 1970)."""

    desk: str
    day: int


@dataclass(slots=True)
class Judged:
    """What judging came to."""

    states: dict[DeskDay, DeskState] = field(default_factory=dict)
    """At the end of each day of each desk at which an interaction lies or ever lay."""
    alerts: dict[str, Alert] = field(default_factory=dict)
    """By id: all that were open at any time of the judged days, as they are at the end."""


class Case(NamedTuple):
    """What an office is judged from."""

    votes: Rated
    """All from the beginning of ``since`` on."""
    since: int
    """The first local day."""
    zone: str
    before: Mapping[str, DeskState]
    """By desk, the state at the end of its last day before ``since``."""
    places: Collection[DeskDay]
    """Desks and days from ``since`` on with an interaction, or one that lies elsewhere by now: so
    what was made of its vote there, by whomever and whenever, is written over."""
    standards: Sequence[Standard]
    """Versions of the baseline in order; a day before the first of them is not judged."""
    closed: Mapping[str, int]
    """Alerts that somebody closed, and when, in ms."""


def judge(case: Case, table: ThresholdTable) -> Judged:
    """Judge every day in order."""
    moments = local_moments(case.votes.completed_at, case.zone)
    judged, states = Judged(), dict(case.before)
    for desk, state in case.before.items():
        if state.open is not None:
            _note(judged, watch(desk, case.since, state, _NO_VOTES, _NEVER, case.closed).alerts)
    by_day: dict[int, set[str]] = {}
    for desk, day in case.places:
        by_day.setdefault(day, set()).add(desk)
    for day in sorted(by_day):
        desks = dict(_of_day(case, moments, day))
        for desk in sorted(by_day[day]):
            votes, thresholds = desks.get(desk, _NO_VOTES), _NEVER
            standard = _standard(case.standards, day)
            if standard is not None:
                thresholds = standard.thresholds(desk, table)
            before = states.get(desk, NOTHING_YET)
            after = watch(desk, day, before, votes, thresholds, case.closed)
            states[desk] = judged.states[DeskDay(desk, day)] = after.state
            _note(judged, after.alerts)
    return judged


def _note(judged: Judged, alerts: Sequence[Alert]) -> None:
    judged.alerts.update((alert.alert_id, alert) for alert in alerts)


_NO_VOTES = DeskVotes((), (), ())
_NEVER = (float("inf"), float("inf"))


def _standard(standards: Sequence[Standard], day: int) -> Standard | None:
    at = bisect_right(standards, day, key=lambda one: one.valid_from)
    return standards[at - 1] if at else None


def _of_day(case: Case, moments: Moments, day: int) -> Iterator[tuple[str, DeskVotes]]:
    """Votes of each desk on a day; none where there is no baseline yet."""
    standard = _standard(case.standards, day)
    first, last = np.searchsorted(moments.day, (day, day + 1)).tolist()
    if standard is None or first == last:
        return
    votes = case.votes.some(slice(first, last))
    expected = standard.expected(votes, Moments(*(column[first:last] for column in moments)))
    ratios = standard.ratios(votes, expected).T
    order = np.argsort(votes.desk, kind="stable")
    used, starts = np.unique(votes.desk[order], return_index=True)
    for desk, some in zip(used.tolist(), np.split(order, starts[1:]), strict=True):
        yield votes.desks[desk], _listed(votes.completed_at[some], ratios[some], expected[some])


def _listed(
    times: NDArray[np.int64], ratios: NDArray[np.float64], expected: NDArray[np.float64]
) -> DeskVotes:
    return DeskVotes(times.tolist(), ratios.tolist(), expected.tolist())


def local_moments(times: NDArray[np.int64], zone: str) -> Moments:
    """Local days, weekdays and hours of times in ms; an hour has the offset of its beginning."""
    hours, of = np.unique(times // HOUR_MS, return_inverse=True)
    offset = _offsets(zone)
    local = np.array([3600 * hour + offset(3600 * hour) for hour in hours.tolist()], np.int64)
    day = (local // DAY_SECONDS)[of]
    return Moments(day, (day + 3) % 7, (local % DAY_SECONDS // 3600)[of])  # 1970 began on Thursday


def first_moment(day: int, zone: str) -> int:
    """When a local day begins, in ms, rounded down to the hour."""
    offset = _offsets(zone)
    utc = day * DAY_SECONDS - offset(day * DAY_SECONDS)
    utc = day * DAY_SECONDS - offset(utc)
    return utc * 1000 // HOUR_MS * HOUR_MS


def day_of(time: int, zone: str) -> int:
    """The local day of a time in ms, in days since 1970."""
    hour = time // HOUR_MS * 3600
    return (hour + _offsets(zone)(hour)) // DAY_SECONDS


def _offsets(zone: str) -> Callable[[int], int]:
    info = ZoneInfo(zone)

    def offset(seconds: int) -> int:
        found = datetime.fromtimestamp(seconds, UTC).astimezone(info).utcoffset()
        assert found is not None
        return round(found.total_seconds())

    return offset
