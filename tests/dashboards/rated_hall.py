"""A real `semko up` with keys, for pages that send: its address, its tokens, and what it stored."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sources.gateway.keys import Keys, Pairing, Role, Token, change_keys, digest
from sources.gateway.pairing import CODE_MS, awaited, code_digest, new_code

ROOT = Path(__file__).parents[2]
REGISTRY = """
[[tenants]]
id = "town"
name = { bg = "Община", en = "Town" }

[[offices]]
tenant_id = "town"
id = "centre"
name = { bg = "Център за обслужване", en = "Service centre" }

[[services]]
tenant_id = "town"
id = "civil-status"
name = { bg = "Гражданско състояние", en = "Civil status" }

[[services]]
tenant_id = "town"
id = "taxes"
name = { bg = "Местни данъци", en = "Local taxes" }

[[desks]]
tenant_id = "town"
office_id = "centre"
id = "d1"
name = { bg = "Гише 1", en = "Desk 1" }
services = ["civil-status", "taxes"]
"""


class RatedHall:
    """The running process and what a test asks of it."""

    def __init__(self, folder: Path, registry: str) -> None:
        self.keys = folder / "keys.toml"
        operator = Token("ana", digest("operator"), Role.OPERATOR)
        clerk = Token("clerk-1", digest("clerk"), Role.CLERK, "town/centre")
        change_keys(self.keys, lambda _: Keys(tokens=[operator, clerk]))
        (folder / "semko.toml").write_text(registry, "utf-8")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.folder = folder

    def code(self, terminal: str, desk: str = "d1") -> str:
        """A code to pair ``terminal`` with."""
        code, until = new_code(), time.time_ns() // 1_000_000 + CODE_MS
        pairing = Pairing(terminal, code_digest(code), "town", "centre", [desk], until)
        change_keys(self.keys, lambda held: awaited(held, pairing))
        return code

    def ask(self, path: str, body: bytes | None, secret: str = "operator") -> Any:
        """A POST, or a GET where there is no body; the JSON of its answer."""
        request = urllib.request.Request(self.url + path, body)
        request.add_header("Authorization", f"Bearer {secret}")
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.loads(answer.read() or b"null")

    def rows(self, sql: str) -> list[dict[str, Any]]:
        """What the store has."""
        request = urllib.request.Request(
            f"{self.url}/v1/query?format=JSONEachRow", sql.encode(), method="POST"
        )
        request.add_header("Authorization", "Bearer operator")
        with urllib.request.urlopen(request, timeout=20) as answer:
            return [json.loads(line) for line in answer.read().splitlines()]

    def awaited(self, sql: str, count: int, seconds: float = 20) -> list[dict[str, Any]]:
        """The rows, as soon as there are as many."""
        end = time.monotonic() + seconds
        while len(found := self.rows(sql)) < count and time.monotonic() < end:
            time.sleep(0.02)
        return found


@contextmanager
def rated_hall(folder: Path, registry: str = REGISTRY) -> Iterator[RatedHall]:
    """The process, ready."""
    hall = RatedHall(folder, registry)
    call = [sys.executable, str(ROOT / "semko.py"), "up", "--http", f"127.0.0.1:{hall.port}"]
    call += ["--keys", str(hall.keys), "--store", f"chdb://{folder}/store"]
    call += ["--registry", str(folder / "semko.toml")]
    variables = {**os.environ, "PYTHONPATH": str(ROOT)}
    with (
        (folder / "log").open("w") as log,
        subprocess.Popen(call, cwd=folder, env=variables, stdout=log, stderr=log) as process,
    ):
        try:
            await_ready(hall, process)
            yield hall
        finally:
            process.terminate()
            process.wait(30)


def await_ready(hall: RatedHall, process: "subprocess.Popen[bytes]") -> None:
    """Wait until it takes events."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        assert process.poll() is None, (hall.folder / "log").read_text("utf-8")
        try:
            with urllib.request.urlopen(f"{hall.url}/readyz", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise AssertionError("not ready: " + (hall.folder / "log").read_text("utf-8"))
