"""The durable local log: topics of records in one SQLite file, for one machine without Kafka.

Any thread may call it, and several processes may append to one file; a confirmed append outlives
``kill -9`` and a power cut (write-ahead log, ``synchronous = full``). Knows neither Faust nor what
records mean. How rows look is in ``log_file`` and ``log_chunks``, writing in ``log_writer``,
reading in ``log_reader``.
"""

import asyncio
import sqlite3
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from pathlib import Path

from models.errors import CallError
from models.partitioning import partition_of
from streams.shell import log_positions, log_retention
from streams.shell.batches import Position, RecordBatch, TopicPartition
from streams.shell.log_chunks import Records
from streams.shell.log_file import open_file
from streams.shell.log_reader import BYTES_AT_ONCE, LogReader
from streams.shell.log_writer import LogWriter

__all__ = ["LocalLog", "Records"]


class LocalLog:
    """The log at ``path``, made where there is none.

    ``log_id`` tells this log from every other. Methods that reach the file raise
    ``LogUnavailable`` when it cannot do it now, ``LogDamaged`` when it never will.
    """

    def __init__(self, path: Path | str, now_ms: Callable[[], int] | None = None) -> None:
        self.path = Path(path)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        clock = now_ms or (lambda: time.time_ns() // 1_000_000)
        self.log_id = open_file(self.path, clock())
        self._listeners: tuple[Callable[[], None], ...] = ()
        self._lock = threading.Lock()
        self._reader = LogReader(self.path)
        self._writer = LogWriter(self.path, clock, self._appended)

    def close(self) -> None:
        """Finish appends under way and let go of the file. Nobody may be reading."""
        self._writer.close()
        self._reader.close()

    # --- topics ------------------------------------------------------------------------------

    def ensure_topic(self, topic: str, partitions: int) -> None:
        """Make ``topic`` where there is none; its count of partitions is fixed for good.

        Raises ``CallError`` where it exists with another count.
        """

        def make(connection: sqlite3.Connection) -> None:
            added = connection.execute(
                "insert or ignore into topics values (?, ?)", (topic, partitions)
            ).rowcount
            if added:
                connection.executemany(
                    "insert into partitions (topic, partition) values (?, ?)",
                    [(topic, partition) for partition in range(partitions)],
                )

        self._writer.run(make).result()
        stored = self.partition_count(topic)
        if stored != partitions:
            raise CallError(
                f"{topic} has {stored} partitions in {self.path}, not {partitions}: keep to "
                f"{stored}, or begin a new log under another name"
            )

    def partition_count(self, topic: str) -> int:
        """Return the partitions of ``topic``. Raises ``CallError`` where there is no such topic."""
        return self._reader.partition_count(topic)

    # --- appending ---------------------------------------------------------------------------

    async def append(
        self, topic: str, records: Records, partition: int | None = None
    ) -> dict[int, range]:
        """Append records, each to the partition of its key unless one is given.

        Returns the offsets by partition once the records are on the disk; records of one
        partition keep their order. Raises ``CallError`` where there is no such topic.
        """
        ids, confirmed = self._hand_in(topic, records, partition)
        offsets = await asyncio.wrap_future(confirmed)
        return {ids[part]: got for part, got in offsets.items()}

    def append_now(
        self, topic: str, records: Records, partition: int | None = None
    ) -> dict[int, range]:
        """Like ``append``, but wait for the disk: for bulk publishing outside an event loop."""
        ids, confirmed = self._hand_in(topic, records, partition)
        return {ids[part]: got for part, got in confirmed.result().items()}

    def _hand_in(
        self, topic: str, records: Records, partition: int | None
    ) -> "tuple[dict[int, int], Future[dict[int, range]]]":
        """Queue an append: which partition goes by which number of the file, and the promise."""
        if not len(records.keys) == len(records.values) == len(records.timestamps):
            raise ValueError("the columns of records differ in length")
        if partition is None:
            parts = _placed(records, self.partition_count(topic))
        else:
            parts = {partition: records}
        ids = {self._reader.id_of(TopicPartition(topic, each)): each for each in parts}
        return ids, self._writer.append({part: parts[each] for part, each in ids.items()})

    def on_append(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Have ``listener`` called, on the writer's thread, after appends of this process.

        Returns what ends it. Appends of other processes show in ``change_mark``.
        """
        with self._lock:
            self._listeners = (*self._listeners, listener)

        def end() -> None:
            with self._lock:
                self._listeners = tuple(one for one in self._listeners if one is not listener)

        return end

    def _appended(self) -> None:
        for listener in self._listeners:
            listener()

    # --- reading -----------------------------------------------------------------------------

    def read(
        self, source: TopicPartition, offset: int, max_records: int, max_bytes: int = BYTES_AT_ONCE
    ) -> RecordBatch:
        """Return up to ``max_records`` records from ``offset`` on, none at the end of the log.

        Stops after the 500 records that bring it past ``max_bytes``. Raises ``OffsetOutsideLog``.
        """
        return self._reader.read(source, offset, max_records, max_bytes)

    def bounds(self, source: TopicPartition) -> tuple[int, int]:
        """Return the earliest offset that can be read and the one to be written next."""
        return self._reader.bounds(source)

    def ends(self) -> dict[TopicPartition, int]:
        """Return the offset to be written next of every partition, in one look."""
        return self._reader.ends()

    def change_mark(self) -> int:
        """Return a number that differs, on this thread, once anybody has written to the file."""
        return self._reader.change_mark()

    # --- groups ------------------------------------------------------------------------------

    def committed(self, group: str) -> dict[TopicPartition, Position]:
        """Return the positions that ``group`` has committed or claimed."""
        return self._reader.committed(group)

    async def claim(self, group: str, claims: Mapping[TopicPartition, Position]) -> None:
        """Make the caller the owner of partitions, in one transaction, all or none.

        Raises ``LogFenced`` where the same or a greater epoch is stored.
        """
        ids = {source: self._reader.id_of(source) for source in claims}
        await asyncio.wrap_future(
            self._writer.run(lambda on: log_positions.claim(on, group, claims, ids))
        )

    async def commit(self, group: str, positions: Mapping[TopicPartition, Position]) -> None:
        """Store how far ``group`` has read, in one transaction, all or none.

        Raises ``LogFenced`` where a greater epoch is stored.
        """
        ids = {source: self._reader.id_of(source) for source in positions}
        await asyncio.wrap_future(
            self._writer.run(lambda on: log_positions.commit(on, group, positions, ids))
        )

    async def retain(self, group: str, since_ms: int, max_bytes: int | None = None) -> int:
        """Delete what ``group`` has committed and was appended before ``since_ms``.

        More goes, oldest first, while the log's records take more than ``max_bytes`` on the disk.
        The newest records of a partition stay, as do offsets. Works in slices between which
        appends run. Returns how many chunks went.
        """
        limits = log_retention.Limits(since_ms, max_bytes)
        gone = 0
        while slice_gone := await asyncio.wrap_future(
            self._writer.run(lambda on: log_retention.delete_slice(on, group, limits))
        ):
            gone += slice_gone
        return gone


def _placed(records: Records, partitions: int) -> dict[int, Records]:
    """Split records by the partition of their key; the order within a partition stays."""
    if partitions == 1 or len(set(records.keys)) == 1:
        return {partition_of(records.keys[0], partitions): records} if records.keys else {}
    parts: dict[int, Records] = {}
    for key, value, timestamp in zip(*records, strict=True):
        partition = partition_of(key, partitions)
        if partition not in parts:
            parts[partition] = Records([], [], [])
        keys, values, timestamps = parts[partition]
        keys.append(key)
        values.append(value)
        timestamps.append(timestamp)
    return parts
