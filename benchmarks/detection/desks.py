"""Simulated desks: votes of many independent desks side by side, with a drop or without.

Votes come as a Poisson process over open days of eight hours, busier in some; the expected score
has a pattern by hour and weekday. The whole of a day can lie above or below it by chance (the day
effect), and the detector knows the expected score only as well as 40 days of history tell it. A
drop is not what the detectors assume: a share of citizens turns to the worst faces, the others vote
as before.
"""

from dataclasses import dataclass, field
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from streams.core.faces import Floats, deviation_of, face_scores, mean_of, tilted

REFERENCE = np.array([0.07, 0.05, 0.10, 0.25, 0.53])
"""Shares of five faces at the mean of 78: most are content, some are angry."""

ANGRY = np.array([0.65, 0.20, 0.15, 0.0, 0.0])
"""Shares of faces of those whom a drop turns."""

OPEN_MINUTES = 480.0
OPEN_HOURS = 8
BUSY = np.array([0.7, 1.2, 1.4, 1.2, 0.7, 0.9, 1.1, 0.8])
"""Votes of an open hour against the mean hour; scaled to a mean of 1."""
HOUR_POINTS = np.array([3, 1, -3, -4, -1, 1, 2, 1.0])
WEEKDAY_POINTS = np.array([-3, 0, 1, 1, 1.0])

_STEP_POINTS = 0.25
_MEANS = np.arange(12, 97 + _STEP_POINTS, _STEP_POINTS)


def nearest(means: Floats) -> NDArray[np.intp]:
    """Rows of the grid of means for ``means``."""
    rows = np.rint((means - _MEANS[0]) / _STEP_POINTS).astype(np.intp)
    clipped: NDArray[np.intp] = np.clip(rows, 0, len(_MEANS) - 1)
    return clipped


@dataclass(frozen=True)
class World:
    """What desks are like: votes an open day, and what makes a day unlike another."""

    votes_a_day: float
    day_sd: float = 0.0
    """Standard deviation in points of a whole day around what was expected of it."""
    history_days: int = 40
    """Open days of votes behind the expected score; 0 for one that is known exactly."""
    mean: float = float(mean_of(REFERENCE))

    def error_sd(self) -> float:
        """Standard deviation in points of the expected score's error."""
        if not self.history_days:
            return 0.0
        one_vote = float(deviation_of(tilted(REFERENCE, self.mean)))
        variance = one_vote**2 / self.votes_a_day + self.day_sd**2
        return float(np.sqrt(variance / self.history_days))


class Votes(NamedTuple):
    """Votes in columns of desks: row i holds the i-th vote of each. Shapes (votes, desks)."""

    minutes: Floats
    """Open minutes since the first day began."""
    expected: Floats
    """The score 0–100 that the desk's history lets expect."""
    faces: NDArray[np.int8]
    """0 worst to 4 best."""


class Change(NamedTuple):
    """A drop of ``points`` that begins at a minute of each desk and stays."""

    points: float
    minutes: Floats

    @classmethod
    def never(cls, desks: int) -> Self:
        """Calm desks."""
        return cls(0.0, np.full(desks, np.inf))


@dataclass
class Desks:
    """Many desks of one world, whose votes are drawn portion by portion."""

    world: World
    count: int
    days: float
    """For how long at most, counted in mean days."""
    rng: np.random.Generator
    change: Change
    _volume: Floats = field(init=False)

    def __post_init__(self) -> None:
        world, days = self.world, int(self.days * 1.2) + 10
        self._volume = np.zeros(self.count)
        self._day_effects = self.rng.normal(0, world.day_sd, (days, self.count))
        spans = days // 30 + 1
        self._errors = self.rng.normal(0, world.error_sd(), (spans, self.count))
        self._shares = tilted(REFERENCE, _MEANS).cumsum(1).T.copy()
        self._edges = np.concatenate([[0], np.cumsum(BUSY / BUSY.sum())])
        self._columns = np.arange(self.count)

    @property
    def elapsed_days(self) -> float:
        """Desk-days drawn so far, of all desks together."""
        return float(self._volume.sum() / self.world.votes_a_day)

    def draw(self, votes: int) -> Votes:
        """The next ``votes`` votes of each desk."""
        shape = (votes, self.count)
        volume = self._volume + np.cumsum(self.rng.standard_exponential(shape), 0)
        self._volume = volume[-1]
        days_gone = volume / self.world.votes_a_day
        day = days_gone.astype(np.intp)
        minute = np.interp(days_gone - day, self._edges, 60.0 * np.arange(OPEN_HOURS + 1))
        minutes = minute + OPEN_MINUTES * day
        hour = np.minimum((minute / 60).astype(np.intp), OPEN_HOURS - 1)
        usual = self.world.mean + HOUR_POINTS[hour] + WEEKDAY_POINTS[day % 5]
        means = np.clip(usual + self._day_effects[day, self._columns], 15, 96)
        faces = self._faces(nearest(means), minutes >= self.change.minutes)
        # A baseline is estimated anew each month, and its error drawn anew with it.
        return Votes(minutes, usual + self._errors[day // 30, self._columns], faces)

    def _faces(self, rows: NDArray[np.intp], dropped: NDArray[np.bool_]) -> NDArray[np.int8]:
        turned = self._turned(rows, dropped)
        chance = self.rng.random(rows.shape)
        angry = ANGRY.cumsum()
        faces = np.zeros(rows.shape, np.int8)
        for face in range(4):
            below = self._shares[face].take(rows)
            if turned is not None:
                below += turned * (angry[face] - below)
            faces += chance > below
        return faces

    def _turned(self, rows: NDArray[np.intp], dropped: NDArray[np.bool_]) -> Floats | None:
        """The share of citizens that the drop has turned, where it has begun anywhere."""
        if not dropped.any():
            return None
        left = _MEANS[rows] - float(ANGRY @ face_scores(5))
        share = np.clip(self.change.points / np.maximum(left, self.change.points), 0, 1)
        return np.where(dropped, share, 0.0)
