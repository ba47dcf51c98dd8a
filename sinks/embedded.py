"""The embedded store: ClickHouse inside this process, in one folder, opened by a URL.

``chdb:///absolute/path`` or ``chdb://relative/path``, with ``?max_memory_usage=BYTES`` and
``&max_threads=N`` where wanted. One process at a time; any number of its threads.
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from models.errors import CallError
from sinks.chdb_database import ChdbDatabase
from sinks.held import Hold
from sinks.reading import refuse_writing
from sinks.store import ClickHouseStore

SCHEME = "chdb"


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
        """The result of one statement that only reads, in ClickHouse's format ``fmt``.

        ``params`` fill ``{name:Type}``. Raises ``CallError`` for a statement that would write or
        that the engine refuses, ``StoreUnavailable`` where it takes too much memory or time.
        """
        refuse_writing(sql)
        if not re.fullmatch(r"\w+", fmt):
            raise CallError(f"{fmt!r} is no name of a format: try PrettyCompact, CSV or JSON.")
        return self.database.read(sql, fmt, params or {})

    def rows(self, sql: str, params: Mapping[str, object] | None = None) -> list[dict[str, Any]]:
        """The result of one SELECT, a dict a row; times as text, 64 bit numbers whole."""
        lines = self.query(sql, "JSONEachRow", params).splitlines()
        return [json.loads(line) for line in lines]

    def close(self) -> None:
        """Wait for running calls, close the engine, let go of the folder."""
        self.database.close()
        self._hold.release()


def parse_url(url: str) -> tuple[Path, dict[str, str]]:
    """Folder and options of a store URL; raises ``CallError`` where it names no folder."""
    parts = urlsplit(url)
    path = unquote(parts.netloc + parts.path)
    if parts.scheme != SCHEME or not path.strip("/"):
        raise CallError(
            f"{url!r} is no embedded store: write chdb:///absolute/path or chdb://relative/path."
        )
    return Path(path).absolute(), dict(parse_qsl(parts.query, keep_blank_values=True))
