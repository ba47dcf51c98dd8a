"""`semko up --sql` asked by real clients: clickhouse-connect, pandas, JDBC, Grafana's, ours."""

import csv
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import clickhouse_connect
import pandas as pd
import pytest
import sqlalchemy
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError
from matplotlib import use as draw_with

import semko
from dashboards.grafana.boards import boards
from dashboards.grafana.words import Words
from models.errors import CallError, WorldError
from tests.grafana.macros import Shown, expanded, queries
from tests.grafana.test_boards import CHOSEN
from tests.installations import Installation, free_port
from tests.jars import jars_of
from tests.requirements import need

SINCE, UNTIL = "2026-03-04T00:00:00+02:00", "2026-03-06T00:00:00+02:00"
MEANS = "SELECT office_id, day, votes, mean FROM semko.office_scores_daily ORDER BY office_id, day"
ENDLESS = "SELECT max(number % 7) FROM numbers(1000000000000)"


class Door:
    """An installation with two days of a town, and the port at which analysts ask."""

    def __init__(self, folder: Path) -> None:
        self.installation = Installation(folder)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"

    def get(self, sql: str, **parameters: str) -> tuple[int, bytes, dict[str, str]]:
        """Status, body and headers of one question."""
        request = urllib.request.Request(f"{self.url}/?{urlencode(parameters)}", sql.encode())
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, answer.read(), dict(answer.headers)
        except urllib.error.HTTPError as refusal:
            return refusal.code, refusal.read(), dict(refusal.headers)

    def rows(self, sql: str) -> list[dict[str, object]]:
        status, body, _ = self.get(sql, default_format="JSONEachRow")
        assert status == 200, body
        return [json.loads(line) for line in body.splitlines()]


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    it = Door(tmp_path_factory.mktemp("door"))
    folder = it.installation.folder
    for command in (
        f"simulate days.ndjson --since {SINCE} --until {UNTIL} --write-registry semko.toml",
        f"replay days.ndjson --store {it.installation.store}",
    ):
        arguments = [sys.executable, "-m", "semko", *command.split()]
        subprocess.run(arguments, cwd=folder, check=True, capture_output=True, timeout=100)
    it.installation.start("--sql", f"127.0.0.1:{it.port}")
    it.installation.wait_until_ready()
    yield it
    code, seconds = it.installation.stop()
    assert code == 0
    assert seconds < 10


@pytest.fixture(scope="module")
def connected(door: Door) -> Iterator[Client]:
    client = clickhouse_connect.get_client(host="127.0.0.1", port=door.port, database="semko")
    yield client
    client.close()


def test_clickhouse_connect_asks_as_any_server(door: Door, connected: Client) -> None:
    rows = connected.query(MEANS).named_results()
    told = [{**row, "day": row["day"].isoformat()} for row in rows]
    assert told == door.rows(MEANS)
    assert len(told) == 4
    frame = connected.query_df("SELECT * FROM interaction_facts")
    count = connected.command("SELECT count() FROM interaction_facts")
    assert len(frame) == count
    assert len(frame) > 1000
    values = {"a": "it's\ta\\b", "n": 5}
    asked = connected.query("SELECT {a:String} AS a, {n:Int32} AS n", parameters=values)
    assert asked.result_rows == [("it's\ta\\b", 5)]
    packed = clickhouse_connect.get_client(
        host="127.0.0.1", port=door.port, compress="gzip", form_encode_query_params=True
    )
    many = packed.query("SELECT number FROM numbers({n:Int32})", parameters={"n": 70_000})
    assert many.row_count == 70_000


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("INSERT INTO semko.votes (tenant_id) VALUES ('x')", 164),
        ("CREATE TABLE semko.mine (a Int8) ENGINE = Memory", 164),
        ("SELECT * FROM file('/etc/passwd', 'LineAsString')", 164),
        ("SELECT * FROM url('http://127.0.0.1:1/', 'CSV', 'a String')", 497),
        ("SELECT * FROM remote('127.0.0.1', 'semko', 'votes')", 497),
        ("SELECT * FROM semko.votes", 497),
    ],
)
def test_clickhouse_connect_is_refused_what_does_more_than_read(
    connected: Client, sql: str, code: int
) -> None:
    with pytest.raises(DatabaseError, match=f"Code: {code}"):
        connected.query(sql)


