"""The measurement of leads: its worlds are what they say, and its promises can be missed."""

import numpy as np
import pytest
from typer.testing import CliRunner

from benchmarks.indicator import __main__ as script
from benchmarks.indicator.trials import answer, counted, rate
from benchmarks.indicator.worlds import (
    LEAD,
    WITHOUT_LEAD,
    Draw,
    Pair,
    following,
    independent,
    leading,
    led,
    one_season,
)

PAIRS = 25


def without_season(pairs: int, of_score: float, of_rest: float) -> tuple[list[float], list[float]]:
    """Squared correlations at the lead and a week beside it, seasons taken out by regression."""
    at, beside = [], []
    weeks = np.arange(156)
    angles = 2 * np.pi / 52.1775 * np.outer(weeks, [1, 2, 3])
    known = np.column_stack([np.ones(156), np.cos(angles), np.sin(angles)])
    rng = np.random.default_rng(3)
    for _ in range(pairs):
        series = np.column_stack(led(rng, of_score, of_rest))
        score, lagging = (series - known @ np.linalg.lstsq(known, series)[0]).T
        at.append(np.corrcoef(score[:-LEAD], lagging[LEAD:])[0, 1] ** 2)
        beside.append(np.corrcoef(score[: -LEAD - 1], lagging[LEAD + 1 :])[0, 1] ** 2)
    return at, beside


def test_a_true_lead_explains_three_tenths_two_weeks_later() -> None:
    at, beside = without_season(200, 0.0, 0.0)
    assert np.mean(at) == pytest.approx(0.3, abs=0.02)
    assert np.mean(beside) < 0.02


@pytest.mark.parametrize("draw", WITHOUT_LEAD.values(), ids=[*WITHOUT_LEAD])
def test_every_pair_has_a_value_a_week_and_the_same_seed_gives_the_same(draw: Draw) -> None:
    one, again = (draw(np.random.default_rng(8)) for _ in range(2))
    assert len(one.score) == len(one.lagging) == 156
    assert np.isfinite(one).all()
    assert np.array_equal(one, again)


def test_one_season_of_both_series_is_not_called_a_lead() -> None:
    assert rate(one_season, PAIRS, seed=11).claimed <= 3


def test_leads_are_found_and_none_is_claimed_where_there_is_none() -> None:
    assert rate(independent, PAIRS, seed=11).claimed <= 3
    assert rate(leading, PAIRS, seed=12).claimed >= 17
    assert rate(following, PAIRS, seed=13).claimed <= 3


def test_the_direction_that_leads_is_the_one_that_is_claimed() -> None:
    pair = led(np.random.default_rng(21), 0.0, 0.0)
    forward, back = answer(pair), answer(Pair(pair.lagging, pair.score))
    assert (forward.demonstrated, forward.reverse_demonstrated) == (True, False)
    assert (back.demonstrated, back.reverse_demonstrated) == (False, True)


def test_raw_seasons_would_be_called_leads(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the season's columns are for: without them the promise is missed."""
    monkeypatch.setattr("models.lead.seasonal", lambda _, numbers, __: np.zeros((len(numbers), 1)))
    assert rate(one_season, PAIRS, seed=11).claimed > 9


@pytest.mark.parametrize(("false", "true", "code"), [(1, 9, 0), (2, 9, 1), (1, 7, 1)])
def test_the_script_says_by_its_exit_code_whether_the_promises_are_kept(
    monkeypatch: pytest.MonkeyPatch, false: int, true: int, code: int
) -> None:
    counts = {independent: 5 * false, leading: 10 * true}
    monkeypatch.setattr(script, "rate", lambda draw, pairs, _: counted(counts[draw], pairs))
    done = CliRunner().invoke(script.app, ["--pairs", "100"])
    assert done.exit_code == code
    assert f"({5 * false} of 100) claimed; at most 5 % are allowed" in done.stdout
    assert f"({10 * true} of 100) found; at least 80 % are wanted" in done.stdout
