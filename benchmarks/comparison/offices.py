"""Simulated offices whose desks are equal, or differ as much as is wanted, whatever their work.

Services differ in score, hours differ, every desk has a mix of services and hours and a volume of
its own, and the whole of a desk's day can lie above or below what was to be expected. One desk has
few votes. Offices of services are the same with the words exchanged: what is compared is called a
unit, what it shares with others a partner.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from streams.core.faces import Floats, tilted

REFERENCE = np.array([0.07, 0.05, 0.10, 0.25, 0.53])
"""Shares of five faces at the mean of 78: most are content, some are angry."""
_MEANS = np.arange(3, 98)
_FACES = tilted(REFERENCE, _MEANS.astype(np.float64)).cumsum(-1)

FEW, OTHER = 0, 1
"""Which unit has few votes, and which one is worse where one is."""

Codes = NDArray[np.intp]


@dataclass(frozen=True)
class World:
    """What offices are like; all deviations are standard deviations in points."""

    units: tuple[int, int] = (4, 16)
    """Least and most units of an office."""
    partners: int = 8
    few_votes: int = 12
    median_votes: float = 200.0
    volume_spread: float = 0.9
    """Standard deviation of the logarithm of votes a unit."""
    days: int = 40
    day_deviation: float = 3.0
    """Of a unit's whole days."""
    office_day_deviation: float = 0.0
    """Of days that the whole office has at once."""
    mixing: float = 0.5
    """Dirichlet weight of each partner in a unit's mix: 0.15 nearly one to each, 2 nearly alike."""
    partner_deviation: float = 10.0
    hour_deviation: float = 4.0
    unit_deviation: float = 0.0
    """Of the units themselves: 0 makes them equal."""
    drop: float = 0.0
    """By how many points unit ``OTHER`` is worse than it would be, at ``drop_votes`` votes."""
    drop_votes: int = 0


class Office(NamedTuple):
    """The votes of one office in columns, and what its units truly are."""

    unit: Codes
    partner: Codes
    hour: Codes
    day: Codes
    score: NDArray[np.int64]
    """Faces, 1 to 5."""
    truth: Floats
    """By unit, points that it adds."""

    @property
    def values(self) -> Floats:
        """Scores 0–100."""
        return (25 * (self.score - 1)).astype(np.float64)


HOURS = 9


def drawn(world: World, rng: np.random.Generator) -> Office:
    """One office."""
    units = int(rng.integers(world.units[0], world.units[1] + 1))
    volumes = np.exp(rng.normal(np.log(world.median_votes), world.volume_spread, units))
    votes = np.clip(volumes, 5, 2_500).astype(np.intp)
    votes[FEW] = world.few_votes
    truth = rng.normal(0, world.unit_deviation, units)
    if world.drop:
        votes[OTHER] = world.drop_votes
        truth[OTHER] -= world.drop
    mixes = rng.dirichlet(np.full(world.partners, world.mixing), units)
    times = rng.dirichlet(np.full(HOURS, 2.0), units)
    of_partners = rng.normal(0, world.partner_deviation, world.partners)
    of_hours = rng.normal(0, world.hour_deviation, HOURS)
    of_days = rng.normal(0, world.day_deviation, (units, world.days))
    of_days += rng.normal(0, world.office_day_deviation, world.days)
    unit = np.repeat(np.arange(units), votes)
    partner, hour = _chosen(mixes, unit, rng), _chosen(times, unit, rng)
    day = rng.integers(0, world.days, len(unit))
    means = 78 + of_partners[partner] + of_hours[hour] + of_days[unit, day] + truth[unit]
    rows = np.clip(np.rint(means), _MEANS[0], _MEANS[-1]).astype(np.intp) - _MEANS[0]
    faces = (rng.random(len(unit))[:, None] > _FACES[rows][:, :-1]).sum(-1)
    return Office(unit, partner, hour, day, (1 + faces).astype(np.int64), truth)


def _chosen(shares: Floats, unit: Codes, rng: np.random.Generator) -> Codes:
    """For each vote one of the columns, by its unit's shares."""
    ends = shares.cumsum(-1)[unit]
    found: Codes = (rng.random(len(unit))[:, None] > ends[:, :-1]).sum(-1).astype(np.intp)
    return found
