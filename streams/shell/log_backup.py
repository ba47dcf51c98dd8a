"""A copy of the local log while it is written to, by SQLite's online backup.

One read transaction spans all of it: the copy is the log of one moment, and nobody waits for it.
"""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from models.errors import LogUnavailable
from streams.shell.batches import TopicPartition
from streams.shell.log_file import APPLICATION_ID, FORMAT_VERSION, connect, errors_named

PAGES_AT_ONCE = 2_000


def copy_log(path: Path, target: Path, tell: Callable[[int, int], None]) -> None:
    """Copy the log at ``path`` to the new file ``target``; ``tell`` hears of pages.

    Raises ``LogUnavailable`` where there is no log or no room for it.
    """
    if not path.is_file():
        raise LogUnavailable(f"there is no log at {path}: name it with --broker")
    with errors_named(path), closing(connect(path)) as source:
        # Held open: else each write of others between two steps would begin the copy anew.
        source.execute("begin")
        source.execute("select count(*) from log").fetchone()
        with errors_named(target), closing(sqlite3.connect(target)) as copy:
            source.backup(
                copy,
                pages=PAGES_AT_ONCE,
                progress=lambda _, left, of: tell(of - left, of),
                sleep=0,
            )
        source.execute("rollback")


def bounds_of(path: Path) -> tuple[str, dict[TopicPartition, tuple[int, int]]]:
    """Identity of the log in a copy that nobody writes, and first and next offset of its parts."""
    with errors_named(path), closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as log:
        kind = log.execute("select application_id from pragma_application_id").fetchone()[0]
        version = log.execute("pragma user_version").fetchone()[0]
        if (kind, version) != (APPLICATION_ID, FORMAT_VERSION):
            raise LogUnavailable(f"{path} is no log that this version of semko reads")
        log_id = str(log.execute("select id from log").fetchone()[0])
        rows = log.execute("select topic, partition, earliest, end_offset from partitions")
        return log_id, {TopicPartition(*row[:2]): (row[2], row[3]) for row in rows}
