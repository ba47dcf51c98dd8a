"""The registry on its way into the store: what the file says now, and what has left it.

Speaks to any ClickHouse through ``Database``.
"""

from datetime import date
from typing import Any

from models.errors import CallError
from models.registry import Registry
from models.registry_rows import KEYS, registry_rows
from sinks.database import Database, insertion

Row = dict[str, Any]

_ROWS_A_STATEMENT = 1_000


def store_registry(database: Database, registry: Registry | None, now_ms: int) -> int:
    """Make the tables of the registry say what ``registry`` says, and give the rows written.

    Entries that are stored and no longer in the registry are marked ``removed``; what is stored
    already as it should be is not written again. Without any ``registry`` nothing is written, and
    ``CallError`` raised where the store has one: counting would go on by other join windows than
    before. ``now_ms`` becomes the revision, or what is next
    after the greatest one stored, should the clock have gone back.
    """
    if registry is None:
        if count := sum(len(_stored(database, table)[0]) for table in KEYS):
            raise CallError(
                f"the store has a registry of {count} entries, and no file says them now: name it"
                " with --registry (an empty file takes the entries out)"
            )
        return 0
    written = 0
    for table, entries in registry_rows(registry).items():
        wanted = {_key(table, row): row for row in map(_plain, entries)}
        stored, newest = _stored(database, table)
        changed = [row for key, row in wanted.items() if stored.get(key) != row]
        gone = [row for key, row in stored.items() if key not in wanted]
        revision = max(now_ms, newest + 1)
        _insert(database, table, [row | {"removed": 0, "revision": revision} for row in changed])
        _insert(database, table, [row | {"removed": 1, "revision": revision} for row in gone])
        written += len(changed) + len(gone)
    return written


def agrees_on_join_windows(database: Database, registry: Registry) -> bool:
    """Whether the store was last counted by the join windows of ``registry``, in its zones."""
    rows = registry_rows(registry)
    return all(
        _stored(database, table)[0] == {_key(table, row): row for row in map(_plain, rows[table])}
        for table in ("registry_join_windows", "registry_tenants")
    )


def _stored(database: Database, table: str) -> tuple[dict[tuple[Any, ...], Row], int]:
    day = "date" if "date" in KEYS[table] else "valid_from"
    columns = database.columns(
        f"SELECT * EXCEPT (removed) REPLACE (toString({day}) AS {day})"
        f" FROM (SELECT * FROM semko.{table} FINAL WHERE removed = 0)"
    )
    rows = [
        _plain(dict(zip(columns, values, strict=True)))
        for values in zip(*columns.values(), strict=True)
    ]
    for row in rows:
        del row["revision"]
    newest = database.columns(f"SELECT max(revision) AS newest FROM semko.{table}")["newest"]
    return {_key(table, row): row for row in rows}, int(newest[0]) if newest else 0


def _key(table: str, row: Row) -> tuple[Any, ...]:
    return tuple(row[column] for column in KEYS[table])


def _plain(row: Row) -> Row:
    """``row`` with days as texts, as the store gives them back."""
    return {
        name: value.isoformat() if isinstance(value, date) else value for name, value in row.items()
    }


def _insert(database: Database, table: str, rows: list[Row]) -> None:
    for start in range(0, len(rows), _ROWS_A_STATEMENT):
        database.execute(insertion(table, rows[start : start + _ROWS_A_STATEMENT]))
