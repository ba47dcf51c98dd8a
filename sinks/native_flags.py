"""The format Native as clients of ClickHouse's newer protocol read it.

The engine in the process writes it for none: without a word on each block, and without a flag after
each column's type that says how the column is written. To put the flags in one has to know where
columns end, and that only the engine knows for all types: it is asked for one column at a time.
"""

import msgspec

from sinks.chdb_database import ChdbDatabase, as_file
from sinks.database import identifier, quoted

FROM_REVISION = 54_454
"""The revision of the protocol from which a column has its flag."""

_BLOCK_INFO = b"\x01\x00\x02\xff\xff\xff\xff\x00"
_IN_THE_USUAL_WAY = b"\x00"


def with_flags(database: ChdbDatabase, native: bytes, rows: int) -> bytes:
    """``native``, of at most ``rows`` rows and not empty, as one block with flags."""
    one_block = {
        "max_threads": 1,
        "max_insert_threads": 1,
        "max_block_size": rows + 1,
        "max_insert_block_size": rows + 1,
        "min_insert_block_size_rows": rows + 1,
        "min_insert_block_size_bytes": 1 << 40,
        "preferred_block_size_bytes": 0,
    }
    with as_file(native) as path, database.apart(one_block) as session:
        rows_of = f"SELECT * FROM file({quoted(path)}, 'Native')"
        session.query(f"CREATE TEMPORARY TABLE block ENGINE = Memory AS {rows_of}")
        told = session.query("DESCRIBE TABLE block", "JSONCompactColumns").bytes()
        columns = [
            session.query(f"SELECT {identifier(name)} FROM block", "Native").bytes()
            for name in msgspec.json.decode(told, type=list[list[str]])[0]
        ]
    return _joined(columns)


def _joined(columns: list[bytes]) -> bytes:
    parts = [_BLOCK_INFO, _varint(len(columns))]
    for at, column in enumerate(columns):
        _, begin = _read_varint(column, 0)
        _, after_rows = _read_varint(column, begin)
        if at == 0:
            parts.append(column[begin:after_rows])
        after_type = _after_text(column, _after_text(column, after_rows))
        parts += [column[after_rows:after_type], _IN_THE_USUAL_WAY, column[after_type:]]
    return b"".join(parts)


def _after_text(content: bytes, at: int) -> int:
    length, begin = _read_varint(content, at)
    return begin + length


def _read_varint(content: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        byte = content[at]
        at += 1
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return number, at


def _varint(number: int) -> bytes:
    written = bytearray()
    while number > 0x7F:
        written.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*written, number])
