"""A real nginx with the configuration that is deployed, before a real `semko up`, on loopback."""

import http.client
import os
import re
import ssl
import subprocess
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from sources.gateway.keys import Keys, Operator, Right, Terminal, digest, write_keys
from tests.deployment.dockerfile import ROOT
from tests.installations import Installation, free_port
from tests.requirements import need

NAME = "semko.example"
SECONDS = 60
AROUND = """
{user}
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
    access_log {folder}/access.log;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxied;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    gzip on;
    gzip_types *;
    include {folder}/semko.conf;
}}
"""
"""What Debian's nginx.conf has around a site, as far as it matters, in a folder of its own."""


@dataclass(slots=True)
class Proxied:
    """An installation behind its proxy."""

    installation: Installation
    folder: Path
    port: int
    plain_port: int

    def connection(self) -> http.client.HTTPSConnection:
        """A connection that trusts the certificate of this test alone."""
        trusted = ssl.create_default_context(cafile=str(self.folder / "chain.pem"))
        return http.client.HTTPSConnection("127.0.0.1", self.port, timeout=10, context=trusted)

    def ask(
        self, method: str, path: str, secret: str, body: bytes | None = None, **headers: str
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        """Status, headers and body of one request under the name that is deployed."""
        connection = self.connection()
        try:
            connection.request(method, path, body, self.headers(secret) | headers)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def headers(self, secret: str) -> dict[str, str]:
        """As a browser sends them: the token as a password, the host with its port."""
        token = b64encode(f"anybody:{secret}".encode()).decode()
        return {"Host": f"{NAME}:{self.port}", "Authorization": f"Basic {token}"}

    def wait_until_ready(self) -> None:
        """Wait until the worker behind the proxy has loaded what it owns."""
        for _ in range(10 * SECONDS):
            with suppress(ConnectionRefusedError):  # nginx opens its doors too
                if self.ask("GET", "/readyz", "reader")[0] == 200:
                    return
            time.sleep(0.1)
        raise AssertionError(f"not ready within {SECONDS} s: {self.installation.told()}")


def keys_for(folder: Path) -> Path:
    """``tablet`` votes at d1 of town/centre, ``reader`` reads."""
    tablet = Terminal("tablet-1", digest("tablet"), "town", "centre", ["d1"])
    reader = Operator("reader", digest("reader"), [Right.READ])
    write_keys(folder / "keys.toml", Keys([tablet], [reader]))
    return folder / "keys.toml"


def certified(folder: Path) -> None:
    """A certificate of the name, signed by itself."""
    names = f"subjectAltName=DNS:{NAME},IP:127.0.0.1"
    command = [
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        f"/CN={NAME}",
    ]
    files = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "chain.pem")]
    subprocess.run(
        [need("openssl"), *command, "-addext", names, *files],
        check=True,
        capture_output=True,
        timeout=60,
    )


def configured(folder: Path, ports: dict[str, int]) -> Path:
    """The deployed configuration with other ports and paths, and what stands around it."""
    text = (ROOT / "deploy" / "nginx.conf").read_text("utf-8")
    text = re.sub(r"^ *listen \[::\].*\n", "", text, flags=re.MULTILINE)
    places = {
        r"listen 80;": f"listen 127.0.0.1:{ports['plain']};",
        r"listen 443 ssl;": f"listen 127.0.0.1:{ports['tls']} ssl;",
        r"/etc/ssl/semko/": f"{folder}/",
        r"http://127\.0\.0\.1:8080": f"http://127.0.0.1:{ports['gateway']}",
    }
    for place, other in places.items():
        text, times = re.subn(place, other, text)
        assert times in {1, 2}, place
    (folder / "semko.conf").write_text(text)
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(AROUND.format(folder=folder, user=user))
    return folder / "nginx.conf"


@contextmanager
def proxied(folder: Path) -> Iterator[Proxied]:
    """`semko up` and nginx before it, both ready; ended afterwards."""
    nginx = need("nginx")
    installation = Installation(folder)
    certified(folder)
    ports = {"plain": free_port(), "tls": free_port(), "gateway": installation.port}
    configuration = configured(folder, ports)
    subprocess.run([nginx, "-t", "-c", configuration], check=True, capture_output=True, timeout=60)
    it = Proxied(installation, folder, ports["tls"], ports["plain"])
    with subprocess.Popen([nginx, "-c", configuration], stderr=subprocess.DEVNULL) as process:
        try:
            installation.start("--name", NAME, "--keys", str(keys_for(folder)))
            it.wait_until_ready()
            yield it
        finally:
            process.terminate()
            installation.close()
