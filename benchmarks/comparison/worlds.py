"""The offices that are tried: equal desks in many circumstances, desks that differ, desks that are
worse."""

from typing import NamedTuple

from benchmarks.comparison.offices import World


class Trial(NamedTuple):
    """Offices of one kind."""

    name: str
    world: World
    by: str = "desk"


EQUAL = (
    Trial("as described", World()),
    Trial("no day effect", World(day_deviation=0.0)),
    Trial("whole days deviate by 6 points", World(day_deviation=6.0)),
    Trial("the whole office's days deviate by 4 points too", World(office_day_deviation=4.0)),
    Trial("one week: 5 days", World(days=5)),
    Trial("desks nearly of one service each", World(mixing=0.15)),
    Trial("services 20 points apart, 3 of them", World(partners=3, partner_deviation=20.0)),
    Trial("few votes: a median of 30 a desk", World(median_votes=30.0)),
    Trial("many votes: a median of 1,000 a desk", World(median_votes=1_000.0, volume_spread=0.5)),
    Trial("3 desks", World(units=(3, 3))),
    Trial("40 desks", World(units=(40, 40), median_votes=100.0)),
    Trial("services instead of desks", World(), "service"),
)
"""Nothing to be found: whatever is flagged is flagged wrongly."""

UNEQUAL = (
    Trial("2 points", World(unit_deviation=2.0)),
    Trial("4 points", World(unit_deviation=4.0)),
    Trial("8 points", World(unit_deviation=8.0)),
    Trial("4 points, nearly one service each", World(unit_deviation=4.0, mixing=0.15)),
)
"""By how many points desks deviate."""

DROPS = (10.0, 20.0)
DROP_VOTES = (12, 50, 100, 200, 400, 1_000, 2_000)


def dropped(drop: float, votes: int) -> Trial:
    """Offices of equal desks but for one."""
    return Trial(f"{drop:g} points, {votes} votes", World(drop=drop, drop_votes=votes))
