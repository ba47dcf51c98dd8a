"""How a mean becomes faces, and who presses one.

The faces of a mean are those of a J-shaped base (most are content, some are very angry), tilted
exponentially until they have that mean: the maximum-entropy choice. Pure; draws come from outside.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

_BASE = {
    5: np.array([0.07, 0.05, 0.10, 0.25, 0.53]),
    4: np.array([0.09, 0.10, 0.26, 0.55]),
    3: np.array([0.12, 0.25, 0.63]),
}
_FACES = {
    5: np.array([0, 1, 2, 3, 4]),
    4: np.array([0, 1, 3, 4]),
    3: np.array([0, 2, 4]),
}
REASONS = ("long_wait", "attitude", "unclear", "not_solved", "other")
"""Codes that a terminal offers after a bad score."""


@lru_cache(maxsize=3)
def face_table(scale: int) -> NDArray[np.float64]:
    """Cumulative shares of the scores 1…scale in each row, row m for a mean of m points (0 and 100
    stand for 1 and 99: a mean at the end has no other face)."""
    points = np.linspace(0, 100, scale)
    targets = np.clip(np.arange(101), 1, 99)
    low, high = np.full(101, -1.0), np.full(101, 1.0)
    for _ in range(60):
        middle = (low + high) / 2
        shares = _BASE[scale] * np.exp(middle[:, None] * (points - 50))
        shares /= shares.sum(axis=1, keepdims=True)
        below = shares @ points < targets
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return np.cumsum(shares, axis=1)


def scores(
    means: NDArray[np.float64], scales: NDArray[np.int64], draws: NDArray[np.float64]
) -> NDArray[np.int64]:
    """A score 1…scale for each mean (points), by a draw between 0 and 1 each."""
    rounded = np.clip(np.rint(means), 0, 100).astype(np.int64)
    result = np.empty(len(means), np.int64)
    for scale in _BASE:
        here = scales == scale
        cumulative = face_table(scale)[rounded[here], :-1]
        result[here] = 1 + (draws[here, None] > cumulative).sum(axis=1)
    return result


def faces(given: NDArray[np.int64], scales: NDArray[np.int64]) -> NDArray[np.int64]:
    """Which of five faces, 0 the worst, each score stands for."""
    result = np.empty(len(given), np.int64)
    for scale, places in _FACES.items():
        here = scales == scale
        result[here] = places[given[here] - 1]
    return result


def answers(
    face: NDArray[np.int64],
    by_channel: NDArray[np.float64],
    by_face: tuple[float, ...],
    factor: NDArray[np.float64],
    draws: NDArray[np.float64],
) -> NDArray[np.bool_]:
    """Who votes: the channel's share times the face's factor times ``factor``, by a draw each."""
    votes: NDArray[np.bool_] = draws < by_channel * np.array(by_face)[face] * factor
    return votes
