"""The engine behind the façade: a query with a connection's settings, in blocks.

Knows no socket.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from chdb.session import Session

from sinks.chdb_database import as_file
from sinks.database import quoted
from sinks.problems import code_of, sentence
from tests.facade.wire import Column, Query, columns_of, header

_INSERT = re.compile(r"\s*INSERT\s+INTO\s+(\S+)\s*\(([^)]*)\)\s*VALUES\s*$", re.IGNORECASE)
_STREAMED = re.compile(r"\s*(SELECT|WITH|\()", re.IGNORECASE)
_READING = re.compile(r"\s*(SHOW|DESC|DESCRIBE|EXPLAIN|EXISTS)\b", re.IGNORECASE)
_TOKEN = "insert_deduplication_token"


Types = dict[str, list[Column]]
"""What the columns of tables hold, by the query for them."""


class Failure(Exception):
    """What the engine refuses, as a server would say it."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


class Sessions:
    """One connection's sessions of the engine: one for each set of settings that it sends."""

    def __init__(self, folder: Path, known: frozenset[str], types: Types) -> None:
        self._folder = folder
        self._known = known
        self._open: dict[frozenset[tuple[str, str]], Session] = {}
        self._types = types

    def close(self) -> None:
        for session in self._open.values():
            session.close()
        self._open.clear()

    def insertion(self, query: Query) -> tuple[str, str] | None:
        """Table and names of columns where ``query`` waits for data."""
        found = _INSERT.match(query.sql)
        return (found[1], found[2]) if found else None

    def types(self, query: Query, table: str, names: str) -> list[Column]:
        """What the columns of an insert hold. Asked once, since a server simply knows."""
        columns = f"SELECT {names} FROM {table} LIMIT 0"
        if columns not in self._types:
            self._types[columns] = self._described(self._session(query), columns)
        return self._types[columns]

    def store(self, query: Query, table: str, names: str, blocks: Iterable[bytes]) -> None:
        """Insert ``blocks``."""
        session = self._session(query)
        # The structure, or the engine reads the file once more to find it out.
        held = ", ".join(f"{name} {kind}" for name, kind in self.types(query, table, names))
        token = quoted(query.settings.get(_TOKEN, ""))
        into = f"INSERT INTO {table} ({names}) SETTINGS {_TOKEN} = {token}"
        with as_file(b"".join(blocks)) as path, _translated():
            session.query(
                f"{into} SELECT {names} FROM file({quoted(path)}, 'Native', {quoted(held)})"
            )

    def results(self, query: Query) -> Iterator[bytes]:
        """The blocks of a result, first one without rows; none where there is no result."""
        session = self._session(query)
        with _translated():
            if _STREAMED.match(query.sql):
                yield from self._streamed(session, query.sql)
            elif _READING.match(query.sql):
                content = session.query(query.sql, "Native").bytes()
                yield header(columns_of(content))
                yield content
            else:
                session.query(query.sql)
                self._types.clear()  # a table may have changed

    def _streamed(self, session: Session, sql: str) -> Iterator[bytes]:
        some = False
        with session.send_query(sql, "Native") as pieces:
            for piece in pieces:
                block = piece.bytes()
                if block and not some:
                    some = True
                    yield header(columns_of(block))
                if block:
                    yield block
        if not some:
            yield header(self._described(session, sql))

    def _described(self, session: Session, sql: str) -> list[Column]:
        with _translated():
            lines = session.query(f"DESCRIBE ({sql}\n)", "TSVRaw").bytes().decode().splitlines()
        joined = re.sub(r"\n\s+", " ", "\n".join(lines))
        return [
            (name, kind) for name, kind, *_ in (each.split("\t") for each in joined.split("\n"))
        ]

    def _session(self, query: Query) -> Session:
        wanted = {
            name: value
            for name, value in query.settings.items()
            if name in self._known and name != _TOKEN
        }
        key = frozenset(wanted.items())
        if key not in self._open:
            session = Session(str(self._folder))
            with _translated():
                said = (f"{name} = {quoted(value)}" for name, value in wanted.items())
                session.query("SET " + ", ".join(said))
            self._open[key] = session
        return self._open[key]


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except RuntimeError as error:
        raise Failure(code_of(str(error)) or 1000, sentence(str(error))) from error
