"""What a URL says of a ClickHouse over the network, and what of it is never shown."""

from pathlib import Path

import pytest

from models.errors import CallError
from sinks.opening import is_served
from sinks.store_url import Host, parse_address

SECRET = "p@ss/w:rd"
QUOTED = "p%40ss%2Fw%3Ard"


def test_a_url_names_hosts_user_and_options() -> None:
    url = f"clickhouse://ann:{QUOTED}@a,b:9001,[::1]:9002/semko?cluster=c-1&timeout=5&max_threads=2"
    address = parse_address(url, {})
    assert address.hosts == (Host("a", 9000), Host("b", 9001), Host("::1", 9002))
    assert (address.user, address.password) == ("ann", SECRET)
    assert (address.cluster, address.timeout_seconds) == ("c-1", 5)
    assert (address.settings, address.secure) == ({"max_threads": 2}, False)


@pytest.mark.parametrize("url", ["clickhouses://a", "clickhouse://a/semko?secure=1"])
def test_tls_is_asked_for_by_scheme_or_option_and_has_a_port_of_its_own(url: str) -> None:
    address = parse_address(url, {})
    assert (address.secure, address.hosts) == (True, (Host("a", 9440),))


def test_what_must_not_stand_in_a_url_comes_from_the_environment(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("")
    environment = {
        "SEMKO_CLICKHOUSE_USER": "ann",
        "SEMKO_CLICKHOUSE_PASSWORD": SECRET,
        "SEMKO_CLICKHOUSE_CA": str(tmp_path / "ca.pem"),
    }
    address = parse_address("clickhouse://a", environment)
    assert (address.user, address.password) == ("ann", SECRET)
    assert address.ca_file == str(tmp_path / "ca.pem")
    assert parse_address("clickhouse://bob:other@a", environment).password == "other"
    assert parse_address("clickhouse://a", {}).user == "default"


@pytest.mark.parametrize(
    ("url", "what"),
    [
        ("clickhouse://", "names no ClickHouse"),
        ("clickhouse:///semko", "names no ClickHouse"),
        ("http://a/semko", "names no ClickHouse"),
        ("clickhouse://a/other", "must name the database semko"),
        ("clickhouse://a:port", "has no host in 'a:port'"),
        ("clickhouse://a:0", "has no host"),
        ("clickhouse://a,,b", "has no host in ''"),
        ("clickhouse://a?compression=no", "unknown option 'compression'"),
        ("clickhouse://a?secure=yes", "secure must be 0 or 1"),
        ("clickhouse://a?timeout=0", "timeout must be a whole number"),
        ("clickhouse://a?max_threads=many", "max_threads must be a whole number"),
        ("clickhouse://a?cluster=a'b", "cluster must be a name"),
    ],
)
def test_a_url_that_cannot_be_meant_is_refused_with_what_is_wrong(url: str, what: str) -> None:
    with pytest.raises(CallError, match=what):
        parse_address(url, {})


def test_a_ca_that_is_no_file_is_named() -> None:
    with pytest.raises(CallError, match=r"SEMKO_CLICKHOUSE_CA names /no/such\.pem"):
        parse_address("clickhouse://a", {"SEMKO_CLICKHOUSE_CA": "/no/such.pem"})


def test_a_password_is_shown_nowhere() -> None:
    address = parse_address(f"clickhouses://ann:{QUOTED}@a,b/semko", {})
    assert str(address) == "clickhouses://a:9440,b:9440/semko"
    assert SECRET not in repr(address)
    for url in (f"clickhouse://ann:{QUOTED}@a/x", f"click://ann:{QUOTED}@a/semko"):
        with pytest.raises(CallError) as refused:
            is_served(url) and parse_address(url, {})
        assert QUOTED not in str(refused.value)
        assert SECRET not in str(refused.value)
