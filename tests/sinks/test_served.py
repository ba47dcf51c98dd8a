"""The store over the network as a process sees it: reading, sending, and what it costs."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from models.errors import CallError, StoreUnavailable
from models.facts import Needs, Office
from models.tables import TABLES
from sinks.arrow import to_arrow
from sinks.served import ServedStore
from sinks.served_database import token
from tests.facade.running import Running
from tests.oracle import HOUR, Row
from tests.store_rows import OFFICE, TEN, columns, interaction, keys, put, vote


def parts(store: ServedStore, table: str) -> list[int]:
    """Rows of every part of ``table``."""
    rows = store.rows(
        "SELECT rows FROM system.parts WHERE database = 'semko' AND active AND table = {t:String}"
        " ORDER BY rows",
        {"t": table},
    )
    return [row["rows"] for row in rows]


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("CSV", b'"d1",2,"2025-04-01 10:00:00.000"\n'),
        ("CSVWithNames", b'"desk_id","n","at"\n"d1",2,"2025-04-01 10:00:00.000"\n'),
        ("TSV", b"d1\t2\t2025-04-01 10:00:00.000\n"),
        ("JSONEachRow", b'{"desk_id":"d1","n":2,"at":"2025-04-01 10:00:00.000"}\n'),
        (
            "Markdown",
            b"| desk_id | n | at |\n|:-|-:|-:|\n| d1 | 2 | 2025-04-01 10:00:00.000 |\n",
        ),
    ],
)
def test_results_come_in_the_formats_of_clickhouse(
    served: ServedStore, form: str, expected: bytes
) -> None:
    put(served, "interactions", interaction(1), interaction(2))
    sql = "SELECT desk_id, count() AS n, max(completed_at) AS at FROM semko.interactions GROUP BY 1"
    assert served.query(sql, form) == expected


def test_formats_that_need_the_whole_result_come_too(served: ServedStore) -> None:
    pretty = served.query("SELECT number AS n FROM numbers(3) ORDER BY n DESC", "PrettyCompact")
    assert [line.split("│")[1].strip() for line in pretty.decode().splitlines()[1:-1]] == [
        "2",
        "1",
        "0",
    ]
    assert served.query("SELECT 1 AS a", "Parquet")[:4] == b"PAR1"
    assert b'"rows": 0' in served.query("SELECT desk_id FROM semko.votes", "JSON")
    assert served.query("SELECT desk_id FROM semko.votes", "CSVWithNames") == b'"desk_id"\n'
    assert served.query("EXISTS semko.votes;", "TSV") == b"1\n"


def test_totals_are_no_rows_of_a_result(served: ServedStore) -> None:
    sql = "SELECT number % 2 AS n, count() AS c FROM numbers(10) GROUP BY n WITH TOTALS ORDER BY n"
    assert served.query(sql, "TSV") == b"0\t5\n1\t5\n"


def test_a_long_result_keeps_its_order_and_its_values(served: ServedStore) -> None:
    sql = "SELECT number AS n, fromUnixTimestamp64Nano(toInt64(number)) AS t FROM numbers(150000)"
    lines = served.query(f"{sql} ORDER BY n DESC", "TSV").splitlines()
    assert len(lines) == 150_000
    assert lines[0] == b"149999\t1970-01-01 00:00:00.000149999"
    assert lines[-1] == b"0\t1970-01-01 00:00:00.000000000"


def test_rows_take_parameters_of_every_kind(served: ServedStore) -> None:
    put(served, "interactions", interaction(1, desk_id="гише 'A\\1'\t{x:String}"))
    sql = "SELECT desk_id FROM semko.interactions WHERE desk_id = {desk:String} -- {none:Int8}"
    named = {"desk": "гише 'A\\1'\t{x:String}"}
    assert served.rows(sql, named) == [{"desk_id": named["desk"]}]
    sql = "SELECT {words:Array(String)} AS w, {keys:Array(UInt64)} AS k, {n:Nullable(Int8)} AS n,"
    sql += " '{m:String}' AS m"
    given = {"words": ["it's", "a\\b"], "keys": [2**64 - 1], "n": None}
    wanted = {"w": ["it's", "a\\b"], "k": [2**64 - 1], "n": None, "m": "{m:String}"}
    assert served.rows(sql, given) == [wanted]
    assert served.query("SELECT {a:Int8} + 1", "TSV", {"a": 4}) == b"5\n"
    with pytest.raises(CallError, match="asks for a value of 'missing'"):
        served.rows("SELECT {missing:String}")


@pytest.mark.parametrize(
    "sql",
    [
        "DROP TABLE semko.votes",
        "SELECT 1; DROP TABLE semko.votes",
        "SELECT 1 INTO OUTFILE '/tmp/x'",
        "SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')",
        "SELECT 1 SETTINGS readonly = 0",
        "EXPLAIN SELECT nothing_of_that_name",
        "SELECT nothing_of_that_name",
    ],
)
def test_what_is_no_reading_or_refused_by_the_server_is_a_wrong_call(
    served: ServedStore, sql: str
) -> None:
    with pytest.raises(CallError) as refused:
        served.query(sql, "TSV")
    assert "Stack trace" not in str(refused.value)
    if "SETTINGS" not in sql:  # rows() asks for a subquery, of which they say nothing
        with pytest.raises(CallError):
            served.rows(sql)


@pytest.mark.parametrize("form", ["CSV INTO OUTFILE '/tmp/x'", "", "NoSuchFormat"])
def test_what_is_no_format_is_refused(served: ServedStore, form: str) -> None:
    with pytest.raises(CallError):
        served.query("SELECT 1", form)


def test_too_little_memory_or_time_is_unavailability_and_not_a_mistake(served: ServedStore) -> None:
    sql = "SELECT groupArray(number) FROM numbers(30000000) SETTINGS max_memory_usage = 10000000"
    for ask in (served.database.columns, served.database.execute):
        with pytest.raises(StoreUnavailable, match="not enough memory"):
            ask(sql)
    with pytest.raises(StoreUnavailable, match="took too long"):
        served.database.execute("SELECT sleep(2) SETTINGS max_execution_time = 0.1")


def test_a_mistake_in_the_program_is_no_unavailability(served: ServedStore) -> None:
    with pytest.raises(RuntimeError, match="UNKNOWN_IDENTIFIER"):
        served.database.columns("SELECT nothing_of_that_name")
    with pytest.raises(ValueError, match="no table 'nope'"):
        served.write("nope", {})
    assert served.database.columns("SELECT 1 AS a") == {"a": [1]}


@pytest.mark.parametrize(
    "wrong", [{"interaction_key": [1, -1]}, {"event_id": ["a", 1]}, {"score": [1, 256]}]
)
def test_a_wrong_value_in_the_middle_is_refused_before_anything_is_sent(
    served: ServedStore, running: Running, wrong: dict[str, list[object]]
) -> None:
    rows = columns("votes", [vote(1, "v"), vote(2, "w")])
    sent = running.tell()
    with pytest.raises((TypeError, ValueError, AttributeError, OverflowError)):
        served.write("votes", rows | wrong)
    assert running.tell() == sent
    assert served.offices() == {}


def test_the_same_rows_again_are_known_by_their_token(served: ServedStore) -> None:
    rows = columns("interactions", [interaction(1), interaction(2, TEN + 40 * 24 * HOUR)])
    for _ in range(3):
        served.write("interactions", rows)
    assert parts(served, "interactions") == [1, 1], "one part a month, and none twice"
    served.write("interactions", rows | {"event_id": ["e", ""]})
    assert parts(served, "interactions") == [1, 1, 1]


def test_a_token_belongs_to_its_rows_alone() -> None:
    def told(*rows: Row) -> str:
        return token("votes", to_arrow("votes", columns("votes", rows)))

    first = told(vote(1, "v"), vote(2, "w"))
    assert first == told(vote(1, "v"), vote(2, "w"))
    assert first.startswith("semko-votes-1-1-")
    changes: dict[str, Any] = {
        **dict.fromkeys(("tenant_id", "office_id", "desk_id", "terminal_id", "match", "kind"), "x"),
        **dict.fromkeys(("interaction_key", "score", "scale", "voted_at", "rated_key"), 3),
        "event_id": "x",
        "reasons": ["x"],
        "former": [3],
        "revision": 3,
        "deleted": 1,
    }
    assert changes.keys() == TABLES["votes"].keys()
    others = [told(vote(1, "v"), vote(2, "w") | {name: value}) for name, value in changes.items()]
    others += [told(vote(1, "v")), told(vote(2, "w"), vote(1, "v"))]
    assert len({first, *others}) == 1 + len(changes) + 2


def test_many_needs_and_many_rows_go_in_pieces(
    served: ServedStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sinks.served_database.ROWS_AN_INSERT", 700)
    monkeypatch.setattr("sinks.loading.KEYS_A_SELECT", 300)
    monkeypatch.setattr("sinks.recompute.HOURS_A_STATEMENT", 2)
    rows = [interaction(key, TEN + key * HOUR) for key in range(1, 2001)]
    served.write("interactions", columns("interactions", rows))
    served.write("votes", columns("votes", [vote(key, "v") for key in range(1, 2001)]))
    facts = served.older(Needs(keys={OFFICE: set(range(500, 1500))}))
    assert [key for key, _ in keys(facts)] == list(range(500, 1500))
    told = np.concatenate(list(served.known_keys([OFFICE])))
    assert sorted(told.tolist()) == sorted([*range(1, 2001)] * 2)


def test_numbers_come_in_pieces_and_may_be_left_unread(served: ServedStore) -> None:
    pieces = served.database.numbers("SELECT number FROM numbers(300000)")
    assert len(next(pieces)) < 100_000
    pieces.close()  # type: ignore[attr-defined]  # a generator, which a caller may leave
    assert served.database.columns("SELECT 1 AS a") == {"a": [1]}
    assert sum(map(len, served.database.numbers("SELECT number FROM numbers(300000)"))) == 300_000


def test_twenty_threads_write_and_read_at_once(served: ServedStore) -> None:
    def work(thread: int) -> int:
        office = Office("t", f"o{thread}")
        for n in range(5):
            put(served, "interactions", interaction(n + 1, office_id=office.office_id))
            assert len(keys(served.recent([office], 0))) == n + 1
        return len(served.rows("SELECT 1 AS a"))

    with ThreadPoolExecutor(20) as pool:
        assert list(pool.map(work, range(20), timeout=120)) == [1] * 20
    assert len(served.offices()) == 20


def test_settings_that_a_profile_could_change_go_with_every_query(served: ServedStore) -> None:
    asked = served.rows(
        "SELECT getSetting('async_insert') AS a, getSetting('final') AS f,"
        " getSetting('result_overflow_mode') AS r, getSetting('mutations_sync') AS m"
    )
    assert asked == [{"a": False, "f": False, "r": "throw", "m": 1}]


def test_a_store_over_the_network_loads_neither_the_engine_nor_pandas(
    served: ServedStore, running: Running
) -> None:
    del served
    working = f"""
import sys
from models.facts import Office
from sinks.opening import open_store
from tests.store_rows import columns, interaction

store = open_store({running.url()!r})
store.write("interactions", columns("interactions", [interaction(1, segments={{"a": "b"}})]))
assert store.recent([Office("t", "o")], 0).interactions["segments"] == [{{"a": "b"}}]
store.rows("SELECT 1 AS a")
store.close()
print("pandas" in sys.modules, "chdb" in sys.modules)
"""
    child = subprocess.run(
        [sys.executable, "-c", working], capture_output=True, text=True, timeout=60, check=True
    )
    assert child.stdout == "False False\n"
