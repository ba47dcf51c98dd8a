"""How faces are chosen at a given quality: the faces of a scale, and distributions over them.

A distribution is known at one quality, from history. What it is at another is found by tilting it
exponentially: of all distributions with the wanted mean, the one nearest to the known one in
Kullback–Leibler's sense (Kullback, Information Theory and Statistics, 1959, ch. 3; Csiszár, Annals
of Probability 3 (1975) 146–158). Scores are 0 (worst) to 100 (best). Knows no desk and no time.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

TOLERANCE_POINTS = 1e-9
"""How near a tilted distribution's mean comes to the one asked for, of 0 to 100 points."""

_STEPS_AT_MOST = 200  # bisection alone ends within 60; Newton's method takes 5 to 15


def face_scores(scale: int) -> Floats:
    """Scores 0–100 of the faces of a scale, from worst to best: ``(score−1)/(scale−1)·100``."""
    if scale < 2:
        raise ValueError(f"a scale has at least 2 faces, not {scale}")
    return np.linspace(0.0, 100.0, scale)


def mean_of(distribution: Floats) -> Floats:
    """Mean score 0–100 of distributions over faces, which are the last axis."""
    mean: Floats = distribution @ face_scores(distribution.shape[-1])
    return mean


def deviation_of(distribution: Floats) -> Floats:
    """Standard deviation in points of one vote, of distributions over faces (the last axis)."""
    scores = face_scores(distribution.shape[-1])
    centred = scores - mean_of(distribution)[..., None]
    deviation: Floats = np.sqrt((distribution * centred**2).sum(-1))
    return deviation


def tilted(reference: ArrayLike, means: ArrayLike) -> Floats:
    """``reference`` tilted to each of ``means``: faces become the last axis of the answer.

    ``p_θ(x) ∝ p(x)·exp(θ·x)`` with θ such that the mean is met to `TOLERANCE_POINTS`, by Newton's
    method kept within a bracket. ``reference`` holds one positive share for each face, in any unit.

    ValueError: a share that is not positive, or a mean that no distribution over these faces has,
    which is one outside 0 to 100 or on its ends.
    """
    shares = np.asarray(reference, np.float64)
    if shares.ndim != 1 or len(shares) < 2 or not np.all(np.isfinite(shares) & (shares > 0)):
        raise ValueError(f"a distribution has a positive share for each face, not {shares}")
    wanted = np.asarray(means, np.float64)
    outside = ~((wanted > 0) & (wanted < 100))
    if outside.any():
        raise ValueError(f"a mean lies between 0 and 100, both excluded, not {wanted[outside][0]}")
    logs, scores = np.log(shares), face_scores(len(shares)) / 100
    target = wanted.reshape(-1) / 100
    return _solved(logs, scores, target).reshape(*wanted.shape, len(shares))


def _solved(logs: Floats, scores: Floats, target: Floats) -> Floats:
    """Distributions of the means ``target`` (0–1), a row each."""
    # Beyond this tilt the outermost faces have all but a share of `TOLERANCE_POINTS` or less.
    reach = (np.ptp(logs) + 60) / (scores[1] - scores[0])
    low, high = np.full_like(target, -reach), np.full_like(target, reach)
    tilt = np.zeros_like(target)
    for _ in range(_STEPS_AT_MOST):
        distribution = _normalised(logs + tilt[:, None] * scores)
        mean = distribution @ scores
        missing = target - mean
        if np.all(np.abs(missing) < TOLERANCE_POINTS / 200):
            break
        low, high = np.where(missing > 0, tilt, low), np.where(missing < 0, tilt, high)
        variance = np.maximum(distribution @ scores**2 - mean**2, 1e-300)
        step = tilt + missing / variance
        tilt = np.where((step > low) & (step < high), step, (low + high) / 2)
    return distribution


def _normalised(logs: Floats) -> Floats:
    shares = np.exp(logs - logs.max(-1, keepdims=True))
    normalised: Floats = shares / shares.sum(-1, keepdims=True)
    return normalised
