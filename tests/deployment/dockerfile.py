"""The Dockerfile read, and its first stage walked through by hand, without Docker.

Knows the instructions that this Dockerfile uses. Folders of the image become folders below one of
ours; packages come from uv's cache where it has them.
"""

import json
import os
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
VERSION: str = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
SECONDS = 280
WRITTEN_TO = ("/srv/semko", "/dist")
"""Folders of the image that the first stage writes to, beside its own."""


@dataclass(frozen=True, slots=True)
class Instruction:
    """One of them: ``RUN`` and what follows it, its lines joined."""

    name: str
    text: str


@dataclass(slots=True)
class Stage:
    """From one ``FROM`` to the next."""

    base: str
    instructions: list[Instruction] = field(default_factory=list)

    def texts(self, name: str) -> list[str]:
        """What follows each instruction of that name."""
        return [each.text for each in self.instructions if each.name == name]

    def words(self, name: str) -> list[str]:
        """The JSON form of the one instruction of that name."""
        (text,) = self.texts(name)
        found: list[str] = json.loads(text)
        return found


def stages() -> list[Stage]:
    """The stages of the Dockerfile, in order."""
    lines = (ROOT / "Dockerfile").read_text("utf-8").splitlines()
    joined = "\n".join(line for line in lines if not line.startswith("#")).replace("\\\n", " ")
    found: list[Stage] = []
    for line in filter(None, map(str.strip, joined.splitlines())):
        name, text = line.split(maxsplit=1)
        if name == "FROM":
            found.append(Stage(text.split()[0]))
        else:
            found[-1].instructions.append(Instruction(name, text))
    return found


def context() -> set[str]:
    """What a build may copy: what ``.dockerignore``, which begins by nothing, takes in again."""
    lines = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    return {rule[1:] for rule in rules if rule.startswith("!")}


class Walk:
    """The first stage, done in ``folder``: ``environment`` and ``wheel`` are what comes of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = folder / "srv" / "semko"
        self._source = folder / "src"
        self._source.mkdir(parents=True)
        for step in stages()[0].instructions:
            if step.name == "COPY":
                self._copy(*step.text.split())
            elif step.name == "RUN" and not step.text.startswith("pip install"):  # uv is there
                self._run(step.text)

    @property
    def wheel(self) -> Path:
        """The wheel that was built."""
        (found,) = (self.folder / "dist").glob("*.whl")
        return found

    def _copy(self, *names: str) -> None:
        assert set(names[:-1]) <= context(), "the build would not see it"
        to = self._source / names[-1]
        for name in names[:-1]:
            if (ROOT / name).is_dir():
                ignored = shutil.ignore_patterns("__pycache__")
                shutil.copytree(ROOT / name, to, ignore=ignored)
            else:
                shutil.copy(ROOT / name, to)

    def _run(self, command: str) -> None:
        here = command.replace("--no-cache ", "").replace("/usr/local/bin/python3.11", base())
        for path in WRITTEN_TO:
            here = here.replace(path, f"{self.folder}{path}")
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", here],
            cwd=self._source,
            env=outside() | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        assert done.returncode == 0, f"{here}\n{done.stderr}"


def base() -> str:
    """The Python that this environment was made of."""
    return str(Path(sys.base_prefix) / "bin" / f"python3.{sys.version_info.minor}")


def outside() -> dict[str, str]:
    """This process's variables, but those of an environment, a checkout or an installation."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("SEMKO_", "PYTHON", "VIRTUAL_ENV"))
    }
