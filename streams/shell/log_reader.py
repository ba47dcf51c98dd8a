"""Reading the local log: topics, bounds and records, from any thread.

Every thread has its own connection; reading never waits for a writer. Must not write.
"""

import sqlite3
import threading
from collections import Counter
from pathlib import Path

from models.errors import CallError, LogDamaged, LogUnavailable, OffsetOutsideLog
from streams.shell import log_positions
from streams.shell.batches import Position, RecordBatch, TopicPartition
from streams.shell.log_chunks import Chunk, Records, decode
from streams.shell.log_file import connect, errors_named

BYTES_AT_ONCE = 16 * 1024 * 1024  # a read stops after the chunk that passes this

_READ = """
select first_offset, count, plain_bytes, blob from chunks
where partition_id = ?1 and first_offset >= coalesce(
    (select max(first_offset) from chunks where partition_id = ?1 and first_offset <= ?2), ?2)
order by first_offset
"""


class LogReader:
    """What the log at ``path`` holds."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._ids: dict[TopicPartition, int] = {}
        self._partitions: dict[str, int] = {}
        self._lock = threading.Lock()
        self._local = threading.local()
        self._connections: list[sqlite3.Connection] | None = []  # None: closed

    def close(self) -> None:
        """Let go of the file. Nobody may be reading."""
        with self._lock:
            connections, self._connections = self._connections, None
            self._local = threading.local()
        for connection in connections or ():
            connection.close()

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            with self._lock:
                if self._connections is None:
                    raise LogUnavailable(f"the log {self._path} is closed")
                connection = self._local.connection = connect(self._path)
                self._connections.append(connection)
        return connection

    # --- topics ------------------------------------------------------------------------------

    def partition_count(self, topic: str) -> int:
        """Return the partitions of ``topic``. Raises ``CallError`` where there is no such topic."""
        if topic not in self._partitions:
            self._look_up_topics()
        if topic not in self._partitions:
            raise CallError(f"{self._path} has no topic {topic}")
        return self._partitions[topic]

    def _look_up_topics(self) -> None:
        with errors_named(self._path):
            rows = self._connection().execute("select topic, partition, id from partitions")
            ids = {TopicPartition(topic, partition): part for topic, partition, part in rows}
        self._ids, self._partitions = ids, Counter(source.topic for source in ids)

    def id_of(self, source: TopicPartition) -> int:
        """Return the number of a partition in the file. Raises ``CallError`` for an unknown one."""
        if not 0 <= source.partition < self.partition_count(source.topic):
            raise CallError(f"{self._path} has no partition {source.partition} of {source.topic}")
        return self._ids[source]

    # --- records -----------------------------------------------------------------------------

    def bounds(self, source: TopicPartition) -> tuple[int, int]:
        """Return the earliest offset that can be read and the one to be written next."""
        part = self.id_of(source)
        with errors_named(self._path):
            earliest, end = (
                self._connection()
                .execute("select earliest, end_offset from partitions where id = ?", (part,))
                .fetchone()
            )
        return int(earliest), int(end)

    def ends(self) -> dict[TopicPartition, int]:
        """Return the offset to be written next of every partition."""
        with errors_named(self._path):
            rows = self._connection().execute("select topic, partition, end_offset from partitions")
            return {TopicPartition(topic, partition): end for topic, partition, end in rows}

    def read(
        self, source: TopicPartition, offset: int, max_records: int, max_bytes: int = BYTES_AT_ONCE
    ) -> RecordBatch:
        """Return up to ``max_records`` records from ``offset`` on, none at the end of the log.

        Stops after the chunk that brings it past ``max_bytes``. Raises ``OffsetOutsideLog``.
        """
        earliest, end = self.bounds(source)
        if not earliest <= offset <= end:
            raise outside(source, offset, earliest, end)
        keys: list[bytes] = []
        values: list[bytes] = []
        timestamps: list[int] = []
        if offset < end:
            for chunk in self._chunks(source, offset, max_records, max_bytes):
                keys += chunk.keys
                values += chunk.values
                timestamps += chunk.timestamps
        del keys[max_records:], values[max_records:], timestamps[max_records:]
        return RecordBatch(*source, offset, keys, values, timestamps)

    def _chunks(
        self, source: TopicPartition, offset: int, max_records: int, max_bytes: int
    ) -> list[Records]:
        """The chunks from that of ``offset`` on, the first cut to begin there."""
        chunks: list[Records] = []
        expected = offset
        with errors_named(self._path):
            rows = self._connection().execute(_READ, (self.id_of(source), offset))
            try:
                for first, count, plain_bytes, blob in rows:
                    skipped = expected - first
                    if not 0 <= skipped < count or (chunks and skipped):
                        break  # deleted since the bounds were read
                    chunks.append(self._decoded(source, Chunk(count, plain_bytes, blob), skipped))
                    expected = first + count
                    max_bytes -= plain_bytes or len(blob)
                    if expected - offset >= max_records or max_bytes <= 0:
                        break
            finally:
                rows.close()  # an open cursor would hold up checkpoints
        if not chunks:
            raise outside(source, offset, *self.bounds(source))
        return chunks

    def _decoded(self, source: TopicPartition, chunk: Chunk, skipped: int) -> Records:
        try:
            records = decode(chunk)
        except ValueError as error:
            raise LogDamaged(
                f"{self._path}: records of partition {source.partition} of {source.topic} cannot "
                f"be read ({error}): restore a backup of the log"
            ) from error
        if not skipped:
            return records
        keys, values, timestamps = records
        return Records(keys[skipped:], values[skipped:], timestamps[skipped:])

    # --- positions and changes ---------------------------------------------------------------

    def committed(self, group: str) -> dict[TopicPartition, Position]:
        """Return the positions that ``group`` has stored or claimed."""
        with errors_named(self._path):
            return log_positions.committed(self._connection(), group)

    def change_mark(self) -> int:
        """Return a number that differs, on this thread, once anybody has written to the file."""
        with errors_named(self._path):
            return int(self._connection().execute("pragma data_version").fetchone()[0])


def outside(source: TopicPartition, offset: int, earliest: int, end: int) -> OffsetOutsideLog:
    """Say that ``offset`` is not in the log, what is, and what to do."""
    return OffsetOutsideLog(
        f"offset {offset} of partition {source.partition} of {source.topic} is not in the log, "
        f"which holds {earliest} to {end}: restore the log and the store from one backup, or begin "
        "a new log beside the stored facts",
        earliest,
        end,
    )
