"""The watermark of a partition, and the first hour that memory owns."""

import pytest

from streams.core.columnar import NONE
from streams.core.frontier import Frontier
from tests.oracle import HOUR, MINUTE
from tests.streams.core.office import ms

BOTH = ("completions", "votes")


@pytest.mark.parametrize(
    ("latest", "at_end", "watermark"),
    [
        ({"completions": "12:10", "votes": "11:50"}, (), "11:50"),
        ({"completions": "12:10", "votes": "11:50"}, ("votes",), "12:10"),
        ({"completions": "12:10", "votes": "11:50"}, ("completions",), "11:50"),
        ({"completions": "12:10", "votes": "11:50"}, BOTH, "15:00"),
        ({"completions": "12:10"}, ("votes",), "12:10"),
        ({}, BOTH, "15:00"),
    ],
)
def test_a_topic_read_to_its_end_does_not_hold_back(
    latest: dict[str, str], at_end: tuple[str, ...], watermark: str
) -> None:
    frontier = Frontier(horizon_ms=HOUR)
    frontier.observe({topic: ms(at) for topic, at in latest.items()})
    assert frontier.advance(at_end, ms("15:00"))
    assert frontier.watermark == ms(watermark)
    assert frontier.hour == (ms(watermark) - HOUR) // HOUR * HOUR


@pytest.mark.parametrize(
    ("latest", "at_end"), [({}, ()), ({"completions": "12:10"}, ()), ({}, ("votes",))]
)
def test_a_topic_of_which_nothing_is_known_holds_everything_back(
    latest: dict[str, str], at_end: tuple[str, ...]
) -> None:
    frontier = Frontier(horizon_ms=0)
    frontier.observe({topic: ms(at) for topic, at in latest.items()})
    assert not frontier.advance(at_end, ms("15:00"))
    assert frontier.hour == NONE


@pytest.mark.parametrize(
    ("horizon_ms", "at", "hour"),
    [
        (0, "12:00", "12:00"),
        (0, "11:59:59.999", "11:00"),
        (MINUTE, "12:00:59.999", "11:00"),
        (MINUTE, "12:01", "12:00"),
        (26 * HOUR, "12:00", "-1 10:00"),
    ],
)
def test_the_frontier_is_the_watermark_less_the_horizon_floored_to_the_hour(
    horizon_ms: int, at: str, hour: str
) -> None:
    frontier = Frontier(horizon_ms)
    frontier.observe(dict.fromkeys(BOTH, ms(at)))
    assert frontier.advance((), 0)
    assert frontier.hour == ms(hour)


def test_the_frontier_never_goes_back_and_says_when_it_moves() -> None:
    frontier = Frontier(horizon_ms=0)
    assert frontier.advance(BOTH, ms("15:00"))
    frontier.observe(dict.fromkeys(BOTH, ms("12:00")))
    assert not frontier.advance((), ms("15:01"))
    assert (frontier.hour, frontier.watermark) == (ms("15:00"), ms("12:00"))
    frontier.observe(dict.fromkeys(BOTH, ms("11:00")))
    assert not frontier.advance((), ms("15:02"))
    assert frontier.watermark == ms("12:00")
    frontier.observe(dict.fromkeys(BOTH, ms("16:00")))
    assert frontier.advance((), ms("15:03"))
