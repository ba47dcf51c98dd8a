"""What an analyst may ask, what is refused by which code, and what is stopped."""

import asyncio
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from clickhouse_driver.bufferedreader import CompressedBufferedReader
from clickhouse_driver.context import Context
from clickhouse_driver.streams.native import BlockInputStream

from commands.sql_side import AT_ONCE, IN_LINE, Line
from models.questions import Answer, Question, Refusal
from sinks.analyst_sessions import Analysts
from sinks.analysts import INSTEAD
from sinks.embedded import EmbeddedStore

READONLY, DENIED, RAISED = 164, 497, 452
TIME, MEMORY, ROWS, STOPPED = 159, 241, 396, 394

ANSWERED = (
    "SELECT count() FROM interaction_facts",
    "SELECT count() FROM semko.vote_facts;",
    "WITH few AS (SELECT 1 AS a) SELECT a FROM few",
    "(SELECT 1) UNION ALL SELECT 2",
    "SELECT 1 INTERSECT SELECT 1",
    "SELECT 'desk' IN (SELECT scope FROM daily_scores)",
    "SELECT 1 IN (1, 2), 'a' IN tuple('a'), votes FROM office_scores",
    "SELECT number FROM numbers(3)",
    "SELECT a FROM view(SELECT 1 AS a)",
    "SELECT * FROM desk_comparison_between(from = '2026-01-01', to = '2026-01-31')",
    "SELECT * FROM semko.terminals_at(now = toDateTime64('2026-01-01 00:00:00', 3, 'UTC'))",
    "SHOW TABLES",
    "SHOW DATABASES",
    "SHOW ENGINES",
    "SHOW COLUMNS FROM daily_scores FROM semko",
    "SHOW CREATE VIEW semko.daily_scores",
    "DESCRIBE TABLE semko.interactions",
    "DESCRIBE (SELECT 1)",
    "EXISTS semko.votes",
    "EXPLAIN SELECT * FROM daily_scores",
    "SELECT name FROM system.tables WHERE database = 'semko'",
    "SELECT table_name FROM information_schema.tables",
    "SELECT 'file(x) INTO OUTFILE; SELECT * FROM votes' -- FROM votes",
)
REFUSED = {
    "INSERT INTO semko.votes (tenant_id) VALUES ('x')": READONLY,
    "INSERT INTO FUNCTION file('x.csv') SELECT 1": READONLY,
    "CREATE TABLE semko.mine (a Int8) ENGINE = Memory": READONLY,
    "CREATE TEMPORARY TABLE mine (a Int8)": READONLY,
    "ALTER TABLE semko.votes DELETE WHERE 1": READONLY,
    "DROP VIEW semko.daily_scores": READONLY,
    "TRUNCATE TABLE semko.votes": READONLY,
    "OPTIMIZE TABLE semko.votes": READONLY,
    "GRANT SELECT ON *.* TO default": READONLY,
    "SYSTEM SHUTDOWN": READONLY,
    "KILL QUERY WHERE 1": READONLY,
    "SET max_threads = 8": READONLY,
    "SET readonly = 0": READONLY,
    "USE system": READONLY,
    "BACKUP DATABASE semko TO File('/tmp/x')": READONLY,
    "SELECT 1; DROP TABLE semko.votes": READONLY,
    "SELECT 1 INTO OUTFILE '/tmp/semko-outfile'": READONLY,
    "SELECT * FROM file('/etc/passwd', 'LineAsString')": READONLY,
    "SELECT file('/etc/passwd')": READONLY,
    "SELECT * FROM `file`('/etc/passwd', 'LineAsString')": READONLY,
    "SELECT 1 SETTINGS max_execution_time = 0": READONLY,
    "SELECT 1 SETTINGS readonly = 0": READONLY,
    "SELECT * FROM url('http://127.0.0.1:1/', 'CSV', 'a String')": DENIED,
    "SELECT * FROM remote('127.0.0.1', 'semko', 'votes')": DENIED,
    "SELECT * FROM remoteSecure('127.0.0.1', 'semko', 'votes')": DENIED,
    "SELECT * FROM s3('http://127.0.0.1/bucket/x', 'CSV', 'a String')": DENIED,
    "SELECT * FROM fileCluster('c', 'x')": DENIED,
    "SELECT * FROM executable('id', 'TSV', 'a String')": DENIED,
    "SELECT * FROM python('os')": DENIED,
    "SELECT * FROM sqlite('/tmp/x', 't')": DENIED,
    "SELECT * FROM mysql('127.0.0.1', 'd', 't', 'u', 'p')": DENIED,
    "SELECT * FROM merge('semko', 'votes')": DENIED,
    "SELECT * FROM cluster('c', semko.votes)": DENIED,
    "SELECT * FROM eval('SELECT 1')": DENIED,
    "SELECT 'a' IN url('http://127.0.0.1:1/', 'CSV', 'a String')": DENIED,
    "SELECT * FROM semko.interactions": DENIED,
    "SELECT * FROM interactions FINAL": DENIED,
    "SELECT * FROM `semko` . `votes`": DENIED,
    "SELECT * FROM daily_scores JOIN votes USING (tenant_id)": DENIED,
    "SELECT (SELECT count() FROM semko.votes)": DENIED,
    "SELECT 1 FROM (SELECT 2 UNION ALL SELECT score FROM votes)": DENIED,
    "SELECT 'x' IN semko.votes": DENIED,
    "SELECT ('x', 1) GLOBAL NOT IN votes FROM daily_scores": DENIED,
    "EXPLAIN SELECT * FROM votes": DENIED,
    "DESCRIBE (SELECT * FROM votes)": DENIED,
    "WITH v AS (SELECT * FROM /* no */ semko.votes) SELECT * FROM v": DENIED,
    "SELECT * FROM system.processes": DENIED,
    "SELECT * FROM system.stack_trace": DENIED,
    "SELECT joinGet('semko.votes', 'score', 1)": DENIED,
    "SELECT * FROM nothing_here": 60,
    "SELECT": 62,
}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedStore]:
    opened = EmbeddedStore(f"chdb://{tmp_path_factory.mktemp('analysts')}/store")
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def analysts(store: EmbeddedStore) -> Analysts:
    return Analysts(store.database)


