"""Rates of claims over many pairs, with their intervals, by the very answers that users get."""

from typing import NamedTuple

import numpy as np

from benchmarks.indicator.worlds import LEAD, Draw, Pair
from dashboards.indicator.answers import Answer, Question, Scored, answered
from models.periods import Cadence, parse_period
from models.scores import Interval, wilson

FIRST = parse_period("2022-W36").number
MEAN, POINTS_A_DEVIATION = 70.0, 4.0
VOTES = 10_000


class Rate(NamedTuple):
    """How many of how many pairs were claimed, and the 95 % interval of the share (Wilson)."""

    claimed: int
    pairs: int
    interval: Interval

    @property
    def share(self) -> float:
        """Claimed by all."""
        return self.claimed / self.pairs


def rate(draw: Draw, pairs: int, seed: int) -> Rate:
    """In how many of ``pairs`` pairs the report says `demonstrated`."""
    rng = np.random.default_rng(seed)
    return counted(sum(answer(draw(rng)).demonstrated for _ in range(pairs)), pairs)


def counted(claimed: int, pairs: int) -> Rate:
    """So many of so many, not none."""
    interval = wilson(claimed, pairs)
    assert interval is not None
    return Rate(claimed, pairs, interval)


def answer(pair: Pair) -> Answer:
    """What the report says of a pair, put to it as votes and values of one office."""
    points = np.round((MEAN + POINTS_A_DEVIATION * pair.score) * 100 * VOTES).astype(int).tolist()
    return answered(
        [
            Question(
                "lagging",
                Cadence.WEEK,
                LEAD,
                0,
                {"office": dict(enumerate(pair.lagging.tolist(), FIRST))},
                {"office": {at: Scored(VOTES, each) for at, each in enumerate(points, FIRST)}},
                FIRST + len(points),
            )
        ]
    )[0]
