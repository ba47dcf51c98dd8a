"""Settings of a transport: how much is on its way at once, and how long a local log keeps it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Retention:
    """How much of what is committed a local log keeps; None: all of it, for good."""

    seconds: float | None = None
    """Since it was appended."""
    bytes: int | None = None
    """On the disk, of all topics."""
    every_seconds: float = 60.0
    """How often the log is cut."""


KEEP_ALL = Retention()


@dataclass(frozen=True, slots=True)
class ReadingSettings:
    """How a group reads: how much may be on its way to the worker, how often it commits."""

    batch_records: int = 20_000
    """Records in one batch, at most."""
    open_batches: int = 2
    """Batches of one topic partition delivered and not acknowledged: one in hand, one waiting.

    One that waits is full: what comes while another is in hand goes along together afterwards.
    """
    open_records: int = 200_000
    """Records of all topic partitions together: where there are many, batches get smaller."""
    commit_seconds: float = 0.5
    """Acknowledged records are committed so often, and at the end."""
    retention: Retention = KEEP_ALL
    """What a local log keeps."""

    def records_a_batch(self, partitions: int) -> int:
        """Return the greatest batch when ``partitions`` topic partitions are read."""
        share = self.open_records // (self.open_batches * max(partitions, 1))
        return max(1, min(self.batch_records, share))

    def may_deliver(self, open_batches: int, waiting: int, partitions: int) -> bool:
        """Whether a batch is due where so many are open and so many records wait to be in one."""
        if not open_batches:
            return waiting > 0
        full = waiting >= self.records_a_batch(partitions)
        return full and open_batches < self.open_batches


READING = ReadingSettings()
