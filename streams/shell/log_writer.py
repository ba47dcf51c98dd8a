"""The one thread that writes to the local log, and group commit.

Everything that waits when the thread is free goes into one transaction, so one wait for the disk
confirms many appends. Offsets are taken inside ``begin immediate``: other processes may append to
the same file. Must not know groups or retention: those hand in functions to run.
"""

import queue
import sqlite3
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from models.errors import LogUnavailable, SemkoError
from streams.shell.log_chunks import Chunk, Records, chunks_of
from streams.shell.log_file import connect, errors_named

RECORDS_AT_ONCE = 50_000  # in one transaction: bounds memory, and how long others wait for it

T = TypeVar("T")
Offsets = dict[int, range]


@dataclass(slots=True)
class _Append:
    parts: Mapping[int, Records]  # by id of the partition
    future: "Future[Offsets]" = field(default_factory=Future)


@dataclass(slots=True)
class _Errand:
    run: Callable[[sqlite3.Connection], Any]
    future: "Future[Any]" = field(default_factory=Future)
    outcome: Any = None
    refusal: SemkoError | None = None


class LogWriter:
    """Appends and runs errands, each confirmed once it is on the disk.

    ``now_ms`` gives the time of appending; ``appended`` is called on this thread after every
    transaction that brought records.
    """

    def __init__(self, path: Path, now_ms: Callable[[], int], appended: Callable[[], None]) -> None:
        self._path = path
        self._now_ms = now_ms
        self._appended = appended
        self._jobs: queue.SimpleQueue[_Append | _Errand | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._closed = False
        with errors_named(path):
            self._connection = connect(path)
        self._thread = threading.Thread(target=self._work, name="log-writer", daemon=True)
        self._thread.start()

    def append(self, parts: Mapping[int, Records]) -> "Future[Offsets]":
        """Append to partitions, by id; resolves to the offsets that the records got."""
        job = _Append(parts)
        self._put(job)
        return job.future

    def run(self, errand: Callable[[sqlite3.Connection], T]) -> "Future[T]":
        """Run ``errand`` inside a transaction. What it wrote is undone where it raises."""
        job = _Errand(errand)
        self._put(job)
        return job.future

    def close(self) -> None:
        """Finish what was handed in, then let go of the file."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            self._jobs.put(None)
        self._thread.join()
        self._connection.close()

    def _put(self, job: _Append | _Errand) -> None:
        with self._lock:
            if self._closed:
                raise LogUnavailable(f"the log {self._path} is closed")
            self._jobs.put(job)

    # --- on the thread -----------------------------------------------------------------------

    def _work(self) -> None:
        more = True
        while more:
            appends: list[_Append] = []
            errands: list[_Errand] = []
            more = self._gather(appends, errands)
            if appends or errands:
                self._commit(appends, errands)

    def _gather(self, appends: list[_Append], errands: list[_Errand]) -> bool:
        """Wait for a job and take those behind it; False: there will be no more."""
        records = 0
        job = self._jobs.get()
        while job is not None:
            if job.future.set_running_or_notify_cancel():
                if isinstance(job, _Append):
                    appends.append(job)
                    records += sum(len(part.values) for part in job.parts.values())
                else:
                    errands.append(job)
            if records >= RECORDS_AT_ONCE:
                return True
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                return True
        return False

    def _commit(self, appends: list[_Append], errands: list[_Errand]) -> None:
        try:
            with errors_named(self._path):
                offsets = self._transact(appends, errands)
        except Exception as error:  # whatever it is, those who wait must hear of it
            for future in [job.future for job in appends] + [job.future for job in errands]:
                future.set_exception(error)
            return
        for append, got in zip(appends, offsets, strict=True):
            append.future.set_result(got)
        for errand in errands:
            if errand.refusal is not None:
                errand.future.set_exception(errand.refusal)
            else:
                errand.future.set_result(errand.outcome)
        if appends:
            self._appended()

    def _transact(self, appends: list[_Append], errands: list[_Errand]) -> list[Offsets]:
        parts = _merged(appends)
        # Compressed before the file is locked for writing.
        chunks = {part: list(chunks_of(columns)) for part, columns in parts.items()}
        connection = self._connection
        connection.execute("begin immediate")
        try:
            first = {part: self._insert(part, run) for part, run in chunks.items()}
            for errand in errands:
                self._run_apart(errand)
            connection.execute("commit")
        finally:
            if connection.in_transaction:
                connection.execute("rollback")
        return [_take(first, append) for append in appends]

    def _insert(self, part: int, chunks: list[Chunk]) -> int:
        """Write the chunks of a partition and return the offset of its first record."""
        count = sum(chunk.size for chunk in chunks)
        stored = sum(len(chunk.blob) for chunk in chunks)
        row = self._connection.execute(
            "update partitions set end_offset = end_offset + ?, stored_bytes = stored_bytes + ?"
            " where id = ? returning end_offset",
            (count, stored, part),
        ).fetchone()
        first = offset = int(row[0]) - count
        now_ms = self._now_ms()
        rows = []
        for chunk in chunks:
            rows.append((part, offset, chunk.size, now_ms, chunk.plain_bytes, chunk.blob))
            offset += chunk.size
        self._connection.executemany(
            "insert into chunks (partition_id, first_offset, count, appended_at, plain_bytes, blob)"
            " values (?, ?, ?, ?, ?, ?)",
            rows,
        )
        return first

    def _run_apart(self, errand: _Errand) -> None:
        """Run an errand so that its refusal undoes its own writes and nobody else's."""
        self._connection.execute("savepoint errand")
        try:
            errand.outcome = errand.run(self._connection)
        except SemkoError as refusal:
            errand.refusal = refusal
            self._connection.execute("rollback to errand")
        self._connection.execute("release errand")


def _merged(appends: list[_Append]) -> dict[int, Records]:
    """What all of ``appends`` bring to each partition, in order."""
    if len(appends) == 1:
        return dict(appends[0].parts)
    merged: dict[int, Records] = {}
    for append in appends:
        for part, columns in append.parts.items():
            into = merged.setdefault(part, Records([], [], []))
            into.keys.extend(columns.keys)
            into.values.extend(columns.values)
            into.timestamps.extend(columns.timestamps)
    return merged


def _take(first: dict[int, int], append: _Append) -> Offsets:
    """The offsets of one append, moving ``first`` on to those of the next."""
    offsets = {}
    for part, columns in append.parts.items():
        begin = first[part]
        first[part] = begin + len(columns.values)
        offsets[part] = range(begin, first[part])
    return offsets
