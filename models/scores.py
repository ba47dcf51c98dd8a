"""Score formulas: what counts of votes say, with the uncertainty that belongs to them.

Pure functions over counts; knows neither where counts come from nor who shows the result. The
views of the store compute the same formulas in SQL (``sinks/migrations/0020_views.sql``), and a
test holds the two together. ``FORMULA_VERSION`` numbers the set: whatever changes a result gets a
new number, so that a published value can always be traced to the formula behind it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from math import sqrt
from typing import NamedTuple

FORMULA_VERSION = 1
"""Version of the whole set, stored in every row of the score views."""

Z_95 = 1.959963984540054
"""Standard normal quantile of a two-sided 95 % interval."""

POINTS_PER_PERCENT = 100
"""Points of a vote run from 0 to 10,000, a score from 0 to 100."""

PARENT_VOTES = 20.0
"""How many votes a parent's distribution weighs as a prior. With it a desk's interval at 10 votes
is half as wide and covers 98.7 %."""


class Interval(NamedTuple):
    """A 95 % interval, both ends in the unit of what it is about."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Votes:
    """Counted votes of a scope: faces from worst to best, points and their squares.

    ``points`` is the sum over votes of ``10000·(score−1)/(scale−1)``, each rounded, and
    ``points_squared`` that of the squares: scales of 3 and 4 points weigh as they should although
    their faces are those of five.
    """

    faces: tuple[int, int, int, int, int]
    points: int
    points_squared: int

    @classmethod
    def of_five_faces(cls, v1: int, v2: int, v3: int, v4: int, v5: int) -> "Votes":
        """Counts of votes that were all given on the 5-point scale."""
        faces = (v1, v2, v3, v4, v5)
        weighed = [(2_500 * face, count) for face, count in enumerate(faces)]
        return cls(
            faces,
            sum(points * count for points, count in weighed),
            sum(points * points * count for points, count in weighed),
        )

    @property
    def count(self) -> int:
        """Votes in all."""
        return sum(self.faces)


def mean(votes: Votes) -> float | None:
    """Mean of ``(score−1)/(scale−1)·100``: 0 all worst, 100 all best; None without votes.

    HappyOrNot's index ("Happy Index"), and GOV.UK's satisfaction percentage until 2026-03.
    """
    return votes.points / POINTS_PER_PERCENT / votes.count if votes.count else None


def top2(votes: Votes) -> float | None:
    """Share 0–1 of the two best faces; GOV.UK's percentage since 2026-04 (times 100)."""
    return (votes.faces[3] + votes.faces[4]) / votes.count if votes.count else None


def bottom2(votes: Votes) -> float | None:
    """Share 0–1 of the two worst faces."""
    return (votes.faces[0] + votes.faces[1]) / votes.count if votes.count else None


def net(votes: Votes) -> float | None:
    """``top2 − bottom2``, from −1 to 1."""
    best, worst = top2(votes), bottom2(votes)
    return None if best is None or worst is None else best - worst


def response_rate(votes: int, completions: int) -> float | None:
    """Counted votes by interactions, 0–1; None without interactions."""
    return votes / completions if completions else None


def wilson(successes: int, trials: int) -> Interval | None:
    """95 % score interval of a share, within 0–1; None without trials.

    E. B. Wilson, JASA 22 (1927) 209–212; recommended for small n by Brown, Cai, DasGupta,
    Statistical Science 16 (2001) 101–133. The ends are clamped: rounding can put them outside.
    """
    if trials == 0:
        return None
    share, squared = successes / trials, Z_95 * Z_95
    centre = share + squared / (2 * trials)
    reach = Z_95 * sqrt(share * (1 - share) / trials + squared / (4 * trials * trials))
    scale = 1 + squared / trials
    return Interval(max(0.0, (centre - reach) / scale), min(1.0, (centre + reach) / scale))


class Prior(NamedTuple):
    """A Dirichlet prior over faces by what the mean needs of it: its weight in votes, and the
    sums over faces of weight times score, and times score squared (scores 0–100)."""

    votes: float
    scores: float
    scores_squared: float


