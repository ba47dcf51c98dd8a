"""The unit of systemd: one that systemd understands, that exposes little, and that fits `semko`."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.deployment.composition import options
from tests.deployment.dockerfile import ROOT
from tests.requirements import need

UNIT = ROOT / "deploy" / "semko.service"
PAGE = (ROOT / "docs" / "operators.md").read_text("utf-8")
EXPOSURE_AT_MOST = 15
"""Of 100; `systemd-analyze security` called it 11 when this was written."""


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """The unit with the program of this environment, as systemd wants to see it there."""
    here = Path(sys.executable).with_name("semko")
    text, times = re.subn(r"/srv/semko/bin/semko", str(here), UNIT.read_text("utf-8"))
    assert times == 1
    path = tmp_path / UNIT.name
    path.write_text(text)
    return path


def analyzed(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    """What `systemd-analyze` says; it needs no running systemd."""
    return subprocess.run(
        [need("systemd-analyze"), "--no-pager", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_systemd_understands_every_line(unit: Path) -> None:
    done = analyzed("verify", unit)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_little_of_the_machine_is_exposed(unit: Path) -> None:
    done = analyzed("security", "--offline=true", f"--threshold={EXPOSURE_AT_MOST}", unit)
    assert done.returncode == 0, done.stdout


def test_the_settings_of_the_page_are_those_of_the_command() -> None:
    (command,) = re.findall(r"^ExecStart=\S+ (.*)$", UNIT.read_text("utf-8"), re.MULTILINE)
    settings = re.search(r"`/etc/semko/semko.env`:\n\n```sh\n(.*?)```", PAGE, re.DOTALL)
    assert settings is not None
    named = set(re.findall(r"^(SEMKO_\w+)=", settings[1], re.MULTILINE))
    _, variables = options(command)
    assert {"SEMKO_STORE", "SEMKO_KEYS"} <= named <= variables


def test_its_data_are_where_the_page_says() -> None:
    assert "StateDirectory=semko\n" in UNIT.read_text("utf-8")
    assert "SEMKO_STORE=chdb:///var/lib/semko/store\n" in PAGE
