"""`semko up`: everything embedded in one process, until it is stopped."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from commands.engine import opened
from commands.serving import Doors, served, stop_signal, until_stopped
from commands.setup import (
    DEFAULT_HTTP,
    DEFAULT_STORE,
    BrokerOption,
    HorizonOption,
    HttpOption,
    KeyFileOption,
    RegistryOption,
    Setup,
    StoreOption,
    milliseconds,
)
from commands.terminal import say, set_up_logs
from streams.shell.settings import WorkerSettings

EXAMPLES = """
Run everything in one process: gateway, log, worker, ClickHouse and the wall.

[bold]Examples[/]

  semko up                                                  wall at http://127.0.0.1:8080/wall

  semko up --store chdb:///var/lib/semko/store --registry semko.toml

  semko terminals add hall-1 --tenant town --office centre --keys keys.toml

  semko up --http 0.0.0.0:8080 --keys keys.toml             for terminals on the network

Stop with Ctrl-C or SIGTERM: what was taken is stored. Nothing is lost by kill -9 either.
"""

KeysOption = Annotated[
    Path | None,
    typer.Option("--keys", envvar="SEMKO_KEYS", help="Keys of terminals and operators (TOML)."),
]
NamesOption = Annotated[
    list[str] | None,
    typer.Option("--name", help="A host name under which a reverse proxy passes requests on."),
]


def up(
    store: StoreOption = DEFAULT_STORE,
    broker: BrokerOption = "",
    key_file: KeyFileOption = None,
    registry: RegistryOption = None,
    horizon: HorizonOption = "26h",
    http: HttpOption = DEFAULT_HTTP,
    keys: KeysOption = None,
    name: NamesOption = None,
) -> None:
    set_up_logs(verbose=True)  # a service tells its log what it does
    setup = Setup.of(store, broker, key_file, registry)
    settings = WorkerSettings(horizon_ms=milliseconds(horizon))
    asyncio.run(_up(setup, settings, Doors(http, keys, frozenset(name or ()))))


async def _up(setup: Setup, settings: WorkerSettings, doors: Doors) -> None:
    with stop_signal() as stop, opened(setup) as parts:
        async with served(parts, settings, doors) as (engine, url):
            say(f"wall {url}/wall   events {url}/v1/events   API {url}/docs   (stop: Ctrl-C)")
            await until_stopped(engine, stop)
    say("stopped; everything that was taken is stored")
