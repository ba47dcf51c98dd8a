"""The embedded store: ClickHouse inside this process, in one folder (``sinks.folder_url``).

One process at a time; any number of its threads.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from models.errors import CallError
from sinks.chdb_database import ChdbDatabase
from sinks.folder_url import parse_url
from sinks.held import Hold
from sinks.reading import refuse_writing
from sinks.store import ClickHouseStore


class EmbeddedStore(ClickHouseStore):
    """``ClickHouseStore`` in a folder. Never fork while it is open: the engine has threads."""

    database: ChdbDatabase

    def __init__(self, url: str) -> None:
        """Open the folder of ``url``, make it where it is missing, and migrate it.

        Raises ``CallError`` for a URL amiss, ``StoreHeld`` where another process has the folder,
        ``WorldError`` where it cannot be opened or is of another version.
        """
        folder, options = parse_url(url)
        self._hold = Hold(folder)
        try:
            database = ChdbDatabase(folder, options)
        except BaseException:
            self._hold.release()
            raise
        try:
            super().__init__(database)
        except BaseException:
            self.close()
            raise

    def query(self, sql: str, fmt: str, params: Mapping[str, object] | None = None) -> bytes:
        """See ``ClickHouseStore``."""
        refuse_writing(sql)
        if not re.fullmatch(r"\w+", fmt):
            raise CallError(f"{fmt!r} is no name of a format: try PrettyCompact, CSV or JSON.")
        return self.database.read(sql, fmt, params or {})

    def rows(self, sql: str, params: Mapping[str, object] | None = None) -> list[dict[str, Any]]:
        """See ``ClickHouseStore``."""
        lines = self.query(sql, "JSONEachRow", params).splitlines()
        return [json.loads(line) for line in lines]

    def close(self) -> None:
        """Wait for running calls, close the engine, let go of the folder."""
        self.database.close()
        self._hold.release()
