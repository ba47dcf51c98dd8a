"""The process that holds a store: how others of this machine find it, and ask it over HTTP.

While it serves, a file beside the store says where; only its user can read it.
"""

import json
import os
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from typing import Any

from commands.terminal import Bar
from models.errors import CallError, SemkoError, StoreHeld, WorldError
from sinks.held import Hold

SECONDS = 600
"""How long an answer may take."""


@dataclass(frozen=True, slots=True)
class Running:
    """A process that serves: its number, its address, and the token that opens every door."""

    pid: int
    url: str
    token: str

    def ask(self, path: str, body: str) -> bytes:
        """What it answers to a POST. Raises what it refuses as it was meant."""
        with self._asked(path, body) as answer:
            found: bytes = answer.read()
            return found

    def follow(self, path: str, body: str, bar: Bar) -> dict[str, Any]:
        """The result of long work, which tells of its progress meanwhile. Raises as ``ask``."""
        with self._asked(path, body, {"Accept": "application/x-ndjson"}) as answer:
            for line in answer:
                said = json.loads(line)
                if "result" in said:
                    result: dict[str, Any] = said["result"]
                    return result
                if "problem" in said:
                    raise (CallError if said["call"] else WorldError)(said["problem"])
                bar(said["done"], said["of"])
        raise WorldError(f"the process {self.pid} ended before it was done: the same call again")

    @contextmanager
    def _asked(
        self, path: str, body: str, more: Mapping[str, str] | None = None
    ) -> Iterator[HTTPResponse]:
        headers = {"Authorization": f"Bearer {self.token}", **(more or {})}
        request = urllib.request.Request(self.url + path, body.encode(), headers, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=SECONDS) as answer:
                yield answer
        except urllib.error.HTTPError as refusal:
            raise _refusal(refusal) from None
        except (OSError, HTTPException) as problem:
            raise WorldError(
                f"the process {self.pid} that holds the store does not answer at {self.url}:"
                f" {getattr(problem, 'reason', problem)}. See what it logs, or stop it."
            ) from None


def _refusal(refusal: urllib.error.HTTPError) -> SemkoError:
    try:
        said = json.loads(refusal.read())
        # What is wrong with a call says itself what would be right.
        message = said["problem"] if refusal.code == 400 else f"{said['problem']}; {said['remedy']}"
    except (ValueError, KeyError, TypeError):
        message = f"the process that holds the store answered {refusal.code}"
    return CallError(message) if refusal.code < 500 else WorldError(message)


def running_at(run_file: Path, store: Path) -> Running | None:
    """The process that has written ``run_file``, where it still holds ``store``."""
    try:
        found = Running(**json.loads(run_file.read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    # Its number alone proves nothing: after a crash another process may have it.
    return found if _is_held(store) else None


def _is_held(store: Path) -> bool:
    try:
        Hold(store).release()
    except StoreHeld:
        return True
    return False


@contextmanager
def announced(run_file: Path, running: Running) -> Iterator[None]:
    """Tell other commands of this machine's user where to ask, as long as this goes on."""
    beside = run_file.with_name(f".{run_file.name}.{os.getpid()}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(asdict(running), file)
    beside.replace(run_file)
    try:
        yield
    finally:
        run_file.unlink(missing_ok=True)
