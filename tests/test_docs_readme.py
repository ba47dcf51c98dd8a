"""What the README tells a newcomer to do, done: `semko up`, the first vote, the first query."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.requirements import need

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")


def blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


@dataclass
class Newcomer:
    """A shell in an empty folder beside a running `semko up`."""

    folder: Path
    port: int
    variables: dict[str, str]

    def types(self, block: str) -> str:
        """What a block of the README prints."""
        need("curl")
        here = block.replace("127.0.0.1:8080", f"127.0.0.1:{self.port}")
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", here.replace("curl ", "curl -sS ")],
            cwd=self.folder,
            env=self.variables,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def await_ready(url: str, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(600):
        assert process.poll() is None, "semko up has ended"
        try:
            with urllib.request.urlopen(f"{url}/readyz", timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    pytest.fail("semko up was not ready within a minute")


@pytest.fixture(scope="module")
def newcomer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newcomer]:
    folder, port = tmp_path_factory.mktemp("readme"), free_port()
    variables = {name: text for name, text in os.environ.items() if not name.startswith("SEMKO_")}
    variables["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{variables['PATH']}"
    variables["SEMKO_HTTP"] = f"127.0.0.1:{port}"
    command = blocks("sh")[0].split()
    assert command == ["semko", "up"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, env=variables, stderr=log)
        try:
            await_ready(f"http://127.0.0.1:{port}", process)
            yield Newcomer(folder, port, variables)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(20)


def test_the_first_vote_and_the_first_query_print_what_the_readme_shows(
    newcomer: Newcomer,
) -> None:
    _, events, query, reconcile = blocks("sh")
    (answer,), (table,) = blocks("json"), blocks("text")
    assert newcomer.types(events).replace("\n", "") == 2 * answer.strip()
    assert newcomer.types(events).replace("\n", "") == 2 * answer.strip()
    for _ in range(50):
        printed = newcomer.types(query)
        if printed == table:
            break
    assert printed == table
    assert re.search(r"differences\s+0\n", newcomer.types(reconcile))


def test_make_knows_both_commands_of_the_readme() -> None:
    told = re.findall(r"^make (\w+)", blocks("")[0], re.MULTILINE)
    assert told == ["demo", "test"]
    makefile = (ROOT / "Makefile").read_text("utf-8")
    assert all(re.search(rf"^{target}:", makefile, re.MULTILINE) for target in told)


def test_the_readme_names_every_folder_of_the_package_and_every_page() -> None:
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert {name for name in packages if f"]({name})" not in README} == set()
    pages = {path.name for path in (ROOT / "docs").glob("*.md")} - {"README.md"}
    assert {name for name in pages if f"](docs/{name})" not in README} == set()
