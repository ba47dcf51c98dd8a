"""How `semko` ends in a process of its own: exit codes, what it says, and within which time."""

import random
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients import fresh_events
from tests.installations import Installation, free_port, semko
from tests.stored import logged, wrong_books

BODIES = [record.value for record in fresh_events(random.Random(1), "town")]
STOPPED_SECONDS = 2.0
NOISE_SECONDS = 3.0
"""What other work of the machine may add."""


def told(done: "subprocess.CompletedProcess[str]", code: int) -> str:
    """What a command said on its way out, with the exit code that it must have."""
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return " ".join(done.stderr.split())


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An installation at work, which has counted some events."""
    made = Installation(tmp_path_factory.mktemp("serving"))
    made.start()
    try:
        made.wait_until_ready()
        made.post(*BODIES)
        made.wait_until_counted()
        yield made
    finally:
        made.close()


@pytest.mark.parametrize(
    ("call", "code", "says"),
    [
        ("replay missing.ndjson", 2, "missing.ndjson: there is no such file"),
        ("up --store chdb:///proc/nothing", 3, "/proc/nothing"),
        ("nonsense", 2, "No such command 'nonsense'"),
    ],
)
def test_a_wrong_call_ends_with_what_is_wrong_and_a_code_of_its_kind(
    tmp_path: Path, call: str, code: int, says: str
) -> None:
    assert says in told(semko(*call.split(), folder=tmp_path), code)
    assert list(tmp_path.iterdir()) == [], "nothing is begun"


def test_a_wrong_time_zone_in_the_registry_is_named_with_its_file(tmp_path: Path) -> None:
    (tmp_path / "semko.toml").write_text(
        '[[tenants]]\nid = "t"\nname = { bg = "Т", en = "T" }\ntime_zone = "Europe/Atlantis"\n'
    )
    said = told(semko("up", "--http", f"127.0.0.1:{free_port()}", folder=tmp_path), 2)
    assert "semko.toml" in said
    assert "Europe/Atlantis" in said


def test_a_second_process_on_a_store_is_told_who_holds_it(serving: Installation) -> None:
    second = serving.command("up", "--http", f"127.0.0.1:{free_port()}")
    said = told(second, 3)
    assert f"process {serving.running.pid} at {serving.url}" in said


def test_a_port_that_is_taken_is_named_before_anything_is_begun(
    serving: Installation, tmp_path: Path
) -> None:
    done = semko("up", "--http", f"127.0.0.1:{serving.port}", folder=tmp_path)
    assert f"cannot listen on 127.0.0.1:{serving.port}" in told(done, 3)
    assert list(tmp_path.iterdir()) == []


def test_files_for_a_store_that_is_served_are_refused_with_the_way_to_send_them(
    serving: Installation, tmp_path: Path
) -> None:
    file = tmp_path / "events.ndjson"
    file.write_bytes(b"\n".join(BODIES))
    before = len(logged(serving))
    assert "semko watch" in told(serving.command("replay", str(file)), 3)
    assert len(logged(serving)) == before


def test_ctrl_c_ends_it_within_two_seconds_with_everything_stored(tmp_path: Path) -> None:
    installation = Installation(tmp_path)
    installation.start("--horizon", "0h")
    try:
        installation.wait_until_ready()
        installation.post(*BODIES)
        code, seconds = installation.stop(signal.SIGINT)
    finally:
        installation.close()
    assert code == 0, installation.told()
    assert seconds < STOPPED_SECONDS + NOISE_SECONDS
    assert set(logged(installation)) == set(BODIES)
    assert wrong_books(installation) == []
