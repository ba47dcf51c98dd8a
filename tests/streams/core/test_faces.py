"""Distributions over faces, tilted to a mean."""

import numpy as np
import pytest

from streams.core.faces import TOLERANCE_POINTS, deviation_of, face_scores, mean_of, tilted

REFERENCES = {
    3: [0.2, 0.1, 0.7],
    4: [0.1, 0.1, 0.3, 0.5],
    5: [0.07, 0.05, 0.10, 0.25, 0.53],
}


@pytest.mark.parametrize("scale", REFERENCES)
def test_faces_are_spread_evenly_over_the_score(scale: int) -> None:
    scores = face_scores(scale)
    assert (scores[0], scores[-1], len(scores)) == (0.0, 100.0, scale)
    assert np.ptp(np.diff(scores)) < 1e-12


@pytest.mark.parametrize("scale", REFERENCES)
def test_a_tilted_distribution_has_the_mean_that_was_asked_for(scale: int) -> None:
    means = np.concatenate([[1e-6, 0.01], np.linspace(0.5, 99.5, 397), [99.99, 99.999999]])
    shares = tilted(REFERENCES[scale], means.reshape(-1, 1))
    assert shares.shape == (len(means), 1, scale)
    assert np.all(shares >= 0)
    assert np.abs(shares.sum(-1) - 1).max() < 1e-12
    assert np.abs(mean_of(shares)[:, 0] - means).max() < TOLERANCE_POINTS


def test_tilting_to_the_same_mean_changes_nothing() -> None:
    reference = np.array(REFERENCES[5])
    assert np.abs(tilted(reference, mean_of(reference)) - reference).max() < 1e-10


def test_a_tilt_is_exponential_in_the_score() -> None:
    reference = np.array(REFERENCES[5])
    growth = np.log(tilted(reference, 60.0) / reference)
    assert np.abs(np.diff(growth, 2)).max() < 1e-9
    assert growth[0] > growth[-1]


def test_shares_may_come_in_any_unit_and_may_be_tiny() -> None:
    counts = np.array([1e-9, 5.0, 10.0, 25.0, 5e6])
    shares = tilted(counts, [3.0, 50.0, 99.9])
    assert np.abs(mean_of(shares) - [3.0, 50.0, 99.9]).max() < TOLERANCE_POINTS


def test_the_deviation_of_a_coin_between_the_ends_is_half_the_scale() -> None:
    assert deviation_of(np.array([0.5, 0.0, 0.0, 0.0, 0.5])) == pytest.approx(50.0)


@pytest.mark.parametrize("mean", [-1.0, 0.0, 100.0, 120.0, float("nan")])
def test_a_mean_that_no_distribution_has_is_refused_by_its_number(mean: float) -> None:
    with pytest.raises(ValueError, match=f"between 0 and 100, both excluded, not {mean}"):
        tilted(REFERENCES[5], [50.0, mean])


@pytest.mark.parametrize("shares", [[0.5, 0.0, 0.5], [1.0], [[0.5, 0.5]], [0.5, -0.1, 0.6]])
def test_a_face_without_a_share_is_refused(shares: list[float]) -> None:
    with pytest.raises(ValueError, match="a positive share for each face"):
        tilted(shares, 50.0)


def test_a_scale_of_one_face_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 2 faces, not 1"):
        face_scores(1)
