"""What is refused when a store over the network is opened: named, with what to do."""

import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from models.errors import CallError, StoreUnavailable, WorldError
from sinks.migrating import Migration, migrate, migrations
from sinks.served import ServedStore
from sinks.served_checks import check_clock, check_tables
from sinks.served_database import ServedDatabase
from sinks.store_url import parse_address
from tests.facade.running import Running, facade
from tests.requirements import need

PLAIN: dict[str, Any] = {
    "password": "",
    "version": (26, 9),
    "refuse": None,
    "instead": None,
}


@pytest.fixture
def misled(running: Running) -> Iterator[Running]:
    """A façade that will be well-behaved again."""
    yield running
    running.tell(**PLAIN)


def refused(url: str) -> str:
    """What is said to who opens ``url``."""
    with pytest.raises(WorldError) as problem:
        ServedStore(url)
    assert "Stack trace" not in str(problem.value)
    return str(problem.value)


@contextmanager
def listening(answer: bytes) -> Iterator[int]:
    """A server of another kind; gives its port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(1000)
                    connection.sendall(answer)

        threading.Thread(target=serve, daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)


def test_an_address_where_nobody_listens_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    said = refused(f"clickhouse://127.0.0.1:{port}")
    assert f"the store at 127.0.0.1:{port} cannot be reached: Connection refused" in said
    assert "Is the server running" in said


def test_a_name_that_nobody_knows_is_named() -> None:
    assert "the store at no.such.invalid:9000 cannot be reached" in refused(
        "clickhouse://no.such.invalid"
    )


@pytest.mark.parametrize("answer", [b"HTTP/1.0 400 Bad Request\r\n\r\n", b""])
def test_another_protocol_is_told_from_clickhouse(answer: bytes) -> None:
    with listening(answer) as port:
        said = refused(f"clickhouse://127.0.0.1:{port}")
    assert "not in ClickHouse's native protocol" in said
    assert "9000" in said


def test_a_wrong_password_is_told_without_it(
    misled: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    misled.tell(password="the right one")
    monkeypatch.setenv("SEMKO_CLICKHOUSE_PASSWORD", "the wrong one")
    said = refused(misled.url().replace("//", "//ann@"))
    assert "does not let the user 'ann' in: set SEMKO_CLICKHOUSE_USER and" in said
    assert "the wrong one" not in said
    monkeypatch.setenv("SEMKO_CLICKHOUSE_PASSWORD", "the right one")
    ServedStore(misled.url()).close()


def test_an_old_server_is_refused_with_the_version_that_is_needed(misled: Running) -> None:
    misled.tell(version=(25, 7))
    assert "is ClickHouse 25.7, and SEMKO needs 25.8 or newer" in refused(misled.url())
    misled.tell(version=(25, 8))
    ServedStore(misled.url()).close()


@pytest.mark.parametrize(
    ("code", "message", "what"),
    [
        (497, "ann: Not enough privileges. (ACCESS_DENIED)", "Grant it all on semko"),
        (164, "Cannot modify 'async_insert' setting in readonly mode.", "readonly = 0"),
        (452, "Setting async_insert should not be changed.", "without constraints"),
    ],
)
def test_missing_rights_and_tight_profiles_are_named(
    misled: Running, code: int, message: str, what: str
) -> None:
    misled.tell(refuse=("CREATE DATABASE", code, message))
    said = refused(misled.url())
    assert message in said
    assert what in said


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("async_insert", "1"),
        ("final", "1"),
        ("limit", "100"),
        ("use_query_cache", "1"),
        ("additional_table_filters", "{'semko.votes':'score = 5'}"),
        ("result_overflow_mode", "break"),
    ],
)
def test_a_setting_that_would_lose_or_hide_rows_is_refused_by_name(
    misled: Running, name: str, value: str
) -> None:
    forced = f"SELECT '{name}' AS name, '{value.replace(chr(39), chr(92) + chr(39))}' AS value"
    misled.tell(instead=("FROM system.settings", f"FROM ({forced})"))
    said = refused(misled.url())
    assert f"keeps the setting {name} at " in said
    assert "could be lost or hidden" in said


def test_a_row_policy_on_our_own_user_is_refused_by_name(misled: Running) -> None:
    policy = (
        "SELECT 'mine' AS name, 'semko' AS database, 0 AS apply_to_all,"
        " ['default'] AS apply_to_list, ['x'] AS apply_to_except"
    )
    misled.tell(instead=("FROM system.row_policies", f"FROM ({policy})"))
    assert "row policies hide rows of the store from its own user: mine" in refused(misled.url())
    misled.tell(instead=None, refuse=("FROM system.row_policies", 497, "not for you"))
    ServedStore(misled.url()).close()


def test_a_store_of_a_newer_program_is_refused(running: Running) -> None:
    newer = Migration(9000, "later", "sum", ("SELECT 1",))
    store = ServedStore(running.url())
    try:
        migrate(store.database, [*migrations(), newer])
        assert "made by a newer SEMKO: it has migration 9000 (later)" in refused(running.url())
        store.database.execute("ALTER TABLE semko.migrations DELETE WHERE version = 9000")
    finally:
        store.close()


def test_tables_that_are_not_replicated_are_no_store_of_a_cluster(running: Running) -> None:
    ServedStore(running.url()).close()
    database = ServedDatabase(parse_address(running.url("?cluster=three")))
    try:
        with pytest.raises(WorldError, match=r"interactions, .* are not replicated.*cluster"):
            check_tables(database)
    finally:
        database.close()


def test_hosts_with_different_stores_are_refused(running: Running, tmp_path: Path) -> None:
    ServedStore(running.url()).close()
    with facade(tmp_path / "other") as other:
        hosts = f"127.0.0.1:{running.ports[0]},127.0.0.1:{other.ports[0]}"
        said = refused(f"clickhouse://{hosts}")
    assert f"127.0.0.1:{running.ports[0]} and 127.0.0.1:{other.ports[0]} hold different" in said
    assert "&cluster=" in said


def test_clocks_far_apart_are_refused(running: Running) -> None:
    database = ServedDatabase(parse_address(running.url()))
    try:
        now = database.columns("SELECT toUnixTimestamp64Milli(now64(3)) AS n")["n"][0]
        assert abs(check_clock(database, now)) < 10_000
        with pytest.raises(WorldError, match="100 s apart"):
            check_clock(database, now - 100_000)
    finally:
        database.close()


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, Path]]:
    """A façade that speaks TLS alone, and the certificate that signs itself."""
    folder = tmp_path_factory.mktemp("tls")
    made = [need("openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    made += ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    files = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "ca.pem")]
    subprocess.run([*made, *files], check=True, capture_output=True)
    with (folder / "both.pem").open("w") as both:
        for name in ("key.pem", "ca.pem"):
            both.write((folder / name).read_text())
    with facade(folder / "store", 1, str(folder / "both.pem")) as started:
        yield started, folder / "ca.pem"
    shutil.rmtree(folder)


def tls_url(running: Running, host: str = "localhost") -> str:
    return f"clickhouses://{host}:{running.ports[0]}"


def test_a_store_behind_tls_opens_with_the_ca_that_signed_it(
    secured: tuple[Running, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    running, ca = secured
    monkeypatch.setenv("SEMKO_CLICKHOUSE_CA", str(ca))
    store = ServedStore(tls_url(running))
    assert store.rows("SELECT 1 AS a") == [{"a": 1}]
    store.close()
    said = refused(tls_url(running, "127.0.0.1"))
    assert "the certificate of 127.0.0.1" in said
    assert "is not trusted" in said


def test_an_unknown_ca_and_both_kinds_of_mismatch_are_told_apart(
    secured: tuple[Running, Path], running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    behind_tls, _ = secured
    monkeypatch.delenv("SEMKO_CLICKHOUSE_CA", raising=False)
    assert "name the CA that signed it in SEMKO_CLICKHOUSE_CA" in refused(tls_url(behind_tls))
    plain_to_tls = refused(tls_url(behind_tls).replace("clickhouses", "clickhouse"))
    assert "with TLS (clickhouses://, port 9440)" in plain_to_tls
    tls_to_plain = refused(tls_url(running))
    assert "does not answer in TLS" in tls_to_plain


def test_a_server_that_cannot_now_may_later(misled: Running) -> None:
    misled.tell(refuse=("CREATE DATABASE", 242, "Table is in readonly mode"))
    with pytest.raises(StoreUnavailable, match="takes no writes now"):
        ServedStore(misled.url())


def test_a_url_amiss_is_a_wrong_call() -> None:
    with pytest.raises(CallError):
        ServedStore("clickhouse://host/other")
