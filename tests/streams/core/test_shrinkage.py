"""Variances between true values, and estimates pulled towards their mean."""

import numpy as np
import pytest

from streams.core.shrinkage import between_variances, shrunk

ONE = np.zeros(1, np.intp)


def test_the_variance_between_solves_the_equation_of_paule_and_mandel() -> None:
    effects = np.array([2.0, 9.0, 4.0, -3.0, 5.5])
    variances = np.array([1.0, 4.0, 0.5, 2.0, 9.0])
    (found,) = between_variances(effects, variances, np.zeros(5, np.intp), ONE)
    weights = 1 / (variances + found)
    mean = (weights * effects).sum() / weights.sum()
    assert found > 0
    assert (weights * (effects - mean) ** 2).sum() == pytest.approx(4.0, abs=1e-6)


def test_with_equal_variances_it_is_the_sample_variance_less_the_sampling_variance() -> None:
    effects = np.array([1.0, 5.0, 9.0, 2.0])
    found = between_variances(effects, np.full(4, 2.0), np.zeros(4, np.intp), ONE)
    assert found == pytest.approx([effects.var(ddof=1) - 2.0])


def test_what_chance_alone_explains_leaves_no_variance_between() -> None:
    effects = np.array([1.0, 1.1, 0.9])
    assert between_variances(effects, np.full(3, 2.0), np.zeros(3, np.intp), ONE).tolist() == [0.0]


def test_groups_of_a_pool_have_means_of_their_own() -> None:
    effects = np.array([0.0, 4.0, 100.0, 104.0])
    groups = np.array([0, 0, 1, 1])
    apart = between_variances(effects, np.full(4, 1.0), groups, np.zeros(2, np.intp))
    assert apart == pytest.approx([7.0])
    each = between_variances(effects, np.full(4, 1.0), groups, np.arange(2))
    assert each == pytest.approx([7.0, 7.0])


def test_a_group_of_one_says_nothing_about_variance() -> None:
    found = between_variances(np.array([5.0, 90.0]), np.ones(2), np.arange(2), np.arange(2))
    assert found.tolist() == [0.0, 0.0]
    # Rounding leaves a trace of the effect when its own mean is taken away.
    effects, variances = np.random.default_rng(1).uniform(1, 99, (2, 500))
    assert not between_variances(effects, variances, np.arange(500), np.arange(500)).any()


def test_the_true_variance_is_found_on_the_mean_of_many_draws() -> None:
    rng = np.random.default_rng(2)
    variances = rng.uniform(1, 20, 300 * 12)
    effects = rng.normal(0, 3, 3_600) + rng.normal(0, np.sqrt(variances))
    groups, pools = np.arange(3_600) // 12, np.arange(300)
    apart = between_variances(effects, variances, groups, pools)
    together = between_variances(effects, variances, groups, np.zeros(300, np.intp))
    assert apart.mean() == pytest.approx(9.0, rel=0.1)
    assert together == pytest.approx([9.0], rel=0.1)


def test_shrunk_estimates_are_nearer_to_the_truth_and_the_uncertain_move_most() -> None:
    rng = np.random.default_rng(3)
    truth = 70 + rng.normal(0, 4, 400)
    variances = np.where(np.arange(400) % 2, 75.0, 3.0)
    estimates = truth + rng.normal(0, np.sqrt(variances))
    mean, deviations = shrunk(estimates, variances)
    kept = deviations / (estimates - mean)
    assert np.square(mean + deviations - truth).mean() < 0.4 * np.square(estimates - truth).mean()
    assert kept[0] > 0.75
    assert kept[1] < 0.3


def test_of_what_nothing_is_known_the_common_mean_is_taken() -> None:
    mean, deviations = shrunk(np.array([4.0, 12.0, 999.0]), np.array([1.0, 1.0, np.inf]))
    assert mean == pytest.approx(8.0)
    assert deviations[2] == 0.0
    assert deviations[0] == -deviations[1] != 0.0


def test_without_any_estimate_nothing_is_moved() -> None:
    mean, deviations = shrunk(np.array([3.0]), np.array([np.inf]))
    assert (mean, deviations.tolist()) == (0.0, [0.0])
