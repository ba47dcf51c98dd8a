"""A result as a server sends it: blocks in ClickHouse's format Native, values untouched.

clickhouse-driver makes Python values of them; what is to be formatted anew must not pass through
those. Rests on four of the driver's insides, all named here, and on the dialect (decision 0013): in
it a block on the wire is a block of a file, after eight bytes.
"""

from clickhouse_driver.protocol import ServerPacketTypes
from clickhouse_driver.streams.compressed import CompressedBlockInputStream

from models.errors import CallError
from sinks.served_clients import StatementRefused
from sinks.served_database import ServedDatabase

_BLOCK_INFO_BYTES = 8


class Recorder(CompressedBlockInputStream):  # type: ignore[misc]  # the driver ships no types
    """Reads blocks as the driver does, and remembers the bytes of the last one."""

    last = b""

    def read(self, use_numpy: bool | None = None) -> object:
        self.last = b""
        return super().read(use_numpy=use_numpy)

    def read_block(self) -> bytes:
        content: bytes = super().read_block()
        self.last += content
        return content


def raw_blocks(database: ServedDatabase, sql: str) -> list[bytes]:
    """The blocks of a result, at least one that tells its columns.

    Raises ``CallError`` where the server refuses ``sql``, ``StoreUnavailable`` where it takes too
    much memory or time.
    """
    try:
        with database.clients.client(fresh=True) as client:
            connection = client.connection
            recorder = connection.block_in = Recorder(connection.fin, connection.context)
            with client.disconnect_on_error(sql, {"readonly": 1}):
                connection.send_query(sql)
                connection.send_external_tables(None)
                # Totals and extremes are packets of their own, and no rows of the result.
                found = [
                    (packet.block.num_rows, recorder.last[_BLOCK_INFO_BYTES:])
                    for packet in client.packet_generator()
                    if packet.type == ServerPacketTypes.DATA and packet.block.columns_with_types
                ]
            connection.block_in = connection.get_block_in_stream()
    except StatementRefused as refusal:
        raise CallError(f"the query was refused: {refusal}") from refusal
    filled = [block for rows, block in found if rows]
    return filled or [block for _, block in found[:1]]
