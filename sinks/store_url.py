"""The address of a ClickHouse over the network, as a URL and the environment tell it.

``clickhouse://[user[:password]@]host[:9000][,host2[:9000]][/semko][?option=…]``; with
``clickhouses://`` or ``secure=1`` over TLS, where the port is 9440. Never shows a password.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qsl, unquote

from models.errors import CallError

SCHEMES = ("clickhouse", "clickhouses")
DATABASE = "semko"
USER_VARIABLE = "SEMKO_CLICKHOUSE_USER"
PASSWORD_VARIABLE = "SEMKO_CLICKHOUSE_PASSWORD"
CA_VARIABLE = "SEMKO_CLICKHOUSE_CA"

_PORT, _TLS_PORT = 9000, 9440
_TIMEOUT_SECONDS = 300
_OPTIONS = ("cluster", "max_memory_usage", "max_threads", "secure", "timeout")
_FORM = "clickhouse://[user@]host[:9000][,host2[:9000]][/semko]"


class Host(NamedTuple):
    """Where one server listens."""

    name: str
    port: int

    def __str__(self) -> str:
        return f"[{self.name}]:{self.port}" if ":" in self.name else f"{self.name}:{self.port}"


@dataclass(frozen=True, slots=True)
class Address:
    """How to reach a store.

    ``hosts`` hold the same data, where there are several; ``cluster`` is their name in the servers'
    own configuration, or empty. ``timeout_seconds``: how long an answer may keep silent.
    ``settings`` are the engine's, for every query.
    """

    hosts: tuple[Host, ...]
    user: str = "default"
    password: str = field(default="", repr=False)
    secure: bool = False
    ca_file: str | None = None
    cluster: str = ""
    timeout_seconds: int = _TIMEOUT_SECONDS
    settings: Mapping[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        """For people: without user, password and options."""
        scheme = SCHEMES[self.secure]
        return f"{scheme}://{','.join(map(str, self.hosts))}/{DATABASE}"


def parse_address(url: str, environment: Mapping[str, str] = os.environ) -> Address:
    """What ``url`` says; user, password and certificates also by ``environment``.

    Raises ``CallError`` where it names no host or cannot be meant so.
    """
    scheme, _, rest = url.partition("://")
    place, _, query = rest.partition("?")
    place, _, path = place.partition("/")
    account, _, hosts = place.rpartition("@")
    if scheme not in SCHEMES or not hosts:
        raise CallError(f"the store URL names no ClickHouse over the network: write {_FORM}.")
    if unquote(path).strip("/") not in ("", DATABASE):
        raise CallError(f"the store URL must name the database {DATABASE}, or none: write {_FORM}.")
    options = dict(parse_qsl(query, keep_blank_values=True))
    _refuse_strange(options)
    secure = scheme == SCHEMES[1] or options.get("secure") == "1"
    user, _, password = account.partition(":")
    ca_file = environment.get(CA_VARIABLE) or None
    if ca_file and not Path(ca_file).is_file():
        raise CallError(f"{CA_VARIABLE} names {ca_file}, which is no file: name the CA's PEM file.")
    return Address(
        hosts=tuple(_host(each, _TLS_PORT if secure else _PORT) for each in hosts.split(",")),
        user=unquote(user) or environment.get(USER_VARIABLE) or "default",
        password=unquote(password) or environment.get(PASSWORD_VARIABLE, ""),
        secure=secure,
        ca_file=ca_file,
        cluster=options.get("cluster", ""),
        timeout_seconds=int(options.get("timeout", _TIMEOUT_SECONDS)),
        settings={
            name: int(options[name])
            for name in ("max_memory_usage", "max_threads")
            if name in options
        },
    )


def _refuse_strange(options: Mapping[str, str]) -> None:
    strange = sorted(options.keys() - set(_OPTIONS))
    if strange:
        raise CallError(
            f"the store URL has an unknown option {strange[0]!r}: there are {', '.join(_OPTIONS)}."
        )
    for name in ("max_memory_usage", "max_threads", "timeout"):
        value = options.get(name, "1")
        if not (value.isascii() and value.isdigit() and int(value)):
            raise CallError(f"the store URL's {name} must be a whole number, not {value!r}.")
    if options.get("secure", "1") not in ("0", "1"):
        raise CallError("the store URL's secure must be 0 or 1.")
    if not options.get("cluster", "x").replace("-", "_").isidentifier():
        raise CallError("the store URL's cluster must be a name from the servers' remote_servers.")


def _host(text: str, default_port: int) -> Host:
    name, colon, port = text.rpartition(":")
    if not colon or text.endswith("]"):
        name, port = text, str(default_port)
    if not name.strip("[]") or not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise CallError(f"the store URL has no host in {text!r}: write {_FORM}.")
    return Host(name.strip("[]"), int(port))
