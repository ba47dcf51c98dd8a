"""docker-compose.yml as its readers see it, and which command of `semko` a service runs."""

import re
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

import typer
import yaml

from tests.deployment.dockerfile import ROOT

TEXT = (ROOT / "docker-compose.yml").read_text("utf-8")
VARIABLE = re.compile(r"\$\{(\w+)(?:(:[-?])([^}]*))?\}")


@dataclass(frozen=True, slots=True)
class Service:
    """One of the composition, by its name."""

    name: str
    says: dict[str, Any]

    @property
    def environment(self) -> dict[str, str]:
        """Its variables."""
        return {name: str(value) for name, value in self.says.get("environment", {}).items()}

    @property
    def is_tool(self) -> bool:
        """Run by hand, never started with the others."""
        return self.says.get("profiles") == ["tools"]

    @property
    def command(self) -> list[str] | None:
        """What `semko` is called with; None where it is another's program."""
        if not self.says["image"].startswith("semko:"):
            return None
        begun: list[str] = self.says.get("entrypoint", ["semko"])[1:]
        rest: list[str] = self.says["command"]
        return begun + rest


def composition() -> dict[str, Any]:
    """The file, anchors and merges resolved."""
    found: dict[str, Any] = yaml.safe_load(TEXT)
    return found


SERVICES = [Service(name, says) for name, says in composition()["services"].items()]
OURS = [service for service in SERVICES if service.command is not None]


@cache
def _loaded(command: str) -> Any:
    return typer.main.get_command(import_module(f"commands.{command}").app)


def options(*words: str) -> tuple[set[str], set[str]]:
    """Options and variables of the command that ``words`` call, its sub-command's where one is."""
    called = _loaded(words[0])
    for word in words[1:]:
        called = getattr(called, "commands", {}).get(word, called)
    flags = {flag for each in called.params for flag in (*each.opts, *each.secondary_opts)}
    variables = {each.envvar for each in called.params if getattr(each, "envvar", None)}
    return {*flags, "--help", "-h"}, variables
