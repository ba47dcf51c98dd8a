"""One store a test module, emptied between tests: opening is the slow part."""

from typing import TypeVar

from models.registry_rows import KEYS
from models.tables import TABLES
from sinks.embedded import EmbeddedStore
from sinks.served import ServedStore
from sinks.store import ClickHouseStore
from tests.compare import live_windows
from tests.oracle import WindowId

Opened = EmbeddedStore | ServedStore
_Store = TypeVar("_Store", EmbeddedStore, ServedStore, Opened)


def emptied(store: _Store) -> _Store:
    """``store`` without a row in any table of facts, metrics, books and registry."""
    filled = store.rows(
        "SELECT DISTINCT table FROM system.parts WHERE database = 'semko' AND active"
        " AND table IN {tables:Array(String)}",
        {"tables": [*TABLES, *KEYS, "retention", "indicators", "indicator_values"]},
    )
    for row in filled:
        store.database.execute(f"TRUNCATE TABLE semko.{row['table']}")
    return store


def counted(store: ClickHouseStore) -> dict[WindowId, dict[str, int]]:
    """The windows that count something."""
    return live_windows(
        store.rows(
            "SELECT * REPLACE (toUnixTimestamp(window_start) * 1000 AS window_start)"
            " FROM semko.window_metrics FINAL"
        )
    )