def refusal(analysts: Analysts, sql: str, **settings: str) -> Refusal:
    with pytest.raises(Refusal) as found:
        analysts.answer(Question(sql, settings=settings), "one")
    return found.value


@pytest.mark.parametrize("sql", ANSWERED)
def test_what_reads_views_is_answered(analysts: Analysts, sql: str) -> None:
    analysts.answer(Question(sql), "one")


@pytest.mark.parametrize("sql", REFUSED)
def test_what_does_more_is_refused_by_its_code(analysts: Analysts, sql: str) -> None:
    assert refusal(analysts, sql).code == REFUSED[sql]


def test_every_table_of_the_house_is_refused_and_the_view_to_read_is_named(
    store: EmbeddedStore, analysts: Analysts
) -> None:
    tables = store.rows(
        "SELECT name FROM system.tables WHERE database = 'semko' AND engine != 'View'"
    )
    views = store.rows("SELECT name FROM system.tables WHERE engine = 'View'")
    assert len(tables) > 20
    for table in (row["name"] for row in tables):
        said = refusal(analysts, f"SELECT * FROM {table}")
        assert said.code == DENIED
        if table in INSTEAD:
            assert f"the view semko.{INSTEAD[table]}" in str(said)
    assert set(INSTEAD.values()) <= {row["name"] for row in views}


def test_limits_are_lowered_and_never_raised(analysts: Analysts) -> None:
    limit = "SELECT value FROM system.settings WHERE name = 'max_result_rows'"
    lower = Question(limit, settings={"max_result_rows": "500"})
    assert analysts.answer(lower, "one").body == b"500\n"
    unlimited = Question(limit, settings={"max_result_rows": "0"})
    assert analysts.answer(unlimited, "one").body == b"1000000\n"
    for name in ("max_execution_time", "max_memory_usage", "max_result_rows", "max_threads"):
        assert refusal(analysts, "SELECT 1", **{name: "99999999999"}).code == RAISED
    assert refusal(analysts, "SELECT 1", max_execution_time="long").code == 27
    for name in ("max_rows_to_read", "max_ast_depth", "allow_ddl", "enable_analyzer", "readonly "):
        assert refusal(analysts, "SELECT 1", **{name: "1"}).code == READONLY, name
    writing = "CREATE TABLE semko.mine (a Int8) ENGINE = Memory"
    assert refusal(analysts, writing, readonly="0").code == READONLY