JEFFREYS = Prior(2.5, 125.0, 9375.0)
"""Half a vote on each of the scores 0, 25, 50, 75, 100."""


def parent_prior(parent: Votes, weight: float = PARENT_VOTES) -> Prior:
    """The parent's distribution, itself estimated with ``JEFFREYS``, as ``weight`` votes."""
    sums = _posterior(parent, JEFFREYS)
    share = weight / sums.votes
    return Prior(weight, sums.scores * share, sums.scores_squared * share)


def mean_interval(votes: Votes, prior: Prior = JEFFREYS) -> Interval | None:
    """95 % interval of the mean, within 0–100; None without votes.

    The faces' probabilities have a Dirichlet posterior with weights ``a_i`` and sum ``A``, so the
    mean ``Σ w_i p_i`` has the exact expectation ``m = Σ w_i a_i / A`` and variance
    ``(Σ w_i² a_i / A − m²) / (A + 1)`` (Gelman et al., Bayesian Data Analysis, 3rd ed., §3.4 and
    appendix A); the interval is ``m ± 1.96`` standard deviations. A closed form on purpose: the
    store computes the same. It needs no counts by face, only sums, so scales may be mixed.
    """
    if votes.count == 0:
        return None
    total, scores, squared = _posterior(votes, prior)
    centre = scores / total
    reach = Z_95 * sqrt(max(0.0, (squared / total - centre * centre) / (total + 1)))
    return Interval(max(0.0, centre - reach), min(100.0, centre + reach))


def _posterior(votes: Votes, prior: Prior) -> Prior:
    return Prior(
        votes.count + prior.votes,
        votes.points / POINTS_PER_PERCENT + prior.scores,
        votes.points_squared / POINTS_PER_PERCENT**2 + prior.scores_squared,
    )


def face(score: float) -> int:
    """The face, 1 worst to 5 best, that is nearest to a mean of 0–100; halves go up."""
    return int(score / 25 + 0.5) + 1


@dataclass(frozen=True, slots=True)
class Formula:
    """What a published number is called, how it comes about, since when, and who says so."""

    name: str
    version: int
    unit: str
    valid_from: str
    citation: str


FORMULAS = (
    Formula("mean", 1, "0–100", "SEMKO 0.1", "HappyOrNot index; GOV.UK until 2026-03"),
    Formula("top2", 1, "share 0–1", "SEMKO 0.1", "share of faces 4 and 5; GOV.UK since 2026-04"),
    Formula("bottom2", 1, "share 0–1", "SEMKO 0.1", "share of faces 1 and 2"),
    Formula("net", 1, "−1 to 1", "SEMKO 0.1", "top2 − bottom2"),
    Formula("wilson", 1, "share 0–1", "SEMKO 0.1", "Wilson 1927, 95 %, clamped to 0–1"),
    Formula(
        "mean_interval",
        1,
        "0–100",
        "SEMKO 0.1",
        "Dirichlet(½) posterior, expectation ± 1.96 standard deviations (Gelman et al. 2013)",
    ),
    Formula("response_rate", 1, "share 0–1", "SEMKO 0.1", "counted votes / interactions"),
)
"""Every formula of this version of the set."""


def _top2_percent(votes: Votes) -> float | None:
    share = top2(votes)
    return None if share is None else 100 * share


@dataclass(frozen=True, slots=True)
class PublishedFormula:
    """Which formula stood behind a publisher's percentage from a month on."""

    name: str
    since: date
    percent: Callable[[Votes], float | None]


GOV_UK = (
    PublishedFormula("mean", date.min, mean),
    PublishedFormula("top2", date(2026, 4, 1), _top2_percent),
)
"""GOV.UK's satisfaction percentage: the mean through 2026-03, top-2 from 2026-04 on. The change
was not announced; it was found by recomputing published months from the published votes."""


def published_formula(
    day: date, publisher: tuple[PublishedFormula, ...] = GOV_UK
) -> PublishedFormula:
    """The formula that ``publisher`` used for the month of ``day``."""
    return next(formula for formula in reversed(publisher) if formula.since <= day)
