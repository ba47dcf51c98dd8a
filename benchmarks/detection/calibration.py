"""How often the shipped detector alarms where nothing has dropped, by the product's own code.

Offices are simulated by a world unlike the one that set the thresholds: whole days are
autocorrelated and partly common to all desks, quality drifts, the mix of services changes. What is
expected is learned from eight weeks of the office's own votes and learned anew every week
(`streams.core.standards`), and each desk's next weeks are watched vote by vote.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.detection.thresholds import SHIPPED
from streams.core.alarm_thresholds import AMBER_DAYS, PAGE_DAYS, ThresholdTable
from streams.core.drop_detector import NO_EVIDENCE, after_votes
from streams.core.faces import Floats, tilted
from streams.core.judging import local_moments
from streams.core.standards import Rated, Standard

ZONE = "Europe/Sofia"
DAY_MS, HOUR_MS = 86_400_000, 3_600_000
MONDAY = 20_458
"""A Monday, in days since 1970: 2026-01-05."""
HISTORY_WEEKS, WATCHED_WEEKS = 8, 8
QUEUES_WEEKS, WARM_WEEKS = 12, 16
"""Real queues are watched for 60 weekdays, and for so many weeks before that without counting: the
quietest have a vote a day, and no alarm comes of the first few that a detector ever sees."""
SHAPE = (0.07, 0.05, 0.13, 0.27, 0.48)


@dataclass(frozen=True, slots=True)
class Restless:
    """How a simulated office's quality moves, in points."""

    day_sd: float = 2.0
    """Of whole days, half of the variance common to all desks."""
    correlation: float = 0.4
    """Of a day with the day before."""
    drift: float = 1.5
    """Up and down by so much over half a year."""
    mix_changes: bool = True
    """Whether desks' shares of services move from one draw to another."""


class Rates(NamedTuple):
    """Alarms of some desk-days, and how many times the stated rate that is."""

    desk_days: int
    votes_a_day: float
    amber: int
    page: int

    def times_stated(self) -> tuple[float, float]:
        """Of amber and of page."""
        days = max(self.desk_days, 1)
        return self.amber / days * AMBER_DAYS, self.page / days * PAGE_DAYS

    def told(self) -> str:
        """One line; ± is two standard errors of a count."""
        parts = []
        counts = (("amber", self.amber), ("page", self.page))
        for (name, count), times in zip(counts, self.times_stated(), strict=True):
            parts.append(f"{name} {times:.2f} ± {2 * times / max(count, 1) ** 0.5:.2f}")
        return f"{self.desk_days:,} desk-days of {self.votes_a_day:.0f} votes: {', '.join(parts)}"


def open_days(weeks: int) -> NDArray[np.int64]:
    """Weekdays, in days since 1970."""
    days = np.arange(7 * weeks)
    found: NDArray[np.int64] = MONDAY + days[days % 7 < 5]
    return found


def office(
    votes_a_day: Sequence[float], how: Restless, rng: np.random.Generator, weeks: int
) -> Rated:
    """All votes of an office over history and ``weeks``, desks of so many votes a day each."""
    desks, services = len(votes_a_day), 6
    days = open_days(HISTORY_WEEKS + weeks)
    counts = rng.poisson(np.tile(votes_a_day, (len(days), 1)))  # day by desk
    day = np.repeat(np.arange(len(days)), counts.sum(1))
    desk = np.concatenate([np.repeat(np.arange(desks), row) for row in counts])
    hour = rng.integers(0, 8, len(day))
    way = days[day] - days[0]
    phase = rng.uniform(0, 2 * np.pi, desks)[desk]
    service = _services(desk, way / way.max(), how, rng, services)
    mean = (
        rng.normal(76, 4, desks)[desk]
        + rng.normal(0, 4, services)[service]
        + rng.normal(0, 2, 8)[hour]
        + rng.normal(0, 1.5, 5)[day % 5]
        + how.drift * np.sin(2 * np.pi * way / 182 + phase)
        + _day_effects(len(days), desks, how, rng)[day, desk]
    )
    at = days[day] * DAY_MS + (7 + hour) * HOUR_MS + rng.integers(0, HOUR_MS, len(day))
    order = np.argsort(at, kind="stable")
    names = [f"d{n}" for n in range(desks)], [f"s{n}" for n in range(services)]
    score = 1 + _faces(np.clip(mean, 5, 97), rng)
    columns = (desk, service, at, score, np.full(len(at), 5))
    return Rated(*names, *(column[order] for column in columns))


def _services(
    desk: NDArray[np.int64],
    way: Floats,
    how: Restless,
    rng: np.random.Generator,
    services: int,
) -> NDArray[np.int64]:
    desks = int(desk.max()) + 1
    first, last = (rng.dirichlet(np.full(services, 1.5), desks) for _ in range(2))
    moved = way[:, None] if how.mix_changes else np.zeros((len(way), 1))
    shares = ((1 - moved) * first[desk] + moved * last[desk]).cumsum(1)
    found: NDArray[np.int64] = (rng.random(len(desk))[:, None] > shares[:, :-1]).sum(1)
    return found


