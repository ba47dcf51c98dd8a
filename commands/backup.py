"""`semko backup`: store, log, secret and registry of an installation, while it runs."""

import json
import shutil
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from commands.copies import FORMAT, MANIFEST, Copy, Manifest, made
from commands.options import (
    DEFAULT_STORE,
    BrokerOption,
    JsonOption,
    KeyFileOption,
    KeysOption,
    RegistryOption,
    StoreOption,
)
from commands.setup import Setup
from commands.stopping import beside
from commands.terminal import emit, new_app, progress
from models.errors import CallError, WorldError
from models.facts import Progress
from sinks.freezing import Stored, freeze, frozen, thaw
from sinks.migrating import migrations
from streams.shell.batches import TopicPartition
from streams.shell.local_transport import log_path
from streams.shell.log_backup import bounds_of, copy_log

app = new_app()

LOG, SECRET, REGISTRY, KEYS = "log.db", "secret.key", "semko.toml", "keys.toml"
STORE = "store/"
TRIES = 3

Tell = Callable[[int, int], None]


@app.command()
def backup(
    target: Annotated[
        Path, typer.Argument(metavar="DIR|FILE.tar", help="What to make; must not be there yet.")
    ],
    store: StoreOption = DEFAULT_STORE,
    broker: BrokerOption = "",
    key_file: KeyFileOption = None,
    registry: RegistryOption = None,
    keys: KeysOption = None,
    as_json: JsonOption = False,
) -> None:
    """Copy store, log, secret, registry and keys, while `semko up` runs or not.

    Events go on being taken and counted. The copy holds the secret: keep it
    where nobody else reads.

    [bold]Examples[/]

      semko backup /mnt/backup/monday.tar
      semko backup monday --store chdb:///var/lib/semko/store --registry semko.toml

    `semko restore` puts it back. What the store of the copy has not counted yet
    it counts from the log at its next start.
    """
    setup = Setup.of(store, broker, key_file, registry)
    if not target.parent.is_dir():
        raise CallError(f"there is no folder {target.parent} for the backup: make it first")
    with progress("copying bytes", None) as bar:
        manifest = beside(lambda: _back_up(setup, target, keys, bar))
    emit(_told(target, manifest), as_json=as_json)


def _told(target: Path, manifest: Manifest) -> dict[str, Any]:
    size = sum(kept.bytes for kept in manifest.files.values())
    return {
        "backup": str(target),
        "files": len(manifest.files),
        "bytes": size,
        "events_in_the_log": sum(end - first for first, end in manifest.log.values()),
        "made_at": manifest.made_at,
    }


def _back_up(setup: Setup, target: Path, keys: Path | None, tell: Tell) -> Manifest:
    with (
        made(target) as copy,
        tempfile.TemporaryDirectory(prefix=f".{target.name}.", dir=target.parent) as beside_it,
    ):
        log = Path(beside_it) / LOG
        try:
            manifest = _frozen_and_log(setup, log)
            stored = list(frozen(setup.folder))
            others = _others(setup, keys) | {LOG: log}
            _check_room(target, [*(s.path for s in stored if not s.link), *others.values()], log)
            _Taking(copy, manifest, tell).take(stored, others)
        finally:
            thaw(setup.folder)
        sealed = Path(beside_it) / MANIFEST
        sealed.write_bytes(msgspec.json.format(msgspec.json.encode(manifest)))
        copy.add(sealed, MANIFEST)
        return manifest


def _frozen_and_log(setup: Setup, log: Path) -> Manifest:
    """Freeze the store, then copy the log: what the store has counted is in that log then."""
    for _ in range(TRIES):
        log.unlink(missing_ok=True)
        progress = _freeze(setup)
        copy_log(log_path(setup.broker), log, lambda done, of: None)  # noqa: ARG005
        log_id, bounds = bounds_of(log)
        if all(_holds(bounds, row) for row in progress if row.log_id == log_id):
            return Manifest(
                FORMAT,
                version("semko"),
                datetime.now(UTC).isoformat(timespec="seconds"),
                migrations()[-1].version,
                log_id,
                {f"{r.topic}/{r.partition}": r.offset for r in progress if r.log_id == log_id},
                {f"{part.topic}/{part.partition}": both for part, both in bounds.items()},
            )
    raise WorldError("the log was cut faster than it could be copied: try again in a while")


def _holds(bounds: dict[TopicPartition, tuple[int, int]], row: Progress) -> bool:
    first, end = bounds.get(TopicPartition(row.topic, row.partition), (0, -1))
    return first <= row.offset <= end


def _freeze(setup: Setup) -> list[Progress]:
    """Have whoever holds the store freeze it; how far its facts go at least."""
    running = setup.running()
    if running is not None:
        said = json.loads(running.ask("/v1/freeze", ""))
        return [Progress(**row) for row in said["progress"]]
    with setup.existing_store() as held:
        return freeze(held.database, setup.folder)


def _others(setup: Setup, keys: Path | None) -> dict[str, Path]:
    named = {SECRET: setup.key_file, REGISTRY: setup.registry_path, KEYS: keys}
    return {name: path for name, path in named.items() if path is not None and path.exists()}


def _check_room(target: Path, files: list[Path], log: Path) -> None:
    needed = sum(path.stat().st_size for path in files)
    free = shutil.disk_usage(log.parent).free
    if needed > free:
        raise WorldError(
            f"there is no room for {target}: it takes {needed >> 20} MiB, and {free >> 20} are"
            " free; make some, or name another place"
        )


class _Taking:
    """Files on their way into a copy; progress in bytes."""

    def __init__(self, copy: Copy, manifest: Manifest, tell: Tell) -> None:
        self._copy = copy
        self._manifest = manifest
        self._tell = tell

    def take(self, stored: list[Stored], others: dict[str, Path]) -> None:
        sizes = [file.path.stat().st_size for file in stored if not file.link]
        of = sum(sizes) + sum(path.stat().st_size for path in others.values())
        done = 0
        for file in stored:
            if file.link:
                self._copy.link(STORE + file.place, file.link)
                self._manifest.links[STORE + file.place] = file.link
                continue
            done += self._add(file.path, STORE + file.place)
            self._tell(done, of)
        for name, path in others.items():
            done += self._add(path, name)
            self._tell(done, of)

    def _add(self, path: Path, name: str) -> int:
        kept = self._copy.add(path, name)
        self._manifest.files[name] = kept
        return kept.bytes
