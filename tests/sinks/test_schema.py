"""The SQL of the migrations and models.tables say the same, and tell analysts what it means."""

import pytest

from models.tables import TABLES, Kind
from tests.sinks.opened import Opened
from tests.store_rows import TEN, put

PAIRS = "Map(String, String)"
TYPES: dict[Kind, set[str]] = {
    Kind.WORD: {"LowCardinality(String)"},
    Kind.TEXT: {"String"},
    Kind.BYTES: {"String"},
    Kind.KEY: {"UInt64"},
    Kind.NUMBER: {"Int64", "UInt32"},
    Kind.FLAG: {"UInt8"},
    Kind.SMALL_OR_NULL: {"Nullable(UInt8)"},
    Kind.SECONDS_OR_NULL: {"Nullable(UInt32)"},
    Kind.INSTANT: {"DateTime64(3, 'UTC')"},
    Kind.INSTANT_OR_NULL: {"Nullable(DateTime64(3, 'UTC'))"},
    Kind.SECOND: {"DateTime('UTC')"},
    Kind.REAL: {"Float64"},
    Kind.DAY: {"Date32"},
    Kind.PAIRS: {PAIRS},
    Kind.WORDS: {"Array(LowCardinality(String))"},
    Kind.INSTANTS: {"Array(DateTime64(3, 'UTC'))"},
    Kind.PLACES: {
        "Array(Tuple(completed_at DateTime64(3, 'UTC'), desk_id LowCardinality(String),"
        f" service_id LowCardinality(String), channel LowCardinality(String), segments {PAIRS}))"
    },
}
ADDED = {"dead_letters": ["stored_at"]}


def squeezed(of: str) -> str:
    """A type without the line breaks that the engine puts into tuples."""
    return " ".join(of.split()).replace("( ", "(").replace(" )", ")")


@pytest.mark.parametrize("table", TABLES)
def test_columns_are_those_of_the_models_in_their_order(opened: Opened, table: str) -> None:
    rows = opened.rows(
        "SELECT name, type FROM system.columns WHERE database = 'semko' AND table = {t:String}"
        " ORDER BY position",
        {"t": table},
    )
    assert [row["name"] for row in rows] == [*TABLES[table], *ADDED.get(table, [])]
    for row in rows[: len(TABLES[table])]:
        assert squeezed(row["type"]) in TYPES[TABLES[table][row["name"]]], row


def test_every_table_view_and_column_says_what_it_holds(opened: Opened) -> None:
    # A view that takes arguments has one column, without a type.
    columns = opened.rows(
        "SELECT table, name FROM system.columns"
        " WHERE database = 'semko' AND comment = '' AND type != ''"
    )
    tables = opened.rows("SELECT name FROM system.tables WHERE database = 'semko' AND comment = ''")
    assert (columns, tables) == ([], [])


def test_rows_are_replaced_by_revision_and_on_the_disk_when_acknowledged(
    opened: Opened,
) -> None:
    rows = opened.rows("SELECT name, engine_full FROM system.tables WHERE database = 'semko'")
    engines = {row["name"]: row["engine_full"] for row in rows}
    for table in TABLES:
        facts = table in ("interactions", "votes")
        replaced = (
            "ReplacingMergeTree(revision, deleted)" if facts else "ReplacingMergeTree(revision)"
        )
        assert engines[table].startswith(replaced)
        assert "fsync_after_insert = 1, fsync_part_directory = 1" in engines[table]
        assert "non_replicated_deduplication_window = 1000" in engines[table]
        assert " TTL " not in engines[table]


def test_raw_bytes_of_dead_letters_go_after_thirty_days_and_nothing_else(
    store: Opened,
) -> None:
    letter = {"log_id": "log", "recorded_at": TEN, "reason": "json", "problem": "no JSON"}
    letter |= {"raw": b"\xff\x00", "raw_key": b"t/o", "revision": 1}
    put(store, "dead_letters", letter | {"offset": 1})
    # What was stored long ago cannot be written through the store: its clock is the engine's.
    store.database.execute(
        "INSERT INTO semko.dead_letters (log_id, offset, recorded_at, problem, raw, stored_at)"
        " VALUES ('log', 2, now64(3), 'old', 'secret', now() - INTERVAL 31 DAY),"
        " ('log', 3, now64(3) - INTERVAL 90 DAY, 'young', 'secret', now() - INTERVAL 29 DAY)"
    )
    store.database.execute("OPTIMIZE TABLE semko.dead_letters FINAL")
    rows = store.rows(
        "SELECT offset, problem, hex(raw) AS raw, raw_key FROM semko.dead_letters ORDER BY offset"
    )
    assert rows == [
        {"offset": 1, "problem": "no JSON", "raw": "FF00", "raw_key": "t/o"},
        {"offset": 2, "problem": "old", "raw": "", "raw_key": ""},
        {"offset": 3, "problem": "young", "raw": b"secret".hex().upper(), "raw_key": ""},
    ]
