"""A day of one office as it happened: who came when for what, was served by whom, and felt how.

Draws from a generator that it is given, always the same number of draws for each citizen, so that
an incident changes what it touches and nothing else. Times are ms since local midnight.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from models.limits import OUTCOMES
from sources.simulator import opinions
from sources.simulator.incidents import Kind
from sources.simulator.plan import DAY, MINUTE, Floats, Plan
from sources.simulator.queueing import Call, Counter, Ticket, serve
from sources.simulator.rows import NONE

COMPLETED, REFUSED, ABANDONED, TRANSFERRED = range(len(OUTCOMES))
_SHIFT = np.array([0.0, -30.0, -35.0, -12.0])
"""Points that an outcome costs."""
_REFUSED_SHARE, _TRANSFERRED_SHARE = 0.025, 0.02
_OVERDUE_POINTS = 15.0
_WAIT_FREE, _WAIT_POINTS, _WAIT_MOST = 5.0, 0.6, 30.0
"""Minutes of waiting that nobody minds, points a minute beyond them, and the most it costs."""
_PATIENCE_MEDIAN, _PATIENCE_SIGMA = 40 * MINUTE, 0.4

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Visits:
    """Columns of one length, in order of arrival; the place is the ticket number."""

    arrived: Ints
    started: Ints
    completed: Ints
    due: Ints
    desk: Ints
    service: Ints
    outcome: Ints
    segments: Ints
    score: Ints
    face: Ints
    votes: NDArray[np.bool_]


def visits(plan: Plan, day: date, day_ms: int, rng: np.random.Generator) -> Visits:
    """The visits of a local day of ``day_ms``: 23, 24 or 25 hours."""
    arrived = _arrivals(plan, day, day_ms, rng)
    n = len(arrived)
    queue = np.searchsorted(plan.queue_cumulative, rng.random(n), side="right")
    service = plan.queue_service[queue].astype(np.int64)
    calls = _calls(plan, day, day_ms, arrived, queue, service, rng)
    desk, started, completed, abandoned = (
        np.array(column, np.int64) for column in (zip(*calls, strict=True) if calls else [()] * 4)
    )
    outcome = _outcomes(abandoned, rng.random(n))
    due, overdue = _deadlines(plan, service, completed, rng)
    segments = np.searchsorted(plan.segments.cumulative, rng.random(n), side="right")
    waited = np.where(started == NONE, 0, started - arrived) / MINUTE
    means = (
        _desk_means(plan, day, desk, completed, rng)
        + np.array([s.base for s in plan.town.services])[service]
        + plan.segments.shift[segments]
        + _SHIFT[outcome]
        - np.clip((waited - _WAIT_FREE) * _WAIT_POINTS, 0, _WAIT_MOST)
        - _OVERDUE_POINTS * overdue
    )
    scales = np.array([d.scale for d in plan.desks])[desk]
    score = opinions.scores(means, scales, rng.random(n))
    face = opinions.faces(score, scales)
    response = plan.town.response
    votes = opinions.answers(
        face,
        plan.queue_response[queue],
        response.by_face,
        np.where(outcome == ABANDONED, response.abandoned, 1.0),
        rng.random(n),
    )
    return Visits(
        arrived, started, completed, due, desk, service, outcome, segments, score, face, votes
    )


def _arrivals(plan: Plan, day: date, day_ms: int, rng: np.random.Generator) -> Ints:
    town = plan.town
    closed = not town.always_open and any(holiday.day == day for holiday in town.holidays)
    weekday = 1.0 if town.always_open else town.weekdays[day.weekday()]
    busy = rng.lognormal(0.0, 0.08)  # some days are busier for no reason
    expected = 0.0 if closed else plan.volume * weekday * busy
    draws = np.sort(rng.random(rng.poisson(expected)))
    edges = np.concatenate([[0.0], plan.minutes])
    at = np.interp(draws, edges, np.arange(len(edges)) * float(MINUTE))
    arrived: Ints = at[at < day_ms - 2 * MINUTE].astype(np.int64)
    return arrived


def _calls(
    plan: Plan,
    day: date,
    day_ms: int,
    arrived: Ints,
    queue: Ints,
    service: Ints,
    rng: np.random.Generator,
) -> list[Call]:
    n = len(arrived)
    medians = np.array([s.minutes for s in plan.town.services])[service] * MINUTE
    sigmas = np.array([s.sigma for s in plan.town.services])[service]
    duration = np.clip(medians * np.exp(sigmas * rng.standard_normal(n)), 20_000, 60 * MINUTE)
    patience = _PATIENCE_MEDIAN * np.exp(_PATIENCE_SIGMA * rng.standard_normal(n))
    slow = plan.incident_spans(day, "slow")
    counters = [
        Counter(away, slow.get(number, ()), desk.speed, desk.queues)
        for number, (desk, away) in enumerate(zip(plan.desks, plan.away(day, day_ms), strict=True))
    ]
    desks = plan.queue_desks
    tickets = map(
        Ticket,
        arrived.tolist(),
        duration.astype(np.int64).tolist(),
        patience.astype(np.int64).tolist(),
        [desks[number] for number in queue.tolist()],
    )
    return serve(list(tickets), counters, day_ms)


def _outcomes(abandoned: Ints, draws: Floats) -> Ints:
    outcome = np.where(draws < _REFUSED_SHARE, REFUSED, COMPLETED)
    outcome[draws > 1 - _TRANSFERRED_SHARE] = TRANSFERRED
    outcome[abandoned == 1] = ABANDONED
    return outcome


def _deadlines(
    plan: Plan, service: Ints, completed: Ints, rng: np.random.Generator
) -> tuple[Ints, NDArray[np.bool_]]:
    """Deadlines at 17:00 of a day, ``NONE`` where the service has none, and which are missed."""
    services = plan.town.services
    days = np.array([s.due_days or 0 for s in services])[service]
    overdue = (days > 0) & (
        rng.random(len(service)) < np.array([s.overdue for s in services])[service]
    )
    slack = 1 + (rng.random(len(service)) * np.maximum(days, 1)).astype(np.int64)
    late = 1 + slack % 5
    due = np.where(overdue, -late, slack) * DAY + 17 * 60 * MINUTE
    return np.where(days > 0, due, NONE), overdue & (completed > due)


def _desk_means(
    plan: Plan, day: date, desk: Ints, completed: Ints, rng: np.random.Generator
) -> Floats:
    """Points that desk, day and incident add for each visit."""
    shift = np.array([d.character for d in plan.desks])
    shift = shift + rng.standard_normal(len(plan.desks)) * [d.day_sd for d in plan.desks]
    means: Floats = shift[desk]
    signs: dict[Kind, float] = {"bad": -1.0, "good": 1.0}
    for kind, sign in signs.items():
        for number, spans in plan.incident_spans(day, kind).items():
            for since, until, points in spans:
                here = (desk == number) & (since <= completed) & (completed < until)
                means[here] += sign * points
    return means
