"""A copy of the embedded store's files while it is written: ClickHouse's own frozen parts.

A frozen part is a hard link and never changes, so a copy may take its time. Knows where the engine
keeps what; not what becomes of the copy.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from models.facts import Progress
from sinks.database import Database
from sinks.loading import progress

NAME = "semkobackup"
FIRST = ("progress", "dirty_hours")
"""Frozen in this order before all others. What ``progress`` says is stored by then, and is in every
table that is frozen later; what comes afterwards is read from the log again. An hour that is not
marked any more has its windows written, and they are frozen later too."""


class Stored(NamedTuple):
    """One file of a store: where it lies now, and its place in the folder; ``link`` is what it
    points to where it is a symbolic link."""

    path: Path
    place: str
    link: str = ""


def freeze(database: Database, folder: Path) -> list[Progress]:
    """Freeze every table of the store in ``folder``, after letting go of what was frozen before;
    how far its facts go at least."""
    thaw(folder)
    reached = progress(database)
    found = database.columns(
        "SELECT name FROM system.tables WHERE database = 'semko' AND engine LIKE '%MergeTree'"
    )
    for table in (*FIRST, *sorted(set(found["name"]) - set(FIRST))):
        database.execute(f"ALTER TABLE semko.{table} FREEZE WITH NAME '{NAME}'")
    return reached


def thaw(folder: Path) -> None:
    """Let go of what was frozen; does no harm where nothing was."""
    shutil.rmtree(folder / "shadow" / NAME, ignore_errors=True)


def frozen(folder: Path) -> Iterator[Stored]:
    """The files that together are the store as it was frozen; they open as a store of their own."""
    for top in ("metadata", "data"):
        yield from _walked(folder, folder / top)
    for table in sorted((folder / "store").glob("*/*")):
        for kept in (*table.glob("*.sql"), *table.glob("format_version.txt")):
            yield Stored(kept, str(kept.relative_to(folder)))
    shadow = folder / "shadow" / NAME
    yield from _walked(shadow, shadow)


def _walked(root: Path, top: Path) -> Iterator[Stored]:
    for where, folders, files in os.walk(top):
        for name in sorted((*folders, *files)):
            path = Path(where) / name
            if path.is_symlink():
                yield Stored(path, str(path.relative_to(root)), str(path.readlink()))
            elif name in files:
                yield Stored(path, str(path.relative_to(root)))
