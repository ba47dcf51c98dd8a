"""Leads by rolling origins: nothing of the future, nothing of the season, and honest chances."""

import numpy as np
import pytest

from models.lead import (
    LEVEL,
    OWN_LAGS,
    ROWS_A_HARMONIC,
    Evidence,
    Floats,
    Forecasts,
    evidence,
    forecasts,
    holm,
)
from models.periods import Cadence, Period, parse_period
from models.seasons import HARMONICS, TRAINING, seasonal

FIRST = parse_period("2022-W36")
HORIZON = 2
WEEKS = 156


def draws() -> np.random.Generator:
    return np.random.default_rng(1)


def noise(seed: int, weeks: int = WEEKS) -> Floats:
    return np.random.default_rng(seed).standard_normal(weeks)


def after(series: Floats, periods: int) -> Floats:
    """``series`` so many periods later, zeros before it began."""
    return np.concatenate([np.zeros(periods), series[:-periods]])


def season(amplitude: float, seed: int) -> Floats:
    numbers = FIRST.number + np.arange(WEEKS)
    columns = seasonal(Cadence.WEEK, numbers, 3)
    return amplitude * columns @ np.random.default_rng(seed).standard_normal(columns.shape[1])


def test_a_forecast_knows_nothing_of_what_comes_after_its_origin() -> None:
    lagging, leading = noise(1), noise(2)
    before = forecasts(lagging, leading, FIRST, HORIZON)
    for place in (70, 100, 155):
        changed, turned = lagging.copy(), leading.copy()
        changed[place - HORIZON + 1 :] += 50
        turned[place - HORIZON + 1 :] -= 50
        again = forecasts(changed, turned, FIRST, HORIZON)
        until = before.targets <= FIRST.number + place
        assert np.allclose(before.own[until], again.own[until], atol=1e-6)
        assert np.allclose(before.led[until], again.led[until], atol=1e-6)


