"""What an office's votes are judged by on a day: a stored version of its baseline.

Holds names where `baseline` has numbers, the shapes of its scales, and the thresholds that follow.
Pure; knows no store and no clock.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from streams.core.alarm_thresholds import ThresholdTable
from streams.core.baseline import HOURS, WEEKDAYS, Baseline, History, estimated
from streams.core.drop_evidence import DropEvidence
from streams.core.faces import Floats, deviation_of, tilted
from streams.core.share_watch import Quarters, Share, shares_estimated

OFFICE = ""
"""In place of a desk, of what a version says of all of them."""

SCALES = (3, 4, 5)
_PRIOR_VOTES = 5.0  # of a scale that was hardly used, those of the others count so much
_ANY_FACE = 0.05  # all faces share it: one press of a rare one must not be enough for an alarm

EVIDENCE_VOTES = 600
"""A drop is found within so many votes, and within three days at the slowest, as a rule."""

HISTORY_DAYS = 56
"""A baseline is estimated from the votes of so many days before it holds."""
LEAST_VOTES, LEAST_DAYS = 100, 5
"""Of an office with fewer votes, or on fewer days, nothing is expected yet."""


@dataclass(frozen=True, slots=True)
class Rated:
    """Counted votes of one office, in the order of their completions.

    Desks and services are names by number.
    """

    desks: Sequence[str]
    services: Sequence[str]
    desk: NDArray[np.intp]
    service: NDArray[np.intp]
    completed_at: NDArray[np.int64]
    """ms since 1970."""
    score: NDArray[np.intp]
    scale: NDArray[np.intp]

    def __len__(self) -> int:
        return len(self.completed_at)

    def some(self, chosen: slice | NDArray[Any]) -> "Rated":
        """Some of them, in the same order."""
        columns = (self.desk, self.service, self.completed_at, self.score, self.scale)
        return Rated(self.desks, self.services, *(column[chosen] for column in columns))

    @property
    def points(self) -> NDArray[np.int64]:
        """``10000·(score−1)/(scale−1)``, rounded to whole numbers."""
        return np.rint(10_000 * (self.score - 1) / (self.scale - 1)).astype(np.int64)


class Moments(NamedTuple):
    """Local times: days since 1970, weekdays from 0 Monday, hours."""

    day: NDArray[np.intp]
    weekday: NDArray[np.intp]
    hour: NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Standard:
    """A version of an office's baseline, which holds from a day on."""

    valid_from: int
    """Days since 1970, local."""
    desks: Mapping[str, int]
    services: Mapping[str, int]
    baseline: Baseline
    shapes: Mapping[int, Floats]
    """By scale, the shares of its faces in history."""
    shares: Mapping[str, Share] = field(default_factory=dict)
    """By kind (`share_watch`); one that history says too little of is left out."""
    _evidence: dict[int, DropEvidence] = field(default_factory=dict, compare=False)
    _thresholds: dict[tuple[ThresholdTable, str], tuple[float, float]] = field(
        default_factory=dict, compare=False
    )

    @classmethod
    def estimated(
        cls,
        valid_from: int,
        votes: Rated,
        moments: Moments,
        quarters: tuple[Quarters, NDArray[np.intp]] | None = None,
    ) -> Self | None:
        """From the votes of the days before, and counts of quarters with their local days; None
        where there are too few votes."""
        if len(votes) < LEAST_VOTES or len(np.unique(moments.day)) < LEAST_DAYS:
            return None
        desk, desks = _numbered(votes.desks, votes.desk)
        service, services = _numbered(votes.services, votes.service)
        history = History(desk, moments.weekday, moments.hour, service, votes.points, moments.day)
        shapes = {scale: _shape(votes, scale) for scale in SCALES}
        found = estimated(history, len(desks), len(services))
        shares = shares_estimated(*quarters, desks) if quarters is not None else {}
        return cls(valid_from, desks, services, found, shapes, shares)

    def expected(self, votes: Rated, moments: Moments) -> Floats:
        """The score 0–100 that each vote is expected to have."""
        desk = np.array([self.desks.get(name, -1) for name in votes.desks], np.intp)
        service = np.array([self.services.get(name, -1) for name in votes.services], np.intp)
        return self.baseline.expected(
            desk[votes.desk], moments.weekday, moments.hour, service[votes.service]
        )

    def ratios(self, votes: Rated, expected: Floats) -> Floats:
        """`DropEvidence.ratios` of each vote on its own scale: shape (3, votes)."""
        found = np.ones((3, len(votes)))
        for scale in np.unique(votes.scale).tolist():
            some = votes.scale == scale
            if scale not in self._evidence:
                self._evidence[scale] = DropEvidence(self.shapes[scale])
            faces = votes.score[some] - 1
            found[:, some] = self._evidence[scale].ratios(expected[some], faces)
        return found

    def thresholds(self, desk: str, table: ThresholdTable) -> tuple[float, float]:
        """What it takes for amber and for a page at a desk."""
        if (table, desk) not in self._thresholds:
            self._thresholds[table, desk] = self._found_thresholds(desk, table)
        return self._thresholds[table, desk]

    def _found_thresholds(self, desk: str, table: ThresholdTable) -> tuple[float, float]:
        base = self.baseline
        number = self.desks.get(desk, -1)
        mean = float(np.clip(base.mean + base.desks[number], 2.0, 98.0))
        vote_sd = deviation_of(tilted(self.shapes[5], mean))
        votes_a_day = float(base.votes_a_day[number])
        more = _of_correlated_days(base.day_correlation, votes_a_day)
        day_sd = base.day_sd[number] * more**0.5
        found = table.thresholds(votes_a_day, day_sd, vote_sd)
        return float(found.amber), float(found.page)


