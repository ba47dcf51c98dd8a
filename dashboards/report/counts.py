"""Counts of a report, and what they say by the formulas of ``models.scores``.

Pure; knows neither the store nor the page. Below ``VOTES_NEEDED`` votes there is no score.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from models.scores import Votes, mean, mean_interval, wilson

VOTES_NEEDED = 5


class Estimate(NamedTuple):
    """A number with its 95 % interval and how many votes or interactions stand behind it."""

    value: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True)
class Counts:
    """Interactions of every outcome and their counted votes, as ``window_metrics`` sums them."""

    completions: int = 0
    faces: tuple[int, int, int, int, int] = (0, 0, 0, 0, 0)
    points: int = 0
    points_squared: int = 0
    unfinished: int = 0
    """Refused, or gone before they were served."""
    wait_seconds: int = 0
    wait_known: int = 0

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "Counts":
        """From a row with the columns of ``COLUMNS``."""
        return cls(
            row["completions"],
            (row["v1"], row["v2"], row["v3"], row["v4"], row["v5"]),
            row["points"],
            row["points_squared"],
            row["unfinished"],
            row["wait_seconds"],
            row["wait_known"],
        )

    @property
    def votes(self) -> int:
        """Counted votes."""
        return sum(self.faces)

    @property
    def score(self) -> Estimate | None:
        """Mean score 0–100; None where there are too few votes."""
        votes = Votes(self.faces, self.points, self.points_squared)
        value, interval = mean(votes), mean_interval(votes)
        if value is None or interval is None or self.votes < VOTES_NEEDED:
            return None
        return Estimate(value, *interval, self.votes)

    @property
    def response(self) -> Estimate | None:
        """Share 0–1 of the interactions that were voted on; None without interactions."""
        return share(self.votes, self.completions)

    @property
    def unserved(self) -> Estimate | None:
        """Share 0–1 of the interactions that were refused or abandoned."""
        return share(self.unfinished, self.completions)

    @property
    def mean_wait_seconds(self) -> float | None:
        """Mean of the known waits."""
        return self.wait_seconds / self.wait_known if self.wait_known else None


def share(part: int, whole: int) -> Estimate | None:
    """A share with Wilson's interval; None of nothing."""
    interval = wilson(part, whole)
    return None if interval is None else Estimate(part / whole, *interval, whole)


def together(counts: Iterable[Counts]) -> Counts:
    """The sum."""
    rows = list(counts)
    faces = (
        sum(each.faces[0] for each in rows),
        sum(each.faces[1] for each in rows),
        sum(each.faces[2] for each in rows),
        sum(each.faces[3] for each in rows),
        sum(each.faces[4] for each in rows),
    )
    return Counts(
        sum(each.completions for each in rows),
        faces,
        sum(each.points for each in rows),
        sum(each.points_squared for each in rows),
        sum(each.unfinished for each in rows),
        sum(each.wait_seconds for each in rows),
        sum(each.wait_known for each in rows),
    )
