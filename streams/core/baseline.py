"""The baseline of an office: which score a vote is expected to have, and how much days differ.

Expected is the office's mean plus what hour, weekday and service add, plus what the desk adds, in
all and at its weekdays and hours. Each of these is estimated from what the others leave, and shrunk
towards 0, the more the less is known of it (`shrinkage`), until nothing moves: Gauss–Seidel steps
on Henderson's mixed-model equations (Biometrics 31 (1975) 423–447). So a desk without history has
the office's baseline, and leaves it as votes come. Votes of one day are not independent of each
other: what whole days add by chance is estimated too, and counts as uncertainty of all the rest.

Pure arithmetic over columns: knows neither where votes are stored nor when a baseline is used.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from streams.core.faces import Floats
from streams.core.shrinkage import Codes, between_variances, shrunk

WEEKDAYS, HOURS = 7, 24

PRIOR_VOTES = 200.0
"""As many votes the office's spread of votes weighs beside a desk's own."""

UNKNOWN_SPREAD, UNKNOWN_VOTES = 35.0, 20.0
"""Standard deviation in points of votes of an office that has none yet to tell, wider than most,
and as many votes it weighs: a few unanimous ones are no certainty."""

_EXPECTED_FROM, _EXPECTED_TO = 1.0, 99.0  # a sum of effects can go beyond what a score can be
_ROUNDS_AT_MOST = 200
_STILL_POINTS = 1e-6
_STILL_DAYS = 0.25  # variance in squared points
CORRELATION_AT_MOST = 0.7


class History(NamedTuple):
    """Counted votes of an office, in columns; desks and services are numbered from 0."""

    desk: Codes
    weekday: Codes
    """0 Monday to 6, of the local day."""
    hour: Codes
    """0 to 23, local."""
    service: Codes
    points: NDArray[np.integer]
    """``10000·(score−1)/(scale−1)``, as the facts have them."""
    day: Codes
    """Any number of the local day, the same for all desks."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """What to expect of the desks of an office.

    All columns of desks have one more entry than there are desks: the last is the office's, and a
    desk numbered -1 finds it. So with services.
    """

    mean: float
    """Score 0–100 of a mean desk; NaN without any history."""
    hours: Floats
    weekdays: Floats
    services: Floats
    desks: Floats
    """What each adds to the mean, in points."""
    desk_weekdays: Floats
    desk_hours: Floats
    """What a desk adds at its weekdays and hours: shapes (desks + 1, 7) and (desks + 1, 24)."""
    day_sd: Floats
    """Standard deviation in points of whole days around what was expected, beyond chance."""
    votes_a_day: Floats
    """Votes of a day that has any, by desk."""
    day_correlation: float
    """How far a day's deviation tells the next open day's, 0 to `CORRELATION_AT_MOST`."""

    def expected(self, desk: Codes, weekday: Codes, hour: Codes, service: Codes) -> Floats:
        """The score 0–100 that votes are expected to have; -1 for an unknown desk or service."""
        scores = (
            self.mean
            + self.hours[hour]
            + self.weekdays[weekday]
            + self.services[service]
            + self.desks[desk]
            + self.desk_weekdays[desk, weekday]
            + self.desk_hours[desk, hour]
        )
        return np.clip(scores, _EXPECTED_FROM, _EXPECTED_TO)


def estimated(history: History, desks: int, services: int) -> Baseline:
    """The baseline of an office with ``desks`` desks and ``services`` services."""
    scores = history.points / 100.0
    cells = _cells(history, scores, services)
    factors = _factors(history, cells, desks, services)
    chance = _Chance(np.full(desks + 1, UNKNOWN_SPREAD), np.zeros(desks + 1), 0.0)
    # Days and effects each need the other: the second fit knows how much days differ.
    for _ in range(2):
        mean, effects = _fitted(cells, factors, chance)
        expected = np.full(len(cells.desk), mean)
        for factor, effect in zip(factors, effects, strict=True):
            expected += effect[factor.codes]
        chance = _chance(scores - expected[cells.of_vote], history, desks)
    hours, weekdays, in_services, of_desks, at_weekdays, at_hours = effects
    return Baseline(
        mean,
        hours,
        weekdays,
        np.append(in_services, 0.0),
        np.append(of_desks, 0.0),
        np.append(at_weekdays, np.zeros(WEEKDAYS)).reshape(-1, WEEKDAYS),
        np.append(at_hours, np.zeros(HOURS)).reshape(-1, HOURS),
        chance.day_sd,
        _votes_a_day(history, desks),
        chance.correlation,
    )


class _Cells(NamedTuple):
    """Votes of one desk, weekday, hour and service together: of all the same is expected."""

    of_vote: Codes
    """The cell of each vote."""
    desk: Codes
    weekday: Codes
    hour: Codes
    service: Codes
    counts: Floats
    means: Floats
    """Votes of each cell, and their mean score."""


def _cells(history: History, scores: Floats, services: int) -> _Cells:
    codes = ((history.desk * WEEKDAYS + history.weekday) * HOURS + history.hour) * services
    found, of_vote, counts = np.unique(
        codes + history.service, return_inverse=True, return_counts=True
    )
    times, service = np.divmod(found, services)
    week_desk, hour = np.divmod(times, HOURS)
    desk, weekday = np.divmod(week_desk, WEEKDAYS)
    means = np.bincount(of_vote, scores, len(found)) / counts
    return _Cells(of_vote, desk, weekday, hour, service, counts.astype(np.float64), means)


class _Factor(NamedTuple):
    """What votes have in common: each cell's level, and what makes the variance of its mean."""

    codes: Codes
    counts: Floats
    """Votes of each level."""
    days: Floats
    desk_days: Floats
    """Of each level, the sum over days, and over days of desks, of the squared share of its votes:
    1 over their number, where these are equal."""