def _of_correlated_days(correlation: float, votes_a_day: float) -> float:
    """How many times the variance of the mean of some days is that of independent ones.

    Evidence for a drop is gathered over so many days: the fewer, the more votes each brings.
    """
    days = min(3.0, 1 + EVIDENCE_VOTES / max(votes_a_day, 1.0))
    next_day, second_day = (max(0.0, 1 - lag / days) for lag in (1, 2))
    return 1 + 2 * (next_day * correlation + second_day * correlation**2)


def _numbered(
    names: Sequence[str], codes: NDArray[np.intp]
) -> tuple[NDArray[np.intp], dict[str, int]]:
    """Codes by the order of the names in use, so that they depend on nothing else."""
    used = sorted({names[code] for code in np.unique(codes).tolist()})
    number = {name: at for at, name in enumerate(used)}
    of = np.array([number.get(name, 0) for name in names], np.intp)
    return of[codes], number


def _shape(votes: Rated, scale: int) -> Floats:
    """Shares of the faces; of a scale that was hardly used those of all votes, spread over it."""
    faces = np.bincount(votes.score[votes.scale == scale] - 1, minlength=scale)
    places = votes.points / 10_000 * (scale - 1)
    low = np.minimum(np.floor(places).astype(np.intp), scale - 2)
    spread = np.bincount(low, 1 - (places - low), scale) + np.bincount(low + 1, places - low, scale)
    prior = (spread + 1) / (spread.sum() + scale) * _PRIOR_VOTES
    shares: Floats = (faces + prior) / (faces.sum() + _PRIOR_VOTES)
    return (1 - _ANY_FACE) * shares + _ANY_FACE / scale


class Part(NamedTuple):
    """One number of a stored version: what it says of which desk."""

    factor: str
    desk: str
    key: str
    value: float