def test_a_forecast_is_that_of_least_squares_over_its_past() -> None:
    lagging, leading = noise(3) + season(2, 1), noise(4)
    found = forecasts(lagging, leading, FIRST, HORIZON)
    place = 120
    rows = np.arange(HORIZON + OWN_LAGS - 1, place - HORIZON + 1)
    numbers = FIRST.number + np.arange(WEEKS)
    past = [np.roll(lagging, HORIZON), np.roll(lagging, HORIZON + 1), np.roll(leading, HORIZON)]
    columns = np.column_stack(
        [
            np.ones(WEEKS),
            np.arange(WEEKS),
            seasonal(Cadence.WEEK, numbers, min(10, len(rows) // ROWS_A_HARMONIC)),
            *past,
        ]
    )
    weights, *_ = np.linalg.lstsq(columns[rows], lagging[rows])
    at = found.targets == FIRST.number + place
    assert found.led[at] == pytest.approx(columns[place] @ weights, abs=1e-6)
    own, *_ = np.linalg.lstsq(columns[rows, :-1], lagging[rows])
    assert found.own[at] == pytest.approx(columns[place, :-1] @ own, abs=1e-6)


def test_no_unit_and_no_origin_of_a_series_matters() -> None:
    lagging, leading = noise(5), noise(6)
    plain = forecasts(lagging, leading, FIRST, HORIZON)
    other = forecasts(1000 * lagging + 7, 0.01 * leading - 3, FIRST, HORIZON)
    assert np.allclose(1000 * plain.led + 7, other.led, atol=1e-3)
    assert other.slope == pytest.approx(plain.slope * 100_000, rel=1e-6)


def test_a_lead_is_found_with_its_slope_at_its_horizon_alone() -> None:
    leading = noise(7)
    lagging = season(3, 2) - 4 * after(leading, HORIZON) + noise(8)
    found = forecasts(lagging, season(3, 3) + leading, FIRST, HORIZON)
    told = evidence([found], HORIZON, draws())
    assert told is not None
    assert told.demonstrates()
    assert told.skill > 0.7
    assert told.low < told.skill < told.high
    assert found.slope == pytest.approx(-4, abs=0.3)
    beside = evidence([forecasts(lagging, leading, FIRST, 3)], 3, draws())
    assert beside is not None
    assert not beside.demonstrates()


@pytest.mark.parametrize("seed", range(5))
def test_one_season_of_both_is_no_lead(seed: int) -> None:
    shared = season(5, seed)
    found = forecasts(after(shared, 2) + noise(10 + seed), shared + noise(20 + seed), FIRST, 2)
    told = evidence([found], HORIZON, draws())
    assert told is not None
    assert not told.demonstrates()


def test_what_the_series_itself_foretells_is_not_the_leaders() -> None:
    lagging = np.cumsum(noise(30))
    copy = lagging + 0.01 * noise(31)
    told = evidence([forecasts(lagging, copy, FIRST, HORIZON)], HORIZON, draws())
    assert told is not None
    assert not told.demonstrates()


def test_gaps_cost_the_forecasts_that_need_them_and_no_others() -> None:
    lagging, leading = noise(40), noise(41)
    whole = forecasts(lagging, leading, FIRST, HORIZON)
    lagging[100] = leading[120] = np.nan
    found = forecasts(lagging, leading, FIRST, HORIZON)
    lost = {FIRST.number + place for place in (100, 102, 103, 122)}
    assert set(whole.targets) - set(found.targets) == lost


@pytest.mark.parametrize("cadence", Cadence)
def test_seasons_of_every_cadence_are_told_apart_and_forecast_exactly(cadence: Cadence) -> None:
    first = Period(cadence, 24_300 if cadence is Cadence.MONTH else 8_100)
    count = TRAINING[cadence] + 300
    numbers = first.number + np.arange(count)
    columns = seasonal(cadence, numbers, HARMONICS[cadence])
    assert np.linalg.matrix_rank(np.column_stack([np.ones(count), columns])) == (
        columns.shape[1] + 1
    )
    if cadence in (Cadence.MONTH, Cadence.QUARTER):
        assert columns.shape[1] == {Cadence.MONTH: 11, Cadence.QUARTER: 3}[cadence]
    lagging = columns @ np.arange(1.0, columns.shape[1] + 1)
    found = forecasts(lagging, noise(50, count), first, 1)
    late = found.targets > first.number + TRAINING[cadence] + 100
    assert np.abs(found.surprise[late]).max() < 0.05


def test_without_history_there_is_no_evidence() -> None:
    short = forecasts(noise(60, 40), noise(61, 40), FIRST, HORIZON)
    assert len(short.targets) == 0
    assert evidence([short], HORIZON, draws()) is None
    nothing = forecasts(np.empty(0), np.empty(0), FIRST, HORIZON)
    assert evidence([nothing], HORIZON, draws()) is None


def test_few_forecasts_claim_nothing_however_good() -> None:
    leading = noise(62, 70)
    lagging = after(leading, HORIZON) + 0.01 * noise(63, 70)
    told = evidence([forecasts(lagging, leading, FIRST, HORIZON)], HORIZON, draws())
    assert told is not None
    assert told.forecasts < 30
    assert told.skill > 0.9
    assert not told.demonstrates()


def test_a_series_that_never_moves_is_no_evidence() -> None:
    flat = forecasts(np.full(WEEKS, 3.0), noise(64), FIRST, HORIZON)
    told = evidence([flat], HORIZON, draws())
    assert told is None or not told.demonstrates()


def test_offices_together_show_what_none_shows_alone() -> None:
    alone, together = 0, []
    for office in range(8):
        leading = noise(100 + office)
        lagging = 0.25 * after(leading, HORIZON) + noise(200 + office)
        each = forecasts(lagging, leading, FIRST, HORIZON)
        together.append(each)
        told = evidence([each], HORIZON, draws())
        alone += told is not None and told.demonstrates()
    pooled = evidence(together, HORIZON, draws())
    assert pooled is not None
    assert pooled.demonstrates()
    assert alone < 4


def test_offices_that_are_copies_of_each_other_prove_no_more_than_one() -> None:
    leading = noise(70)
    one = forecasts(0.25 * after(leading, HORIZON) + noise(71), leading, FIRST, HORIZON)
    alone, copies = (evidence([one] * times, HORIZON, draws()) for times in (1, 20))
    assert alone is not None
    assert copies is not None
    assert (copies.low, copies.high) == pytest.approx((alone.low, alone.high))


def test_the_interval_covers_the_skill_that_such_series_reach_four_times_of_five() -> None:
    skills, intervals = [], []
    for seed in range(60):
        leading = noise(1_000 + seed)
        lagging = np.sqrt(0.3) * after(leading, HORIZON) + np.sqrt(0.7) * noise(2_000 + seed)
        told = evidence([forecasts(lagging, leading, FIRST, HORIZON)], HORIZON, draws())
        assert told is not None
        skills.append(told.skill)
        intervals.append((told.low, told.high))
    usual = np.mean(skills)
    inside = sum(low <= usual <= high for low, high in intervals)
    assert usual == pytest.approx(0.28, abs=0.04)
    assert 0.7 * 60 <= inside <= 0.95 * 60  # less than 90 %: see decision 0022


def test_several_questions_are_judged_together() -> None:
    assert holm([0.001]) == [LEVEL]
    assert holm([0.03, 0.001], 0.04) == pytest.approx([0.04, 0.02])
    assert holm([0.03, 0.02, 0.001], 0.03) == pytest.approx([0.0, 0.015, 0.01])
    assert holm([]) == []


def test_a_claim_needs_skill_chance_and_forecasts() -> None:
    assert Evidence(0.1, 0.01, 0.2, 0.04, 30).demonstrates()
    assert not Evidence(-0.1, 0.01, 0.2, 0.04, 30).demonstrates()
    assert not Evidence(0.1, -0.01, 0.2, 0.06, 30).demonstrates()
    assert not Evidence(0.1, 0.01, 0.2, 0.04, 29).demonstrates()


def test_surprise_and_foresight_are_what_they_say() -> None:
    told = Forecasts(np.array([1]), np.array([5.0]), np.array([3.0]), np.array([4.0]), 0.0)
    assert told.surprise.tolist() == [2.0]
    assert told.foresight.tolist() == [1.0]


def test_help_that_comes_and_goes_in_long_spells_makes_the_interval_wider() -> None:
    count = 120
    spells = 0.3 * np.sign(np.sin(2 * np.pi * (np.arange(count) + 0.5) / 40))
    mixed = np.random.default_rng(1).permutation(spells)
    widths = []
    for foresight in (spells, mixed):
        actual = np.ones(count)
        told = Forecasts(np.arange(count), actual, np.zeros(count), foresight, 0.0)
        found = evidence([told], HORIZON, draws())
        assert found is not None
        widths.append(found.high - found.low)
    assert widths[0] > 1.5 * widths[1]
