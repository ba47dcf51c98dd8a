"""`semko check`: whether an installation stands as it should. Looks, and makes nothing."""

import json
import os
import shutil
from collections.abc import Callable

import typer
from rich.text import Text

from commands.engine import clock_ms
from commands.options import (
    DEFAULT_STORE,
    BrokerOption,
    JsonOption,
    KeyFileOption,
    RegistryOption,
    StoreOption,
)
from commands.publishing import TOPICS, open_log
from commands.setup import GROUP, Setup
from commands.terminal import emit, new_app, out, shown
from models.errors import SemkoError, WorldError
from models.facts import Progress
from models.findings import Finding
from sinks.key_check import check_fingerprint
from sinks.migrating import migrations
from sinks.served_checks import check_clock
from sinks.store import ClickHouseStore
from streams.shell.batches import TopicPartition
from streams.shell.kafka_settings import SCHEME as KAFKA
from streams.shell.kafka_settings import KafkaSettings
from streams.shell.kafka_world import look
from streams.shell.local_transport import log_path

app = new_app()

DISK_BYTES_AT_LEAST = 1 << 30
LATER = "not there yet, made at first start"


@app.command()
def check(
    store: StoreOption = DEFAULT_STORE,
    broker: BrokerOption = "",
    key_file: KeyFileOption = None,
    registry: RegistryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check registry, disk, secret, log and store; exit code 1 says that something is wrong.

    What is wrong is named with what to do. Makes nothing that is not there, and
    may run beside `semko up`. Of Kafka it looks at versions, clock, topics,
    retention and where reading would go on.

    [bold]Examples[/]

      semko check
      semko check --store chdb:///var/lib/semko/store --registry semko.toml --json
      semko check --broker kafka://kafka-1:9092
    """
    setup = Setup.of(store, broker, key_file, registry)
    findings = [
        _found("registry", _registry, setup),
        _found("disk", _disk, setup),
        _found("secret", _secret, setup),
        *_of_the_log(setup),
        *_of_the_store(setup),
    ]
    good = all(finding.good for finding in findings)
    if as_json:
        emit({"good": good, "checks": [each._asdict() for each in findings]}, as_json=True)
    else:
        width = max(len(each.name) for each in findings)
        for each in findings:
            verdict = ("good ", "green") if each.good else ("WRONG", "bold red")
            out.print(Text.assemble(verdict, f"  {each.name:<{width}}  {each.says}"))
    if not good:
        raise typer.Exit(1)


def _found(name: str, look: Callable[[Setup], str], setup: Setup) -> Finding:
    try:
        return Finding(name, True, look(setup))
    except SemkoError as problem:
        return Finding(name, False, str(problem))


def _of_the_log(setup: Setup) -> list[Finding]:
    if not setup.broker.startswith(f"{KAFKA}:"):
        return [_found("log", _log, setup)]
    try:
        settings = KafkaSettings.of(setup.broker, os.environ)
        return look(settings, GROUP, _progress(setup))
    except SemkoError as problem:
        return [Finding("kafka", False, str(problem))]


def _of_the_store(setup: Setup) -> list[Finding]:
    findings = [_found("store", _store, setup)]
    if setup.is_served and findings[0].good and setup.has_store:
        findings.append(_found("store clock", _store_clock, setup))
    return findings


def _store_clock(setup: Setup) -> str:
    with setup.existing_store() as held:
        ahead = check_clock(held.database, clock_ms())
    return f"{abs(ahead)} ms {'ahead of' if ahead > 0 else 'behind'} ours"


def _registry(setup: Setup) -> str:
    if setup.registry_path is None:
        return "none: ids are shown as names, days are those of Europe/Sofia"
    entries = setup.registry().entries
    return f"{setup.registry_path}: {len(entries.offices)} offices, {len(entries.desks)} desks"


def _disk(setup: Setup) -> str:
    there = next(path for path in (setup.folder, *setup.folder.parents) if path.exists())
    free = shutil.disk_usage(there).free
    if free < DISK_BYTES_AT_LEAST:
        raise WorldError(f"{there} has only {free >> 20} MiB left: make room for 1024 at least")
    return f"{there}: {shown(free >> 30)} GiB free"


def _secret(setup: Setup) -> str:
    if not setup.key_file.exists():
        return f"{setup.key_file}: {LATER}"
    return f"{setup.key_file}: fingerprint {setup.hasher().fingerprint()}"


def _log(setup: Setup) -> str:
    path = log_path(setup.broker)
    if not path.exists():
        return f"{path}: {LATER}"
    log = open_log(setup)
    try:
        ends = {topic: log.bounds(TopicPartition(topic, 0))[1] for topic in TOPICS}
    finally:
        log.close()
    return f"{path}: " + ", ".join(f"{shown(end)} {topic}" for topic, end in ends.items())


def _progress(setup: Setup) -> list[Progress] | None:
    """How far the store has read the log; None where it cannot be asked."""
    if not setup.has_store or setup.running() is not None:
        return None
    try:
        with setup.existing_store() as held:
            return held.progress()
    except SemkoError:  # what is wrong with the store is a finding of its own
        return None


def _store(setup: Setup) -> str:
    if not setup.has_store:
        return f"{setup.where}: {LATER}"
    running = setup.running()
    if running is not None:
        told = json.loads(running.ask("/v1/query?format=JSONEachRow", "SELECT version() AS v"))
        where = f"served at {running.url} by process {running.pid}"
        return f"{setup.folder}: {where}, ClickHouse {told['v']}"
    with setup.existing_store() as held:
        # A store that was filled needs its secret; an empty one takes any.
        if setup.key_file.exists() or held.rows("SELECT 1 FROM semko.key_fingerprint"):
            _check_key(setup, held)
        version = held.rows("SELECT version() AS v")[0]["v"]
    return f"{setup.where}: ClickHouse {version}, schema {migrations()[-1].version}"


def _check_key(setup: Setup, held: ClickHouseStore) -> None:
    if not setup.key_file.exists():
        raise WorldError(
            f"the secret {setup.key_file} is not there, but the store was filled under one: bring"
            " it back, or name its file with --key-file"
        )
    check_fingerprint(held.database, setup.hasher().fingerprint())
