"""Detectors that take one vote of every desk at a time, at several thresholds at once.

Each prepares a portion of votes and then advances by one vote of each desk. Where the evidence
passes a threshold there is an alarm, and the evidence of that desk at that threshold starts anew.
All of them know the same expected scores, except the means by the hour, which know nothing.
"""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from benchmarks.detection.desks import REFERENCE, Votes
from streams.core.drop_detector import Evidence, advance
from streams.core.drop_evidence import DropEvidence
from streams.core.faces import Floats, deviation_of, face_scores, tilted

Positions = NDArray[np.intp]
"""Flat positions of alarms in (thresholds, desks)."""

SCORES = face_scores(5)
_GRID = np.arange(5, 97.01, 0.25)
_TILTED = tilted(REFERENCE, _GRID)
_DEVIATIONS = deviation_of(_TILTED)
_LOGS = np.log(_TILTED)


def _rows(expected: Floats) -> NDArray[np.intp]:
    rows = np.rint((expected - _GRID[0]) / 0.25).astype(np.intp)
    clipped: Positions = np.clip(rows, 0, len(_GRID) - 1)
    return clipped


class Detector(Protocol):
    """Evidence of many desks at several thresholds."""

    name: str
    search: tuple[float, float]
    """Thresholds between which the wanted rate lies; higher ones give fewer alarms."""
    before_vote: bool
    """Whether an alarm is raised by the clock, before the vote at which it is noticed."""

    def begin(self, thresholds: Floats, desks: int) -> None:
        """Start without evidence."""

    def prepare(self, votes: Votes) -> Floats:
        """What `advance` needs of each vote, votes first."""

    def advance(self, prepared: Floats) -> Positions:
        """One vote of each desk; where it raised an alarm."""


class ShiryaevRoberts:
    """The shipped detector. Thresholds are logarithms of the mean R."""

    name = "SEMKO: Shiryaev–Roberts mixture"
    search = (1.0, 200.0)
    before_vote = False

    def begin(self, thresholds: Floats, desks: int) -> None:
        """See `Detector`."""
        self._likelihoods = DropEvidence(REFERENCE)
        self._thresholds = np.exp(thresholds)[:, None]
        self._evidence = Evidence.none(len(thresholds), desks)
        self._now = np.zeros((), np.int64)

    def prepare(self, votes: Votes) -> Floats:
        """See `Detector`."""
        ratios = self._likelihoods.ratios(votes.expected, votes.faces)
        return np.ascontiguousarray(ratios.swapaxes(0, 1)[:, :, None, :])

    def advance(self, prepared: Floats) -> Positions:
        """See `Detector`."""
        self._now += 1
        return advance(self._evidence, prepared, self._now, self._thresholds).at


class Cusum:
    """Page's CUSUM of the log-likelihood ratio of a drop of one size against none."""

    search = (0.5, 40.0)
    before_vote = False

    def __init__(self, design: float) -> None:
        self.name = f"CUSUM, designed for −{design:.0f}"
        self._design = design

    def begin(self, thresholds: Floats, desks: int) -> None:
        """See `Detector`."""
        self._thresholds = thresholds[:, None]
        self._sums = np.zeros((len(thresholds), desks))

    def prepare(self, votes: Votes) -> Floats:
        """See `Detector`."""
        faces = votes.faces
        lowered: Floats = _LOGS[_rows(votes.expected - self._design), faces]
        return lowered - _LOGS[_rows(votes.expected), faces]

    def advance(self, prepared: Floats) -> Positions:
        """See `Detector`."""
        sums = self._sums
        sums += prepared
        np.maximum(sums, 0, out=sums)
        return _reset(sums, sums > self._thresholds)


class Ewma:
    """Exponentially weighted mean of standardised votes."""

    search = (0.05, 4.0)
    before_vote = False

    def __init__(self, weight: float) -> None:
        self.name = f"EWMA of z, weight {weight:g}"
        self._weight = weight

    def begin(self, thresholds: Floats, desks: int) -> None:
        """See `Detector`."""
        self._thresholds = -thresholds[:, None]
        self._means = np.zeros((len(thresholds), desks))

    def prepare(self, votes: Votes) -> Floats:
        """See `Detector`."""
        missing: Floats = SCORES[votes.faces] - votes.expected
        return missing / _DEVIATIONS[_rows(votes.expected)]

    def advance(self, prepared: Floats) -> Positions:
        """See `Detector`."""
        means = self._means
        means *= 1 - self._weight
        means += self._weight * prepared
        return _reset(means, means < self._thresholds)


class HourlyMean:
    """The mean of each full hour with enough votes against one number, minus the threshold."""

    search = (-100.0, -1.0)
    before_vote = True

    def __init__(self, votes_at_least: int = 10) -> None:
        self.name = f"60-minute mean, n ≥ {votes_at_least}"
        self._votes_at_least = votes_at_least

    def begin(self, thresholds: Floats, desks: int) -> None:
        """See `Detector`."""
        self._thresholds = -thresholds[:, None]
        self._hours = np.full(desks, -1.0)
        self._counts = np.zeros(desks)
        self._sums = np.zeros(desks)

    def prepare(self, votes: Votes) -> Floats:
        """See `Detector`."""
        return np.stack([votes.minutes // 60, SCORES[votes.faces]], 1)

    def advance(self, prepared: Floats) -> Positions:
        """See `Detector`."""
        hours, scores = prepared
        closed = hours != self._hours
        judged = closed & (self._counts >= self._votes_at_least)
        alarms = np.flatnonzero(
            judged & (self._sums < self._thresholds * np.maximum(self._counts, 1))
        )
        self._counts[closed], self._sums[closed], self._hours = 0, 0, hours
        self._counts += 1
        self._sums += scores
        return alarms


def _reset(state: Floats, alarms: NDArray[np.bool_]) -> Positions:
    at = np.flatnonzero(alarms)
    if len(at):
        state.reshape(-1)[at] = 0
    return at
