"""What the image installs works in a clean environment of its own, far from any checkout."""

import json
import re
import subprocess
import time
import urllib.request
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.deployment.dockerfile import ROOT, VERSION, Walk, outside
from tests.facade.running import facade
from tests.installations import free_port
from tests.kafka.broker import Broker
from tests.kafka.worlds import fresh_settings

PACKAGES = ("client", "commands", "dashboards", "models", "sinks", "sources", "streams")
PAGES = ("", "/wall.js", "/texts.bg.json", "/texts.en.json")
SECONDS = 60


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """A folder that knows nothing of the project."""
    return tmp_path


def ran(
    walk: Walk, name: str, *arguments: str, folder: Path, variables: dict[str, str] | None = None
) -> str:
    """What a program of the environment prints; it must end with exit code 0."""
    done = subprocess.run(
        [walk.environment / "bin" / name, *arguments],
        cwd=folder,
        env=outside() | (variables or {}),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@contextmanager
def demo(walk: Walk, folder: Path, port: int, seconds: int) -> Iterator["subprocess.Popen[str]"]:
    """`semko demo` of the environment; it is killed where it still runs afterwards."""
    command = ["demo", f"--seconds={seconds}", "--town=village", f"--http=127.0.0.1:{port}"]
    with subprocess.Popen(
        [walk.environment / "bin" / "semko", *command, "--json"],
        cwd=folder,
        env=outside(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def page(port: int, path: str) -> bytes:
    """A page of the wall, as soon as it is served."""
    for _ in range(10 * SECONDS):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
                found: bytes = answer.read()
                return found
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"{path} was not served within {SECONDS} s")


def test_the_wheel_holds_every_file_of_the_packages(walk: Walk) -> None:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *PACKAGES, "semko.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    files = {name for name in listed.stdout.split("\n") if name and (ROOT / name).exists()}
    with zipfile.ZipFile(walk.wheel) as wheel:
        held = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert held == files


def test_semko_says_its_version_from_anywhere(walk: Walk, elsewhere: Path) -> None:
    assert ran(walk, "semko", "--version", folder=elsewhere) == f"semko {VERSION}\n"
    where = ran(walk, "python", "-c", "import semko; print(semko.__file__)", folder=elsewhere)
    assert where.startswith(str(walk.environment))


def test_a_demo_counts_shows_its_wall_and_reconciles(walk: Walk, elsewhere: Path) -> None:
    port = free_port()
    with demo(walk, elsewhere, port, seconds=2) as process:
        pages = {path: page(port, f"/wall{path}") for path in PAGES}
        printed, told = process.communicate(timeout=SECONDS)
    assert process.returncode == 0, told
    assert b"<html" in pages[""]
    assert {path for path in PAGES if len(pages[path]) < 500} == set()
    assert json.loads(printed)["votes"] > 0
    compared = ran(
        walk, "semko", "reconcile", "--store", "chdb://semko-demo/store", folder=elsewhere
    )
    assert re.search(r"differences\s+0\n", compared)


def test_it_finds_a_real_kafka_and_a_store_on_the_network_in_order(
    walk: Walk, elsewhere: Path, broker: Broker
) -> None:
    (elsewhere / "semko.key").write_text("ab" * 32 + "\n")
    with facade(elsewhere / "engine") as engine:
        variables = {
            "SEMKO_BROKER": broker.url,
            "SEMKO_KAFKA_PREFIX": fresh_settings(broker).prefix,
            "SEMKO_STORE": engine.url(),
            "SEMKO_KEY_FILE": str(elsewhere / "semko.key"),
        }
        for command in (["topics", "create", "--partitions", "4"], ["migrate"]):
            ran(walk, "semko", *command, folder=elsewhere, variables=variables)
        told = ran(walk, "semko", "check", "--json", folder=elsewhere, variables=variables)
        drain = ["worker", "--drain", "--json", "--http", "127.0.0.1:0"]
        drained = ran(walk, "semko", *drain, folder=elsewhere, variables=variables)
    assert {check["name"] for check in json.loads(told)["checks"]} >= {"kafka", "topics", "store"}
    assert json.loads(drained)["drained"]