def test_pandas_reads_sql(door: Door) -> None:
    engine = sqlalchemy.create_engine(f"clickhousedb://127.0.0.1:{door.port}/semko")
    frame = pd.read_sql(MEANS, engine)
    assert frame["mean"].tolist() == [row["mean"] for row in door.rows(MEANS)]
    found = sqlalchemy.inspect(engine)
    assert "daily_scores" in found.get_table_names() + found.get_view_names()
    comments = {each["name"]: each["comment"] for each in found.get_columns("daily_scores")}
    assert str(comments["mean"]).startswith("Mean score, 0 (all worst) to 100")
    engine.dispose()


def test_jdbc_asks_and_finds_its_way(door: Door, tmp_path: Path) -> None:
    script = tmp_path / "asked.sql"
    script.write_text(
        f"{MEANS};\n!columns office_scores_daily\nSELECT * FROM semko.votes;\n", "utf-8"
    )
    jars = jars_of(Path(__file__).with_name("pom.xml"), "jdbc")
    address = f"jdbc:clickhouse://127.0.0.1:{door.port}/semko"
    run = [need("java"), "-cp", f"{jars}{os.sep}*", f"-Duser.home={tmp_path}", "sqlline.SqlLine"]
    options = ["-n", "default", "-p", "", "--outputformat=csv", "--silent=true", f"--run={script}"]
    done = subprocess.run(
        [*run, "-u", address, *options],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    lines = list(csv.reader(done.stdout.splitlines(), quotechar="'"))
    told = door.rows(MEANS)
    assert [
        (line[0], line[1], int(line[2]), pytest.approx(float(line[3]))) for line in lines[1:5]
    ] == [(row["office_id"], row["day"], row["votes"], row["mean"]) for row in told]
    columns = {line[3]: line[11] for line in lines[5:] if len(line) > 12}
    assert columns["mean_low"] == "Lower end of the 95 % interval of the mean"
    assert "read the view semko.vote_facts" in done.stderr


def test_grafanas_queries_are_answered_as_its_data_source_asks_them(door: Door) -> None:
    """Native with the revision of its driver, and the limit that it asks for by itself."""
    chosen = {**CHOSEN, "tenant": ("rechograd",), "office": ("center",)}
    begin = int(pd.Timestamp("2026-03-04", tz="UTC").timestamp())
    shown = Shown(begin, begin + 2 * 86_400, 3600, chosen)
    asked = {"default_format": "Native", "client_protocol_version": "54460", "database": "semko"}
    asked |= {"max_execution_time": "60", "compress": "1"}
    refused = []
    for model in boards(Words("en")).values():
        for title, sql, _ in queries(model):
            status, body, headers = door.get(expanded(sql, shown), **asked)
            if status != 200 or headers["X-ClickHouse-Format"] != "Native":
                refused.append((title, body))
    assert refused == []
    hello = "SELECT displayName(), version(), revision(), timezone()"
    assert door.get(hello, **asked)[0] == 200


def test_an_answer_says_what_a_server_says(door: Door) -> None:
    status, body, headers = door.get("SELECT 1 AS a FORMAT JSONCompact", query_id="mine")
    assert (status, json.loads(body)["data"]) == (200, [[1]])
    assert headers["X-ClickHouse-Query-Id"] == "mine"
    assert headers["X-ClickHouse-Format"] == "JSONCompact"
    assert json.loads(headers["X-ClickHouse-Summary"])["read_rows"] == "1"
    status, body, headers = door.get("SELECT * FROM nothing_here")
    assert (status, headers["X-ClickHouse-Exception-Code"]) == (404, "60")
    assert body.startswith(b"Code: 60. DB::Exception: ")
    for path, said in (("/ping", b"Ok.\n"), ("/", b"Ok.\n"), ("/?query=SELECT+1", b"1\n")):
        with urllib.request.urlopen(door.url + path, timeout=60) as answer:
            assert answer.read() == said
    assert door.get("")[0] == 400
    assert door.get("SELECT 1", decompress="1")[0] == 501
    assert door.get("SELECT '" + "x" * (1 << 20) + "'")[0] == 413
    assert door.get("SELECT 1", default_format="../x")[0] == 400


def test_a_page_of_another_origin_is_not_answered(door: Door) -> None:
    request = urllib.request.Request(f"{door.url}/?query=SELECT+1")
    request.add_header("Origin", "http://evil.example")
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(request, timeout=60)


def test_a_question_whose_client_has_gone_is_stopped(door: Door) -> None:
    for _ in range(3):  # more than run at once: if they went on, nobody else would be answered
        with socket.create_connection(("127.0.0.1", door.port)) as client:
            asked = f"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(ENDLESS)}\r\n\r\n"
            client.sendall((asked + ENDLESS).encode())
            time.sleep(0.3)
    begun = time.monotonic()
    assert door.get("SELECT 1")[0] == 200
    assert time.monotonic() - begun < 10
    assert door.get(ENDLESS, max_execution_time="1")[0] == 408


def test_our_own_client_gives_scores_as_tables_and_pictures(door: Door, tmp_path: Path) -> None:
    draw_with("Agg")
    client = semko.connect(door.url)
    desks = client.scores(by="desk", office="center", since="2026-03-05")
    assert desks["office_id"].unique().tolist() == ["center"]
    assert desks["day"].unique().tolist() == [pd.Timestamp("2026-03-05")]
    assert (desks["mean"].dropna().between(0, 100)).all()
    per_day, total = client.scores(), client.scores(per="total")
    assert len(total) == 2
    for row in total.to_dict("records"):
        days = per_day[per_day["office_id"] == row["office_id"]]
        assert row["votes"] == days["votes"].sum()
        assert row["mean"] == pytest.approx(days["points"].sum() / days["votes"].sum() / 100)
        assert row["mean_low"] < row["mean"] < row["mean_high"]
    hours = client.scores(by="service", per="hour", until="2026-03-04")
    assert hours["hour"].max() < pd.Timestamp("2026-03-05", tz="UTC")
    for name, drawn in (
        ("days", per_day.plot()),
        ("total", total.plot()),
        ("rate", client.scores(by="service", per="total").plot("response_rate")),
    ):
        path = tmp_path / f"{name}.png"
        drawn.get_figure(root=True).savefig(path)  # type: ignore[union-attr]  # it has one
        assert path.stat().st_size > 5_000
    assert len(per_day.plot().lines) == 2
    text = client.query("SELECT {a:String} AS a", a="it's\ta\\b")
    assert text["a"].tolist() == ["it's\ta\\b"]
    nothing = client.query("SELECT {a:Nullable(Int32)} IS NULL AS a", a=None)
    assert nothing["a"].tolist() == [1]


def test_our_own_client_says_what_is_wrong(door: Door) -> None:
    client = semko.connect(door.url)
    with pytest.raises(CallError, match="since must be a day"):
        client.scores(since="yesterday")
    with pytest.raises(CallError, match="by is one of office"):
        client.scores(by="town")  # type: ignore[arg-type]
    with pytest.raises(CallError, match="cannot be drawn"):
        client.scores().plot("beauty")
    with pytest.raises(CallError, match="nothing to draw"):
        client.scores(office="center", until="1999-12-31").plot()
    with pytest.raises(CallError, match="ever counted at 'centre'; there are rechograd/center,"):
        client.scores(office="centre")
    with pytest.raises(CallError, match="since 2026-03-02 is after until 2026-03-01"):
        client.scores(since="2026-03-02", until="2026-03-01")
    with pytest.raises(CallError, match="Code: 164"):
        client.query("DROP VIEW daily_scores")
    with pytest.raises(CallError, match="no address of a door"):
        semko.connect("127.0.0.1:8123")
    with pytest.raises(WorldError, match="semko up --sql"):
        semko.connect(f"http://127.0.0.1:{free_port()}")
    with pytest.raises(CallError, match="is no door for SQL, but answers 405: name the address"):
        semko.connect(door.installation.url)
