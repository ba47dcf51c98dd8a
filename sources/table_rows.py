"""Tables read piece by piece: CSV, plain or gzip, and Parquet, told apart by their content.

Every cell becomes a text without blanks around it, empty where the cell is. A row that does not fit
the table is kept aside with what is wrong, so that it costs only itself. Of mappings it knows only
how they say in what way a table is written.
"""

import csv
import zlib
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from io import BufferedIOBase, BufferedReader, TextIOWrapper
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from models.errors import CallError
from sources.files import broken_off, opened
from sources.mapping import Source

ROWS_AT_ONCE = 20_000

_NOT_DECODED = "\ufffd"


class Broken(NamedTuple):
    """A row that does not fit, by its number."""

    row: int
    cells: list[str]
    problem: str
    remedy: str


class Chunk(NamedTuple):
    """Some rows. ``numbers`` says which: the first row under the names is 1. Times in the columns
    ``iso`` are written as ISO 8601, whatever a mapping says of the others."""

    numbers: NDArray[np.int64]
    columns: dict[str, NDArray[np.object_]]
    broken: list[Broken]
    iso: frozenset[str] = frozenset()


class Table(NamedTuple):
    """The names of the columns, and a function that reads the rows of some of them, once."""

    columns: list[str]
    chunks: Callable[[Collection[str]], Iterator[Chunk]]


@contextmanager
def opened_table(path: Path, source: Source, rows_at_once: int = ROWS_AT_ONCE) -> Iterator[Table]:
    """The table at ``path``. Raises ``CallError`` where it is none or breaks off."""
    with opened(path) as file:
        head = _head(path, cast(BufferedReader, file))
        if head == b"PAR1":
            yield _parquet(path, rows_at_once)
        elif head == b"PK\x03\x04":
            raise CallError(f"{path}: is a workbook or a zip; save the sheet as CSV")
        else:
            yield _csv(path, file, source, rows_at_once)


def _head(path: Path, file: BufferedReader) -> bytes:
    try:
        return file.peek(4)[:4]
    except (EOFError, zlib.error, OSError) as error:
        raise CallError(broken_off(path, 0, error)) from None


def _parquet(path: Path, rows_at_once: int) -> Table:
    try:
        file = pq.ParquetFile(path)
    except (pa.ArrowException, OSError) as error:
        raise _no_parquet(path, error) from None
    schema = file.schema_arrow
    iso = frozenset(field.name for field in schema if pa.types.is_temporal(field.type))

    def chunks(wanted: Collection[str]) -> Iterator[Chunk]:
        first = 1
        batches = file.iter_batches(batch_size=rows_at_once, columns=sorted(wanted))
        while True:
            try:
                batch = next(batches, None)
            except (pa.ArrowException, OSError) as error:
                raise _no_parquet(path, error) from None
            if batch is None:
                return
            columns = {name: _texts(batch.column(name)) for name in batch.schema.names}
            numbers = np.arange(first, first + batch.num_rows)
            yield Chunk(numbers, columns, [], iso)
            first += batch.num_rows

    return Table(list(schema.names), chunks)


def _no_parquet(path: Path, error: Exception) -> CallError:
    return CallError(f"{path}: is no whole Parquet file: {error}; copy it again")


def _texts(column: Any) -> NDArray[np.object_]:
    try:
        texts = pc.cast(column, pa.string())
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid):  # lists, and bytes that are no text
        texts = pa.array([_text(value) for value in column.to_pylist()], pa.string())
    filled = pc.fill_null(pc.utf8_trim_whitespace(texts), "")
    result: NDArray[np.object_] = filled.to_numpy(zero_copy_only=False)
    return result


def _text(value: object) -> str | None:
    if isinstance(value, list):
        return ",".join(str(each) for each in value)
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    return None if value is None else str(value)


def _csv(path: Path, file: BufferedIOBase, source: Source, rows_at_once: int) -> Table:
    encoding = "utf-8-sig" if source.encoding.lower() in ("utf-8", "utf8") else source.encoding
    text = TextIOWrapper(cast(BinaryIO, file), encoding, errors="replace", newline="")
    reader = csv.reader(text, delimiter=source.separator)
    names = source.columns
    if names is None:
        header, failure = _next_rows(path, reader, 1)
        if failure is not None:
            raise failure
        if not header:
            raise CallError(f"{path}: is empty; a table begins with the names of its columns")
        names = [each.strip() for each in header[0]]
        if _NOT_DECODED in "".join(names):
            raise CallError(f"{path}: is not {source.encoding}; {_ENCODING_REMEDY}")
    columns = names

    def chunks(wanted: Collection[str]) -> Iterator[Chunk]:
        first = 1
        while True:
            rows, failure = _next_rows(path, reader, rows_at_once)
            if rows:
                yield _chunk(rows, first, columns, wanted)
            if failure is not None:
                raise failure
            if len(rows) < rows_at_once:
                return
            first += len(rows)

    return Table(columns, chunks)


_ENCODING_REMEDY = 'say its encoding in [source], such as encoding = "cp1251" or "cp1250"'


def _next_rows(path: Path, reader: Any, count: int) -> tuple[list[list[str]], CallError | None]:
    """Up to ``count`` rows that are not blank, and why there are no more where the file breaks."""
    rows: list[list[str]] = []
    try:
        rows.extend(islice((row for row in reader if row), count))
    except (EOFError, zlib.error, OSError) as error:
        return rows, CallError(broken_off(path, reader.line_num, error))
    except csv.Error as error:
        problem = f"{path}: cannot be read on after line {reader.line_num}: {error}"
        return rows, CallError(f"{problem}; see whether a quote is opened there and never closed")
    return rows, None


def _chunk(rows: list[list[str]], first: int, names: list[str], wanted: Collection[str]) -> Chunk:
    broken = [
        Broken(
            first + index,
            row,
            f"has {len(row)} cells where the table has {len(names)} columns",
            "put texts that hold the separator in quotes, or mend the row",
        )
        for index, row in enumerate(rows)
        if len(row) != len(names)
    ]
    numbers = np.arange(first, first + len(rows))
    if broken:
        whole = np.array([len(row) == len(names) for row in rows])
        numbers = numbers[whole]
        rows = [row for row in rows if len(row) == len(names)]
    cells = list(zip(*rows, strict=True)) or [()] * len(names)
    columns = {name: _stripped(cells[names.index(name)]) for name in wanted}
    return _decoded(Chunk(numbers, columns, broken))


def _stripped(cells: tuple[str, ...]) -> NDArray[np.object_]:
    return np.array([cell.strip() for cell in cells], dtype=object)


def _decoded(chunk: Chunk) -> Chunk:
    """``chunk`` without rows whose bytes are none of the encoding."""
    spoilt = np.zeros(len(chunk.numbers), dtype=bool)
    for cells in chunk.columns.values():
        if _NOT_DECODED in "".join(cells):
            spoilt |= np.array([_NOT_DECODED in cell for cell in cells])
    if not spoilt.any():
        return chunk
    problem = "holds bytes that are none of the encoding"
    broken = [
        Broken(
            int(chunk.numbers[index]),
            [str(cells[index]) for cells in chunk.columns.values()],
            problem,
            _ENCODING_REMEDY,
        )
        for index in np.flatnonzero(spoilt)
    ]
    kept = {name: cells[~spoilt] for name, cells in chunk.columns.items()}
    return Chunk(chunk.numbers[~spoilt], kept, [*chunk.broken, *broken], chunk.iso)
