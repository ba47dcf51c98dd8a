"""The topic of actions of the local log, read from its beginning: an `ActionSource`.

Knows the log, not what its records say.
"""

import time
from collections.abc import Sequence

from models.alert_actions import TOPIC
from streams.shell.batches import RecordBatch, TopicPartition
from streams.shell.log import LocalLog

RECORDS_AT_ONCE = 1_000


class LocalActions:
    """Implements `streams.shell.action_reader.ActionSource`."""

    def __init__(self, log: LocalLog) -> None:
        """``log`` must have the topic, and stay open until this is closed."""
        self._log = log
        sources = [TopicPartition(TOPIC, one) for one in range(log.partition_count(TOPIC))]
        bounds = {source: log.bounds(source) for source in sources}
        self._at = {source: earliest for source, (earliest, _) in bounds.items()}
        self._ends = {source: end for source, (_, end) in bounds.items()}

    @property
    def log_id(self) -> str:
        """See `ActionSource`; so for all that follow."""
        return self._log.log_id

    @property
    def caught_up(self) -> bool:
        return all(self._at[source] >= end for source, end in self._ends.items())

    def read(self, seconds: float) -> Sequence[RecordBatch]:
        batches = self._next()
        if not batches:
            time.sleep(seconds)  # an append wakes nobody: votes are appended all the time
            batches = self._next()
        return batches

    def _next(self) -> list[RecordBatch]:
        batches = [
            self._log.read(source, offset, RECORDS_AT_ONCE)
            for source, offset in self._at.items()
            if self._log.bounds(source)[1] > offset
        ]
        self._at |= {batch.source: batch.end_offset for batch in batches}
        return batches

    def close(self) -> None:
        pass
