"""The embedded store as a process sees it: opening, holding, reading, refusing, dying."""

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from models.errors import CallError, StoreHeld, StoreUnavailable, WorldError
from models.facts import Needs, Office
from sinks.embedded import EmbeddedStore
from sinks.folder_url import parse_url
from sinks.reading import refuse_writing
from tests.oracle import HOUR
from tests.store_rows import TEN, columns, interaction, keys, put, vote

OFFICE = Office("t", "o")


def test_a_url_names_a_folder_and_options(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert parse_url("chdb:///var/lib/a%20b") == (Path("/var/lib/a b"), {})
    assert parse_url("chdb://data/store?max_threads=1") == (
        tmp_path / "data/store",
        {"max_threads": "1"},
    )


@pytest.mark.parametrize("url", ["chdb://", "chdb:///", "/var/lib/x", "clickhouse://host/semko"])
def test_a_url_without_a_folder_is_refused(url: str) -> None:
    with pytest.raises(CallError, match="chdb:///absolute/path"):
        EmbeddedStore(url)


@pytest.mark.parametrize("option", ["threads=2", "max_threads=many", "max_memory_usage="])
def test_an_unknown_or_meaningless_option_is_refused_by_name(tmp_path: Path, option: str) -> None:
    with pytest.raises(CallError, match=option.partition("=")[0]):
        EmbeddedStore(f"chdb://{tmp_path}/store?{option}")
    assert not (tmp_path / "store" / "metadata").exists()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(WorldError, match=rf"{tmp_path}/file/store cannot be used"):
        EmbeddedStore(f"chdb://{tmp_path}/file/store")


def test_a_held_store_is_refused_with_the_holder(embedded: EmbeddedStore) -> None:
    folder = embedded.rows("SELECT path FROM system.disks")[0]["path"].rstrip("/")
    with pytest.raises(StoreHeld, match=rf"{folder} is held by process {os.getpid()}"):
        EmbeddedStore(f"chdb://{folder}")
    opening = f"from sinks.embedded import EmbeddedStore; EmbeddedStore('chdb://{folder}')"
    other = subprocess.run(
        [sys.executable, "-c", opening], capture_output=True, text=True, timeout=60, check=False
    )
    assert f"StoreHeld: the store {folder} is held by process {os.getpid()}" in other.stderr


def test_settings_that_changed_between_versions_are_pinned(embedded: EmbeddedStore) -> None:
    row = embedded.rows("SELECT getSetting('async_insert') AS a, getSetting('mutations_sync') AS m")
    assert row == [{"a": False, "m": 1}]


def test_queries_come_in_any_format_and_with_parameters(embedded: EmbeddedStore) -> None:
    put(embedded, "interactions", interaction(1, desk_id="гише 'A\\1'\t"), interaction(2))
    sql = "SELECT desk_id FROM semko.interactions WHERE desk_id = {desk:String}"
    assert embedded.query(sql, "CSVWithNames", {"desk": "d1"}) == b'"desk_id"\n"d1"\n'
    assert embedded.rows(sql, {"desk": "гише 'A\\1'\t"}) == [{"desk_id": "гише 'A\\1'\t"}]
    sql = "SELECT {words:Array(String)} AS w, {keys:Array(UInt64)} AS k, {n:Nullable(Int8)} AS n"
    given = {"words": ["it's", "a\\b"], "keys": [2**64 - 1], "n": None}
    assert embedded.rows(sql, given) == [{"w": ["it's", "a\\b"], "k": [2**64 - 1], "n": None}]
    assert embedded.rows("SELECT toDateTime64(1, 3, 'UTC') AS t")[0]["t"].startswith("1970-01-01 ")
    assert embedded.query("EXISTS semko.votes;", "TSV") == b"1\n"


@pytest.mark.parametrize(
    "sql",
    [
        "",
        "DROP TABLE semko.votes",
        "INSERT INTO semko.votes (event_id) VALUES ('x')",
        "SELECT 1; DROP TABLE semko.votes",
        "/* SELECT */ TRUNCATE TABLE semko.votes",
        "-- SELECT\nKILL QUERY WHERE 1",
        "SET readonly = 0",
        "SELECT 1 INTO OUTFILE '/tmp/x'",
        "SELECT 1 INTO/**/OUTFILE '/tmp/x'",
        "SELECT $x$'$x$ INTO OUTFILE '/tmp/x'",
        "SELECT `'` FROM semko.votes INTO OUTFILE '/tmp/x'",
        "SELECT 1 # '\n INTO OUTFILE '/tmp/x'",
        "SELECT file('/etc/passwd')",
        "SELECT `file` ('/etc/passwd')",
        "SELECT * FROM file('/etc/passwd', 'LineAsString')",
        "SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')",
        "SELECT 1 SETTINGS readonly = 0",
        "WITH 1 AS x INSERT INTO semko.votes (event_id) SELECT 'x'",
        "EXPLAIN SELECT nothing_of_that_name",
        "SELECT {missing:String}",
        "SELECT",
    ],
)
def test_what_is_no_reading_is_refused(embedded: EmbeddedStore, sql: str) -> None:
    with pytest.raises(CallError):
        embedded.query(sql, "TSV")
    assert embedded.rows("SELECT count() AS n FROM semko.votes") == [{"n": 0}]


@pytest.mark.parametrize("fmt", ["CSV INTO OUTFILE '/tmp/x'", "", "NoSuchFormat"])
def test_what_is_no_format_is_refused(embedded: EmbeddedStore, fmt: str) -> None:
    with pytest.raises(CallError):
        embedded.query("SELECT 1", fmt)


@pytest.mark.parametrize(
    "sql",
    [
        "select ';', 'INTO OUTFILE', 'file(', 'it''s; \\'' -- ; KILL",
        " (SELECT 1) ; ",
        "/* what; */ WITH x AS (SELECT 1) SELECT * FROM x",
        "DESCRIBE semko.votes",
    ],
)
def test_words_in_texts_and_comments_do_no_harm(sql: str) -> None:
    refuse_writing(sql)


def test_too_little_memory_is_unavailability_and_not_a_mistake(embedded: EmbeddedStore) -> None:
    sql = "SELECT groupArray(number) FROM numbers(30000000) SETTINGS max_memory_usage = 10000000"
    with pytest.raises(StoreUnavailable, match="not enough memory"):
        embedded.database.columns(sql)
    with pytest.raises(StoreUnavailable, match="took too long"):
        embedded.database.execute("SELECT sleep(2) SETTINGS max_execution_time = 0.1")


def test_what_is_not_stored_is_not_acknowledged(embedded: EmbeddedStore) -> None:
    execute = embedded.database.execute
    execute("ALTER TABLE semko.votes ADD CONSTRAINT refused CHECK score != 3")
    try:
        with pytest.raises(RuntimeError, match="VIOLATED_CONSTRAINT"):
            put(embedded, "votes", vote(1, "v", score=3))
    finally:
        execute("ALTER TABLE semko.votes DROP CONSTRAINT refused")
    execute("ALTER TABLE semko.votes MODIFY SETTING parts_to_throw_insert = 1")
    try:
        put(embedded, "votes", vote(1, "v"))
        with pytest.raises(StoreUnavailable, match="too many parts"):
            put(embedded, "votes", vote(2, "v"))
    finally:
        execute("ALTER TABLE semko.votes RESET SETTING parts_to_throw_insert")
    assert embedded.rows("SELECT interaction_key AS k FROM semko.votes") == [{"k": 1}]


def test_a_mistake_in_the_program_is_no_unavailability(embedded: EmbeddedStore) -> None:
    with pytest.raises(RuntimeError, match="UNKNOWN_IDENTIFIER"):
        embedded.database.columns("SELECT nothing_of_that_name")
    with pytest.raises(ValueError, match="no table 'nope'"):
        embedded.write("nope", {})


def test_many_needs_and_many_rows_go_in_pieces(
    embedded: EmbeddedStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sinks.chdb_database.ROWS_AN_INSERT", 700)
    monkeypatch.setattr("sinks.loading.KEYS_A_SELECT", 300)
    monkeypatch.setattr("sinks.recompute.HOURS_A_STATEMENT", 2)
    rows = [interaction(key, TEN + key * HOUR) for key in range(1, 2001)]
    embedded.write("interactions", columns("interactions", rows))
    embedded.write("votes", columns("votes", [vote(key, "v") for key in range(1, 2001)]))
    facts = embedded.older(Needs(keys={OFFICE: set(range(500, 1500))}))
    assert [key for key, _ in keys(facts)] == list(range(500, 1500))
    assert sorted(facts.votes["interaction_key"]) == list(range(500, 1500))
    told = np.concatenate(list(embedded.known_keys([OFFICE])))
    assert sorted(told.tolist()) == sorted([*range(1, 2001)] * 2)


def test_threads_read_while_another_writes(embedded: EmbeddedStore) -> None:
    stop = threading.Event()

    def write() -> int:
        written = 0
        while not stop.is_set() or written < 3:
            put(embedded, "interactions", *(interaction(k + 1, TEN + k) for k in range(100)))
            written += 1
        return written

    def read(_: int) -> int:
        seen = 0
        for _ in range(5):
            facts = embedded.recent([OFFICE], 0)
            seen = len(facts.interactions["score"])
            embedded.query("SELECT count() FROM semko.interactions FINAL", "TSV")
        return seen

    with ThreadPoolExecutor(4) as pool:
        writer = pool.submit(write)
        seen = list(pool.map(read, range(3)))
        stop.set()
        assert writer.result() >= 3
    assert max(seen) <= 100
    assert keys(embedded.recent([OFFICE], 0)) == [(k + 1, TEN + k) for k in range(100)]


def test_a_store_that_is_written_and_read_does_not_load_pandas(tmp_path: Path) -> None:
    working = f"""
import sys
from sinks.embedded import EmbeddedStore
from models.facts import Office
from tests.store_rows import columns, interaction

store = EmbeddedStore("chdb://{tmp_path}/store")
store.write("interactions", columns("interactions", [interaction(1, segments={{"a": "b"}})]))
assert store.recent([Office("t", "o")], 0).interactions["segments"] == [{{"a": "b"}}]
store.close()
print("pandas" in sys.modules)
"""
    child = subprocess.run(
        [sys.executable, "-c", working], capture_output=True, text=True, timeout=60, check=True
    )
    assert child.stdout == "False\n"
