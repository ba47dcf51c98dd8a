"""Empirical Bayes: how far true values lie apart, and estimates pulled towards their common mean.

Estimates y_i with known sampling variances v_i of true values that have variance τ² around a mean.
τ² is estimated after Paule and Mandel (Journal of Research of the NBS 87 (1982) 377–385;
DerSimonian and Kacker, Contemporary Clinical Trials 28 (2007) 105–114): it solves
``Σ w_i·(y_i − ȳ)² = k − 1`` with ``w_i = 1/(v_i + τ²)``, and is 0 where even τ² = 0 gives less.
Each estimate then keeps ``τ²/(τ² + v_i)`` of its distance from the mean (Efron and Morris, JASA 70
(1975) 311–319). Knows no desks.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from streams.core.faces import Floats

Codes = NDArray[np.intp]
"""Numbers from 0 on that say to what something belongs."""

_STEPS_AT_MOST = 100


def between_variances(effects: Floats, variances: Floats, groups: Codes, pools: Codes) -> Floats:
    """τ² of each pool: shape (pools,).

    ``groups`` says around which mean each of ``effects`` lies; ``pools`` to which pool each group
    belongs: groups of a pool have means of their own and one τ² together. A pool without two
    effects in one group has τ² = 0. ``variances`` are positive.
    """
    pool_count = int(pools.max(initial=-1)) + 1
    group_sizes = np.bincount(groups, minlength=len(pools))
    freedom = np.bincount(pools, np.maximum(group_sizes - 1, 0), pool_count)
    found = np.zeros(pool_count)
    for _ in range(_STEPS_AT_MOST):
        weights = 1 / (variances + found[pools[groups]])
        centred = effects - _means(effects, weights, groups, len(pools))[groups]
        spread = _sums(weights * centred**2, groups, pools, pool_count)
        slope = _sums(weights**2 * centred**2, groups, pools, pool_count)
        # The sum is convex and falls in τ²: Newton's steps from 0 never go too far.
        step = np.maximum(spread - freedom, 0) / np.maximum(slope, 1e-300)
        step[freedom == 0] = 0
        found += step
        if np.all(step <= 1e-9 * found):
            break
    return found


class Shrunk(NamedTuple):
    """Estimates after shrinking: their common mean, and how far each lies from it."""

    mean: float
    deviations: Floats


def shrunk(effects: Floats, variances: Floats) -> Shrunk:
    """Estimates pulled towards their mean, the more the less is known of them.

    One with an infinite variance, of which nothing is known, has a deviation of 0.
    """
    known = np.isfinite(variances)
    groups = np.zeros(np.count_nonzero(known), np.intp)
    deviations = np.zeros(len(effects))
    if not len(groups):
        return Shrunk(0.0, deviations)
    some, uncertain = effects[known], variances[known]
    between = float(between_variances(some, uncertain, groups, np.zeros(1, np.intp))[0])
    mean = float(_means(some, 1 / (uncertain + between), groups, 1)[0])
    deviations[known] = (some - mean) * (between / (between + uncertain))
    return Shrunk(mean, deviations)


def _means(effects: Floats, weights: Floats, groups: Codes, count: int) -> Floats:
    total = np.bincount(groups, weights, count)
    means: Floats = np.bincount(groups, weights * effects, count) / np.maximum(total, 1e-300)
    return means


def _sums(values: Floats, groups: Codes, pools: Codes, count: int) -> Floats:
    sums: Floats = np.bincount(pools[groups], values, count).astype(np.float64)
    return sums
