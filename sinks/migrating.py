"""Numbered migrations: which SQL makes the database, and what a store already has of it.

The SQL lies in ``sinks/migrations``, one file a migration, ``NNNN_name.sql``; numbers may have
gaps. Speaks to any ClickHouse through ``Database``; knows none by name.
"""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from models.errors import WorldError
from sinks.database import Database, insertion

FOLDER = Path(__file__).with_name("migrations")
_FILE_NAME = re.compile(r"(\d{4})_([a-z0-9_]+)\.sql")

BOOK = """\
CREATE TABLE IF NOT EXISTS semko.migrations
(
    version UInt32 COMMENT 'Number of the migration',
    name String COMMENT 'Name of the migration',
    checksum String COMMENT 'SHA-256 of its SQL when it was applied',
    applied_at DateTime('UTC') DEFAULT now() COMMENT 'When it was applied'
)
ENGINE = ReplacingMergeTree
ORDER BY version
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Migrations that this database has'"""
"""The table in which a store says which migrations it has."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One file of SQL. ``statements`` may each run twice: a crash in between repeats them all."""

    version: int
    name: str
    checksum: str
    statements: tuple[str, ...]


def migrations(folder: Path = FOLDER) -> list[Migration]:
    """All migrations of ``folder`` by number. Raises ``ValueError`` for a name or number amiss."""
    found: dict[int, Migration] = {}
    for path in sorted(folder.glob("*.sql")):
        named = _FILE_NAME.fullmatch(path.name)
        if named is None:
            raise ValueError(f"{path.name}: a migration is named NNNN_name.sql")
        sql = path.read_text(encoding="utf-8")
        version = int(named[1])
        if version in found:
            raise ValueError(f"{path.name}: the number {version} is taken twice")
        checksum = hashlib.sha256(sql.encode()).hexdigest()
        found[version] = Migration(version, named[2], checksum, statements(sql))
    return [found[version] for version in sorted(found)]


def statements(sql: str) -> tuple[str, ...]:
    """``sql`` cut at semicolons that end a line, without lines of comment."""
    lines = [line for line in sql.splitlines() if not line.lstrip().startswith("--")]
    pieces = re.split(r";[ \t]*$", "\n".join(lines), flags=re.MULTILINE)
    return tuple(piece.strip() for piece in pieces if piece.strip())


def migrate(
    database: Database, known: list[Migration], placed: Callable[[str], str] | None = None
) -> list[Migration]:
    """Apply what ``database`` does not have yet, in the order of numbers, and return it.

    ``placed`` makes of a statement what this database is to run, on all servers of a cluster for
    one; checksums are those of the files.
    Raises ``WorldError`` where the database has a migration that is not among ``known`` or was
    applied with other SQL: then this program and this database do not belong together.
    """
    placed = placed or str
    for statement in ("CREATE DATABASE IF NOT EXISTS semko", BOOK):
        database.execute(placed(statement))
    missing = _missing(database, known)
    for migration in missing:
        for statement in migration.statements:
            database.execute(placed(statement))
        noted = {name: getattr(migration, name) for name in ("version", "name", "checksum")}
        database.execute(insertion("migrations", [noted]))
    return missing


def refuse_unmigrated(database: Database, known: list[Migration]) -> None:
    """Raise ``WorldError`` unless ``database`` has exactly the ``known`` migrations."""
    book = "SELECT count() AS n FROM system.tables WHERE database = 'semko' AND name = 'migrations'"
    missing = _missing(database, known) if database.columns(book)["n"][0] else known
    if missing:
        what = "is of an older SEMKO" if len(missing) < len(known) else "has no tables yet"
        raise WorldError(
            f"the store {what}: it lacks migration {missing[0].version:04} ({missing[0].name})."
            " Run `semko migrate` on it once; stop the workers before where there are some."
        )


def _missing(database: Database, known: list[Migration]) -> list[Migration]:
    applied = _applied(database)
    _refuse_strangers(applied, {migration.version: migration for migration in known})
    return [migration for migration in known if migration.version not in applied]


def _applied(database: Database) -> dict[int, tuple[str, str]]:
    book = database.columns("SELECT version, name, checksum FROM semko.migrations FINAL")
    named = zip(book["name"], book["checksum"], strict=True)
    return dict(zip(book["version"], named, strict=True))


def _refuse_strangers(applied: dict[int, tuple[str, str]], known: dict[int, Migration]) -> None:
    for version, (name, checksum) in sorted(applied.items()):
        if version not in known:
            raise WorldError(
                f"the store was made by a newer SEMKO: it has migration {version:04} ({name}),"
                " which this program does not know. Start the newer program, or restore a backup"
                " of the time before."
            )
        if known[version].checksum != checksum:
            raise WorldError(
                f"migration {version:04} ({name}) of the store differs from the one in this"
                " program. A migration never changes once it is applied: start the program that"
                " made this store, or replay the log into a new one."
            )
