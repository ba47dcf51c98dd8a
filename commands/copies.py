"""What a backup consists of: files with their checksums in a folder or a tar, and a manifest.

The manifest is written last, so a backup that was cut short has none. Knows neither store nor log.
"""

import errno
import hashlib
import io
import os
import shutil
import tarfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Protocol

import msgspec

from models.errors import CallError, WorldError

MANIFEST = "manifest.json"
FORMAT = 1
_CHUNK = 1 << 20


class Kept(msgspec.Struct, frozen=True):
    """One file of a backup."""

    bytes: int
    sha256: str


class Manifest(msgspec.Struct):
    """What a backup holds. ``progress`` and ``log`` are offsets by ``topic/partition``: the next
    one that the store would read, at least, and first and next one of the log."""

    format: int
    semko: str
    made_at: str
    schema: int
    log_id: str
    progress: dict[str, int]
    log: dict[str, tuple[int, int]]
    files: dict[str, Kept] = {}
    links: dict[str, str] = {}


class Copy(Protocol):
    """A backup in the making."""

    def add(self, path: Path, name: str) -> Kept:
        """Take in a file under ``name``."""

    def link(self, name: str, target: str) -> None:
        """Take in a symbolic link."""


@contextmanager
def made(target: Path) -> Iterator[Copy]:
    """A new backup at ``target``, a tar where it is called so, else a folder; whole or not at all.

    Raises ``CallError`` where something is there, ``WorldError`` where it cannot be written.
    """
    if target.exists():
        raise CallError(f"{target} is there already: name a new file or folder for the backup")
    partial = target.with_name(f"{target.name}.partial")
    try:
        _remove(partial)
        with _in_tar(partial) if target.suffix == ".tar" else _in_folder(partial) as copy:
            yield copy
        os.sync()
        partial.rename(target)
    except OSError as problem:
        raise _no_room(target, problem) from None
    finally:
        _remove(partial)


def _no_room(target: Path, problem: OSError) -> WorldError:
    if problem.errno in {errno.ENOSPC, errno.EDQUOT}:
        return WorldError(f"there is no room left for {target}: make some, or name another place")
    what = f"{problem.filename}: {problem.strerror}" if problem.filename else str(problem)
    return WorldError(f"{target} cannot be written: {what}")


def _remove(partial: Path) -> None:
    if partial.is_dir():
        shutil.rmtree(partial)
    else:
        partial.unlink(missing_ok=True)


class _Folder:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def add(self, path: Path, name: str) -> Kept:
        place = self._folder / name
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with path.open("rb") as source, _private(place) as copy:
            return _copied(source, copy)

    def link(self, name: str, target: str) -> None:
        place = self._folder / name
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        place.symlink_to(target)


@contextmanager
def _in_folder(partial: Path) -> Iterator[Copy]:
    partial.mkdir(mode=0o700)
    yield _Folder(partial)


class _Tar:
    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar

    def add(self, path: Path, name: str) -> Kept:
        with path.open("rb") as source:
            info = tarfile.TarInfo(name)
            info.size, info.mode = os.fstat(source.fileno()).st_size, 0o600
            info.mtime = int(time.time())
            hashed = _Hashed(source)
            self._tar.addfile(info, hashed)
            return Kept(info.size, hashed.digest.hexdigest())

    def link(self, name: str, target: str) -> None:
        info = tarfile.TarInfo(name)
        info.type, info.linkname = tarfile.SYMTYPE, target
        self._tar.addfile(info)


@contextmanager
def _in_tar(partial: Path) -> Iterator[Copy]:
    with _private(partial) as file, tarfile.open(fileobj=file, mode="w") as tar:
        yield _Tar(tar)


class _Hashed(io.BufferedIOBase):
    """A file that is hashed as it is read."""

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self.digest = hashlib.sha256()

    def read(self, size: int | None = -1, /) -> bytes:
        content = self._source.read(-1 if size is None else size)
        self.digest.update(content)
        return content


def _copied(source: BinaryIO, copy: BinaryIO) -> Kept:
    digest, size = hashlib.sha256(), 0
    while content := source.read(_CHUNK):
        digest.update(content)
        copy.write(content)
        size += len(content)
    return Kept(size, digest.hexdigest())


def _private(path: Path) -> BinaryIO:
    """A new file that only its owner reads: a backup holds the secret."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def unpacked(backup: Path, folder: Path, tell: Callable[[int, int], None]) -> Manifest:
    """Copy a backup into the new ``folder`` and hold every file against the manifest.

    Raises ``CallError`` where it is no backup, ``WorldError`` where it is damaged or of a newer
    version.
    """
    try:
        if backup.is_dir():
            shutil.copytree(backup, folder, symlinks=True)
        else:
            with tarfile.open(backup) as tar:
                tar.extractall(folder, filter="data")
        manifest = msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
    except (tarfile.TarError, msgspec.MsgspecError, FileNotFoundError) as problem:
        raise CallError(
            f"{backup} is no backup of semko, or one that was cut short: {problem}"
        ) from None
    except OSError as problem:
        raise _no_room(folder, problem) from None
    if manifest.format > FORMAT:
        raise WorldError(f"{backup} was made by semko {manifest.semko}: take that version or newer")
    _verify(backup, folder, manifest, tell)
    return manifest


def _verify(
    backup: Path, folder: Path, manifest: Manifest, tell: Callable[[int, int], None]
) -> None:
    there = {
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_symlink() or path.is_file()
    } - {MANIFEST}
    strange = there - manifest.files.keys() - manifest.links.keys()
    if strange:
        raise WorldError(f"{backup} is damaged: it holds {min(strange)}, which nobody put there")
    for done, (name, kept) in enumerate(sorted(manifest.files.items()), start=1):
        path = folder / name
        if name not in there or _digest(path) != kept.sha256:
            raise WorldError(f"{backup} is damaged: {name} is missing or not what was written")
        tell(done, len(manifest.files))
    for name, target in manifest.links.items():
        if not (folder / name).is_symlink() or str((folder / name).readlink()) != target:
            raise WorldError(f"{backup} is damaged: the link {name} is missing or another")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