def _day_effects(days: int, desks: int, how: Restless, rng: np.random.Generator) -> Floats:
    """Autocorrelated: shape (days, desks)."""
    noise = rng.normal(0, how.day_sd * 0.5**0.5, (days, desks + 1))
    for day in range(1, days):
        noise[day] = how.correlation * noise[day - 1] + (1 - how.correlation**2) ** 0.5 * noise[day]
    effects: Floats = noise[:, :desks] + noise[:, desks:]
    return effects


def _faces(means: Floats, rng: np.random.Generator) -> NDArray[np.int64]:
    """One face a vote, from 0, of a distribution with its mean (to a quarter of a point)."""
    steps, of = np.unique(np.rint(means * 4), return_inverse=True)
    chances = tilted(SHAPE, steps / 4).cumsum(1)
    found: NDArray[np.int64] = (rng.random(len(means))[:, None] > chances[of, :-1]).sum(1)
    return found


def watched(votes: Rated, table: ThresholdTable, weeks: int, uncounted: int = 0) -> list[Rates]:
    """Alarms of each desk in the weeks after its history, the first ``uncounted`` of them left out;
    what is expected is learned anew every week."""
    moments = local_moments(votes.completed_at, ZONE)
    begin = MONDAY + 7 * HISTORY_WEEKS
    desks = len(votes.desks)
    held = {(desk, level): NO_EVIDENCE for desk in range(desks) for level in (0, 1)}
    alarms = np.zeros((desks, 2), np.int64)
    for week in range(weeks):
        first = begin + 7 * week
        past = (moments.day >= first - 7 * HISTORY_WEEKS) & (moments.day < first)
        learned = votes.some(past)
        standard = Standard.estimated(first, learned, local_moments(learned.completed_at, ZONE))
        assert standard is not None
        now = votes.some((moments.day >= first) & (moments.day < first + 7))
        expected = standard.expected(now, local_moments(now.completed_at, ZONE))
        ratios = standard.ratios(now, expected).T
        for desk in range(desks):
            of = np.flatnonzero(now.desk == desk)
            rows, times = ratios[of].tolist(), now.completed_at[of].tolist()
            for level, limit in enumerate(standard.thresholds(votes.desks[desk], table)):
                state, found = after_votes(held[desk, level], rows, times, limit)
                held[desk, level] = state
                alarms[desk, level] += len(found) if week >= uncounted else 0
    chosen = moments.day >= begin + 7 * uncounted
    pairs = np.unique(np.stack([votes.desk[chosen], moments.day[chosen]]), axis=1)
    days = np.bincount(pairs[0], minlength=desks)
    counts = np.bincount(votes.desk[chosen], minlength=desks)
    per_day = counts / np.maximum(days, 1)
    return [
        Rates(int(n), v, int(a), int(p)) for n, v, (a, p) in zip(days, per_day, alarms, strict=True)
    ]


def summed(rates: Sequence[Rates]) -> Rates:
    """All of them together."""
    days = sum(one.desk_days for one in rates)
    votes = sum(one.desk_days * one.votes_a_day for one in rates) / max(days, 1)
    return Rates(days, votes, sum(one.amber for one in rates), sum(one.page for one in rates))


def shipped() -> ThresholdTable:
    """The thresholds that ship."""
    return ThresholdTable.of(SHIPPED.read_text("utf-8"))


def rates_of(votes_a_day: float, how: Restless, desk_days: int, seed: int) -> Rates:
    """Offices of 12 equal desks until there are so many desk-days."""
    rng, table = np.random.default_rng(seed), shipped()
    found: list[Rates] = []
    while sum(one.desk_days for one in found) < desk_days:
        votes = office([votes_a_day] * 12, how, rng, WATCHED_WEEKS)
        found += watched(votes, table, WATCHED_WEEKS)
    return summed(found)


def of_queues(path: Path, response: float, how: Restless, seed: int) -> list[Rates]:
    """Real queues as desks: their volumes by day, resampled; votes are simulated.

    ``path`` is a CSV with ``office``, ``queue_id`` and ``called_at``; a share ``response`` of its
    tickets vote. Each office is simulated with the mean volumes of its queues on its open days.
    """
    tickets = pd.read_csv(path, usecols=["office", "queue_id", "called_at"])
    tickets["day"] = tickets["called_at"].str[:10]
    days = tickets.groupby("office")["day"].nunique()
    volumes = tickets.groupby(["office", "queue_id"]).size()
    rng, table = np.random.default_rng(seed), shipped()
    return [
        one
        for name, group in volumes.groupby(level="office")
        for one in watched(
            office(_a_day(group, days[name], response), how, rng, WARM_WEEKS + QUEUES_WEEKS),
            table,
            WARM_WEEKS + QUEUES_WEEKS,
            WARM_WEEKS,
        )
    ]


def _a_day(group: "pd.Series[int]", days: int, response: float) -> list[float]:
    return [max(0.2, response * tickets / days) for tickets in group.tolist()]


def by_volume(rates: Sequence[Rates], parts: int = 5) -> Iterator[Rates]:
    """Desks in so many equal groups by their votes a day, the quietest first."""
    ordered = sorted(rates, key=lambda one: one.votes_a_day)
    for some in np.array_split(np.arange(len(ordered)), parts):
        yield summed([ordered[at] for at in some])
