"""Commands whose reader is gone, as behind ``| head``: none hangs, and no work is lost for it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.installations import ROOT, environment

EVENT = {
    "type": "completion", "event_id": "c1", "tenant_id": "t", "office_id": "o", "desk_id": "d",
    "service_id": "s", "interaction_id": "i1", "completed_at": "2026-03-02T10:00:00Z",
}  # fmt: skip


@pytest.fixture
def events(tmp_path: Path) -> Path:
    """One event and one line that is none."""
    file = tmp_path / "events.ndjson"
    file.write_text(json.dumps(EVENT) + "\n{}\n")
    return file


def run(folder: Path, closed: str, *call: str) -> tuple[int, str]:
    """Exit code and what the other end heard, of a command whose ``closed`` nobody reads."""
    arguments = [sys.executable, str(ROOT / "semko.py"), *call, "--store", f"chdb://{folder}/store"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(arguments, env=environment(), text=True, **pipes) as process:  # type: ignore[call-overload]
        getattr(process, closed).close()
        other = process.stderr if closed == "stdout" else process.stdout
        heard = other.read()
        return process.wait(60), heard


def test_a_replay_whose_messages_nobody_reads_counts_all_the_same(
    tmp_path: Path, events: Path
) -> None:
    code, heard = run(tmp_path, "stderr", "-v", "replay", str(events))
    assert code == 0
    assert "dead letters" in heard


def test_a_command_whose_result_nobody_reads_ends(tmp_path: Path, events: Path) -> None:
    code, heard = run(tmp_path, "stdout", "replay", str(events))
    assert code == 141
    assert "Traceback" not in heard
