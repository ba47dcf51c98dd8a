"""Small commands for operators: schema, migrate, check, retain, terminals."""

import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from commands.asking import existing
from commands.engine import TOPICS, open_log
from commands.setup import (
    DEFAULT_STORE,
    BrokerOption,
    JsonOption,
    KeyFileOption,
    RegistryOption,
    Setup,
    StoreOption,
)
from commands.terminal import emit, out, say
from models.contract import json_schema
from models.errors import CallError, SemkoError
from sinks.embedded import EmbeddedStore
from sinks.key_check import check_fingerprint
from sinks.migrating import migrations
from sinks.retain import retain as drop_months
from sources.gateway.keys import Keys, Terminal, new_secret, read_keys, write_keys
from streams.shell.batches import TopicPartition


def schema() -> None:
    """Print the event contract as JSON Schema.

    [bold]Example[/]

      semko schema > events.schema.json
    """
    sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(json_schema()), indent=2))
    sys.stdout.write("\n")


def migrate(store: StoreOption = DEFAULT_STORE, as_json: JsonOption = False) -> None:
    """Bring the store's tables up to date; every command that opens a store does so itself.

    [bold]Example[/]

      semko migrate --store chdb:///var/lib/semko/store
    """
    embedded = EmbeddedStore(Setup.of(store).store)
    done = list(embedded.migrated)
    embedded.close()
    emit({"applied": len(done), "schema": migrations()[-1].version, "names": done}, as_json=as_json)


def check(
    store: StoreOption = DEFAULT_STORE,
    broker: BrokerOption = "",
    key_file: KeyFileOption = None,
    registry: RegistryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check store, log, secret and registry; exit code 1 names what is wrong and what to do.

    [bold]Example[/]

      semko check --registry semko.toml
    """
    setup = Setup.of(store, broker, key_file, registry)
    findings: dict[str, object] = {}
    wrong = 0
    for name, look in (
        ("registry", _check_registry),
        ("secret", _check_secret),
        ("log", _check_log),
        ("store", _check_store),
    ):
        try:
            findings[name] = look(setup)
        except SemkoError as problem:
            findings[name] = f"WRONG: {problem}"
            wrong += 1
    emit({**findings, "wrong": wrong}, as_json=as_json)
    if wrong:
        raise typer.Exit(1)


def _check_registry(setup: Setup) -> str:
    entries = setup.registry().entries
    where = setup.registry_path or "none"
    return f"{where}: {len(entries.offices)} offices, {len(entries.desks)} desks"


def _check_secret(setup: Setup) -> str:
    return f"{setup.key_file}: fingerprint {setup.hasher().fingerprint()}"


def _check_log(setup: Setup) -> str:
    log = open_log(setup)
    try:
        ends = {topic: log.bounds(TopicPartition(topic, 0))[1] for topic in TOPICS}
    finally:
        log.close()
    return f"{log.path}: " + ", ".join(f"{end} {topic}" for topic, end in ends.items())


def _check_store(setup: Setup) -> str:
    embedded = EmbeddedStore(setup.store)
    try:
        check_fingerprint(embedded.database, setup.hasher().fingerprint())
        version = embedded.rows("SELECT version() AS version")[0]["version"]
    finally:
        embedded.close()
    return f"{setup.store}: ClickHouse {version}, schema {migrations()[-1].version}"


def retain(
    months: Annotated[int, typer.Option(min=1, help="Whole months to keep, beside this one.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
    store: StoreOption = DEFAULT_STORE,
    as_json: JsonOption = False,
) -> None:
    """Drop whole months of facts and metrics by their own time. Everything is kept otherwise.

    [bold]Examples[/]

      semko retain --months 24 --dry-run

      semko retain --months 24
    """
    embedded = existing(Setup.of(store))
    try:
        dropped = drop_months(embedded.database, months, datetime.now(UTC), dry_run=dry_run)
    finally:
        embedded.close()
    until = datetime.fromtimestamp(dropped.kept_since / 1000, UTC).date().isoformat()
    emit(
        {
            **asdict(dropped),
            "kept_since": until,
            "months": list(dropped.months),
            "dry_run": dry_run,
        },
        as_json=as_json,
    )


terminals = typer.Typer(
    no_args_is_help=True, rich_markup_mode="rich", help="Keys of the terminals that take votes."
)

KeysOption = Annotated[Path, typer.Option("--keys", envvar="SEMKO_KEYS", help="File of keys.")]


@terminals.command("add")
def add_terminal(
    terminal_id: Annotated[str, typer.Argument(help="The id that its votes carry.")],
    tenant: Annotated[str, typer.Option(help="Its tenant.")],
    office: Annotated[str, typer.Option(help="Its office.")],
    desk: Annotated[list[str], typer.Option(help="A desk of its; may be given often.")],
    completions: Annotated[
        bool, typer.Option(help="May also send completions: a ticket system.")
    ] = False,
    keys: KeysOption = Path("keys.toml"),
) -> None:
    """Make a key for a terminal and print it, once. The file keeps only its digest.

    [bold]Example[/]

      semko terminals add hall-1 --tenant town --office centre --desk d1 --desk d2
    """
    held = read_keys(keys) if keys.exists() else Keys()
    if any(one.id == terminal_id for one in held.terminals):
        raise CallError(f"{keys} has a terminal {terminal_id!r} already; take its entry out first")
    secret, digest = new_secret()
    terminal = Terminal(
        id=terminal_id,
        sha256=digest,
        tenant=tenant,
        office=office,
        desks=desk,
        completions=completions,
    )
    write_keys(keys, Keys([*held.terminals, terminal], held.operators))
    say(f"{terminal_id} {terminal.may()}; its key, which is shown only now:")
    out.print(secret, markup=False)


@terminals.command("list")
def list_terminals(keys: KeysOption = Path("keys.toml")) -> None:
    """List terminals and what their keys may do."""
    for terminal in read_keys(keys).terminals:
        out.print(f"{terminal.id}: {terminal.may()}", markup=False)
