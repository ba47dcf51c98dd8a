"""A real server of 2018, which Debian still ships: refused on the wire, with what to do."""

import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from models.errors import WorldError
from sinks.served import ServedStore
from tests.requirements import need

CONFIG = """\
<yandex>
    <logger><level>error</level><console>1</console></logger>
    <tcp_port>{port}</tcp_port>
    <listen_host>127.0.0.1</listen_host>
    <path>{folder}/</path>
    <tmp_path>{folder}/tmp/</tmp_path>
    <mark_cache_size>1048576</mark_cache_size>
    <users_config>{folder}/users.xml</users_config>
    <default_profile>default</default_profile>
    <default_database>default</default_database>
</yandex>
"""
USERS = """\
<yandex>
    <profiles><default/></profiles>
    <quotas><default/></quotas>
    <users><default>
        <password></password>
        <networks><ip>127.0.0.1</ip></networks>
        <profile>default</profile>
        <quota>default</quota>
    </default></users>
</yandex>
"""


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """Where the old server listens."""
    program = need("clickhouse-server")
    with socket.create_server(("127.0.0.1", 0)) as free:
        number: int = free.getsockname()[1]
    (tmp_path / "config.xml").write_text(CONFIG.format(port=number, folder=tmp_path))
    (tmp_path / "users.xml").write_text(USERS)
    with (tmp_path / "log").open("w") as log:
        server = subprocess.Popen(
            [program, f"--config-file={tmp_path}/config.xml"], stdout=log, stderr=log
        )
    try:
        deadline = time.monotonic() + 60
        while not _listens(number):
            assert server.poll() is None, (tmp_path / "log").read_text()
            assert time.monotonic() < deadline
            time.sleep(0.05)
        yield number
    finally:
        server.kill()
        server.wait(timeout=30)


def _listens(port: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0


def test_a_server_of_2018_is_refused_before_anything_is_asked_of_it(port: int) -> None:
    said = f"127.0.0.1:{port} is ClickHouse 18.16, and SEMKO needs 25.8 or newer: update the server"
    with pytest.raises(WorldError, match=said):
        ServedStore(f"clickhouse://127.0.0.1:{port}/semko")
