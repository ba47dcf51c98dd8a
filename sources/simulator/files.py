"""Records written to NDJSON files, plain or gzip by the name's end.

A file carries the events alone: keys and arrival times are the log's.
"""

import gzip
from collections.abc import Iterable
from pathlib import Path

from models.errors import CallError
from models.records import EventRecord


def write_ndjson(path: Path, records: Iterable[EventRecord]) -> int:
    """Write one event a line, in their order, and say how many; the same records make the same
    bytes. Raises ``CallError`` where the file cannot be written."""
    count = 0
    try:
        with path.open("wb") as plain:
            if path.suffix != ".gz":
                for record in records:
                    plain.write(record.value + b"\n")
                    count += 1
                return count
            with gzip.GzipFile("", "wb", compresslevel=4, fileobj=plain, mtime=0) as packed:
                for record in records:
                    packed.write(record.value + b"\n")
                    count += 1
    except OSError as error:
        raise CallError(f"cannot write {path}: {error.strerror}; choose another place") from None
    return count
