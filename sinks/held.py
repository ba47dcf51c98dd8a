"""One process a store: the lock that says so, and by whom it is held.

The operating system drops the lock with the process, also after kill -9, so nothing is ever left
to be cleaned up by hand. Knows nothing of what it guards.
"""

import contextlib
import fcntl
import os
from pathlib import Path

from models.errors import StoreHeld, WorldError


class Hold:
    """A store's folder held by this process until ``release``."""

    def __init__(self, folder: Path) -> None:
        """Hold ``folder``, which is made where it is missing.

        Raises ``StoreHeld`` where another holds it, ``WorldError`` where it cannot be made.
        """
        self._path = folder / "semko.lock"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise WorldError(
                f"the store's folder {folder} cannot be used: {error.strerror}. Give another one"
                " with --store, or the right to write there."
            ) from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = self._holder()
            os.close(self._file)
            raise StoreHeld(
                f"the store {folder} is held by {holder}: an embedded store serves one process"
                " at a time. Stop that one, or ask it over HTTP."
            ) from None
        # The lock is what counts; the number only helps people, and a full disk has no room for it.
        with contextlib.suppress(OSError):
            os.ftruncate(self._file, 0)
            os.pwrite(self._file, str(os.getpid()).encode(), 0)

    def _holder(self) -> str:
        pid = os.pread(self._file, 20, 0).decode("ascii", "replace").strip()
        return f"process {pid}" if pid.isdigit() else "another process"

    def release(self) -> None:
        """Let another process have the folder; more than once does no harm."""
        if self._file >= 0:
            with contextlib.suppress(OSError):
                os.ftruncate(self._file, 0)
            os.close(self._file)
            self._file = -1
