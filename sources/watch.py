"""A folder into which a ticket system drops its files: which of them are to be sent now.

A file is sent when it is new or has changed, and has stood still since the look before: one that is
still being written is left alone. Sending a file again is harmless, so what was sent is only noted
after it was. Sends nothing itself; the clock is the caller's, who looks every minute or so.
"""

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from models.errors import CallError, WorldError

LEFT_ALONE = frozenset({".toml", ".part", ".tmp"})
"""Endings of mappings, and of files that are still on their way."""

_VERSION = 1


class Seen(NamedTuple):
    """A file as it was at a look: its size in bytes, and when it was last changed."""

    size: int
    changed_ns: int


class Watch:
    """What is known of a folder's files, kept in a small file between runs."""

    def __init__(self, state: Path) -> None:
        """Go on from ``state``, or begin where it is not there. Raises ``CallError`` where it is
        another thing."""
        self.failures: set[str] = set()
        """Files of this look that could not be sent: they come again at the next."""
        self._state = state
        self._looked: dict[str, Seen] = {}
        self._sent: dict[str, Seen] = {}
        try:
            kept = json.loads(state.read_text(encoding="utf-8"))
            if kept["version"] != _VERSION:
                raise ValueError(kept["version"])
            self._looked = {name: Seen(*seen) for name, seen in kept["looked"].items()}
            self._sent = {name: Seen(*seen) for name, seen in kept["sent"].items()}
        except FileNotFoundError:
            return
        except (ValueError, KeyError, TypeError, AttributeError, OSError):
            raise CallError(
                f"{state}: is not what this program keeps of a watched folder; remove it, and every"
                " file is sent once more, which counts nothing twice"
            ) from None

    def look(self, files: dict[str, Seen]) -> list[str]:
        """The names of files that are to be sent now, oldest first, and remember this look."""
        ready = [
            name
            for name, seen in files.items()
            if self._looked.get(name) == seen and self._sent.get(name) != seen
        ]
        self._looked = files
        self.failures.clear()
        self._sent = {name: seen for name, seen in self._sent.items() if name in files}
        return sorted(ready, key=lambda name: (files[name].changed_ns, name))

    def sent(self, name: str) -> None:
        """Note that file ``name`` was sent as it was at the last look."""
        self._sent[name] = self._looked[name]
        self.keep()

    def keep(self) -> None:
        """Write what is known, whole or not at all. Raises ``WorldError`` where it cannot be."""
        kept = {"version": _VERSION, "looked": self._looked, "sent": self._sent}
        draft = self._state.with_name(f"{self._state.name}.{os.getpid()}")
        try:
            draft.write_text(json.dumps(kept, ensure_ascii=False), encoding="utf-8")
            draft.replace(self._state)
        except OSError as error:
            with suppress(OSError):
                draft.unlink()
            raise WorldError(
                f"{self._state}: {error.strerror or error}; give the right to write there, or"
                " another place for what is known of the folder"
            ) from None


def watch_once(folder: Path, watch: Watch) -> Iterator[Path]:
    """Files of ``folder`` that are to be sent now; one counts as sent when the next is asked for.

    So whoever stops in the middle of one gets it again, and so does who fails with one and names it
    in ``watch.failures``. Hidden files, those in
    folders below and those with an ending of ``LEFT_ALONE`` are none. Raises ``CallError`` where
    there is no such folder.
    """
    ready = watch.look(files_in(folder))
    watch.keep()
    for name in ready:
        yield folder / name
        if name not in watch.failures:
            watch.sent(name)


def files_in(folder: Path) -> dict[str, Seen]:
    """Every file of ``folder`` as it is now. Raises ``CallError`` where there is no such folder."""
    files = {}
    try:
        for path in folder.iterdir():
            with suppress(FileNotFoundError):  # moved away while we looked
                state = path.stat()
                if path.is_file() and not _left_alone(path):
                    files[path.name] = Seen(state.st_size, state.st_mtime_ns)
    except OSError as error:
        problem = f"{folder}: {error.strerror or error}; name a folder that can be read"
        raise CallError(problem) from None
    return files


def _left_alone(path: Path) -> bool:
    return path.name.startswith(".") or path.suffix.lower() in LEFT_ALONE
