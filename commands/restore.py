"""`semko restore`: a backup put back where nothing is."""

import filecmp
import shutil
from pathlib import Path
from typing import Annotated

import typer

from commands.backup import KEYS, LOG, REGISTRY, SECRET
from commands.copies import Manifest, unpacked
from commands.options import (
    DEFAULT_STORE,
    REGISTRY_FILE,
    BrokerOption,
    JsonOption,
    KeyFileOption,
    KeysOption,
    RegistryOption,
    StoreOption,
)
from commands.setup import Setup
from commands.stopping import beside
from commands.terminal import Bar, emit, new_app, progress, say
from commands.terminals import DEFAULT_KEYS
from models.errors import CallError, WorldError
from sinks.migrating import migrations
from streams.shell.local_transport import log_path

app = new_app()


@app.command()
def restore(
    backup: Annotated[
        Path, typer.Argument(metavar="BACKUP", help="A folder or tar that `semko backup` made.")
    ],
    store: StoreOption = DEFAULT_STORE,
    broker: BrokerOption = "",
    key_file: KeyFileOption = None,
    registry: RegistryOption = None,
    keys: KeysOption = None,
    keep_log: Annotated[
        bool, typer.Option("--keep-log", help="Go on with the log that is there, not the copy.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Put a backup back, once every file of it was found to be what was written.

    Overwrites nothing: move away what is left of the installation first. A log
    that is whole may stay, with --keep-log: it knows what came after the copy.

    [bold]Examples[/]

      semko restore /mnt/backup/monday.tar
      semko restore monday --store chdb:///var/lib/semko/store --registry semko.toml

    Then start `semko up`, and let `semko reconcile` look.
    """
    setup = Setup.of(store, broker, key_file, registry)
    log = log_path(setup.broker)
    _refuse_what_is_there(setup, log, keep_log=keep_log)
    places = {
        SECRET: setup.key_file,
        REGISTRY: registry or REGISTRY_FILE,
        KEYS: keys or DEFAULT_KEYS,
        **({} if keep_log else {LOG: log}),
    }
    with progress("checking files", None) as bar:
        manifest, files = beside(lambda: _restore(setup, backup, places, bar))
    told = {"restored": files, "made_at": manifest.made_at, "by": f"semko {manifest.semko}"}
    emit(told | _reach(manifest, keep_log=keep_log), as_json=as_json)
    if not as_json:
        say("start `semko up`; then let `semko reconcile` look")


def _refuse_what_is_there(setup: Setup, log: Path, *, keep_log: bool) -> None:
    if setup.folder.exists():
        raise CallError(f"there is a store at {setup.folder} already: move it away first")
    if keep_log and not log.exists():
        raise CallError(f"there is no log at {log} to keep: leave out --keep-log")
    if not keep_log and log.exists():
        raise CallError(
            f"there is a log at {log} already: keep it by --keep-log, or move it away with its"
            " -wal and -shm"
        )


def _restore(
    setup: Setup, backup: Path, places: dict[str, Path], bar: Bar
) -> tuple[Manifest, list[str]]:
    staged = setup.folder.with_name(f"{setup.folder.name}.restoring")
    shutil.rmtree(staged, ignore_errors=True)
    try:
        staged.parent.mkdir(parents=True, exist_ok=True)
        manifest = unpacked(backup, staged, bar)
        if manifest.schema > migrations()[-1].version:
            raise WorldError(
                f"{backup} is of semko {manifest.semko}, whose store this version cannot read:"
                " take that version or newer"
            )
        there = {name: place for name, place in places.items() if (staged / name).exists()}
        for name, place in there.items():
            if place.exists() and not filecmp.cmp(staged / name, place, shallow=False):
                raise CallError(f"{place} is there already, and is another: move it away first")
        for name, place in there.items():
            _put(staged / name, place)
        (staged / "store" / "semko.lock").touch(mode=0o600)
        (staged / "store").rename(setup.folder)
        return manifest, [str(setup.folder), *map(str, there.values())]
    finally:
        shutil.rmtree(staged, ignore_errors=True)


def _put(file: Path, place: Path) -> None:
    if not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True)
        file.chmod(0o600)  # among them is the secret
        shutil.move(file, place)


def _reach(manifest: Manifest, *, keep_log: bool) -> dict[str, object]:
    """What the store has still to read of the restored log."""
    if keep_log:
        return {"log": "kept"}
    read = manifest.progress
    behind = sum(end - read.get(part, first) for part, (first, end) in manifest.log.items())
    return {"log": "restored", "events_to_count": behind}
