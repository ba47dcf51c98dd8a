"""How to reach Kafka and as which member of a group: a broker's address and `SEMKO_KAFKA_*`.

One connection in the words of both clients: librdkafka's for records, kafka-python's for topics and
checks. Secrets are shown by nothing here, and by no client that logs its settings.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

from models.durations import duration_ms
from models.errors import CallError

SCHEME = "kafka"
DEFAULT_PORT = 9092
VARIABLES = "SEMKO_KAFKA_"
SECURITY_PROTOCOLS = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")
SASL_MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")
GROUP_PROTOCOLS = ("consumer", "classic")
DAY_MS = 86_400_000
CLASSIC_SESSION_MS = 45_000
"""Shorter, and every restart of a broker costs a rebalance (measured)."""

_SASL = ("SASL_MECHANISM", "SASL_USERNAME", "SASL_PASSWORD", "SASL_PASSWORD_FILE")
_SSL = ("SSL_CA", "SSL_CERTIFICATE", "SSL_KEY", "SSL_KEY_PASSWORD")
_MEMBER = ("GROUP_PROTOCOL", "GROUP_INSTANCE_ID", "SESSION_TIMEOUT")
NAMES = tuple(
    VARIABLES + name
    for name in ("SECURITY_PROTOCOL", *_SASL, *_SSL, *_MEMBER, "PREFIX", "DOWNTIME")
)
"""Every variable that is read."""

_SERVER = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::([0-9]{1,5}))?")
_PREFIX = re.compile(r"[A-Za-z0-9._-]{1,100}")


class Secret(str):
    """A text that is used as it is and shown as nothing: clients log what they are given."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'***'"


@dataclass(frozen=True, slots=True)
class Sasl:
    """Who we are to the broker."""

    mechanism: str
    username: str
    password: Secret


@dataclass(frozen=True, slots=True)
class Tls:
    """Whom we believe, and our own certificate where the broker wants one; files in PEM."""

    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    key_password: Secret | None = None


@dataclass(frozen=True, slots=True)
class KafkaSettings:
    """A cluster and our place in it."""

    servers: tuple[str, ...]
    """``host:port`` of brokers to begin with."""
    prefix: str = ""
    """Before the names of our topics and groups, on a cluster that others use too."""
    security_protocol: str = "PLAINTEXT"
    sasl: Sasl | None = None
    tls: Tls = field(default_factory=Tls)
    group_protocol: str = "consumer"
    """``consumer`` is KIP-848, which brokers speak from 4.0 on; ``classic`` is for older ones."""
    group_instance_id: str | None = None
    """Of a static member, which may restart without a rebalance."""
    session_timeout_ms: int = CLASSIC_SESSION_MS
    """With ``classic``; with ``consumer`` the broker's ``group.consumer.session.timeout.ms``."""
    downtime_ms: int = 7 * DAY_MS
    """So long may workers be away before the log may delete what they have not read."""

    @classmethod
    def of(cls, url: str, environment: Mapping[str, str]) -> "KafkaSettings":
        """What ``--broker`` and the variables say; raises CallError that names which is wrong.

        Reads the file of a password, and looks whether the files of certificates are there.
        """
        told = _Told(environment)
        protocol = told.one_of("SECURITY_PROTOCOL", SECURITY_PROTOCOLS)
        group_protocol = told.one_of("GROUP_PROTOCOL", GROUP_PROTOCOLS)
        if group_protocol != "classic" and told.text("SESSION_TIMEOUT"):
            raise told.wrong(
                "SESSION_TIMEOUT",
                "is for SEMKO_KAFKA_GROUP_PROTOCOL=classic; otherwise the broker decides, by"
                " group.consumer.session.timeout.ms: unset it",
            )
        prefix = told.text("PREFIX")
        if prefix and not _PREFIX.fullmatch(prefix):
            raise told.wrong("PREFIX", "may have letters, digits, '.', '_' and '-', at most 100")
        return cls(
            _servers(url),
            prefix,
            protocol,
            _sasl(told, protocol),
            _tls(told, protocol),
            group_protocol,
            told.text("GROUP_INSTANCE_ID") or None,
            told.duration("SESSION_TIMEOUT", CLASSIC_SESSION_MS),
            told.duration("DOWNTIME", 7 * DAY_MS),
        )

    def named(self, name: str) -> str:
        """What our topic or group ``name`` is called on the cluster."""
        return self.prefix + name

    def unnamed(self, name: str) -> str:
        """Our word for a topic or group of the cluster that has our prefix."""
        return name.removeprefix(self.prefix)

    def librdkafka(self) -> dict[str, str]:
        """The connection, as confluent-kafka's clients take it."""
        told: dict[str, str | Path | None] = {
            "bootstrap.servers": ",".join(self.servers),
            "client.id": "semko",
            "security.protocol": self.security_protocol,
            "ssl.ca.location": self.tls.ca,
            "ssl.certificate.location": self.tls.certificate,
            "ssl.key.location": self.tls.key,
            "ssl.key.password": self.tls.key_password,
        }
        if self.sasl:
            told["sasl.mechanism"] = self.sasl.mechanism
            told["sasl.username"] = self.sasl.username
            told["sasl.password"] = self.sasl.password
        return _given(told)

    def librdkafka_member(self, group: str) -> dict[str, str | int]:
        """``librdkafka`` and the membership of our ``group``, for a consumer.

        Assigned by range whatever the protocol: partition p of both topics goes to one member.
        """
        member: dict[str, str | int] = {
            **self.librdkafka(),
            "group.id": self.named(group),
            "group.protocol": self.group_protocol,
        }
        if self.group_protocol == "consumer":
            member["group.remote.assignor"] = "range"
        else:
            member["partition.assignment.strategy"] = "range"
            member["session.timeout.ms"] = self.session_timeout_ms
        if self.group_instance_id:
            member["group.instance.id"] = self.group_instance_id
        return member

    def kafka_python(self) -> dict[str, str | list[str]]:
        """The connection, as kafka-python's clients take it."""
        told: dict[str, str | Path | None] = {
            "client_id": "semko",
            "security_protocol": self.security_protocol,
            "ssl_cafile": self.tls.ca,
            "ssl_certfile": self.tls.certificate,
            "ssl_keyfile": self.tls.key,
            "ssl_password": self.tls.key_password,
        }
        if self.sasl:
            told["sasl_mechanism"] = self.sasl.mechanism
            told["sasl_plain_username"] = self.sasl.username
            told["sasl_plain_password"] = self.sasl.password
        return {"bootstrap_servers": list(self.servers), **_given(told)}