def test_what_takes_too_much_is_stopped(analysts: Analysts) -> None:
    endless = "SELECT max(number % 7) FROM numbers(1000000000000)"
    assert refusal(analysts, endless, max_execution_time="1").code == TIME
    greedy = "SELECT groupArray(number) FROM numbers(1000000000)"
    assert refusal(analysts, greedy, max_memory_usage="100000000").code == MEMORY
    assert refusal(analysts, "SELECT number FROM numbers(2000000)").code == ROWS


def test_a_question_is_stopped_by_its_mark_and_no_other(analysts: Analysts) -> None:
    codes: dict[str, int] = {}

    def ask(mark: str, seconds: str) -> None:
        endless = "SELECT max(number % 7) FROM numbers(1000000000000)"
        with pytest.raises(Refusal) as found:
            analysts.answer(Question(endless, settings={"max_execution_time": seconds}), mark)
        codes[mark] = found.value.code

    asking = [threading.Thread(target=ask, args=each) for each in (("aa", "30"), ("ab", "3"))]
    for thread in asking:
        thread.start()
    time.sleep(0.5)
    analysts.stop("aa")
    for thread in asking:
        thread.join(30)
    assert codes == {"aa": STOPPED, "ab": TIME}


def test_values_are_put_in_as_values(analysts: Analysts) -> None:
    asked = Question("SELECT {a:String} AS a, {n:Int32} AS n", parameters={"a": "it's", "n": "5"})
    assert analysts.answer(asked, "one").body == b"it\\'s\t5\n"
    by_name = Question("SELECT * FROM {t:Identifier}", parameters={"t": "votes"})
    with pytest.raises(Refusal) as found:
        analysts.answer(by_name, "one")
    assert found.value.code == DENIED


def test_who_asks_while_a_hundred_wait_is_told_to_come_back(analysts: Analysts) -> None:
    line = Line(analysts)

    async def crowd() -> list[Answer | BaseException]:
        asked = (line.ask(Question("SELECT 1"), f"{n}") for n in range(IN_LINE + AT_ONCE + 1))
        return await asyncio.gather(*asked, return_exceptions=True)

    found = asyncio.run(crowd())
    line.close()
    refused = [each.name for each in found if isinstance(each, Refusal)]
    assert refused == ["TOO_MANY_SIMULTANEOUS_QUERIES"]
    assert sum(isinstance(each, Answer) for each in found) == IN_LINE + AT_ONCE


class _Server:
    used_revision = 54_460

    def get_timezone(self) -> str:
        return "UTC"


def test_newer_clients_read_native_with_its_flags(analysts: Analysts) -> None:
    sql = (
        "SELECT number AS n, toString(number) AS s, [number] AS a, toLowCardinality('x') AS w,"
        " if(number = 1, NULL, 1) AS e, map('k', 1) AS m, (1, 'a') AS t"
        " FROM numbers(150000) FORMAT Native"
    )
    body = analysts.answer(Question(sql, revision=54_460), "one").body
    context = Context()
    context.server_info, context.settings = _Server(), {}
    context.client_settings = {
        "strings_as_bytes": False,
        "strings_encoding": "utf-8",
        "use_numpy": False,
        "namedtuple_as_json": False,
    }
    reader = CompressedBufferedReader(iter([body, b""]).__next__, len(body))
    block = BlockInputStream(reader, context).read()
    rows = block.get_rows()
    assert len(rows) == 150_000
    assert rows[1] == (1, "1", [1], "x", None, {"k": 1}, (1, "a"))
    assert rows[-1][0] == 149_999
    empty = Question("SELECT 1 WHERE 0 FORMAT Native", revision=54_460)
    assert analysts.answer(empty, "one").body == b""


def test_nothing_was_written(store: EmbeddedStore) -> None:
    assert not Path("/tmp/semko-outfile").exists()
    tables = "SELECT name FROM system.tables WHERE name = 'mine'"
    assert store.rows(tables) == []
    assert store.rows("SELECT count() AS n FROM semko.votes") == [{"n": 0}]
