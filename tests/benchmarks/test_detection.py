"""The comparison of detectors of score drops: its desks, its rivals, its verdict."""

from itertools import product

import numpy as np
import pytest

from benchmarks.detection.comparing import (
    DAY_SDS,
    DROPS,
    RATES_AN_HOUR,
    Cell,
    Estimate,
    Row,
)
from benchmarks.detection.desks import Change, Desks, Votes, World
from benchmarks.detection.detectors import SCORES, Cusum, Detector, Ewma, HourlyMean
from benchmarks.detection.report import Worlds, report
from benchmarks.detection.river_detectors import river_drift
from benchmarks.detection.trials import calibrated, delays, dropping, rates
from models.errors import WorldError
from streams.core.faces import Floats

CALM = World(160.0, 0.0, history_days=0)


def drawn(world: World, desks: int, votes: int, change: Change | None = None) -> Votes:
    rng = np.random.default_rng(1)
    days = votes / world.votes_a_day + 5
    return Desks(world, desks, days, rng, change or Change.never(desks)).draw(votes)


def test_a_simulated_desk_has_its_votes_a_day_and_its_mean() -> None:
    votes = drawn(CALM, 50, 4_000)
    days = votes.minutes[-1] / 480
    assert (4_000 / days).mean() == pytest.approx(160, rel=0.02)
    assert np.all(np.diff(votes.minutes, axis=0) >= 0)
    assert SCORES[votes.faces].mean() == pytest.approx(votes.expected.mean(), abs=0.5)


