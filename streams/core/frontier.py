"""Watermark and frontier of a partition (I4, I6): which hours memory owns.

The watermark is the smaller of both topics' greatest event times; a topic that is read to its end
does not hold it back, and with both at their ends it goes on with the clock. The frontier is the
watermark less the horizon, floored to the hour; it never goes back.
"""

from collections.abc import Collection, Mapping

from streams.core.columnar import NONE
from streams.core.decoding import COMPLETIONS, VOTES
from streams.core.memory import HOUR_MS

TOPICS = (COMPLETIONS, VOTES)


class Frontier:
    """Hours from ``hour`` (ms since 1970) on belong to memory, older ones to the store."""

    def __init__(self, horizon_ms: int) -> None:
        self.hour = NONE
        self.watermark = NONE
        self._horizon_ms = horizon_ms
        self._latest: dict[str, int] = {}

    def observe(self, latest: Mapping[str, int]) -> None:
        """Note the greatest event time that was read of each topic."""
        for topic, time in latest.items():
            self._latest[topic] = max(time, self._latest.get(topic, NONE))

    def advance(self, at_end: Collection[str], now: int) -> bool:
        """Move the frontier between two batches; ``at_end`` names topics that are read to their
        ends, ``now`` is the clock in ms. True where it moved."""
        holding = [self._latest.get(topic, NONE) for topic in TOPICS if topic not in at_end]
        self.watermark = min(holding) if holding else now
        if self.watermark == NONE:
            return False
        hour = (self.watermark - self._horizon_ms) // HOUR_MS * HOUR_MS
        if hour <= self.hour:
            return False
        self.hour = hour
        return True
