"""What one vote says about a drop: likelihood ratios against the expected score.

For a drop of δ points from the expected score μ a vote of face v weighs
``p_{μ−δ}(v) / p_{μ−3}(v)``, where ``p_m`` is the desk's distribution over faces tilted to the mean
m. The 3 is the dead band: a score that is up to 3 points lower than expected gives no evidence of
anything, so that a baseline that is slightly too high raises no alarm. Knows no desk and no time.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from streams.core.faces import Floats, tilted

DROPS = (10.0, 20.0, 40.0)
"""Points below the expected score that the detector looks for, all at once."""

DEAD_BAND_POINTS = 3.0
"""A score that is lower by so much counts as the expected one."""

EXPECTED_FROM, EXPECTED_TO = 10.0, 95.0
"""Expected scores are taken as at least and at most so much: nearer to the ends a single vote would
raise or quench every alarm."""

LOWEST_MEAN = 2.0
"""What a drop that would reach below it comes to."""

STEP_POINTS = 0.25
"""Expected scores are rounded to it: a quarter of a point is far below what history can tell."""

Faces = NDArray[np.integer]
"""Faces from 0, worst, to the scale's number less 1, best."""


class DropEvidence:
    """Likelihood ratios of the votes of one scale, from a reference distribution over its faces.

    A table of 40 KB for 5 faces, made once for all desks that share the reference.
    """

    def __init__(self, reference: ArrayLike) -> None:
        steps = round((EXPECTED_TO - EXPECTED_FROM) / STEP_POINTS)
        means = EXPECTED_FROM + STEP_POINTS * np.arange(steps + 1)
        quiet = tilted(reference, means - DEAD_BAND_POINTS)
        self._faces = quiet.shape[1]
        self._ratios = np.stack(
            [
                (tilted(reference, np.maximum(means - drop, LOWEST_MEAN)) / quiet).reshape(-1)
                for drop in DROPS
            ]
        )

    def ratios(self, expected: Floats, faces: Faces) -> Floats:
        """Ratios of votes for each of `DROPS`: shape (3, *votes).

        ``expected`` is the score, 0–100, that each vote was expected to have, and ``faces`` what
        was pressed, of the same shape.
        """
        within = np.clip(expected, EXPECTED_FROM, EXPECTED_TO)
        steps = np.rint((within - EXPECTED_FROM) / STEP_POINTS).astype(np.intp)
        found: Floats = self._ratios.take(steps * self._faces + faces, axis=1)
        return found