def test_whole_days_deviate_as_the_world_says() -> None:
    votes = drawn(World(2_000.0, 4.0, history_days=0), 40, 20_000)
    left, day = SCORES[votes.faces] - votes.expected, (votes.minutes // 480).astype(int)
    means = [left[:, desk][day[:, desk] == each].mean() for desk in range(40) for each in range(9)]
    assert np.std(means) == pytest.approx(4.0, rel=0.12)


def test_a_drop_lowers_the_mean_by_its_points_from_its_minute_on() -> None:
    change = Change(20.0, np.full(60, 2_400.0))
    votes = drawn(CALM, 60, 1_600, change)
    left, after = SCORES[votes.faces] - votes.expected, votes.minutes >= 2_400
    assert left[~after].mean() == pytest.approx(0, abs=0.5)
    assert left[after].mean() == pytest.approx(-20, abs=0.7)


def test_the_expected_score_is_off_as_much_as_history_leaves_it() -> None:
    world = World(160.0, 3.0)
    expected = drawn(world, 3_000, 2).expected[0]
    exact = drawn(World(160.0, 3.0, history_days=0), 3_000, 2).expected[0]
    # √((30.06²/160 + 3²)/40)
    assert np.std(expected - exact) == pytest.approx(0.605, rel=0.05)


def alarms_of(detector: Detector, votes: Votes, threshold: float) -> list[tuple[int, int]]:
    """Desk and number of the vote of every alarm."""
    count = votes.faces.shape[1]
    detector.begin(np.array([threshold]), count)
    rows = enumerate(detector.prepare(votes))
    return [(int(desk), number) for number, row in rows for desk in detector.advance(row)]


def by_hand(values: Floats, detector: str, threshold: float) -> list[int]:
    found, state = [], 0.0
    for number, value in enumerate(values.tolist()):
        state = max(0.0, state + value) if detector == "cusum" else 0.95 * state + 0.05 * value
        if (state > threshold) if detector == "cusum" else (state < -threshold):
            found.append(number)
            state = 0.0
    return found


def test_cusum_and_ewma_do_what_their_formulas_say() -> None:
    votes = drawn(CALM, 3, 2_000, Change(20.0, np.full(3, 2_000.0)))
    for detector, name, threshold in ((Cusum(20.0), "cusum", 4.0), (Ewma(0.05), "ewma", 0.5)):
        found = alarms_of(detector, votes, threshold)
        values = detector.prepare(votes)
        assert len(found) > 30
        for desk in range(3):
            alone = by_hand(values[:, desk], name, threshold)
            assert [number for one, number in found if one == desk] == alone


def test_the_hourly_mean_is_judged_when_its_hour_is_over_and_only_with_ten_votes() -> None:
    minutes = np.concatenate([np.arange(10) + 1.0, np.arange(9) + 61.0, np.arange(12) + 121.0])
    minutes = np.append(minutes, 190.0)[:, None]
    faces = np.zeros(minutes.shape, np.int8)
    found = alarms_of(HourlyMean(), Votes(minutes, np.full(minutes.shape, 78.0), faces), -40.0)
    assert found == [(0, 10), (0, 31)]


def test_a_calibrated_threshold_gives_the_wanted_rate_on_other_desks() -> None:
    for detector in (Cusum(20.0), Ewma(0.05), HourlyMean()):
        threshold = calibrated(detector, CALM, 1 / 10, 6_000, seed=2)
        (found,) = rates(detector, CALM, np.array([threshold]), 6_000, seed=3)
        assert found == pytest.approx(1 / 10, rel=0.2), detector.name


def test_delays_count_the_votes_from_the_drop_to_the_alarm() -> None:
    class AtFirstVote(Ewma):
        """Alarms at every vote."""

        def advance(self, prepared: Floats) -> np.ndarray:
            return np.arange(len(prepared))

    found = delays(AtFirstVote(0.05), 1.0, CALM, 20.0, 40, seed=4)
    assert found.votes.tolist() == [1.0] * 40
    assert 1.5 < found.minutes.mean() < 6  # 20 votes an hour come every 3 minutes
    begun = dropping(CALM, 20.0, 40, seed=4).change.minutes
    assert np.all((begun >= 8 * 480) & (begun <= 12 * 480))


def test_without_river_the_way_to_get_it_is_told() -> None:
    try:
        import river  # noqa: F401, PLC0415 - whether it is there
    except ImportError:
        with pytest.raises(WorldError, match="make bench-detection"):
            river_drift()
    else:
        assert hasattr(river_drift(), "ADWIN")


def row(name: str, votes: tuple[float, float, float], ratio: float, alarms: float = 1.0) -> Row:
    near = Estimate(ratio, ratio - 0.02, ratio + 0.02)
    cells = tuple(Cell(Estimate(v, v - 1, v + 1), 3 * v, near) for v in votes)
    return Row(name, 6.0, alarms, cells)


def worlds(ours: tuple[float, float, float], rival: Row) -> Worlds:
    return {
        place: [row("ours", ours, 1.0), row("shipped", ours, 1.0), rival]
        for place in product(RATES_AN_HOUR, DAY_SDS)
    }


def test_the_verdict_says_reached_and_missed_with_the_figures() -> None:
    rival = row("CUSUM", (90, 30, 12), 1.1)
    assert "Measured: 77/25/9. **Reached.**" in report(worlds((77, 25, 9), rival), [])
    assert "Measured: 77/34/9. **Missed.**" in report(worlds((77, 34, 9), rival), [])


@pytest.mark.parametrize(
    ("ratio", "alarms", "better"), [(0.90, 1.0, 9), (0.94, 1.0, 0), (1.1, 1.0, 0), (0.5, 30.0, 0)]
)
def test_a_rival_is_better_only_beyond_margin_and_interval_at_the_same_rate(
    ratio: float, alarms: float, better: int
) -> None:
    text = report(worlds((77, 25, 9), row("CUSUM", (70, 20, 8), ratio, alarms)), [])
    assert text.count(f"beyond its interval: **{better}**") == len(DAY_SDS)
    assert len(DROPS) * len(RATES_AN_HOUR) == 9


def test_where_most_desks_never_alarm_the_table_says_none() -> None:
    rival = row("ADWIN", (float("inf"), 20, 8), float("inf"))
    assert "| ADWIN | 6.00 | 1.00 | none [none, none] | none |" in report(
        worlds((77, 25, 9), rival), []
    )
