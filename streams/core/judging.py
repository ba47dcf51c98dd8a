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

from models.alert_kinds import RESPONSE, SCORE, UNFINISHED
from streams.core.alarm_thresholds import ThresholdTable
from streams.core.desk_watch import SCORES, Alert, DeskState, DeskVotes, Kind, watch
from streams.core.share_watch import SIZES, Quarters, settled
from streams.core.standards import Moments, Rated, Standard

HOUR_MS = 3_600_000
DAY_SECONDS = 86_400
NOTHING_YET = DeskState()
SHARES = (Kind(RESPONSE, SIZES), Kind(UNFINISHED, SIZES))
KINDS = (SCORES, *SHARES)

DeskStates = Mapping[str, DeskState]
"""By kind; one that has nothing yet is left out."""


class DeskDay(NamedTuple):
    """A desk on a local day (days since 1970)."""

    desk: str
    day: int


@dataclass(slots=True)
class Judged:
    """What judging came to."""

    states: dict[DeskDay, DeskStates] = field(default_factory=dict)
    """At the end of each day of each desk at which an interaction lies or ever lay."""
    alerts: dict[str, Alert] = field(default_factory=dict)
    """By id: all that were open at any time of the judged days, as they are at the end."""


class Case(NamedTuple):
    """What an office is judged from."""

    votes: Rated
    """All from the beginning of ``since`` on."""
    quarters: Quarters
    """As ``votes``."""
    since: int
    """The first local day."""
    zone: str
    before: Mapping[str, DeskStates]
    """By desk, the states at the end of its last day before ``since``."""
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
    quarters_day = local_moments(case.quarters.start, case.zone).day
    judged, states = Judged(), dict(case.before)
    for desk, carried in case.before.items():
        for kind in KINDS:
            state = carried.get(kind.name, NOTHING_YET)
            if state.open is not None:
                still = watch(desk, case.since, state, _NO_VOTES, _NEVER, case.closed, kind)
                _note(judged, still.alerts)
    by_day: dict[int, set[str]] = {}
    for desk, day in case.places:
        by_day.setdefault(day, set()).add(desk)
    for day in sorted(by_day):
        standard = _standard(case.standards, day)
        seen: dict[tuple[str, str], _Seen] = {}
        if standard is not None:
            seen |= _scores(case, standard, moments, day, table)
            seen |= _shares(case.quarters.some(quarters_day == day), standard)
        for desk in sorted(by_day[day]):
            carried, after = states.get(desk, {}), {}
            for kind in KINDS:
                votes, thresholds = seen.get((desk, kind.name), (_NO_VOTES, _NEVER))
                before = carried.get(kind.name, NOTHING_YET)
                found = watch(desk, day, before, votes, thresholds, case.closed, kind)
                _note(judged, found.alerts)
                if found.state != NOTHING_YET:
                    after[kind.name] = found.state
            states[desk] = judged.states[DeskDay(desk, day)] = after
    return judged


def _note(judged: Judged, alerts: Sequence[Alert]) -> None:
    judged.alerts.update((alert.alert_id, alert) for alert in alerts)


_NO_VOTES = DeskVotes((), (), (), (), ())
_NEVER = (float("inf"), float("inf"))
_Seen = tuple[DeskVotes, tuple[float, float]]
"""What came of a desk on a day, and the thresholds of that day."""


def _standard(standards: Sequence[Standard], day: int) -> Standard | None:
    at = bisect_right(standards, day, key=lambda one: one.valid_from)
    return standards[at - 1] if at else None


def _scores(
    case: Case, standard: Standard, moments: Moments, day: int, table: ThresholdTable
) -> Iterator[tuple[tuple[str, str], _Seen]]:
    """By desk, its votes of a day."""
    first, last = np.searchsorted(moments.day, (day, day + 1)).tolist()
    votes = case.votes.some(slice(first, last))
    expected = standard.expected(votes, Moments(*(column[first:last] for column in moments)))
    ratios = standard.ratios(votes, expected).T
    points = votes.points / 100
    for number, some in _by_desk(votes.desk):
        desk, times = votes.desks[number], votes.completed_at[some].tolist()
        columns = (times, ratios[some], expected[some], points[some], np.ones(len(some)))
        yield (desk, SCORE), (_listed(*columns), standard.thresholds(desk, table))


def _shares(quarters: Quarters, standard: Standard) -> Iterator[tuple[tuple[str, str], _Seen]]:
    """By desk and kind, the quarters of one day."""
    for kind, share in standard.shares.items():
        trials, successes = quarters.of(kind)
        chosen = trials > 0
        if kind == RESPONSE:
            chosen &= settled(quarters)
        of = np.flatnonzero(chosen)
        for number, at in _by_desk(quarters.desk[of]):
            some, desk = of[at], quarters.desks[number]
            known = standard.desks.get(desk, -1)
            n, k = trials[some].astype(np.float64), successes[some].astype(np.float64)
            expected = np.full(len(some), 100 * share.shares[known])
            ratios = share.ratios(kind, known, n, k)
            votes = _listed(quarters.start[some].tolist(), ratios, expected, 100 * k / n, n)
            yield (desk, kind), (votes, share.thresholds(known))


def _by_desk(desk: NDArray[np.intp]) -> Iterator[tuple[int, NDArray[np.intp]]]:
    """Numbers of desks, and where each is found, in order."""
    order = np.argsort(desk, kind="stable")
    used, starts = np.unique(desk[order], return_index=True)
    if len(used):
        yield from zip(used.tolist(), np.split(order, starts[1:]), strict=True)


def _listed(
    times: list[int],
    ratios: NDArray[np.float64],
    expected: NDArray[np.float64],
    observed: NDArray[np.float64],
    weights: NDArray[np.float64],
) -> DeskVotes:
    columns = (column.tolist() for column in (ratios, expected, observed, weights))
    return DeskVotes(times, *columns)


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