class _Chance(NamedTuple):
    """How much votes differ by chance, as standard deviations in points."""

    vote_sd: Floats
    """Of single votes within a day, by desk, the last the office's."""
    day_sd: Floats
    """Of whole days, by desk, the last the office's."""
    common_variance: float
    """The part of the office's variance of days that all desks have at once."""
    correlation: float = 0.0
    """Of whole days with the next ones, of all desks."""


def _factors(history: History, cells: _Cells, desks: int, services: int) -> list[_Factor]:
    """From what all share to what is a desk's own; the order of the effects everywhere here."""
    days = np.unique(history.day, return_inverse=True)[1]
    coded = [
        (cells.hour, HOURS),
        (cells.weekday, WEEKDAYS),
        (cells.service, services),
        (cells.desk, desks),
        (cells.desk * WEEKDAYS + cells.weekday, desks * WEEKDAYS),
        (cells.desk * HOURS + cells.hour, desks * HOURS),
    ]
    return [_factor(codes, levels, cells, days) for codes, levels in coded]


def _factor(codes: Codes, levels: int, cells: _Cells, days: Codes) -> _Factor:
    counts = np.bincount(codes, cells.counts, levels).astype(np.float64)
    of_vote = codes[cells.of_vote]
    desk_days = cells.desk[cells.of_vote] * (int(days.max(initial=0)) + 1) + days
    by_day, by_desk_day = (_shares(of_vote, parts, counts) for parts in (days, desk_days))
    return _Factor(codes, counts, by_day, by_desk_day)


def _shares(codes: Codes, parts: Codes, counts: Floats) -> Floats:
    """Of each level, the sum over parts of the squared share of its votes."""
    width = int(parts.max(initial=0)) + 1
    pairs, votes = np.unique(codes * width + parts, return_counts=True)
    level = pairs // width
    shares = (votes / counts[level]) ** 2
    return np.bincount(level, shares, len(counts)).astype(np.float64)


def _fitted(cells: _Cells, factors: list[_Factor], chance: _Chance) -> tuple[float, list[Floats]]:
    """The mean and the effects of each factor, given what is known of chance."""
    if not len(cells.counts):
        return float("nan"), [np.zeros(len(factor.counts)) for factor in factors]
    mean = float(np.average(cells.means, weights=cells.counts))
    effects = [np.zeros(len(factor.counts)) for factor in factors]
    of_votes = cells.counts * chance.vote_sd[cells.desk] ** 2
    variances = [_variances(factor, of_votes, chance) for factor in factors]
    left = cells.means - mean
    for _ in range(_ROUNDS_AT_MOST):
        moved = 0.0
        for i, (factor, variance) in enumerate(zip(factors, variances, strict=True)):
            left += effects[i][factor.codes]
            sums = np.bincount(factor.codes, cells.counts * left, len(factor.counts))
            common, deviations = shrunk(sums / np.maximum(factor.counts, 1), variance)
            left -= common + deviations[factor.codes]
            moved = max(moved, abs(common), float(np.abs(deviations - effects[i]).max(initial=0)))
            mean, effects[i] = mean + common, deviations
        if moved < _STILL_POINTS:
            break
    return mean, effects


