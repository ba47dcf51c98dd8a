"""The detector of score drops: evidence that accumulates vote by vote until it is enough.

A Shiryaev–Roberts mixture: ``R_δ ← (1 + R_δ)·p_{μ−δ}(v)/p_{μ−3}(v)`` for each drop δ of
`drop_evidence.DROPS`, and an alarm when the mean of the R, weighted by `WEIGHTS`, exceeds a
threshold (Shiryaev, Theory of Probability and Its Applications 8 (1963) 22–46; Roberts,
Technometrics 8 (1966) 411–430; of mixtures: Tartakovsky, Nikiforov, Basseville, Sequential
Analysis, 2014, ch. 8). It needs no guess of how large a drop will be. Where the drop began is the
start of the CUSUM (Page, Biometrika 41 (1954) 100–115) of that drop which has most evidence at the
alarm: ``W_δ ← max(W_δ, 1)·ratio`` begins anew at each vote that finds ``W_δ ≤ 1``.

An alarm takes the evidence back to nothing, and what comes after it is judged afresh. A desk is
watched at two levels, and each level is a detector of its own with its own threshold and its own
evidence: an amber alarm leaves the evidence for a page as it is. Knows no wall clock: times are
given.
"""

from collections.abc import Sequence
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from streams.core.drop_evidence import DROPS
from streams.core.faces import Floats

Times = NDArray[np.int64]
"""Any ascending time: ms since the epoch, or the number of a vote."""

WEIGHTS = (4.0, 2.0, 1.0)
"""Of `DROPS` in the mean R: inversely as their sizes. Evidence for a small drop comes slowly, so
that weight helps it most; a large one shows in a few votes, with little weight too."""

NEVER = -1
"""In place of a time: nothing has begun."""


class Evidence(NamedTuple):
    """Evidence for a drop, in contiguous columns: shape (3, …), a row for each of `DROPS`.

    ``sums`` are the R, ``runs`` the W and ``begun`` when each W began. The remaining axes are
    whatever is watched: desks, levels, desks by thresholds.
    """

    sums: Floats
    runs: Floats
    begun: Times

    @classmethod
    def none(cls, *shape: int) -> Self:
        """Before the first vote."""
        shape = (len(DROPS), *shape)
        return cls(np.zeros(shape), np.zeros(shape), np.full(shape, NEVER, np.int64))


class DeskEvidence(NamedTuple):
    """`Evidence` of one desk at one level, as it is stored: three tuples of three."""

    sums: tuple[float, float, float] = (0.0, 0.0, 0.0)
    runs: tuple[float, float, float] = (0.0, 0.0, 0.0)
    begun: tuple[int, int, int] = (NEVER, NEVER, NEVER)


NO_EVIDENCE = DeskEvidence()
"""Of a desk before its first vote and right after an alarm."""


class Alarm(NamedTuple):
    """An alarm: where, when the drop seems to have begun, and the drop in points with most
    evidence."""

    at: int
    begun: int
    drop: float


class Alarms(NamedTuple):
    """Alarms in columns: where, since when, and the drop in points with most evidence."""

    at: NDArray[np.intp]
    begun: Times
    drops: Floats


def advance(evidence: Evidence, ratios: Floats, now: Times, thresholds: Floats) -> Alarms:
    """Take in one vote everywhere, in place; what exceeds its threshold is an alarm and reset.

    ``ratios`` are `DropEvidence.ratios` of the votes, ``now`` their times, ``thresholds`` what the
    weighted mean R must exceed; all broadcast to the shape of ``evidence``. ``at`` of alarms are
    flat positions in what is watched.
    """
    sums, runs, begun = evidence
    np.copyto(begun, now, where=runs <= 1)
    np.maximum(runs, 1, out=runs)
    np.multiply(runs, ratios, out=runs)
    np.add(sums, 1, out=sums)
    np.multiply(sums, ratios, out=sums)
    one, two, three = WEIGHTS
    weighted = one * sums[0] + two * sums[1] + three * sums[2]
    at = np.flatnonzero(weighted > sum(WEIGHTS) * thresholds)
    if len(at) == 0:
        return _NO_ALARMS
    flat = [column.reshape(len(DROPS), -1) for column in evidence]
    strongest = flat[1][:, at].argmax(0)
    found = Alarms(at, flat[2][strongest, at], _DROPS[strongest])
    for column, nothing in zip(flat, (0, 0, NEVER), strict=True):
        column[:, at] = nothing
    return found


_DROPS = np.array(DROPS)
_NO_ALARMS = Alarms(np.zeros(0, np.intp), np.zeros(0, np.int64), np.zeros(0))


def after_votes(
    held: DeskEvidence,
    ratios: Sequence[Sequence[float]],
    times: Sequence[int],
    threshold: float,
    sizes: tuple[float, float, float] = DROPS,
) -> tuple[DeskEvidence, list[Alarm]]:
    """Votes of one desk at one level, a row of three ratios each: bit for bit what `advance` comes
    to. ``at`` of the alarms are numbers of votes, ``drop`` is one of ``sizes``.

    Written out for the three drops: this runs for every vote there is.
    """
    limit = sum(WEIGHTS) * threshold
    u1, u2, u3 = WEIGHTS
    (r1, r2, r3), (w1, w2, w3), (b1, b2, b3) = held
    alarms = []
    for at, ((x1, x2, x3), now) in enumerate(zip(ratios, times, strict=True)):
        if w1 <= 1:
            w1, b1 = 1.0, now
        if w2 <= 1:
            w2, b2 = 1.0, now
        if w3 <= 1:
            w3, b3 = 1.0, now
        w1, w2, w3 = w1 * x1, w2 * x2, w3 * x3
        r1, r2, r3 = (1 + r1) * x1, (1 + r2) * x2, (1 + r3) * x3
        if u1 * r1 + u2 * r2 + u3 * r3 > limit:
            strongest = (w1, w2, w3).index(max(w1, w2, w3))
            alarms.append(Alarm(at, (b1, b2, b3)[strongest], sizes[strongest]))
            (r1, r2, r3), (w1, w2, w3), (b1, b2, b3) = NO_EVIDENCE
    return DeskEvidence((r1, r2, r3), (w1, w2, w3), (b1, b2, b3)), alarms
