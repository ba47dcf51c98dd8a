"""`semko reconcile --repair`: on a store alone, and through the process that serves it."""

import asyncio
import json
import random
import subprocess
from pathlib import Path
from typing import Any

import pytest

from commands.engine import Engine, clock_ms, opened
from commands.serving import Doors, served
from commands.setup import Setup
from models.records import EventRecord
from sinks.embedded import EmbeddedStore
from streams.shell.settings import WorkerSettings
from tests.clients import fresh_events
from tests.commands.processes import a_file_of_days, told
from tests.damages import SAYABLE, UNSAYABLE, damage
from tests.installations import PROGRAM, Installation, environment, free_port
from tests.stored import logged, wrong_rows


@pytest.fixture
def filled(tmp_path: Path) -> Installation:
    made = Installation(tmp_path)
    a_file_of_days(tmp_path / "day.ndjson", 1)
    told(made, "replay", "day.ndjson")
    return made


def spoil(installation: Installation, *statements: str) -> None:
    store = EmbeddedStore(installation.store)
    damage(store.database, *statements)
    store.close()


def test_a_store_alone_is_repaired_and_a_second_look_finds_nothing(filled: Installation) -> None:
    bodies = logged(filled)
    spoil(filled, *SAYABLE.values())
    looked = filled.command("reconcile", "--json")
    assert looked.returncode == 1
    assert json.loads(looked.stdout)["repaired"] == 0
    repaired = filled.command("reconcile", "--repair")
    assert repaired.returncode == 0, repaired.stdout + repaired.stderr
    assert "repaired: interactions " in repaired.stdout
    assert "(it lies in several hours at once" in repaired.stdout
    assert told(filled, "reconcile", "--repair")["repaired"] == 0
    assert wrong_rows(filled, bodies)[:5] == []


def test_what_cannot_be_repaired_is_named_and_ends_with_1(filled: Installation) -> None:
    spoil(filled, UNSAYABLE["votes that are lost"])
    for _ in range(2):
        left = filled.command("reconcile", "--repair")
        assert left.returncode == 1
        assert "the facts cannot say what is right" in left.stdout


def test_a_registry_that_the_store_was_not_counted_by_is_refused(filled: Installation) -> None:
    text = '[[tenants]]\nid = "t"\nname = { bg = "Т", en = "T" }\n'
    (filled.folder / "other.toml").write_text(text)
    refused = filled.command("reconcile", "--repair", "--registry", "other.toml")
    assert refused.returncode == 2
    assert "name that one with --registry" in refused.stderr
    assert filled.command("reconcile", "--registry", "other.toml").returncode == 0


def records(seed: int) -> list[EventRecord]:
    drawn = fresh_events(random.Random(seed), f"town{seed}")
    return [EventRecord(each.topic, each.key, each.value, clock_ms()) for each in drawn]


async def asked(installation: Installation, *options: str) -> Any:
    """`semko reconcile` in a process of its own, beside this one that serves."""
    command = [*PROGRAM, "reconcile", "--store", installation.store, "--json", *options]
    done = await asyncio.to_thread(
        subprocess.run, command, cwd=installation.folder, env=environment(), capture_output=True
    )
    assert not done.stderr.count(b"Traceback"), done.stderr
    return json.loads(done.stdout)


async def keep_coming(engine: Engine, seeds: range) -> None:
    for seed in seeds:
        some = records(seed)
        while some:
            await engine.publish(some[:7])
            del some[:7]
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("horizon_ms", [0, 26 * 3_600_000])
def test_a_running_process_repairs_while_events_flow(tmp_path: Path, horizon_ms: int) -> None:
    installation = Installation(tmp_path)

    async def live() -> None:
        doors = Doors("127.0.0.1", free_port())
        settings = WorkerSettings(horizon_ms=horizon_ms)
        with opened(Setup.of(installation.store)) as parts:
            async with served(parts, settings, doors) as (engine, _):
                await engine.publish(records(1))
                await engine.drain()
                coming = asyncio.create_task(keep_coming(engine, range(2, 6)))
                kinds = [kind for kind in SAYABLE if "owner to come" not in kind]
                damage(engine.store.database, *(SAYABLE[kind] for kind in kinds))
                repaired = await asked(installation, "--repair")
                assert (repaired["differences"], repaired["rows"]) == (0, [])
                assert repaired["repaired"] > 0
                await coming
                await engine.drain()
                assert (await asked(installation))["differences"] == 0

    asyncio.run(live())
    assert wrong_rows(installation, logged(installation))[:5] == []


def test_rows_that_the_running_process_cannot_write_over_are_told_with_the_way_out(
    tmp_path: Path,
) -> None:
    installation = Installation(tmp_path)

    async def live() -> None:
        doors = Doors("127.0.0.1", free_port())
        with opened(Setup.of(installation.store)) as parts:
            async with served(parts, WorkerSettings(), doors) as (engine, _):
                await engine.publish(records(1))
                await engine.drain()
                damage(engine.store.database, SAYABLE["windows of an owner to come"])
                command = [*PROGRAM, "reconcile", "--repair", "--store", installation.store]
                done = await asyncio.to_thread(
                    subprocess.run, command, env=environment(), capture_output=True, text=True
                )
                assert done.returncode == 2
                assert "stop it and repair the store alone" in done.stderr

    asyncio.run(live())
    assert told(installation, "reconcile", "--repair")["repaired"] > 0
    assert wrong_rows(installation, logged(installation))[:5] == []
