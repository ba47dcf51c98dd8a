"""The file of the local log: its tables, how it is opened and how SQLite's errors read.

Knows nothing of threads, groups or Faust. Topics have a fixed count of partitions; a partition
remembers its first and next offset, so offsets never start again when records are deleted.
"""

import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from models.errors import LogDamaged, LogUnavailable

APPLICATION_ID = 0x53454D4B  # "SEMK", in the header of the file
FORMAT_VERSION = 1
BUSY_SECONDS = 30.0  # how long one waits while another process writes
JOURNAL_BYTES_KEPT = 64 * 1024 * 1024  # a bulk load leaves no larger write-ahead log behind

_TABLES = """
create table log (id text not null, created_at integer not null);
create table topics (name text primary key, partitions integer not null);
create table partitions (
    id integer primary key,
    topic text not null references topics (name),
    partition integer not null,
    earliest integer not null default 0,
    end_offset integer not null default 0,
    stored_bytes integer not null default 0,
    unique (topic, partition)
);
create table chunks (
    id integer primary key,
    partition_id integer not null references partitions (id),
    first_offset integer not null,
    count integer not null,
    appended_at integer not null,
    plain_bytes integer not null,
    blob blob not null
);
create unique index chunks_by_offset on chunks (partition_id, first_offset);
create table positions (
    group_id text not null,
    partition_id integer not null references partitions (id),
    "offset" integer,
    epoch integer not null,
    primary key (group_id, partition_id)
) without rowid;
"""


@contextmanager
def errors_named(path: Path) -> Iterator[None]:
    """Tell SQLite's errors apart: what may pass (``LogUnavailable``), what does not (damage)."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        name = getattr(error, "sqlite_errorname", "")
        if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
            raise LogDamaged(
                f"{path} is damaged or no log of SEMKO ({error}): restore a backup of it, or move "
                "it away to begin a new log"
            ) from error
        if isinstance(error, sqlite3.OperationalError):
            raise LogUnavailable(f"the log {path} cannot be used now: {error}") from error
        raise


def connect(path: Path) -> sqlite3.Connection:
    """Open a connection for one thread at a time; a commit returns when it is on the disk."""
    connection = sqlite3.connect(
        path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
    )
    connection.execute("pragma synchronous = full")
    connection.execute(f"pragma journal_size_limit = {JOURNAL_BYTES_KEPT}")
    return connection


def open_file(path: Path, now_ms: int) -> str:
    """Open the log at ``path``, make it where there is none, and return its id (a UUID).

    Raises ``LogDamaged`` where the file is something else or of a format that this version cannot
    read, ``LogUnavailable`` where it cannot be opened.
    """
    with errors_named(path):
        connection = connect(path)
        try:
            if connection.execute("pragma application_id").fetchone()[0] != APPLICATION_ID:
                _create(connection, path, now_ms)
            version = connection.execute("pragma user_version").fetchone()[0]
            if version != FORMAT_VERSION:
                raise LogDamaged(
                    f"{path} has format {version}, this version of semko reads format "
                    f"{FORMAT_VERSION}: use the version that wrote it"
                )
            return str(connection.execute("select id from log").fetchone()[0])
        finally:
            connection.close()


def _create(connection: sqlite3.Connection, path: Path, now_ms: int) -> None:
    _refuse_foreign(connection, path)
    # Outside a transaction only, and before the first table: pages freed by retention go back to
    # the disk, and readers are not held up by writers.
    connection.execute("pragma auto_vacuum = incremental")
    connection.execute("pragma journal_mode = wal")
    connection.execute("begin immediate")  # of several processes one makes it, the others wait
    try:
        if connection.execute("pragma application_id").fetchone()[0] == APPLICATION_ID:
            return
        _refuse_foreign(connection, path)
        for statement in _TABLES.split(";"):
            connection.execute(statement)
        connection.execute("insert into log values (?, ?)", (str(uuid.uuid4()), now_ms))
        connection.execute(f"pragma application_id = {APPLICATION_ID}")
        connection.execute(f"pragma user_version = {FORMAT_VERSION}")
        connection.execute("commit")
    finally:
        if connection.in_transaction:
            connection.execute("rollback")


def _refuse_foreign(connection: sqlite3.Connection, path: Path) -> None:
    tables, application_id = connection.execute(
        "select count(*), (select application_id from pragma_application_id) from sqlite_master"
    ).fetchone()
    if tables and application_id != APPLICATION_ID:
        raise LogDamaged(f"{path} is a database, but no log of SEMKO: name another file")
