"""What a worker measures of itself, for Prometheus. `METRICS` is the one list of names.

Each worker has a registry of its own: two in one process, as tests have them, do not meet.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from models.columns import Columns
from streams.core.decoding import EventBatch
from streams.shell.storing import Writer

logger = structlog.get_logger(__name__)

METRICS: dict[str, str] = {
    # Over both topics. Alert when it stops while lag does not.
    "semko_records_total": "Records handled since the start.",
    # Rows of several partitions are stored together: that is one.
    "semko_batches_total": "Groups of batches handled since the start.",
    # By reason. A rise tells of a terminal or ticket system that sends what is no event.
    "semko_dead_letters_total": "Records that were no events, since the start.",
    # How much one write carries; small while events trickle, large while catching up.
    "semko_batch_records": "Records in a group of batches.",
    # By table: most of what an event costs.
    "semko_write_seconds": "Seconds that a write to the store took, waiting for it included.",
    # How long a partition stands still when it comes.
    "semko_load_seconds": "Seconds from the claim of partitions until their state is loaded.",
    # Of the partitions that this worker has. Alert when it grows for minutes.
    "semko_lag_records": "Records in the log that are not handled yet.",
    # The slowest partition's. Far behind the clock: an office sends late, or the lag is large.
    "semko_watermark_seconds": "Event time up to which both topics were read, since 1970.",
    # Of the last group: the clock less the newest event time in it.
    "semko_event_delay_seconds": "How old the newest event was when it was stored.",
    "semko_open_interactions": "Interactions held in memory.",
    # Alert when it grows for an hour: late events come faster than hours are recomputed.
    "semko_dirty_hours": "Hours that wait to be recomputed.",
    # Over all workers together: every partition of a topic, else some have no owner.
    "semko_assigned_partitions": "Partitions that this worker owns.",
}
"""Every name, and what it says."""


@dataclass(slots=True)
class Counts:
    """What a worker has done since its start, and how far it has come."""

    records: int = 0
    watermark_ms: int | None = None
    event_delay_ms: int = 0


_RECORDS = (1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000, 30_000, 100_000)
_SECONDS = (0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100)


class WorkerMetrics:
    """Counters and histograms of one worker, and gauges that are asked when somebody looks."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._records = self._counter("semko_records_total")
        self._batches = self._counter("semko_batches_total")
        self._dead_letters = self._counter("semko_dead_letters_total", "reason")
        self._batch_records = self._histogram("semko_batch_records", _RECORDS)
        self._write_seconds = self._histogram("semko_write_seconds", _SECONDS, "table")
        self._load_seconds = self._histogram("semko_load_seconds", _SECONDS)

    def _counter(self, name: str, *labels: str) -> Counter:
        return Counter(name, METRICS[name], labels, registry=self._registry)

    def _histogram(self, name: str, bounds: tuple[float, ...], *labels: str) -> Histogram:
        return Histogram(name, METRICS[name], labels, buckets=bounds, registry=self._registry)

    def ask(self, **gauges: Callable[[], float]) -> None:
        """Ask these, by name, whenever somebody looks."""
        for name, value in gauges.items():
            Gauge(name, METRICS[name], registry=self._registry).set_function(value)

    def note_batch(self, handled: Sequence[EventBatch]) -> int:
        """A group of batches was handled, one of each partition; how many records it had."""
        records = sum(events.records for events in handled)
        letters = [letter for events in handled for letter in events.dead_letters]
        self._records.inc(records)
        self._batches.inc()
        self._batch_records.observe(records)
        for letter in letters:
            self._dead_letters.labels(letter.reason).inc()
        if letters:
            logger.warning(
                "records that are no events went to dead_letters",
                count=len(letters),
                first=letters[0].problem,
            )
        return records

    @contextmanager
    def writing(self, table: str) -> Iterator[None]:
        """Measure a write to ``table``."""
        with self._write_seconds.labels(table).time():
            yield

    @contextmanager
    def loading(self) -> Iterator[None]:
        """Measure how long partitions take to come."""
        with self._load_seconds.time():
            yield

    def text(self) -> str:
        """Everything in Prometheus' text format."""
        return generate_latest(self._registry).decode()


@dataclass(frozen=True, slots=True)
class Measured:
    """A writer whose writes are timed."""

    writer: Writer
    metrics: WorkerMetrics

    def write(self, table: str, columns: Columns) -> None:
        """Pass rows on."""
        with self.metrics.writing(table):
            self.writer.write(table, columns)
