"""One embedded store a test module, emptied between tests: opening is the slow part."""

from models.tables import TABLES
from sinks.embedded import EmbeddedStore
from tests.compare import live_windows
from tests.oracle import WindowId


def emptied(store: EmbeddedStore) -> EmbeddedStore:
    """``store`` without a row in any table of facts, metrics and books."""
    filled = store.rows(
        "SELECT DISTINCT table FROM system.parts WHERE database = 'semko' AND active"
        " AND table IN {tables:Array(String)}",
        {"tables": [*TABLES, "retention"]},
    )
    for row in filled:
        store.database.execute(f"TRUNCATE TABLE semko.{row['table']}")
    return store


def counted(store: EmbeddedStore) -> dict[WindowId, dict[str, int]]:
    """The windows that count something."""
    return live_windows(
        store.rows(
            "SELECT * REPLACE (toUnixTimestamp(window_start) * 1000 AS window_start)"
            " FROM semko.window_metrics FINAL"
        )
    )
