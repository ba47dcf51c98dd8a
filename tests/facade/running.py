"""A façade started by a test, and what it is told to do."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

STARTED_SECONDS = 30


class Running:
    """The process of a façade."""

    def __init__(self, folder: Path, ports: int = 1, certificate: str = "") -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.facade", str(folder), str(ports), certificate],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.ports: list[int] = json.loads(self._line())

    def url(self, options: str = "") -> str:
        """Of its first address."""
        return f"clickhouse://127.0.0.1:{self.ports[0]}/semko{options}"

    def url_of_all(self, options: str = "") -> str:
        hosts = ",".join(f"127.0.0.1:{port}" for port in self.ports)
        return f"clickhouse://{hosts}/semko{options}"

    def tell(self, **told: Any) -> int:
        """Set its behaviour (``tests.facade.__main__.Behaviour``, ``away``, ``back``); the number
        of inserts that it has taken so far."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(told) + "\n")
        self._process.stdin.flush()
        return int(self._line())

    def kill(self) -> None:
        self._process.kill()
        self._process.wait(timeout=30)

    def close(self) -> None:
        """End it in order."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(timeout=30)
        self._process.stdout.close()

    def _line(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the façade has ended"
        return line


@contextmanager
def facade(folder: Path, ports: int = 1, certificate: str = "") -> Iterator[Running]:
    """A façade over the engine in ``folder``, ended afterwards."""
    running = Running(folder, ports, certificate)
    try:
        yield running
    finally:
        running.close()
