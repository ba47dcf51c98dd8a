"""Shares of a desk beside its score: what is expected of them, and what counts say."""

import numpy as np
import pytest

from models.alert_kinds import RESPONSE, UNFINISHED
from streams.core.alarm_thresholds import AMBER_DAYS, PAGE_DAYS
from streams.core.drop_detector import NO_EVIDENCE, after_votes
from streams.core.share_watch import (
    DEAD_BAND,
    QUARTER_MS,
    SIZES,
    Quarters,
    Share,
    settled,
    shares_estimated,
)

A_DAY = 32
"""Quarters of an open day."""


def counts(
    days: int,
    response: list[float],
    unfinished: float = 0.03,
    trials: float = 3.0,
    day_sd: float = 0.0,
    seed: int = 1,
) -> tuple[Quarters, np.ndarray]:
    """Days of desks with these response rates, whose logits deviate by ``day_sd`` by the day; and
    their days."""
    rng = np.random.default_rng(seed)
    desks = len(response)
    day = np.repeat(np.arange(days), A_DAY * desks)
    desk = np.tile(np.repeat(np.arange(desks), A_DAY), days)
    start = (96 * day + np.tile(np.arange(A_DAY), days * desks)) * QUARTER_MS
    completed = rng.poisson(trials, len(day))
    logit = np.log(np.array(response) / (1 - np.array(response)))[desk]
    logit = logit + rng.normal(0, day_sd, (days, desks))[day, desk]
    answered = rng.binomial(completed, 1 / (1 + np.exp(-logit)))
    gone = rng.binomial(completed, unfinished)
    names = [f"d{n}" for n in range(desks)]
    return Quarters(names, desk, start, completed, gone, completed, answered), day


def known(quarters: Quarters, day: np.ndarray) -> dict[str, Share]:
    return shares_estimated(quarters, day, {name: at for at, name in enumerate(quarters.desks)})


def test_a_desk_has_its_own_share_and_one_without_history_the_offices() -> None:
    share = known(*counts(40, [0.2, 0.4, 0.6]))[RESPONSE]
    assert share.shares[:3] == pytest.approx([0.2, 0.4, 0.6], abs=0.03)
    assert share.shares[-1] == pytest.approx(0.4, abs=0.03)
    assert share.quarters_a_day[:3] == pytest.approx([A_DAY * (1 - np.exp(-3))] * 3, rel=0.05)


def test_a_desk_with_little_history_is_drawn_to_the_office() -> None:
    quarters, day = counts(40, [0.3, 0.35, 0.4, 0.45, 0.5, 0.9])
    few = (quarters.desk < 5) | (quarters.start < 4 * QUARTER_MS)
    share = known(quarters.some(few), day[few])[RESPONSE]
    assert 0.4 < share.shares[5] < 0.87


def test_days_that_differ_beyond_chance_make_evidence_weaker() -> None:
    calm, restless = (known(*counts(40, [0.4] * 4, day_sd=sd))[RESPONSE] for sd in (0.0, 0.8))
    assert calm.dispersion == pytest.approx(1.0, abs=0.2)
    assert restless.dispersion > 3
    few, none = np.array([10.0]), np.array([0.0])
    weak, strong = (one.ratios(RESPONSE, 0, few, none)[0, 1] for one in (restless, calm))
    assert 1 < weak < strong


def test_too_little_history_lets_expect_nothing() -> None:
    quarters, day = counts(1, [0.4], trials=3)
    assert quarters.completed.sum() < 200
    assert known(quarters, day) == {}


def test_a_ratio_is_that_of_the_binomial_distribution() -> None:
    share = Share(np.array([0.3, 0.3]), np.array([10.0, 10.0]), 1.0)
    (found,) = share.ratios(UNFINISHED, 0, np.array([7.0]), np.array([4.0]))
    odds = 0.3 / 0.7 * np.array([DEAD_BAND, *SIZES])
    chances = odds / (1 + odds)
    likelihood = chances**4 * (1 - chances) ** 3
    assert found == pytest.approx(likelihood[1:] / likelihood[0])
    (falling,) = share.ratios(RESPONSE, 0, np.array([7.0]), np.array([0.0]))
    assert np.all(falling > 1)


def test_the_last_half_hour_of_a_day_says_nothing_of_who_votes() -> None:
    quarters, _ = counts(1, [0.4])
    assert settled(quarters).sum() == A_DAY - 2


def alarms(seed: int, response: float, unfinished: float, kind: str) -> list[int]:
    """Amber alarms in 30 days of each of 10 desks of a usual 40 % and 3 %."""
    history, day = counts(40, [0.4] * 10, seed=seed, day_sd=0.15)
    share = known(history, day)[kind]
    watched, _ = counts(30, [response] * 10, unfinished, seed=seed + 1, day_sd=0.15)
    found = []
    for desk in range(10):
        some = watched.some(watched.desk == desk)
        trials, successes = (column.astype(np.float64) for column in some.of(kind))
        ratios = share.ratios(kind, desk, trials, successes).tolist()
        limit = share.thresholds(desk)[0]
        _, raised = after_votes(NO_EVIDENCE, ratios, some.start.tolist(), limit, SIZES)
        found.append(len(raised))
    return found


def test_calm_desks_alarm_at_most_as_often_as_stated() -> None:
    for kind in (RESPONSE, UNFINISHED):
        of = [sum(alarms(seed, 0.4, 0.03, kind)) for seed in range(0, 40, 2)]
        assert sum(of) <= 200  # one in 30 days of a desk
        assert sum(of) > 5  # it is no detector that never speaks


def test_a_collapse_and_a_rush_to_the_door_are_found_at_every_desk() -> None:
    assert min(alarms(3, 0.1, 0.03, RESPONSE)) > 5
    assert min(alarms(3, 0.4, 0.15, UNFINISHED)) > 5
    assert PAGE_DAYS == 3 * AMBER_DAYS
