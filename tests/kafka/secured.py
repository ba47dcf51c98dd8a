"""A broker that asks who is there and lets them do what they may, behind TLS with certificates of
an authority made for it. Through its plain listener everything is allowed."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from streams.shell.kafka_settings import VARIABLES
from tests.installations import free_port
from tests.kafka.broker import kill_brokers, start_brokers
from tests.requirements import need

USER, PASSWORD = "semko", "word-of-the-tests"
PLAIN_MODULE = "org.apache.kafka.common.security.plain.PlainLoginModule"


class Secured(NamedTuple):
    """Where it is, and the variables that reach it."""

    url: str
    plain_url: str
    variables: dict[str, str]
    folder: Path


@contextmanager
def secured_broker(folder: Path) -> Iterator[Secured]:
    """A broker with a listener of SASL_SSL (PLAIN) that also wants a certificate of ours."""
    _make_certificates(folder)
    port = free_port()
    listener = "listener.name.secure."
    properties = {
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": "User:ANONYMOUS",
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(folder / "broker.both"),
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": str(folder / "ca.pem"),
        listener + "ssl.client.auth": "required",
        listener + "sasl.enabled.mechanisms": "PLAIN",
        listener + "plain.sasl.jaas.config": f'{PLAIN_MODULE} required user_{USER}="{PASSWORD}";',
    }
    listeners = {"SECURE": ("SASL_SSL", port)}
    brokers = start_brokers(folder / "kafka", properties=properties, listeners=listeners)
    told = {
        "SECURITY_PROTOCOL": "SASL_SSL",
        "SASL_MECHANISM": "PLAIN",
        "SASL_USERNAME": USER,
        "SASL_PASSWORD": PASSWORD,
        "SSL_CA": str(folder / "ca.pem"),
        "SSL_CERTIFICATE": str(folder / "member.pem"),
        "SSL_KEY": str(folder / "member.key"),
    }
    variables = {VARIABLES + name: value for name, value in told.items()}
    try:
        yield Secured(f"kafka://127.0.0.1:{port}", brokers[0].url, variables, folder)
    finally:
        kill_brokers(brokers)


def _make_certificates(folder: Path) -> None:
    """An authority, another that nobody believes, and certificates of both sides by the first."""
    for authority in ("ca", "other"):
        _certify(folder, authority)
    for side in ("broker", "member"):
        _certify(folder, side, "-CA", "ca.pem", "-CAkey", "ca.key")
    both = (folder / "broker.key").read_text() + (folder / "broker.pem").read_text()
    (folder / "broker.both").write_text(both)


def _certify(folder: Path, name: str, *by: str) -> None:
    subject = ["-subj", f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1"]
    basic = ["-addext", f"basicConstraints=critical,CA:{str(not by).upper()}"]
    command = [need("openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    files = ["-keyout", f"{name}.key", "-out", f"{name}.pem"]
    subprocess.run(
        [*command, *subject, *basic, *files, *by], cwd=folder, check=True, capture_output=True
    )
