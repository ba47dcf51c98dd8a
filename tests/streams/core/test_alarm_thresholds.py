"""Thresholds for a stated rate of false alarms: the table, and the rate that it gives."""

import numpy as np
import pytest

from benchmarks.detection.desks import REFERENCE, World
from benchmarks.detection.detectors import ShiryaevRoberts
from benchmarks.detection.thresholds import made, shipped
from benchmarks.detection.trials import rates
from streams.core.alarm_thresholds import (
    AMBER_DAYS,
    COLUMNS,
    PAGE_DAYS,
    ThresholdTable,
)
from streams.core.faces import deviation_of, tilted

HEADER = ",".join(COLUMNS) + "\n"
POINTS = """\
10,0,20,1.0,2.0
10,0,40,1.5,2.5
10,4,20,3.0,4.0
10,4,40,3.5,4.5
1000,0,20,5.0,6.0
1000,0,40,5.5,6.5
1000,4,20,9.0,12.0
1000,4,40,9.5,12.5
"""
TABLE = ThresholdTable.of("# made by hand\n" + HEADER + POINTS)


def logs(votes_a_day: float, day_sd: float, vote_sd: float) -> list[float]:
    return [float(np.log(level)) for level in TABLE.thresholds(votes_a_day, day_sd, vote_sd)]


def test_at_a_point_of_the_table_its_thresholds_hold() -> None:
    assert logs(10, 0, 20) == pytest.approx([1.0, 2.0])
    assert logs(1000, 4, 40) == pytest.approx([9.5, 12.5])


def test_between_points_it_is_linear_in_log_votes_squared_day_and_vote_deviation() -> None:
    assert logs(100, 0, 20) == pytest.approx([3.0, 4.0])
    assert logs(10, 2, 20) == pytest.approx([1.5, 2.5])
    assert logs(10, 0, 30) == pytest.approx([1.25, 2.25])
    assert logs(100, 8**0.5, 30) == pytest.approx([4.75, 6.25])


def test_beyond_its_edges_the_table_is_clamped() -> None:
    assert logs(10, 0, 5) == logs(10, 0, 20)
    assert logs(0, 0, 20) == logs(10, 0, 20)
    assert logs(50_000, 9, 70) == logs(1000, 4, 40)


def test_columns_of_desks_give_columns_of_thresholds() -> None:
    found = TABLE.thresholds([10, 1000, 100], [0, 4, 0], 20)
    assert found.amber == pytest.approx(np.exp([1.0, 9.0, 3.0]))
    assert found.page == pytest.approx(np.exp([2.0, 12.0, 4.0]))


def test_the_order_of_its_lines_does_not_matter() -> None:
    turned = "".join(reversed(POINTS.splitlines(keepends=True)))
    same = ThresholdTable.of(HEADER + turned)
    assert same.thresholds(77, 1.2, 33) == TABLE.thresholds(77, 1.2, 33)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "has the columns votes_a_day,day_sd"),
        ("votes,amber\n1,2\n", "has the columns votes_a_day,day_sd"),
        (HEADER + POINTS.partition("\n")[2], "each point of a full grid"),
        (HEADER + POINTS + "10,0,20,1.0,2.0\n", "each point of a full grid"),
        (HEADER + "10,0,20,1.0,2.0\n", "two points or more on each axis"),
    ],
)
def test_a_text_that_is_no_full_table_is_refused(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        ThresholdTable.of(text)


def test_in_the_shipped_table_a_page_takes_more_than_amber_and_restless_days_more_yet() -> None:
    table = shipped()
    axes = np.meshgrid(*table.axes, indexing="ij")
    amber, page = table.thresholds(*axes)
    assert amber.shape == tuple(map(len, table.axes))
    assert np.all(page > amber)
    assert np.all(amber > 14)
    assert np.all(np.diff(np.log(amber), axis=1) > -0.1)


@pytest.mark.parametrize(
    ("votes_a_day", "day_sd", "mean", "level"),
    [
        (24.0, 0.0, 78.0, "amber"),
        (160.0, 0.0, 78.0, "amber"),
        (160.0, 3.0, 78.0, "amber"),
        (130.0, 1.5, 68.0, "amber"),
        (36.0, 2.5, 84.0, "page"),
    ],
)
def test_a_shipped_threshold_gives_its_rate(
    votes_a_day: float, day_sd: float, mean: float, level: str
) -> None:
    world = World(votes_a_day, day_sd, mean=mean)
    vote_sd = deviation_of(tilted(REFERENCE, mean))
    threshold = getattr(shipped().thresholds(votes_a_day, day_sd, vote_sd), level)
    days = {"amber": AMBER_DAYS, "page": PAGE_DAYS}[level]
    # 300 expected alarms leave 6 % by chance, more where bad days bring several at once.
    (found,) = rates(ShiryaevRoberts(), world, np.log([threshold]), 300 * days, seed=77)
    assert found * days == pytest.approx(1.0, abs=0.2)


def test_the_simulation_gives_the_same_table_again() -> None:
    first, again, other = (
        made(seed, 300, votes_a_day=(24,), day_sds=(1.0,), vote_sds=(26.0,)) for seed in (3, 3, 4)
    )
    assert first == again != other
    assert first.splitlines()[-1].startswith("24,1.0,26.0,")
