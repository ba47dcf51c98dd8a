"""How a terminal does: off, without a network, without votes, or well. Pure.

The same rules stand as SQL in the view ``semko.terminals_at``; a test holds the two together.

Silence is judged by how likely it is to be chance. Of ``n`` services at the desks of a terminal
since its last vote none was rated. Votes follow services at a rate that is known but not constant:
it differs from hour to hour, so it is taken as drawn from a beta distribution around the usual
rate, and the chance of no vote in ``n`` services is that of a beta-binomial (Skellam, JRSS B 10
(1948) 257–261). The correlation ``rho`` within an hour is estimated by moments over the hours of
an office (Williams, Applied Statistics 31 (1982) 144–148), the rate of a desk is drawn to its
office's. Every vote begins another silence, so a long one somewhere in a day is likelier than this
one: the chance is multiplied by the votes that are usual in a day (Bonferroni's bound).
"""

from math import exp, lgamma
from typing import NamedTuple

SILENT_SECONDS = 180
"""Three heartbeats missed: the terminal is silent. Terminals that fell silent within so long of
each other fell silent together."""
CLOCK_SECONDS = 60
"""A clock further off is wrong: with five minutes its votes are refused."""
UNLIKELY = 0.01
"""Silences less likely on a day are not taken for chance."""
TO_PRESS_SECONDS = 120
"""A service that ended since may still get its vote."""
OFFICE_WEIGHT = 30
"""So many services weighs the rate of the office in that of a desk."""
RHO_AT_LEAST, RHO_AT_MOST = 0.01, 0.3


class Usual(NamedTuple):
    """What is usual where a terminal stands: votes of a service, their correlation within an hour,
    votes of a day on which there are some."""

    rate: float
    rho: float
    votes_a_day: float


class Seen(NamedTuple):
    """What is known of a terminal at a moment. Times are in s before it, None: never."""

    heard: float | None
    clock_offset_seconds: float = 0.0
    in_maintenance: bool = False
    is_open: bool = True
    another_is_heard: bool = False
    another_fell_silent_too: bool = False
    office_served: float | None = None
    chance: float | None = None


def usual_rate(votes: int, services: int, office_rate: float) -> float:
    """Votes of a service at a desk, drawn to the rate of its office the more the less is known."""
    return (votes + OFFICE_WEIGHT * office_rate) / (services + OFFICE_WEIGHT)


def silence(services: int, usual: Usual) -> float:
    """The chance that ``services`` in a row get no vote."""
    rate = min(max(usual.rate, 1e-9), 1 - 1e-9)
    spread = 1 / min(max(usual.rho, RHO_AT_LEAST), RHO_AT_MOST) - 1
    unrated = (1 - rate) * spread
    return exp(
        lgamma(spread) - lgamma(spread + services) + lgamma(unrated + services) - lgamma(unrated)
    )


def chance_on_a_day(services: int, usual: Usual) -> float:
    """At most how likely a silence of so many ``services`` is somewhere on a day, by chance."""
    return min(1.0, max(1.0, usual.votes_a_day) * silence(services, usual))


def state(seen: Seen) -> str:
    """``maintenance``, ``closed``, ``no network``, ``off``, ``clock``, ``no votes``, ``unheard``
    or ``ok``.

    ``closed``: silent out of hours. ``unheard``: it never sent a heartbeat, and its votes tell
    nothing amiss.
    """
    if seen.in_maintenance:
        return "maintenance"
    if seen.heard is not None and seen.heard > SILENT_SECONDS:
        return _silent(seen, seen.heard)
    if seen.heard is not None and abs(seen.clock_offset_seconds) > CLOCK_SECONDS:
        return "clock"
    if seen.chance is not None and seen.chance < UNLIKELY:
        return "no votes"
    return "unheard" if seen.heard is None else "ok"


def _silent(seen: Seen, heard: float) -> str:
    if not seen.is_open:
        return "closed"
    if seen.another_is_heard:
        return "off"
    if seen.another_fell_silent_too:
        return "no network"
    # Alone in its office: what was served there since got through, so there is a network.
    served_since = seen.office_served is not None and seen.office_served < heard - SILENT_SECONDS
    return "off" if served_since else "no network"