class _Told:
    """The variables that are ours, an empty one as if it were not set."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        ours = {name: value for name, value in environment.items() if name.startswith(VARIABLES)}
        for name in ours:
            if name not in NAMES:
                near = get_close_matches(name, NAMES, 1, 0)
                raise CallError(f"{name} is no setting of SEMKO; is {near[0]} meant?")
        self._ours = {name: value for name, value in ours.items() if value}

    def text(self, name: str) -> str:
        return self._ours.get(VARIABLES + name, "")

    def wrong(self, name: str, problem: str) -> CallError:
        return CallError(f"{VARIABLES}{name} {problem}")

    def one_of(self, name: str, allowed: tuple[str, ...]) -> str:
        """Upper and lower case are the same; the first one where nothing is set."""
        value = self.text(name) or allowed[0]
        for each in allowed:
            if each.casefold() == value.casefold():
                return each
        raise self.wrong(name, f"is {value!r}: write {', '.join(allowed[:-1])} or {allowed[-1]}")

    def duration(self, name: str, default: int) -> int:
        value = self.text(name)
        return duration_ms(VARIABLES + name, value) if value else default

    def file(self, name: str) -> Path | None:
        value = self.text(name)
        if value and not Path(value).is_file():
            raise self.wrong(name, f"names {value}, and there is no such file")
        return Path(value) if value else None

    def refuse(self, names: tuple[str, ...], protocols: str) -> None:
        """None of ``names`` may be set: they say nothing under this protocol."""
        for name in filter(self.text, names):
            raise self.wrong(name, f"is set: set {VARIABLES}SECURITY_PROTOCOL={protocols} with it")


def _servers(url: str) -> tuple[str, ...]:
    if "@" in url:
        raise CallError(
            "--broker kafka://: user and password do not belong into the address, where others can"
            " read them: set SEMKO_KAFKA_SASL_USERNAME and SEMKO_KAFKA_SASL_PASSWORD_FILE"
        )
    scheme, _, rest = url.partition("://")
    found = [_SERVER.fullmatch(each) for each in rest.removesuffix("/").split(",")]
    servers = [(match[1], int(match[2] or DEFAULT_PORT)) for match in found if match is not None]
    if scheme != SCHEME or None in found or not all(0 < port < 65536 for _, port in servers):
        raise CallError(
            f"--broker {url}: write kafka://host:9092, or several: kafka://a:9092,b:9092"
        )
    return tuple(f"{host}:{port}" for host, port in servers)


def _sasl(told: _Told, protocol: str) -> Sasl | None:
    if not protocol.startswith("SASL"):
        told.refuse(_SASL, "SASL_SSL")
        return None
    for name in ("SASL_MECHANISM", "SASL_USERNAME"):
        if not told.text(name):
            raise told.wrong(
                name, f"is not set, and SEMKO_KAFKA_SECURITY_PROTOCOL={protocol} needs it"
            )
    mechanism = told.one_of("SASL_MECHANISM", SASL_MECHANISMS)
    return Sasl(mechanism, told.text("SASL_USERNAME"), _password(told))


def _password(told: _Told) -> Secret:
    direct, file = told.text("SASL_PASSWORD"), told.file("SASL_PASSWORD_FILE")
    if bool(direct) == bool(file):
        which = "set one of them, not both" if direct else "one of them must be set"
        raise told.wrong("SASL_PASSWORD", f"and SEMKO_KAFKA_SASL_PASSWORD_FILE: {which}")
    if file is None:
        return Secret(direct)
    try:
        password = file.read_text("utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as problem:
        reason = problem.strerror if isinstance(problem, OSError) else "it is no UTF-8"
        raise told.wrong(
            "SASL_PASSWORD_FILE", f"names {file}, which cannot be read: {reason}"
        ) from None
    if not password:
        raise told.wrong("SASL_PASSWORD_FILE", f"names {file}, which is empty")
    return Secret(password)


def _tls(told: _Told, protocol: str) -> Tls:
    if not protocol.endswith("SSL"):
        told.refuse(_SSL, "SASL_SSL" if protocol.startswith("SASL") else "SSL")
        return Tls()
    certificate, key = told.file("SSL_CERTIFICATE"), told.file("SSL_KEY")
    if bool(certificate) != bool(key):
        missing = "SSL_KEY" if certificate else "SSL_CERTIFICATE"
        raise told.wrong(missing, "is not set: a certificate and its key go together")
    password = Secret(told.text("SSL_KEY_PASSWORD")) or None
    if password and not key:
        raise told.wrong("SSL_KEY_PASSWORD", "is set, but SEMKO_KAFKA_SSL_KEY is not")
    return Tls(told.file("SSL_CA"), certificate, key, password)


def _given(told: Mapping[str, str | Path | None]) -> dict[str, str]:
    """What is set; paths as texts, secrets as they are."""
    return {
        name: value if isinstance(value, str) else str(value)
        for name, value in told.items()
        if value is not None
    }
