"""Baselines of simulated offices: near to the truth, near to the office while history is thin."""

from typing import NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

from streams.core.baseline import HOURS, WEEKDAYS, Baseline, History, estimated
from streams.core.faces import Floats, tilted

REFERENCE = [0.07, 0.05, 0.10, 0.25, 0.53]
OPEN = slice(8, 16)
HOUR_POINTS = np.array([3, 1, -3, -4, -1, 1, 2, 1.0])
WEEKDAY_POINTS = np.array([-3, 0, 1, 1, 1, 0, 0.0])
SERVICE_POINTS = np.array([0.0, -8.0, 5.0])
_MEANS = np.arange(5, 98, 0.25)
_SHARES = tilted(REFERENCE, _MEANS).cumsum(1)
EVERY = np.arange


class Office(NamedTuple):
    """An office as it is, and what was counted there."""

    history: History
    desks: Floats
    expected: Floats
    """The true expected score of each vote, its day's effect left out."""


def office(
    votes_a_day: list[float],
    days: int = 40,
    desk_sd: float = 4.0,
    day_sd: float = 2.0,
    own_hours: bool = False,
    seed: int = 1,
) -> Office:
    """Votes of ``days`` weekdays; ``own_hours``: the first desk is 12 points lower from 14 h on."""
    rng = np.random.default_rng(seed)
    count = len(votes_a_day)
    votes = rng.poisson(np.array(votes_a_day)[:, None], (count, days))
    desk, day = (np.repeat(index.ravel(), votes.ravel()) for index in np.indices((count, days)))
    weekday, hour = day % 5, rng.integers(OPEN.start, OPEN.stop, len(day))
    # The first desk serves the unloved service more often than the others do.
    service = np.where((desk == 0) & (rng.random(len(day)) < 0.5), 1, rng.integers(0, 3, len(day)))
    desks = rng.normal(0, desk_sd, count)
    expected = 74 + desks[desk] + WEEKDAY_POINTS[weekday] + SERVICE_POINTS[service]
    expected += HOUR_POINTS[hour - OPEN.start]
    if own_hours:
        expected -= np.where((desk == 0) & (hour >= 14), 12.0, 0.0)
    means = expected + rng.normal(0, day_sd, (count, days))[desk, day]
    rows = np.clip(np.rint((means - _MEANS[0]) * 4).astype(int), 0, len(_MEANS) - 1)
    faces = (rng.random((len(day), 1)) > _SHARES[rows, :-1]).sum(1)
    history = History(desk, weekday, hour, service, 2_500 * faces, day)
    return Office(history, desks, expected)


def expected_of(baseline: Baseline, history: History) -> Floats:
    return baseline.expected(history.desk, history.weekday, history.hour, history.service)


def codes(*numbers: int) -> NDArray[np.intp]:
    return np.array(numbers, np.intp)


def test_with_eight_weeks_of_votes_expected_scores_come_within_a_point_of_the_truth() -> None:
    real = office([48.0] * 12)
    baseline = estimated(real.history, 12, 3)
    error = expected_of(baseline, real.history) - real.expected
    # Of a desk's mean alone 40 days leave √((30²/48 + 2²)/40) = 0.75 points.
    assert np.sqrt(np.mean(error**2)) < 1.0


def test_the_effects_are_told_apart_although_services_differ_between_desks() -> None:
    real = office([150.0] * 10)
    baseline = estimated(real.history, 10, 3)
    hours = baseline.hours[OPEN] - baseline.hours[OPEN].mean()
    assert np.abs(hours - HOUR_POINTS).max() < 0.8
    services = baseline.services[:-1] - baseline.services[:-1].mean()
    assert np.abs(services - (SERVICE_POINTS - SERVICE_POINTS.mean())).max() < 0.8
    desks = baseline.desks[:-1] - baseline.desks[:-1].mean()
    assert np.abs(desks - (real.desks - real.desks.mean())).max() < 1.5


def test_a_desk_with_hours_of_its_own_is_expected_to_keep_them() -> None:
    real = office([150.0] * 8, own_hours=True)
    baseline = estimated(real.history, 8, 3)
    late, early = (
        baseline.expected(codes(0), codes(2), codes(hour), codes(0))
        - HOUR_POINTS[hour - OPEN.start]
        for hour in (15, 11)
    )
    assert (late - early).item() == pytest.approx(-12, abs=4)
    assert np.abs(baseline.desk_hours[1:]).max() < 3.5


def test_a_desk_without_history_gets_the_offices_baseline() -> None:
    real = office([40.0] * 6)
    baseline = estimated(real.history, 7, 4)
    hours = EVERY(OPEN.start, OPEN.stop)
    at = codes(2), hours, codes(1)
    unknown = baseline.expected(codes(-1), *at)
    assert baseline.expected(codes(6), *at).tolist() == unknown.tolist()
    assert baseline.day_sd[6] == pytest.approx(baseline.day_sd[-1])
    assert baseline.votes_a_day[6] == baseline.votes_a_day[-1] == pytest.approx(40, rel=0.05)
    never_served = baseline.expected(codes(0), codes(2), hours, codes(3))
    assert never_served.tolist() == baseline.expected(codes(0), codes(2), hours, codes(-1)).tolist()


