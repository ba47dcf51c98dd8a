"""Events in files: NDJSON, plain or gzip, read line by line and handed on as they are.

A line is looked at only as far as it takes to place it: topic, record key and its own time. Whether
it is an event is for the worker to say, so a line that cannot be placed is handed on too and ends
as a dead letter. Knows no log.
"""

import gzip
import io
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from models.errors import CallError
from models.instants import parse_instant
from models.limits import BODY_BYTES_AT_MOST
from models.records import EventRecord

COMPLETIONS, VOTES = "completions", "votes"

LINE_BYTES_KEPT = BODY_BYTES_AT_MOST + 1
"""A longer line is cut to this: still too long to be an event, and bounded in memory."""

_BLOCK_BYTES = 1 << 20
_UTF8_MARK = b"\xef\xbb\xbf"
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


class Lines(NamedTuple):
    """Lines of a file without their ends; the first of them is line ``first`` (from 1)."""

    first: int
    lines: list[bytes]


class Place(NamedTuple):
    """Where a raw event belongs; ``time_ms`` is ``None`` where it does not say when it happened."""

    topic: str
    key: bytes
    time_ms: int | None


def events(path: Path) -> Iterator[list[EventRecord]]:
    """Every line of an NDJSON file as a record, in the order of the file; blank lines are none.

    A line that does not say when it happened takes the time of the line before it, at the head of
    a file that of the first that does, in a file without any the time when it was last changed.
    Raises ``CallError`` where the beginning holds no object at all, so that a table is not taken
    for lines of broken events, and after the records of all whole lines where the file breaks off.
    """
    return stamped(path, _placed(path))


def _placed(path: Path) -> Iterator[list[tuple[Place, bytes]]]:
    for batch in read_lines(path):
        lines = [line for line in batch.lines if line and not line.isspace()]
        if batch.first == 1 and lines and not any(each.lstrip()[:1] == b"{" for each in lines):
            raise CallError(
                f"{path}: holds no JSON object in its first {len(batch.lines)} lines; an event is"
                " one object on one line, and a table needs a mapping"
            )
        yield [(place(line), line) for line in lines]


def stamped(
    path: Path, batches: Iterable[Sequence[tuple[Place, bytes]]]
) -> Iterator[list[EventRecord]]:
    """Placed raw events as records, those without a time stamped as ``events`` says."""
    previous: int | None = None
    for batch in batches:
        if previous is None:
            told = (each.time_ms for each, _ in batch if each.time_ms is not None)
            previous = next(told, None)
        time_ms = previous if previous is not None else path.stat().st_mtime_ns // 1_000_000
        records = []
        for (topic, key, own_time_ms), raw in batch:
            if own_time_ms is not None:
                previous = time_ms = own_time_ms
            records.append(EventRecord(topic, key, raw, time_ms))
        if records:
            yield records


class _Head(msgspec.Struct, gc=False):
    # Any: what a field holds is judged by the worker, and the last of two of one name counts there.
    type: Any = None
    tenant_id: Any = None
    office_id: Any = None
    completed_at: Any = None
    voted_at: Any = None


_decode = msgspec.json.Decoder(_Head).decode


def place(raw: bytes) -> Place:
    """Where ``raw`` belongs; what cannot be read goes to `completions` without key and time."""
    try:
        head = _decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Place(COMPLETIONS, b"", None)
    topic, said = (
        (VOTES, head.voted_at) if head.type == "vote" else (COMPLETIONS, head.completed_at)
    )
    tenant, office = head.tenant_id, head.office_id
    named = isinstance(tenant, str) and isinstance(office, str)
    key = f"{tenant}/{office}".encode() if named else b""
    try:
        return Place(topic, key, parse_instant(said) if isinstance(said, str) else None)
    except ValueError:
        return Place(topic, key, None)


def read_lines(path: Path) -> Iterator[Lines]:
    """The lines of a file of any size, some thousands at a time.

    A line longer than an event may be is cut to ``LINE_BYTES_KEPT``. Raises ``CallError`` where
    there is no such file or it is UTF-16, and after the last whole line where a gzip breaks off.
    """
    with opened(path) as file:
        rest, first = b"", 1
        for block in _blocks(path, file):
            lines = _joined(rest, block).split(b"\n")
            if max(map(len, lines)) > LINE_BYTES_KEPT:
                lines = [line[:LINE_BYTES_KEPT] for line in lines]
            rest = lines.pop()
            if b"\r" in block:
                lines = [line.removesuffix(b"\r") for line in lines]
            if lines:
                yield Lines(first, lines)
                first += len(lines)
        if rest:
            yield Lines(first, [rest])


def _joined(rest: bytes, block: bytes) -> bytes:
    """``block`` after the unfinished line before it, of which no more is kept than needed."""
    if len(rest) < LINE_BYTES_KEPT:
        return rest + block
    end = block.find(b"\n")
    return rest if end < 0 else rest + block[end:]


def _blocks(path: Path, file: io.BufferedIOBase) -> Iterator[bytes]:
    lines, marks = 0, True
    while True:
        try:
            block = file.read1(_BLOCK_BYTES)  # not read: a break would cost what came before it
        except (EOFError, zlib.error, OSError) as error:
            raise CallError(broken_off(path, lines, error)) from None
        if not block:
            return
        if marks and block.startswith(_UTF16_MARKS):
            raise CallError(f"{path}: is UTF-16; save it as UTF-8")
        yield block.removeprefix(_UTF8_MARK) if marks else block
        marks = False
        lines += block.count(b"\n")


def broken_off(path: Path, lines: int, error: Exception) -> str:
    """What to tell of a file that cannot be read on."""
    if isinstance(error, EOFError | zlib.error | gzip.BadGzipFile):
        return (
            f"{path}: the gzip breaks off after line {lines}; copy it again and send it whole:"
            " what was sent already counts once"
        )
    return f"{path}: {error} after line {lines}; see to the disk and send it again"


@contextmanager
def opened(path: Path) -> Iterator[io.BufferedIOBase]:
    """The content of ``path``, unpacked where it is gzip, whatever its name.

    Raises ``CallError`` where there is no such file or it cannot be read.
    """
    try:
        file = path.open("rb")
        packed = file.peek(2).startswith(b"\x1f\x8b")
    except OSError as error:
        problem = f"{path}: {error.strerror or error}; name a file that can be read"
        raise CallError(problem) from None
    with file:
        yield gzip.GzipFile(fileobj=file) if packed else file
