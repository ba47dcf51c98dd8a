"""The queue of one office-day: who is called by which desk, when, and who gives up.

A ticket waits for the first free of the desks that call for its service, in order of arrival; a
desk serves one citizen at a time. Pure: times are ms since local midnight.
"""

from collections.abc import Sequence
from typing import NamedTuple

from sources.simulator.plan import DAY, Spans
from sources.simulator.rows import NONE


class Ticket(NamedTuple):
    """A citizen at the door: patience and duration in ms, of the service at an average desk."""

    arrived: int
    duration: int
    patience: int
    desks: tuple[int, ...]


class Call(NamedTuple):
    """What became of a ticket; ``started`` is ``NONE`` where nobody was served or nobody waits."""

    desk: int
    started: int
    completed: int
    abandoned: bool


class Counter(NamedTuple):
    """A desk of the day: when it calls nobody, and by what its durations are multiplied."""

    away: Spans
    slow: Sequence[tuple[int, int, float]]
    speed: float
    queues: bool


def serve(tickets: Sequence[Ticket], counters: Sequence[Counter], day_ms: int = DAY) -> list[Call]:
    """Call the tickets, which are in order of arrival; the day is ``day_ms`` long, and the next
    begins with free desks."""
    free = [0] * len(counters)
    calls = []
    for ticket in tickets:
        desk, start = _first_free(ticket, counters, free)
        counter = counters[desk]
        if start - ticket.arrived > ticket.patience:
            gone = min(ticket.arrived + ticket.patience, day_ms - 1)
            calls.append(Call(desk, NONE, gone, abandoned=True))
            continue
        duration = ticket.duration * counter.speed
        for since, until, factor in counter.slow:
            if since <= start < until:
                duration *= factor
        end = min(start + int(duration), day_ms - 1)
        if counter.queues:
            free[desk] = end
            calls.append(Call(desk, start, end, abandoned=False))
        else:
            calls.append(Call(desk, NONE, end, abandoned=False))
    return calls


def _first_free(
    ticket: Ticket, counters: Sequence[Counter], free: Sequence[int]
) -> tuple[int, int]:
    """The desk that can start first, of several the one idle longest."""
    # Comparisons instead of max(): this loop is a third of all the time that a simulation takes.
    chosen, first = ticket.desks[0], -1
    arrived = ticket.arrived
    for desk in ticket.desks:
        idle = free[desk]
        start = idle if idle > arrived else arrived
        for since, until in counters[desk].away:
            if since > start:
                break
            if until > start:  # noqa: PLR1730 (see above)
                start = until
        if first < 0 or start < first or (start == first and idle < free[chosen]):
            chosen, first = desk, start
    return chosen, first
