"""A real engine with all migrations for tests of what reads it, and rows written by hand."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sinks.chdb_database import ChdbDatabase
from sinks.database import quoted
from sinks.migrating import migrate, migrations

Row = dict[str, Any]


class Store:
    """Rows in by hand, rows out by query. Times are texts in UTC."""

    def __init__(self, database: ChdbDatabase) -> None:
        self._database = database
        self._written = 0

    def put(self, table: str, *rows: Row) -> None:
        """Write ``rows``, each with a greater revision than all before."""
        for row in rows:
            self._written += 1
            whole = {"revision": self._written} | row
            values = ", ".join(_literal(value) for value in whole.values())
            self._database.execute(
                f"INSERT INTO semko.{table} ({', '.join(whole)}) VALUES ({values})"
            )

    def put_alike(self, table: str, rows: Sequence[Row]) -> None:
        """Write rows of the same columns in one go, under one revision."""
        self._written += 1
        values = ", ".join(
            "(" + ", ".join(map(_literal, (*row.values(), self._written))) + ")" for row in rows
        )
        self._database.execute(
            f"INSERT INTO semko.{table} ({', '.join(rows[0])}, revision) VALUES {values}"
        )

    def put_interactions(self, rows: Sequence[tuple[Any, ...]]) -> None:
        """Write live rows in one go: tenant, office, key, desk, service, channel, outcome,
        completed_at, wait_seconds, score, scale, voted_at."""
        values = ", ".join(
            "(" + ", ".join(_literal(value) for value in (*row, self._written + 1, 0)) + ")"
            for row in rows
        )
        self._written += 1
        self._database.execute(
            "INSERT INTO semko.interactions (tenant_id, office_id, interaction_key, desk_id,"
            " service_id, channel, outcome, completed_at, wait_seconds, score, scale, voted_at,"
            f" revision, deleted) VALUES {values}"
        )

    def empty(self, table: str) -> None:
        """Take all rows out of ``table``."""
        self._database.execute(f"TRUNCATE TABLE semko.{table}")

    def execute(self, sql: str) -> None:
        """Run a statement that gives no rows."""
        self._database.execute(sql)

    def query(self, sql: str, params: Mapping[str, object] | None = None) -> list[Row]:
        """Rows of a SELECT; times are to be selected as numbers or are texts."""
        lines = self._database.read(sql, "JSONEachRow", params or {}).splitlines()
        return [json.loads(line) for line in lines]

    def interaction(self, key: int, completed_at: str, **more: Any) -> Row:
        """Store and return a live interaction of desk ``d1``, service ``s1``."""
        row: Row = {
            "tenant_id": "t",
            "office_id": "o",
            "interaction_key": key,
            "desk_id": "d1",
            "service_id": "s1",
            "channel": "counter",
            "outcome": "completed",
            "completed_at": completed_at,
            "deleted": 0,
        } | more
        if row.get("score") is not None:
            row = {"scale": 5, "voted_at": completed_at, "match": "exact"} | row
        self.put("interactions", row)
        return row


def _literal(value: object) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, str):
        return quoted(value)
    return repr(value)


@contextmanager
def opened(folder: Path) -> Iterator[Store]:
    """A new store in ``folder``."""
    database = ChdbDatabase(folder, {})
    try:
        migrate(database, migrations())
        yield Store(database)
    finally:
        database.close()
