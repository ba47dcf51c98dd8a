"""Shares of a desk beside its score: how many citizens vote, and how many leave unserved.

Counts of a quarter of an hour are weighed like a vote (`drop_detector`): k of n against what the
desk's own history lets expect, by likelihood ratios of the binomial distribution for odds that have
changed by three factors, with a dead band. Whole days differ beyond chance, so that the evidence is
divided by the dispersion that history shows (quasi-likelihood: McCullagh and Nelder, Generalized
Linear Models, 1989, ch. 9). A threshold of as many quarters as there are to one false alarm keeps
the rate below the stated one, since R less the number of quarters is a martingale (Pollak, Annals
of Statistics 13 (1985) 206–227). Pure; knows neither votes' faces nor any store.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.alert_kinds import RESPONSE, UNFINISHED
from streams.core.alarm_thresholds import AMBER_DAYS, PAGE_DAYS
from streams.core.faces import Floats
from streams.core.shrinkage import Codes, shrunk

QUARTER_MS = 900_000
SETTLED_MS = 2 * QUARTER_MS
"""Votes follow their services: a day's last quarters tell nothing yet of who will vote."""

SIZES = (1.5, 3.0, 10.0)
"""By how many times the odds of a share have changed; all are looked for at once."""
DEAD_BAND = 1.15
"""Odds that have changed by so much count as the expected ones."""

LEAST_TRIALS = 200
"""Of an office with fewer in its history, no share is expected."""
_SHARE_FROM, _SHARE_TO = 0.005, 0.995


class Quarters(NamedTuple):
    """Counts of an office by desk and quarter of an hour, in columns."""

    desks: Sequence[str]
    desk: Codes
    """Number of the desk's name."""
    start: NDArray[np.int64]
    """ms since 1970."""
    completed: NDArray[np.int64]
    """Interactions of every outcome."""
    unfinished: NDArray[np.int64]
    """Refused or abandoned ones among them."""
    at_counter: NDArray[np.int64]
    """Those of the channel ``counter``: others may vote hours later."""
    answered: NDArray[np.int64]
    """Those of them with a vote."""

    def some(self, chosen: NDArray[np.bool_]) -> "Quarters":
        """Some of them, in the same order."""
        return Quarters(self.desks, *(column[chosen] for column in self[1:]))

    def of(self, kind: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Trials and successes of a kind of share."""
        if kind == RESPONSE:
            return self.at_counter, self.answered
        return self.completed, self.unfinished


@dataclass(frozen=True, slots=True)
class Share:
    """What is expected of a share; columns by desk, the last entry is the office's."""

    shares: Floats
    """0 to 1."""
    quarters_a_day: Floats
    """With a trial, of a day that has any."""
    dispersion: float
    """Variance of a day's count over that of independent trials, 1 or more."""

    def thresholds(self, desk: int) -> tuple[float, float]:
        """Of amber and of page, at a desk; -1 is the office's."""
        quarters = float(self.quarters_a_day[desk])
        return AMBER_DAYS * quarters, PAGE_DAYS * quarters

    def ratios(self, kind: str, desk: int, trials: Floats, successes: Floats) -> Floats:
        """Likelihood ratios of quarters of a desk for each of `SIZES`: shape (quarters, 3)."""
        falls = kind == RESPONSE
        share = float(np.clip(self.shares[desk], _SHARE_FROM, _SHARE_TO))
        factors = np.array([DEAD_BAND, *SIZES])
        odds = share / (1 - share) * (1 / factors if falls else factors)
        changed = odds / (1 + odds)
        hits, misses = (
            np.log(changed[1:] / changed[0]),
            np.log((1 - changed[1:]) / (1 - changed[0])),
        )
        logs = np.outer(successes, hits) + np.outer(trials - successes, misses)
        found: Floats = np.exp(np.clip(logs / self.dispersion, -50, 50))
        return found


def settled(quarters: Quarters) -> NDArray[np.bool_]:
    """Which quarters of one day tell who votes."""
    last = int(quarters.start.max(initial=0))
    found: NDArray[np.bool_] = quarters.start <= last - SETTLED_MS
    return found


def shares_estimated(quarters: Quarters, day: Codes, desks: Mapping[str, int]) -> dict[str, Share]:
    """What history lets expect, by kind. ``day`` is any number of the local day, ``desks`` numbers
    those to know one by one."""
    number = np.array([desks.get(name, len(desks)) for name in quarters.desks], np.intp)
    desk = number[quarters.desk] if len(quarters.desk) else quarters.desk
    found = {}
    for kind in (RESPONSE, UNFINISHED):
        trials, successes = quarters.of(kind)
        used = trials > 0
        if trials.sum() >= LEAST_TRIALS:
            columns = (desk[used], day[used], trials[used], successes[used])
            found[kind] = _estimated(*columns, len(desks))
    return found


def _estimated(
    desk: Codes,
    day: Codes,
    trials: NDArray[np.int64],
    successes: NDArray[np.int64],
    desks: int,
) -> Share:
    width = int(day.max()) + 1
    pairs, of_pair, quarters = np.unique(
        desk * width + day, return_inverse=True, return_counts=True
    )
    n, k = np.bincount(of_pair, trials), np.bincount(of_pair, successes)
    at = pairs // width
    office = k.sum() / n.sum()
    total, hits = np.bincount(at, n, desks + 1), np.bincount(at, k, desks + 1)
    shares, dispersion = np.full(desks + 1, office), 1.0
    # Desks and dispersion each need the other: the second round knows how much days differ.
    for _ in range(2):
        spread = max(office * (1 - office), _SHARE_FROM * _SHARE_TO)
        certain = np.where(total > 0, dispersion * spread / np.maximum(total, 1), np.inf)
        mean, deviations = shrunk(hits / np.maximum(total, 1), certain)
        shares = np.clip(mean + deviations, _SHARE_FROM, _SHARE_TO)
        expected = n * shares[at]
        by_chance = (expected * (1 - shares[at])).sum()
        dispersion = max(1.0, float(((k - expected) ** 2).sum() / by_chance))
    shares[-1] = np.clip(office, _SHARE_FROM, _SHARE_TO)
    days = np.bincount(at, minlength=desks + 1)
    sums = np.bincount(at, quarters, desks + 1)
    typical = quarters.sum() / len(pairs)
    a_day = np.where(days > 0, sums / np.maximum(days, 1), typical)
    a_day[-1] = typical
    return Share(shares, a_day, dispersion)
