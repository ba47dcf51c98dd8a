"""An installation as its users run it: `semko` in processes of their own, over one folder.

Knows how they are started, asked, stopped and killed; it must not know what they count.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
PROGRAM = (sys.executable, str(ROOT / "semko.py"))
SECONDS = 60
"""Nothing that is waited for may take longer."""


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        port: int = door.getsockname()[1]
        return port


def environment() -> dict[str, str]:
    """This process's, without the settings of an installation."""
    return {name: value for name, value in os.environ.items() if not name.startswith("SEMKO_")}


def semko(*arguments: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    """Run one command to its end, standing in ``folder``."""
    return subprocess.run(
        [*PROGRAM, *arguments],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


class Ready(NamedTuple):
    """What a start took until it was ready, in seconds by the clock and of CPU."""

    seconds: float
    cpu_seconds: float


def cpu_seconds(pid: int) -> float:
    """The CPU time of a running process, all its threads together (proc(5))."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Installation:
    """A store, its log and its secret in ``folder``, and the process that serves them, if any."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store_folder = folder / "store"
        self.store = f"chdb://{self.store_folder}"
        self.log_path = folder / "store.log.db"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None
        self._told = folder / "told.txt"

    def start(self, *options: str) -> None:
        """Start `semko up`; what it says is appended to a file."""
        where = ("--store", self.store, "--http", f"127.0.0.1:{self.port}")
        self._start((*where, *options), {})

    def start_as_set(self, variables: Mapping[str, str]) -> None:
        """Start `semko up` with nothing but these variables to say where things are."""
        self._start((), variables)

    def _start(self, options: Sequence[str], variables: Mapping[str, str]) -> None:
        with self._told.open("ab") as told:
            self.process = subprocess.Popen(
                [*PROGRAM, "up", *options],
                cwd=self.folder,
                env=environment() | dict(variables),
                stdout=told,
                stderr=told,
            )

    def wait_until_ready(self) -> Ready:
        """Wait until events that are sent now are taken and counted; what it took."""
        begun = time.perf_counter()
        while time.perf_counter() < begun + SECONDS:
            if self.running.poll() is not None:
                raise AssertionError(f"it ended with {self.running.returncode}: {self.told()}")
            if self._get("/readyz") is not None:
                return Ready(time.perf_counter() - begun, cpu_seconds(self.running.pid))
            time.sleep(0.02)
        raise AssertionError(f"not ready within {SECONDS} s: {self.told()}")

    def wait_until_counted(self) -> None:
        """Wait until everything in the log is handled, and no hour waits to be recomputed."""
        begun = time.perf_counter()
        while time.perf_counter() < begun + SECONDS:
            meters = (self._get("/metrics") or b"").decode().splitlines()
            if {"semko_lag_records 0.0", "semko_dirty_hours 0.0"} <= set(meters):
                return
            time.sleep(0.1)
        raise AssertionError(f"not all counted within {SECONDS} s: {self.told()}")

    def post(self, *events: bytes) -> dict[str, object]:
        """Send events as NDJSON; the answer, which must be 202."""
        request = urllib.request.Request(f"{self.url}/v1/events", b"\n".join(events))
        request.add_header("Content-Type", "application/x-ndjson")
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:
            assert answer.status == 202
            found: dict[str, object] = json.load(answer)
            return found

    def kill(self) -> None:
        """Kill −9 whatever it is doing."""
        self.running.kill()
        self.running.wait(SECONDS)
        self.process = None

    def stop(self, number: int = signal.SIGTERM) -> tuple[int, float]:
        """Ask for the end; exit code, and how long it took in s."""
        begun = time.perf_counter()
        self.running.send_signal(number)
        code = self.running.wait(SECONDS)
        self.process = None
        return code, time.perf_counter() - begun

    def command(self, name: str, *options: str) -> "subprocess.CompletedProcess[str]":
        """Run a command over the same store to its end."""
        return semko(name, *options, "--store", self.store, folder=self.folder)

    def copied(self, folder: Path) -> "Installation":
        """A copy of everything in another folder; nothing may run meanwhile."""
        assert self.process is None
        shutil.copytree(self.folder, folder, symlinks=True)
        return Installation(folder)

    def lose_log(self) -> None:
        """Delete the log and what belongs to it."""
        for path in self.folder.glob(f"{self.log_path.name}*"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    def lose_store(self) -> None:
        """Delete the store."""
        shutil.rmtree(self.store_folder)

    def restore_log(self, older: "Installation") -> None:
        """Put the log of ``older`` in the place of this one's."""
        self.lose_log()
        shutil.copy(older.log_path, self.log_path)

    def restore_store(self, older: "Installation") -> None:
        """Put the store of ``older`` in the place of this one's."""
        self.lose_store()
        shutil.copytree(older.store_folder, self.store_folder, symlinks=True)

    @property
    def running(self) -> "subprocess.Popen[bytes]":
        """The process that serves."""
        assert self.process is not None, "nothing runs"
        return self.process

    def told(self) -> str:
        """The last of what the processes said."""
        return self._told.read_text("utf-8", "replace")[-3000:]

    def _get(self, path: str) -> bytes | None:
        try:
            with urllib.request.urlopen(self.url + path, timeout=5) as answer:
                found: bytes = answer.read()
                return found
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return None

    def close(self) -> None:
        """End whatever still runs."""
        if self.process is not None:
            self.kill()


def lived(installation: Installation, bodies: Sequence[bytes]) -> Installation:
    """One whole life: it takes events, counts everything and ends."""
    installation.start()
    try:
        installation.wait_until_ready()
        if bodies:
            assert installation.post(*bodies) == {"accepted": len(bodies), "rejected": []}
        installation.wait_until_counted()
        code, _ = installation.stop()
    finally:
        installation.close()
    assert code == 0, installation.told()
    return installation
