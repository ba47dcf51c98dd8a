"""Workers of one group as processes, and what may be done to them.

Each is a real `semko worker`. Knows how they are started, asked and ended; not what they count.
"""

import random
import signal
import subprocess
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from tests.installations import PROGRAM, SECONDS, cpu_seconds, environment, free_port

HORIZONS = ("0h", "0h", "1h", "26h")


@dataclass(slots=True)
class Member:
    """One worker."""

    name: str
    port: int
    horizon: str
    process: "subprocess.Popen[bytes]"

    def meters(self) -> dict[str, float]:
        """Its gauges and counters without labels; nothing where it does not answer."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=2) as told:
                lines = told.read().decode().splitlines()
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return {}
        pairs = [line.split() for line in lines if not line.startswith("#") and "{" not in line]
        return {name: float(value) for name, value in pairs}

    def cpu_seconds(self) -> float:
        """Its CPU time since the start."""
        return cpu_seconds(self.process.pid)

    def memory_mb(self, which: str = "VmRSS") -> int:
        """Its resident memory: now, or with ``VmHWM`` the most that it ever was."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        resident = next(line.split()[1] for line in status.splitlines() if which in line)
        return int(resident) // 1024

    def kill(self) -> None:
        """Kill −9 whatever it is doing."""
        self.process.kill()
        self.process.wait(SECONDS)

    def leave(self) -> int:
        """Ask it to go, and wait; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(SECONDS)

    def freeze(self) -> None:
        """Stop it in the middle of whatever it does; it does not know."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on, as a zombie if others have taken over."""
        self.process.send_signal(signal.SIGCONT)


class Group:
    """Workers over one broker and one store, all of whose output goes to one file."""

    def __init__(self, folder: Path, broker: str, store: str, variables: dict[str, str]) -> None:
        self.folder = folder
        self._told = folder / "workers.log"
        self._environment = {
            **environment(),
            **variables,
            "SEMKO_BROKER": broker,
            "SEMKO_STORE": store,
            "SEMKO_KEY_FILE": str(folder / "semko.key"),
        }
        self.members: list[Member] = []
        self._begun: list[subprocess.Popen[bytes]] = []
        self._number = 0

    def start(self, horizon: str = "26h", *options: str) -> Member:
        """Start one more worker."""
        self._number += 1
        port = free_port()
        http = f"127.0.0.1:{port}"
        process = self.begin("worker", "--horizon", horizon, "--http", http, *options)
        member = Member(f"w{self._number}", port, horizon, process)
        self.members.append(member)
        return member

    def begin(self, name: str, *options: str) -> "subprocess.Popen[bytes]":
        """Begin a command of the same installation that does not end by itself."""
        with self._told.open("ab") as told:
            process = subprocess.Popen(
                [*PROGRAM, name, *options],
                cwd=self.folder,
                env=self._environment,
                stdout=told,
                stderr=told,
            )
        self._begun.append(process)
        return process

    def command(self, name: str, *options: str) -> "subprocess.CompletedProcess[str]":
        """Run one command of the same installation to its end."""
        return subprocess.run(
            [*PROGRAM, name, *options],
            cwd=self.folder,
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=10 * SECONDS,
            check=False,
        )

    def remove(self, member: Member) -> None:
        """Forget a worker that has ended."""
        self.members.remove(member)

    def wait_until_owned(self, partitions: int, seconds: float = SECONDS) -> float:
        """Wait until the living own every partition; how long that took in s."""
        begun = time.monotonic()
        while time.monotonic() < begun + seconds:
            self.refuse_ended()
            owned = sum(m.meters().get("semko_assigned_partitions", 0) for m in self.members)
            if owned == partitions:
                return time.monotonic() - begun
            time.sleep(0.1)
        raise AssertionError(f"not all partitions have an owner: {self.told()}")

    def wait_until_counted(self, partitions: int, seconds: float) -> None:
        """Wait until every partition has an owner, and nothing is left to read or to recompute,
        three times in a row."""
        begun, calm = time.monotonic(), 0
        while time.monotonic() < begun + seconds:
            self.refuse_ended()
            meters = [member.meters() for member in self.members]
            left = sum(
                m.get("semko_lag_records", 1) + m.get("semko_dirty_hours", 1) for m in meters
            )
            owned = sum(m.get("semko_assigned_partitions", 0) for m in meters)
            calm = calm + 1 if left == 0 and owned == partitions else 0
            if calm == 3:
                return
            time.sleep(0.3)
        raise AssertionError(f"not all counted within {seconds} s: {self.told()}")

    def refuse_ended(self) -> None:
        """Raise where a worker has ended that nobody ended."""
        for member in self.members:
            if member.process.poll() is not None:
                code = member.process.returncode
                raise AssertionError(f"{member.name} ended with {code}: {self.told()}")

    def told(self) -> str:
        """The last of what workers said."""
        return self._told.read_text("utf-8", "replace")[-4000:]

    def close(self) -> None:
        """End whatever still runs."""
        for process in self._begun:
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.kill()
                process.wait(SECONDS)
        self.members.clear()


def horizon(rng: random.Random) -> str:
    """Mostly short, so that hours leave memory at once."""
    return rng.choice(HORIZONS)
