"""The operators' drill, walked as it is written: a new store beside the live one, the switch, and
the way back, while clients post all the time."""

import asyncio
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sources.simulator import CALM, preset
from tests.clients import Client, Sent
from tests.installations import ROOT, Installation, environment, semko
from tests.stored import logged, wrong_books, wrong_rows

PAGE = (ROOT / "docs" / "operators.md").read_text("utf-8")
HEADING = "## A new store beside the live one"
SEED = 21


def blocks() -> list[str]:
    """What the section has one type."""
    section = PAGE.split(HEADING, 1)[1].split("\n## ", 1)[0]
    return re.findall(r"^```sh\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)


class Machine:
    """`/etc/semko` and `/var/lib/semko` below a folder, and the service of the page."""

    def __init__(self, folder: Path) -> None:
        self.etc, self.var = folder / "etc", folder / "var"
        self.etc.mkdir()
        self.var.mkdir()
        self.env = self.etc / "semko.env"
        self.live = Installation(self.var)
        registry = self.etc / "semko.toml"
        registry.write_text(preset("village").with_changes(trouble=CALM).registry_toml())
        self.env.write_text(
            f"SEMKO_STORE=chdb://{self.var}/store\nSEMKO_REGISTRY={registry}\n"
            f"SEMKO_HTTP=127.0.0.1:{self.live.port}\n"
        )

    def types(self, block: str) -> None:
        """A block of the page, in a shell of this machine."""
        here = block.replace("/var/lib/semko", str(self.var)).replace("/etc/semko", str(self.etc))
        for part in re.split(r"^(systemctl \w+) semko\n", here, flags=re.MULTILINE):
            if part == "systemctl stop":
                assert self.live.stop()[0] == 0
            elif part == "systemctl start":
                self.starts()
            elif part.strip():
                self._runs(part)

    def starts(self) -> None:
        """The service, under the environment of its file; of a name given twice the last counts."""
        lines = self.env.read_text().splitlines()
        variables = dict(line.split("=", 1) for line in lines)
        self.live.start_as_set(variables)
        self.live.wait_until_ready()

    def _runs(self, commands: str) -> None:
        program = f'semko() {{ "{sys.executable}" "{ROOT / "semko.py"}" "$@"; }}\n'
        done = subprocess.run(
            ["bash", "-euc", program + commands],
            cwd=self.var,
            env=environment(),
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    made = Machine(tmp_path)
    yield made
    made.live.close()


async def walked(machine: Machine) -> Sent:
    sent = Sent()
    clients = [
        Client(machine.live.url, random.Random(f"{SEED} {n}"), f"{n}", sent) for n in range(2)
    ]
    await asyncio.to_thread(machine.starts)
    posting = [asyncio.create_task(client.run()) for client in clients]
    await asyncio.sleep(2)
    fill, switch = blocks()
    for block in (fill, fill, switch):
        await asyncio.to_thread(machine.types, block)
    await asyncio.sleep(2)
    for client in clients:
        client.over = True
    await asyncio.gather(*posting)
    await asyncio.to_thread(machine.live.wait_until_counted)
    return sent


@pytest.mark.timeout(400)
def test_the_switch_to_a_new_store_loses_no_event_and_can_be_taken_back(machine: Machine) -> None:
    sent = asyncio.run(walked(machine))
    assert machine.live.stop()[0] == 0
    everything = logged(machine.live)
    assert len(sent.acknowledged) > 100
    assert sent.acknowledged - set(everything) == set()

    new = Installation(machine.var / "new")
    new.folder.mkdir()
    shutil.copytree(machine.var / "store-2", new.store_folder, symlinks=True)
    shutil.copy(machine.var / "store.key", new.folder)
    assert wrong_rows(new, everything)[:5] == []
    assert wrong_books(new) == []

    lines = machine.env.read_text().splitlines()[:-3]
    machine.env.write_text("\n".join(lines) + "\n")
    machine.starts()
    machine.live.wait_until_counted()
    assert machine.live.stop()[0] == 0
    assert wrong_rows(machine.live, everything)[:5] == []
    assert wrong_books(machine.live) == []


def test_a_replay_takes_files_or_the_log_and_not_both(tmp_path: Path) -> None:
    (tmp_path / "a.ndjson").write_text("")
    for call in (["replay"], ["replay", "a.ndjson", "--from-log"]):
        refused = semko(*call, folder=tmp_path)
        assert (refused.returncode, "or --from-log" in refused.stderr) == (2, True)
    nothing = semko("replay", "--from-log", folder=tmp_path)
    assert (nothing.returncode, "there is no log at" in nothing.stderr) == (2, True)
    assert [path.name for path in tmp_path.iterdir()] == ["a.ndjson"]
