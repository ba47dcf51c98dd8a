"""A ClickHouse over the network as a store, opened by a URL (``sinks.store_url``)."""

import json
import re
from collections.abc import Mapping
from functools import partial
from typing import Any

from models.errors import CallError
from sinks.formatting import formatted
from sinks.reading import filled, refuse_writing
from sinks.replicated import replicated
from sinks.served_checks import check_server, check_tables
from sinks.served_database import ServedDatabase
from sinks.served_raw import raw_blocks
from sinks.store import ClickHouseStore
from sinks.store_url import parse_address


class ServedStore(ClickHouseStore):
    """``ClickHouseStore`` on a server. Any number of processes may have it open at a time."""

    database: ServedDatabase

    def __init__(self, url: str, *, may_migrate: bool = True) -> None:
        """Connect to the server of ``url``, check that it can be relied on, and migrate it if we
        may.

        Raises ``CallError`` for a URL amiss, ``WorldError`` for a server that is not reached, lets
        nobody in, is too old, may not be relied on, or has a store of another version.
        """
        database = ServedDatabase(parse_address(url))
        cluster = database.address.cluster
        try:
            check_server(database)
            placed = partial(replicated, cluster=cluster) if cluster else None
            super().__init__(database, placed, may_migrate=may_migrate)
            check_tables(database)
        except BaseException:
            database.close()
            raise

    def query(self, sql: str, fmt: str, params: Mapping[str, object] | None = None) -> bytes:
        """See ``ClickHouseStore``."""
        refuse_writing(sql)
        if not re.fullmatch(r"\w+", fmt):
            raise CallError(f"{fmt!r} is no name of a format: try PrettyCompact, CSV or JSON.")
        return formatted(raw_blocks(self.database, filled(sql, params or {})), fmt)

    def rows(self, sql: str, params: Mapping[str, object] | None = None) -> list[dict[str, Any]]:
        """See ``ClickHouseStore``."""
        refuse_writing(sql)
        select = filled(sql, params or {}).strip().rstrip(";")
        lines = self.database.lines(f"SELECT formatRow('JSONEachRow', *) FROM (\n{select}\n)")
        return [json.loads(line) for line in lines]

    def close(self) -> None:
        """Wait for running calls, then disconnect."""
        self.database.close()
