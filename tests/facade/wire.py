"""The server's side of the native protocol, revision 54453, over one socket. Knows no engine."""

import socket
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from clickhouse_cityhash.cityhash import CityHash128
from clickhouse_driver.bufferedreader import BufferedSocketReader, CompressedBufferedReader
from clickhouse_driver.compression.lz4 import Compressor
from clickhouse_driver.context import Context
from clickhouse_driver.reader import read_binary_str, read_binary_uint8
from clickhouse_driver.streams.native import BlockInputStream
from clickhouse_driver.varint import read_varint

from sinks.served_raw import Recorder

REVISION = 54453
_BLOCK_INFO = b"\x01\x00\x02\xff\xff\xff\xff\x00"
_LZ4 = b"\x82"
_CLIENT_SETTINGS = {
    "strings_as_bytes": True,
    "strings_encoding": "utf-8",
    "use_numpy": False,
    "input_format_null_as_default": False,
    "namedtuple_as_json": False,
}
Column = tuple[str, str]
"""Name and type."""


@dataclass(frozen=True, slots=True)
class Query:
    """What a client asks."""

    sql: str
    settings: dict[str, str]


class _Server:
    timezone = session_timezone = "UTC"

    def __init__(self, revision: int) -> None:
        self.revision = self.used_revision = revision

    def get_timezone(self) -> str:
        return "UTC"


def _context(revision: int) -> Context:
    context = Context()
    context.server_info = _Server(revision)
    context.settings, context.client_settings = {}, _CLIENT_SETTINGS
    return context


def varint(number: int) -> bytes:
    written = bytearray()
    while number > 0x7F:
        written.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*written, number])


def text(value: str) -> bytes:
    content = value.encode()
    return varint(len(content)) + content


def header(columns: Iterable[Column]) -> bytes:
    """A block without rows."""
    named = [text(name) + text(kind) for name, kind in columns]
    return varint(len(named)) + varint(0) + b"".join(named)


def columns_of(block: bytes) -> list[Column]:
    """Names and types of a block of a file."""
    reader = CompressedBufferedReader(iter([block, b""]).__next__, len(block))
    found: list[Column] = BlockInputStream(reader, _context(0)).read().columns_with_types
    return found


class Strange(OSError):
    """A client says what no client of ours says; a server hangs up then."""


def _expect(like: bool, what: str) -> None:
    if not like:
        raise Strange(what)


class Wire:
    """One connection, as the server sees it. A client that goes raises EOFError or OSError."""

    def __init__(self, connection: socket.socket) -> None:
        self.socket = connection
        self._in = BufferedSocketReader(connection, 1 << 20)
        self._blocks = Recorder(self._in, _context(REVISION))

    def hello(self) -> tuple[str, str]:
        """User and password."""
        _expect(read_varint(self._in) == 0, "a client begins with hello")
        self._text()
        for _ in range(3):
            read_varint(self._in)
        self._text()
        return self._text(), self._text()

    def welcome(self, version: tuple[int, int]) -> None:
        major, minor = map(varint, version)
        names = text("façade"), major, minor, varint(REVISION), text("UTC"), text("façade")
        self._send(varint(0), *names, varint(1))

    def queries(self) -> Iterator[Query]:
        """What is asked, one after the other; pings are answered on the way."""
        while True:
            packet = read_varint(self._in)
            if packet == 4:
                self._send(varint(4))
            elif packet == 1:
                yield self._query()
            else:
                raise Strange(f"packet {packet} where a query belongs")

    def data(self) -> Iterator[bytes]:
        """The blocks of an insert, each as it would stand in a file."""
        while block := self._data():
            yield block

    def send_block(self, block: bytes, packet: int = 1) -> None:
        """``packet`` 1: rows of a result; 7: its totals."""
        compressor = Compressor()
        compressor.write(_BLOCK_INFO + block)
        content = _LZ4 + compressor.get_compressed_data(1)
        checksum = struct.pack("<QQ", *divmod(CityHash128(content), 1 << 64))
        self._send(varint(packet), text(""), checksum, content)

    def send_end(self) -> None:
        self._send(varint(5))

    def send_error(self, code: int, message: str) -> None:
        said = text("DB::Exception"), text(f"DB::Exception: {message}"), text("0. façade")
        self._send(varint(2), struct.pack("<i", code), *said, b"\x00")

    def _query(self) -> Query:
        self._text()
        self._client_info()
        settings: dict[str, str] = {}
        while name := self._text():
            read_binary_uint8(self._in)
            settings[name] = self._text()
        self._text()
        read_varint(self._in)
        _expect(read_varint(self._in) == 1, "a client of ours compresses")
        sql = self._text()
        _expect(not self._data(), "a client of ours sends no tables along")
        return Query(sql, settings)

    def _client_info(self) -> None:
        _expect(read_binary_uint8(self._in) == 1, "a client asks first")
        for _ in range(3):
            self._text()
        self._in.read(8)
        read_binary_uint8(self._in)
        for _ in range(3):
            self._text()
        for _ in range(3):
            read_varint(self._in)
        self._text()
        for _ in range(2):
            read_varint(self._in)
        read_binary_uint8(self._in)
        for _ in range(3):
            read_varint(self._in)

    def _data(self) -> bytes:
        """A block of a data packet; nothing where it has no columns."""
        packet = read_varint(self._in)
        _expect(packet == 2, f"packet {packet} where data belong")
        self._text()
        block: Any = self._blocks.read()
        return self._blocks.last[len(_BLOCK_INFO) :] if block.num_columns else b""

    def _text(self) -> str:
        found: str = read_binary_str(self._in)
        return found

    def _send(self, *parts: bytes) -> None:
        self.socket.sendall(b"".join(parts))
