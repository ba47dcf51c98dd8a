"""A ClickHouse over the network, by clickhouse-driver's native protocol.

Columnar inserts of checked rows, a month and a part each, with tokens by which the server knows a
repetition. Knows nothing of what the tables mean.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any

import numpy as np
import pyarrow as pa
from clickhouse_driver import Client
from numpy.typing import NDArray

from models.columns import Columns
from models.errors import CallError, WorldError
from sinks.arrow import to_bytes, to_lists
from sinks.pieces import pieces
from sinks.served_clients import Clients, StatementRefused
from sinks.served_settings import pinned
from sinks.store_url import DATABASE, Address

ROWS_AN_INSERT = 100_000
_MONTHS_SPLIT_AT_MOST = 12
_NUMBERS_A_PIECE = 65_536

_ACCESS_DENIED, _READONLY, _CONSTRAINT = 497, 164, 452


class ServedDatabase:
    """The store at an address. Calls from any number of threads run side by side."""

    def __init__(self, address: Address) -> None:
        """Connects at the first call."""
        self.address = address
        self.settings = pinned(address)
        self.clients = Clients(address, self.settings)

    def close(self) -> None:
        """Wait for running calls, then disconnect; more than once does no harm."""
        self.clients.close()

    @contextmanager
    def _client(self) -> Iterator[Client]:
        try:
            with self.clients.client() as client:
                yield client
        except StatementRefused as refusal:
            problem = self._of_rights(refusal)
            raise (refusal if problem is None else problem) from refusal.__cause__

    def _of_rights(self, refusal: StatementRefused) -> WorldError | None:
        user = f"the user {self.address.user!r}"
        if refusal.code == _ACCESS_DENIED:
            return WorldError(
                f"{user} of the store may not do what SEMKO needs: {refusal}. Grant it all on"
                f" {DATABASE}.* and SELECT on system.*, or name another user."
            )
        if refusal.code in (_READONLY, _CONSTRAINT):
            return WorldError(
                f"the profile of {user} is in the way: {refusal}. Give it one with readonly = 0 and"
                " without constraints on that setting."
            )
        return None

    def execute(self, sql: str) -> None:
        """See ``sinks.database.Database``."""
        with self._client() as client:
            client.execute(sql)

    def columns(self, sql: str) -> dict[str, list[Any]]:
        """See ``sinks.database.Database``."""
        with self._client() as client:
            values, kinds = client.execute(sql, columnar=True, with_column_types=True)
        found = map(list, values) if values else ([] for _ in kinds)
        return {name: column for (name, _), column in zip(kinds, found, strict=True)}

    def numbers(self, sql: str) -> Iterator[NDArray[np.uint64]]:
        """See ``sinks.database.Database``."""
        with self._client() as client:
            rows = client.execute_iter(sql, settings={"max_block_size": _NUMBERS_A_PIECE})
            numbers = (number for (number,) in rows)
            while len(piece := np.fromiter(islice(numbers, _NUMBERS_A_PIECE), np.uint64)):
                yield piece

    def lines(self, sql: str) -> list[str]:
        """The only column of a SELECT that cannot write; raises ``CallError`` where it is refused.

        ``StoreUnavailable`` where it takes too much memory or time.
        """
        try:
            with self.clients.client() as client:
                found: list[tuple[str]] = client.execute(sql, settings={"readonly": 1})
        except StatementRefused as refusal:
            raise CallError(f"the query was refused: {refusal}") from refusal
        return [line for (line,) in found]

    def insert(self, table: str, columns: Columns) -> None:
        """See ``sinks.database.Database``; cut by months where they are few."""
        for piece in pieces(table, columns, _MONTHS_SPLIT_AT_MOST, ROWS_AN_INSERT):
            self._send(table, piece)

    def _send(self, table: str, rows: pa.Table) -> None:
        names = ", ".join(rows.column_names)
        with self._client() as client:
            client.execute(
                f"INSERT INTO {DATABASE}.{table} ({names}) VALUES",
                list(to_lists(rows).values()),
                columnar=True,
                settings={"insert_deduplication_token": token(table, rows)},
            )


def token(table: str, rows: pa.Table) -> str:
    """By what a server knows these rows again; other rows have another.

    It saves the work of a repetition. Correctness does not rest on it: rows are absolute, and a
    server forgets tokens. The digest alone tells rows apart; the rest is for whoever reads logs.
    """
    digest = hashlib.blake2b(to_bytes(rows), digest_size=16).hexdigest()
    revisions = np.asarray(to_lists(rows.select(["revision"]))["revision"], np.uint64)
    return f"semko-{table}-{revisions.min()}-{revisions.max()}-{digest}"