def test_a_desk_moves_away_from_the_office_as_votes_come() -> None:
    moved = []
    for fifths in (1, 4, 16, 64):
        usual, lower = [0, 4, 4, 3, 4] * 200, [0, 4, 3, 1, 4] * fifths
        points = 2_500 * np.array(usual * 6 + lower)
        desk = np.repeat(EVERY(7), [1_000] * 6 + [5 * fifths])
        same = np.zeros(len(desk), np.intp)
        history = History(desk, same, same + 9, same, points, EVERY(len(desk)) // 5 % 5)
        baseline = estimated(history, 7, 1)
        moved.append(float(baseline.desks[:6].mean() - baseline.desks[6]))
    assert moved == sorted(moved)
    assert moved[0] < 2
    assert moved[-1] == pytest.approx(15, abs=3)


def test_thin_desks_are_nearer_to_the_truth_than_their_own_means_are() -> None:
    real = office([5.0] * 30, days=5, desk_sd=4.0, day_sd=0.0, seed=4)
    history = real.history
    baseline = estimated(history, 30, 3)
    counts = np.bincount(history.desk)
    own = np.bincount(history.desk, history.points / 100) / counts
    truth = np.bincount(history.desk, real.expected) / counts
    shrunk = np.bincount(history.desk, expected_of(baseline, history)) / counts
    assert np.square(shrunk - truth).mean() < 0.5 * np.square(own - truth).mean()


@pytest.mark.parametrize("day_sd", [0.0, 2.0, 4.0])
@pytest.mark.parametrize("votes_a_day", [48.0, 300.0])
def test_how_much_whole_days_differ_is_found(day_sd: float, votes_a_day: float) -> None:
    real = office([votes_a_day] * 12, day_sd=day_sd, desk_sd=2.0, seed=6)
    found = estimated(real.history, 12, 3).day_sd
    assert found[-1] == pytest.approx(day_sd, abs=0.7 if day_sd else 1.0)


def test_one_restless_desk_is_told_from_calm_ones() -> None:
    real = office([200.0] * 10, day_sd=1.5, desk_sd=2.0)
    shift = np.random.default_rng(5).normal(0, 900, 40).astype(int)
    moved = np.where(real.history.desk == 3, shift[real.history.day], 0)
    points = np.clip(real.history.points + moved, 0, 10_000)
    day_sd = estimated(real.history._replace(points=points), 10, 3).day_sd
    assert day_sd[3] > 4
    assert max(np.delete(day_sd[:-1], 3)) < 2.5


def test_days_that_differ_make_the_rest_less_certain() -> None:
    apart = []
    for seed in range(6):
        real = office([60.0] * 8, days=5, desk_sd=0.0, day_sd=8.0, seed=seed)
        mondays = real.history._replace(weekday=np.zeros_like(real.history.weekday))
        baseline = estimated(mondays, 8, 3)
        apart.append(np.std(baseline.desks[:-1] + baseline.desk_weekdays[:-1, 0]))
    # Desks are equal; five days alone set their means 8/√5 = 3.6 points apart.
    assert np.mean(apart) < 2


def test_an_office_without_any_vote_expects_nothing() -> None:
    nothing = History(*(np.zeros(0, np.intp) for _ in History._fields))
    baseline = estimated(nothing, 2, 1)
    assert np.isnan(baseline.mean)
    assert baseline.day_sd.tolist() == [0.0, 0.0, 0.0]
    assert np.isnan(baseline.expected(codes(0), codes(0), codes(9), codes(0))).all()


def test_a_single_vote_makes_a_baseline() -> None:
    one = History(*(codes(value) for value in (0, 2, 9, 0, 7_500, 19_700)))
    baseline = estimated(one, 1, 1)
    assert baseline.expected(codes(0), codes(2), codes(9), codes(0)) == pytest.approx([75.0])


def test_expected_scores_stay_within_what_a_score_can_be() -> None:
    real = office([80.0] * 4)
    best = real.history._replace(points=np.full(len(real.history.points), 10_000))
    everywhere = np.indices((4, WEEKDAYS, HOURS, 3)).reshape(4, -1)
    baseline = estimated(best, 4, 3)
    assert baseline.expected(*everywhere).max() == 99
    assert baseline.day_sd.tolist() == [0.0] * 5


def test_the_order_of_votes_does_not_matter() -> None:
    real = office([30.0] * 4)
    order = np.random.default_rng(7).permutation(len(real.history.desk))
    shuffled = History._make(column[order] for column in real.history)
    everywhere = np.indices((4, 5, HOURS, 3)).reshape(4, -1)
    first, second = (estimated(h, 4, 3).expected(*everywhere) for h in (real.history, shuffled))
    assert np.abs(first - second).max() < 1e-4
