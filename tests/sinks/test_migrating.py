"""Which schema a store has, and what is refused because it does not fit this program."""

from pathlib import Path

import pytest

from models.errors import WorldError
from sinks.migrating import Migration, migrate, migrations, statements
from tests.sinks.opened import Opened


def written(folder: Path, **files: str) -> list[Migration]:
    for name, sql in files.items():
        (folder / f"{name.removeprefix('m')}.sql").write_text(sql)
    return migrations(folder)


@pytest.fixture
def known(opened: Opened) -> list[Migration]:
    """What ``opened`` has, as if migrations of 9000 on had never been applied."""
    opened.database.execute("ALTER TABLE semko.migrations DELETE WHERE version >= 9000")
    opened.database.execute("DROP TABLE IF EXISTS semko.tried")
    return migrations()


def made(number: int = 9000, column: str = "a") -> Migration:
    sql = f"CREATE TABLE IF NOT EXISTS semko.tried ({column} UInt8) ENGINE = Memory"
    return Migration(number, "tried", f"sum of {column}", (sql,))


def test_every_migration_is_applied_once_and_noted(opened: Opened) -> None:
    noted = opened.rows("SELECT version, name, checksum FROM semko.migrations ORDER BY version")
    assert [(n["version"], n["name"], n["checksum"]) for n in noted] == [
        (m.version, m.name, m.checksum) for m in migrations()
    ]
    assert migrate(opened.database, migrations()) == []


def test_numbers_may_have_gaps_and_a_late_lower_one_is_applied(
    opened: Opened, known: list[Migration]
) -> None:
    assert migrate(opened.database, [*known, made(9005)]) == [made(9005)]
    assert migrate(opened.database, [*known, made(9002, "b"), made(9005)]) == [made(9002, "b")]


def test_a_migration_cut_short_is_repeated_whole(opened: Opened, known: list[Migration]) -> None:
    broken = Migration(9000, "tried", "x", (*made().statements, "SELECT nothing_of_that_name"))
    with pytest.raises(RuntimeError, match="nothing_of_that_name"):
        migrate(opened.database, [*known, broken])
    assert migrate(opened.database, [*known, made()]) == [made()]


def test_a_store_of_a_newer_program_is_refused(opened: Opened, known: list[Migration]) -> None:
    migrate(opened.database, [*known, made()])
    with pytest.raises(WorldError, match=r"newer SEMKO: it has migration 9000 \(tried\)"):
        migrate(opened.database, known)


def test_a_changed_migration_is_refused_by_name(opened: Opened, known: list[Migration]) -> None:
    migrate(opened.database, [*known, made()])
    with pytest.raises(WorldError, match=r"migration 9000 \(tried\) of the store differs"):
        migrate(opened.database, [*known, made(column="b")])


def test_statements_end_with_a_semicolon_at_the_end_of_a_line() -> None:
    sql = "-- why;\nSELECT ';a', 1; \n\n  -- more\nSELECT\n  2\n"
    assert statements(sql) == ("SELECT ';a', 1", "SELECT\n  2")


def test_checksums_tell_texts_apart(tmp_path: Path) -> None:
    first = written(tmp_path, m0001_a="SELECT 1;")[0].checksum
    assert written(tmp_path, m0001_a="SELECT 2;")[0].checksum != first


@pytest.mark.parametrize("names", [["m1_a"], ["m0001_A"], ["m0001_a", "m0001_b"]])
def test_files_with_a_wrong_name_or_a_number_taken_are_refused(
    tmp_path: Path, names: list[str]
) -> None:
    with pytest.raises(ValueError, match=r"NNNN_name|taken twice"):
        written(tmp_path, **dict.fromkeys(names, "SELECT 1;"))


def test_every_statement_of_this_program_may_run_twice() -> None:
    again = ("IF NOT EXISTS", "OR REPLACE", "IF EXISTS", "COMMENT COLUMN", "MODIFY COMMENT")
    for migration in migrations():
        for statement in migration.statements:
            assert any(words in statement for words in again), statement[:80]