def parts_of(standard: Standard) -> list[Part]:
    """A version as it is stored; effects of 0 are left out."""
    base, desks = standard.baseline, list(standard.desks)
    parts = [Part("mean", OFFICE, "", base.mean)]
    parts += [Part("hour", OFFICE, f"{at:02}", v) for at, v in enumerate(base.hours.tolist())]
    parts += [Part("weekday", OFFICE, f"{at}", v) for at, v in enumerate(base.weekdays.tolist())]
    named = zip(standard.services, base.services.tolist(), strict=False)
    parts += [Part("service", OFFICE, name, v) for name, v in named]
    for at, desk in enumerate(desks):
        own = enumerate(base.desk_weekdays[at].tolist())
        parts += [Part("desk", desk, "", float(base.desks[at]))]
        parts += [Part("desk_weekday", desk, f"{day}", v) for day, v in own]
        hours = enumerate(base.desk_hours[at].tolist())
        parts += [Part("desk_hour", desk, f"{hour:02}", v) for hour, v in hours]
    parts = [part for part in parts if part.value or part.factor in _ALWAYS]
    for at, desk in enumerate([*desks, OFFICE]):
        parts += [
            Part("day_sd", desk, "", float(base.day_sd[at])),
            Part("votes_a_day", desk, "", float(base.votes_a_day[at])),
        ]
    parts.append(Part("day_correlation", OFFICE, "", base.day_correlation))
    for scale, shares in standard.shapes.items():
        of = enumerate(shares.tolist(), 1)
        parts += [Part("face", OFFICE, f"{face}/{scale}", v) for face, v in of]
    for kind, share in standard.shares.items():
        parts.append(Part("dispersion", OFFICE, kind, share.dispersion))
        for at, desk in enumerate([*desks, OFFICE]):
            parts.append(Part("share", desk, kind, float(share.shares[at])))
            parts.append(Part("quarters_a_day", desk, kind, float(share.quarters_a_day[at])))
    return [*parts, Part("rows", OFFICE, "", float(len(parts) + 1))]


def is_whole(parts: Sequence[Part]) -> bool:
    """Whether these are all the parts of a version: a crash may have left some of them."""
    return any(part.factor == "rows" and part.value == len(parts) for part in parts)


_ALWAYS = ("mean", "service", "desk")  # their names are needed, whatever they add


def standard_of(valid_from: int, parts: Sequence[Part]) -> Standard:
    """The version that was stored as ``parts``."""
    by: dict[str, dict[tuple[str, str], float]] = {}
    for factor, desk, key, value in parts:
        by.setdefault(factor, {})[desk, key] = value
    desks = sorted(desk for desk, _ in by.get("desk", {}))
    services = sorted(key for _, key in by.get("service", {}))

    def column(factor: str, names: Sequence[tuple[str, str]]) -> Floats:
        found = by.get(factor, {})
        return np.array([found.get(name, 0.0) for name in names])

    hours = [f"{hour:02}" for hour in range(HOURS)]
    weekdays = [f"{day}" for day in range(WEEKDAYS)]
    everyone = [*desks, OFFICE]

    def grid(factor: str, keys: Sequence[str]) -> Floats:
        own = column(factor, [(desk, key) for desk in desks for key in keys])
        return np.append(own, np.zeros(len(keys))).reshape(-1, len(keys))

    baseline = Baseline(
        by["mean"][OFFICE, ""],
        column("hour", [(OFFICE, key) for key in hours]),
        column("weekday", [(OFFICE, key) for key in weekdays]),
        np.append(column("service", [(OFFICE, key) for key in services]), 0.0),
        np.append(column("desk", [(desk, "") for desk in desks]), 0.0),
        grid("desk_weekday", weekdays),
        grid("desk_hour", hours),
        column("day_sd", [(desk, "") for desk in everyone]),
        column("votes_a_day", [(desk, "") for desk in everyone]),
        by["day_correlation"][OFFICE, ""],
    )
    shapes = {
        scale: column("face", [(OFFICE, f"{face}/{scale}") for face in range(1, scale + 1)])
        for scale in SCALES
    }
    shares = {
        kind: Share(
            column("share", [(desk, kind) for desk in everyone]),
            column("quarters_a_day", [(desk, kind) for desk in everyone]),
            dispersion,
        )
        for (_, kind), dispersion in by.get("dispersion", {}).items()
    }
    numbered = {name: at for at, name in enumerate(desks)}
    by_service = {name: at for at, name in enumerate(services)}
    return Standard(valid_from, numbered, by_service, baseline, shapes, shares)
