"""`semko up`: everything embedded in one process, until it is stopped."""

import asyncio
from typing import Annotated

import structlog
import typer

from commands.engine import opened
from commands.options import (
    DEFAULT_HORIZON,
    DEFAULT_HTTP,
    DEFAULT_STORE,
    BrokerOption,
    HorizonOption,
    HttpOption,
    KeyFileOption,
    KeysOption,
    RegistryOption,
    StoreOption,
    milliseconds,
)
from commands.serving import Doors, served, until_stopped
from commands.setup import Setup
from commands.stopping import SERVICE_GRACE_SECONDS, stop_signal
from commands.terminal import new_app, set_up_logs
from streams.shell.settings import WorkerSettings

app = new_app()
log = structlog.get_logger("semko")

NamesOption = Annotated[
    list[str] | None,
    typer.Option(
        "--name",
        metavar="HOST",
        show_default=False,
        help="A host name under which a reverse proxy passes requests on; may be given often.",
    ),
]


@app.command()
def up(
    store: StoreOption = DEFAULT_STORE,
    broker: BrokerOption = "",
    key_file: KeyFileOption = None,
    registry: RegistryOption = None,
    horizon: HorizonOption = DEFAULT_HORIZON,
    http: HttpOption = DEFAULT_HTTP,
    keys: KeysOption = None,
    name: NamesOption = None,
) -> None:
    """Run everything in one process: gateway, log, worker, ClickHouse and the wall.

    Stop it with Ctrl-C or SIGTERM. Nothing that was taken is lost, not even
    by kill -9.

    [bold]Examples[/]

      semko up
      semko up --store chdb:///var/lib/semko/store --registry semko.toml
      semko up --http 0.0.0.0:8080 --keys keys.toml

    The first shows its wall at http://127.0.0.1:8080/wall; the last also takes
    votes from terminals on the network, whose keys `semko terminals` makes.
    """
    set_up_logs(verbose=True)  # a service tells its log what it does
    setup = Setup.of(store, broker, key_file, registry)
    settings = WorkerSettings(horizon_ms=milliseconds(horizon))
    doors = Doors.checked(http, keys, frozenset(name or ()))
    asyncio.run(_up(setup, settings, doors))


async def _up(setup: Setup, settings: WorkerSettings, doors: Doors) -> None:
    with stop_signal(SERVICE_GRACE_SECONDS) as stop, opened(setup) as parts:
        async with served(parts, settings, doors) as (engine, url):
            log.info("serving", wall=f"{url}/wall", events=f"{url}/v1/events", api=f"{url}/docs")
            await until_stopped(engine, stop)
            log.info("stopping")
    log.info("stopped")