def _variances(factor: _Factor, of_votes: Floats, chance: _Chance) -> Floats:
    """Sampling variance of the mean of each level: of its votes and of its days."""
    of_level = np.bincount(factor.codes, of_votes, len(factor.counts))
    own = chance.day_sd[-1] ** 2 - chance.common_variance
    found = of_level / np.maximum(factor.counts, 1) ** 2
    found = found + own * factor.desk_days + chance.common_variance * factor.days
    return np.where(factor.counts > 0, found, np.inf)


def _chance(left: Floats, history: History, desks: int) -> _Chance:
    """How votes and days differ; ``left`` is what the expected scores leave of each vote."""
    days = np.unique(history.day, return_inverse=True)[1]
    width = int(days.max(initial=0)) + 1
    pairs, cells, votes = np.unique(
        history.desk * width + days, return_inverse=True, return_counts=True
    )
    desk, day = np.divmod(pairs, width)
    means = np.bincount(cells, left, len(pairs)) / votes
    squares = np.bincount(history.desk, (left - means[cells]) ** 2, desks)
    freedom = np.bincount(desk, votes - 1, desks)
    office = squares.sum() + UNKNOWN_VOTES * UNKNOWN_SPREAD**2
    office /= freedom.sum() + UNKNOWN_VOTES
    within = (squares + PRIOR_VOTES * office) / (freedom + PRIOR_VOTES)
    sampling = within[desk] / votes
    pooled = _pooled(means, sampling, desk, desks)
    own = min(_pooled(means, sampling, day, width), pooled)
    by_desk = between_variances(means, sampling, desk, np.arange(desks))
    count = np.bincount(desk, minlength=desks)
    typical = np.bincount(desk, sampling, desks) / np.maximum(count, 1)
    # Of a variance estimated from k normal values with the variance s² in all: 2·s⁴/(k−1).
    uncertain = np.where(count > 1, 2 * (pooled + typical) ** 2 / np.maximum(count - 1, 1), np.inf)
    day2 = np.maximum(pooled + shrunk(by_desk - pooled, uncertain).deviations, 0)
    vote_sd, day_sd = np.sqrt(np.append(within, office)), np.sqrt(np.append(day2, pooled))
    return _Chance(
        vote_sd, day_sd, pooled - own, _correlation(means, sampling, (desk, day), pooled)
    )


def _correlation(
    means: Floats, sampling: Floats, desk_days: tuple[Codes, Codes], day_variance: float
) -> float:
    """Of consecutive days of a desk; chance adds nothing to their covariance. 0 where days hardly
    differ."""
    desk, day = desk_days
    next_day = np.flatnonzero((np.diff(desk) == 0) & (np.diff(day) == 1))
    if day_variance < _STILL_DAYS or not len(next_day):
        return 0.0
    certain = 1 / (day_variance + sampling)
    weights = certain[next_day] * certain[next_day + 1]
    covariance = np.average(means[next_day] * means[next_day + 1], weights=weights)
    return float(np.clip(covariance / day_variance, 0.0, CORRELATION_AT_MOST))


def _pooled(means: Floats, sampling: Floats, groups: Codes, count: int) -> float:
    together = np.zeros(count, np.intp)
    return float(between_variances(means, sampling, groups, together)[0]) if len(means) else 0.0


def _votes_a_day(history: History, desks: int) -> Floats:
    """Votes of a day that has any: of each desk, and of the mean desk-day for desks without one."""
    days = np.unique(history.day, return_inverse=True)[1]
    pairs = np.unique(history.desk * (int(days.max(initial=0)) + 1) + days)
    open_days = np.bincount(pairs // (int(days.max(initial=0)) + 1), minlength=desks)
    votes = np.bincount(history.desk, minlength=desks)
    office = votes.sum() / max(open_days.sum(), 1)
    own = votes / np.maximum(open_days, 1)
    return np.append(np.where(open_days > 0, own, office), office)
