"""From what happened in an office to what reaches the log, and when: all the trouble is here.

Pure; draws from a generator that it is given. Times inside are ms since local midnight; the rows
that leave carry ms since 1970.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from sources.simulator.incidents import Kind
from sources.simulator.plan import MINUTE, Plan
from sources.simulator.rows import NONE, ROW, Role, Rows
from sources.simulator.visits import Ints, Visits

UNKNOWN_TICKETS = 1_000_000
"""Added to a ticket number that was never issued."""

SECOND_PRESS, INVALID = 1, 2
"""Added to the event number of a vote, which is a multiple of four."""

_HOUR = 60 * MINUTE
_EPOCH = date(1970, 1, 1)
Mask = NDArray[np.bool_]


@dataclass(slots=True)
class _Votes:
    """Votes of an office-day as they were meant: pressed when (true time), sent when."""

    visit: Ints
    role: NDArray[np.int8]
    pressed: Ints
    arrival: Ints
    event: Ints


def deliveries(
    plan: Plan, day_number: int, midnight_ms: int, seen: Visits, rng: np.random.Generator
) -> Rows:
    """The rows of a day in no order; each arrives on that day or within the next."""
    completions = _completions(plan, seen, rng)
    votes = _vote_rows(plan, seen, rng)
    rows = np.concatenate([completions, votes])
    rows = np.concatenate([rows, _invalid(plan, rows, rng)])
    rows = rows[~_not_pressed(plan, day_number, rows)]
    rows["office"], rows["day"] = plan.number, day_number
    for column in ("arrival", "arrived", "started", "completed", "due", "voted"):
        times = rows[column]
        rows[column] = np.where(times == NONE, NONE, times + midnight_ms)
    return rows


def _not_pressed(plan: Plan, day_number: int, rows: Rows) -> Mask:
    """Votes that a terminal which is lost or mute never took."""
    day = _EPOCH + timedelta(days=day_number)
    missing = np.zeros(len(rows), np.bool_)
    kinds: tuple[Kind, ...] = ("lost", "mute")
    for kind in kinds:
        for desk, spans in plan.incident_spans(day, kind).items():
            for since, until, _ in spans:
                within = (rows["voted"] >= since) & (rows["voted"] < until)
                missing |= within & (rows["desk"] == desk)
    missing[rows["voted"] == NONE] = False
    return missing


def _completions(plan: Plan, seen: Visits, rng: np.random.Generator) -> Rows:
    trouble, n = plan.town.trouble, len(seen.arrived)
    rows = np.zeros(n, ROW)
    rows["ticket"] = np.arange(n)
    rows["event"] = 1
    for column in (
        "desk",
        "service",
        "outcome",
        "segments",
        "arrived",
        "started",
        "completed",
        "due",
    ):
        rows[column] = getattr(seen, column)
    rows["voted"] = NONE
    delay = 200 + rng.exponential(400, n).astype(np.int64)
    delay += (rng.random(n) < trouble.shuffled) * rng.integers(0, 90_000, n)
    rows["arrival"] = seen.completed + delay

    again = rows[rng.random(n) < trouble.completion_twice]
    again["role"] = Role.COMPLETION_AGAIN
    again["arrival"] += rng.integers(500, 10 * MINUTE, len(again))
    return np.concatenate([rows, again, _corrections(plan, rows, rng)])


def _corrections(plan: Plan, rows: Rows, rng: np.random.Generator) -> Rows:
    """Another service or another desk, minutes later and under a later id."""
    fixed = rows[rng.random(len(rows)) < plan.town.trouble.correction]
    n = len(fixed)
    fixed["role"], fixed["event"] = Role.CORRECTION, 2
    fixed["arrival"] += rng.integers(2 * MINUTE, 30 * MINUTE, n)
    move = rng.random(n) < 0.5
    desk = rng.integers(0, len(plan.desks), n)
    service = plan.queue_service[rng.integers(0, len(plan.queue_service), n)]
    fixed["desk"] = np.where(move, desk, fixed["desk"])
    fixed["service"] = np.where(move, fixed["service"], service)
    # A case at another desk was called from another queue: nobody knows when it began there.
    fixed["started"] = np.where(move, NONE, fixed["started"])
    return fixed


def _vote_rows(plan: Plan, seen: Visits, rng: np.random.Generator) -> Rows:
    knows = np.array([desk.knows_ticket for desk in plan.desks])[seen.desk]
    votes = _press(plan, seen, knows, rng)
    _offline(plan, seen, votes, rng)
    score = seen.score[votes.visit]
    rows = np.zeros(len(votes.visit), ROW)
    rows["role"], rows["event"], rows["arrival"] = votes.role, votes.event, votes.arrival
    rows["ticket"] = np.where(votes.role == Role.DESK_VOTE, NONE, votes.visit)
    rows["ticket"][votes.role == Role.UNKNOWN_TICKET] += UNKNOWN_TICKETS
    rows["desk"] = seen.desk[votes.visit]
    rows["score"] = score
    rows["reasons"] = _reasons(seen.face[votes.visit], rng)
    rows["voted"] = votes.pressed + _clock_error(plan, seen.desk[votes.visit], rng)
    rows["arrived"] = seen.arrived[votes.visit]
    for column in ("started", "completed", "due"):
        rows[column] = NONE
    first = rows.copy()
    _future(plan, rows, rng)

    ordinary = (rows["role"] == Role.VOTE) | (rows["role"] == Role.DESK_VOTE)
    again = rows[ordinary & (rng.random(len(rows)) < plan.town.trouble.vote_twice)]
    again["role"] = Role.VOTE_AGAIN
    again["arrival"] += rng.integers(500, 30_000, len(again))
    pressed_twice = ordinary & (rng.random(len(rows)) < plan.town.trouble.second_press)
    return np.concatenate([rows, again, _second_presses(plan, first[pressed_twice], rng)])


def _press(plan: Plan, seen: Visits, knows: Mask, rng: np.random.Generator) -> _Votes:
    """Most press some seconds after the end; who pressed is drawn already, here it is when."""
    trouble, n = plan.town.trouble, len(seen.arrived)
    after = np.clip(15_000 * np.exp(0.7 * rng.standard_normal(n)), 2_000, 2 * MINUTE)
    kind, spread = rng.random(n), rng.random(n)
    edges = np.cumsum(
        [
            trouble.before_completion,
            trouble.long_after,
            trouble.too_late,
            trouble.unknown_ticket,
        ]
    )
    before, long_after, too_late, unknown = (
        knows & (kind < edge) & (kind >= edge - share)
        for edge, share in zip(edges, np.diff(edges, prepend=0.0), strict=True)
    )
    earliest = np.where(seen.started == NONE, seen.completed, seen.started)
    early = np.minimum(seen.completed - earliest, 5 * MINUTE)
    after = np.where(before, -spread * early, after)
    after = np.where(long_after, 2 * MINUTE + spread * 105 * MINUTE, after)
    after = np.where(too_late, (2.05 + 3 * spread) * _HOUR, after)
    role = np.where(knows, Role.VOTE, Role.DESK_VOTE)
    role[too_late], role[unknown] = Role.TOO_LATE, Role.UNKNOWN_TICKET
    sent = 150 + rng.exponential(250, n).astype(np.int64)
    sent += (rng.random(n) < trouble.shuffled) * rng.integers(0, 90_000, n)
    visit = np.flatnonzero(seen.votes)
    pressed = (seen.completed + after.astype(np.int64))[visit]
    return _Votes(
        visit=visit,
        role=role[visit].astype(np.int8),
        pressed=pressed,
        arrival=pressed + sent[visit],
        event=4 * np.arange(len(visit)),
    )


def _offline(plan: Plan, seen: Visits, votes: _Votes, rng: np.random.Generator) -> None:
    """A terminal without a network keeps its votes and sends them in a bunch at its end."""
    trouble, n = plan.town.trouble, len(plan.desks)
    out = rng.random(n) < trouble.offline_day
    begin = rng.uniform(8 * _HOUR, 16 * _HOUR, n)
    end = begin + rng.uniform(0.1, 1.0, n) * trouble.offline_hours * _HOUR
    desk = seen.desk[votes.visit]
    kept = out[desk] & (begin[desk] <= votes.arrival) & (votes.arrival < end[desk])
    bunch = (end[desk] + (votes.pressed - begin[desk]) / 5000).astype(np.int64)
    votes.arrival[kept] = np.maximum(bunch, votes.arrival)[kept]


def _reasons(face: Ints, rng: np.random.Generator) -> Ints:
    """Bits of the codes in ``opinions.REASONS``, of two bad scores in three."""
    given = (face <= 1) & (rng.random(len(face)) < 0.65)
    first, second = (1 << rng.choice(5, len(face), p=[0.4, 0.2, 0.2, 0.15, 0.05]) for _ in "12")
    return np.where(given, first | np.where(rng.random(len(face)) < 0.25, second, 0), 0)


def _clock_error(plan: Plan, desk: Ints, rng: np.random.Generator) -> Ints:
    """What is left once a terminal mended its clock: a fraction of a second, the same all day."""
    return rng.normal(0, 300, len(plan.desks)).astype(np.int64)[desk]


def _future(plan: Plan, rows: Rows, rng: np.random.Generator) -> None:
    """A terminal that could not mend its clock this day claims times that have not come."""
    wrong = (rng.random(len(plan.desks)) < plan.town.trouble.clock_wrong_day)[rows["desk"]]
    ahead = rng.integers(6 * MINUTE, 90 * MINUTE, len(plan.desks))[rows["desk"]]
    rows["voted"][wrong] = (rows["arrival"] + ahead)[wrong]
    rows["role"][wrong] = Role.FUTURE


def _second_presses(plan: Plan, rows: Rows, rng: np.random.Generator) -> Rows:
    n = len(rows)
    later = rng.integers(1_000, 20_000, n)
    rows["role"] = Role.SECOND_PRESS
    rows["event"] += SECOND_PRESS
    rows["voted"] += later
    rows["arrival"] += later
    scale = np.array([desk.scale for desk in plan.desks])[rows["desk"]]
    step = rng.choice([-1, 0, 0, 0, 1], n)
    rows["score"] = np.clip(rows["score"] + step, 1, scale)
    return rows


def _invalid(plan: Plan, rows: Rows, rng: np.random.Generator) -> Rows:
    """Copies under ids of their own, to be broken on their way out."""
    broken: Rows = rows[rng.random(len(rows)) < plan.town.trouble.invalid]
    broken = broken[broken["role"] != Role.FUTURE]
    roles = np.array([Role.NO_JSON, Role.NO_CONTRACT, Role.MISROUTED], np.int8)
    vote = broken["voted"] != NONE
    broken["role"] = roles[rng.integers(0, 3, len(broken))]
    broken["event"] = np.where(vote, broken["event"] // 4 * 4 + INVALID, 9)
    broken["arrival"] += rng.integers(0, 5_000, len(broken))
    return broken
