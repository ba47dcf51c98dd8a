"""Score formulas against numbers worked out by hand and against what they promise."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.scores import (
    FORMULA_VERSION,
    FORMULAS,
    Votes,
    bottom2,
    face,
    mean,
    mean_interval,
    net,
    parent_prior,
    published_formula,
    response_rate,
    top2,
    wilson,
)

EIGHT = Votes.of_five_faces(1, 1, 0, 2, 4)
counts = st.integers(0, 5_000)
votes = st.builds(Votes.of_five_faces, counts, counts, counts, counts, counts)


def test_scores_of_eight_votes_are_those_worked_out_by_hand() -> None:
    assert EIGHT.count == 8
    assert mean(EIGHT) == pytest.approx((0 + 25 + 2 * 75 + 4 * 100) / 8)
    assert top2(EIGHT) == 0.75
    assert bottom2(EIGHT) == 0.25
    assert net(EIGHT) == 0.5


def test_without_votes_there_is_no_score_and_without_interactions_no_response_rate() -> None:
    none = Votes.of_five_faces(0, 0, 0, 0, 0)
    assert (mean(none), top2(none), bottom2(none), net(none)) == (None, None, None, None)
    assert mean_interval(none) is None
    assert wilson(0, 0) is None
    assert response_rate(0, 0) is None
    assert response_rate(3, 12) == 0.25


def test_points_and_not_faces_make_the_mean_of_a_four_point_scale() -> None:
    third_of_four = Votes((0, 0, 0, 1, 0), 6_667, 6_667**2)
    assert mean(third_of_four) == pytest.approx(66.67)


def test_wilson_gives_the_published_interval() -> None:
    # Newcombe, Statistics in Medicine 17 (1998) 857–872, table I: 81 of 263 and 0 of 20
    low, high = wilson(81, 263) or pytest.fail("no interval")
    assert (round(low, 4), round(high, 4)) == (0.2553, 0.3662)
    low, high = wilson(0, 20) or pytest.fail("no interval")
    assert (low, round(high, 4)) == (0.0, 0.1611)


@given(st.integers(1, 10_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_stays_within_a_share_and_holds_the_observed_one(pair: tuple[int, int]) -> None:
    successes, trials = pair
    interval = wilson(successes, trials)
    assert interval is not None
    assert 0 <= interval.low <= successes / trials + 1e-12
    assert successes / trials - 1e-12 <= interval.high <= 1


def test_the_interval_of_the_mean_has_the_moments_of_the_dirichlet_posterior() -> None:
    drawn = np.random.default_rng(7).dirichlet(np.array(EIGHT.faces) + 0.5, 400_000)
    means = drawn @ np.array([0, 25, 50, 75, 100])
    low, high = mean_interval(EIGHT) or pytest.fail("no interval")
    assert (low + high) / 2 == pytest.approx(means.mean(), abs=0.1)
    assert (high - low) / 2 / 1.959964 == pytest.approx(means.std(), abs=0.1)


@given(votes)
def test_the_interval_of_the_mean_stays_within_the_scale(drawn: Votes) -> None:
    if (interval := mean_interval(drawn)) is None:
        assert drawn.count == 0
    else:
        assert 0 <= interval.low < interval.high <= 100


def test_a_parent_narrows_the_interval_and_draws_it_to_itself() -> None:
    desk = Votes.of_five_faces(6, 0, 0, 0, 4)
    office = Votes.of_five_faces(20, 20, 40, 220, 700)
    alone = mean_interval(desk) or pytest.fail("no interval")
    within = mean_interval(desk, parent_prior(office)) or pytest.fail("no interval")
    assert within.high - within.low < 0.6 * (alone.high - alone.low)
    assert within.low + within.high > alone.low + alone.high


def test_the_interval_of_the_mean_covers_what_it_says_at_ten_votes() -> None:
    rng = np.random.default_rng(11)
    weights = np.array([0, 25, 50, 75, 100])
    hits = []
    for shares in ([0.05, 0.05, 0.1, 0.3, 0.5], [0.2] * 5, [0.3, 0.1, 0.1, 0.1, 0.4]):
        truth = float(np.dot(shares, weights))
        for drawn in rng.multinomial(10, shares, 1_500):
            interval = mean_interval(Votes.of_five_faces(*map(int, drawn)))
            assert interval is not None
            hits.append(interval.low <= truth <= interval.high)
    assert 0.92 <= float(np.mean(hits)) <= 0.98


@pytest.mark.parametrize(
    ("score", "nearest"),
    [(0, 1), (12.4, 1), (12.5, 2), (37.5, 3), (62.4, 3), (62.5, 4), (87.5, 5), (100, 5)],
)
def test_a_mean_has_the_nearest_face(score: float, nearest: int) -> None:
    assert face(score) == nearest


def test_the_published_percentage_was_the_mean_until_march_2026_and_top_two_since() -> None:
    before = published_formula(date(2026, 3, 31))
    after = published_formula(date(2026, 4, 1))
    assert (before.name, after.name) == ("mean", "top2")
    assert before.percent(EIGHT) == mean(EIGHT)
    assert after.percent(EIGHT) == 75.0


def test_every_formula_has_a_version_a_beginning_and_a_source() -> None:
    assert {formula.version for formula in FORMULAS} == {FORMULA_VERSION}
    assert all(formula.valid_from and formula.citation for formula in FORMULAS)
    assert len({formula.name for formula in FORMULAS}) == len(FORMULAS)
