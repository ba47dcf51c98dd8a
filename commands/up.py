"""`semko up`: everything embedded in one process, until it is stopped."""

import asyncio
from typing import Annotated

import structlog
import typer

from commands.engine import clock_ms, opened
from commands.notifying import NotifyOption, telling_of
from commands.options import (
    DEFAULT_HORIZON,
    DEFAULT_HTTP,
    DEFAULT_STORE,
    BrokerOption,
    HorizonOption,
    HttpOption,
    KeyFileOption,
    KeysOption,
    NamesOption,
    RegistryOption,
    SqlOption,
    StoreOption,
    milliseconds,
)
from commands.serving import Doors, served, until_stopped
from commands.setup import Setup
from commands.sql_side import sql_doors, sql_served
from commands.stopping import SERVICE_GRACE_SECONDS, stop_signal
from commands.terminal import new_app, set_up_logs
from streams.shell.notifier import Telling
from streams.shell.reading import ReadingSettings, Retention
from streams.shell.settings import WorkerSettings

app = new_app()
log = structlog.get_logger("semko")

LogDaysOption = Annotated[
    int | None,
    typer.Option(
        min=1,
        envvar="SEMKO_LOG_DAYS",
        show_default=False,
        help="Keep processed events in the log for so many days since they came; for good unless"
        " given. The facts that were made of them stay.",
    ),
]
LogMegabytesOption = Annotated[
    int | None,
    typer.Option(
        min=1,
        envvar="SEMKO_LOG_MEGABYTES",
        show_default=False,
        help="Keep at most so much of processed events in the log.",
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
    log_days: LogDaysOption = None,
    log_megabytes: LogMegabytesOption = None,
    notify: NotifyOption = None,
    sql: SqlOption = None,
) -> None:
    """Run everything in one process: gateway, log, worker, ClickHouse and the wall.

    Stop it with Ctrl-C or SIGTERM. Nothing that was taken is lost, not even
    by kill -9.

    [bold]Examples[/]

      semko up
      semko up --store chdb:///var/lib/semko/store --registry semko.toml
      semko up --http 0.0.0.0:8080 --keys keys.toml --notify notify.toml
      semko up --sql 127.0.0.1:8123

    The first shows its wall at http://127.0.0.1:8080/wall; the third also takes
    votes from terminals on the network, whose keys `semko terminals` makes, and
    tells people of score drops; the last lets DBeaver, pandas and Grafana ask
    the views as they ask any ClickHouse.
    """
    set_up_logs(verbose=True)  # a service tells its log what it does
    setup = Setup.of(store, broker, key_file, registry)
    settings = WorkerSettings(horizon_ms=milliseconds(horizon))
    names = frozenset(name or ())
    doors, asking = Doors.checked(http, keys, names), sql_doors(sql, keys, names)
    seconds = None if log_days is None else log_days * 86_400.0
    size = None if log_megabytes is None else log_megabytes * 1_000_000
    reading = ReadingSettings(retention=Retention(seconds, size))
    telling = telling_of(notify, setup.registry(), clock_ms)
    asyncio.run(_up(setup, settings, doors, reading, telling, asking))


async def _up(
    setup: Setup,
    settings: WorkerSettings,
    doors: Doors,
    reading: ReadingSettings,
    telling: Telling | None,
    asking: Doors | None,
) -> None:
    with stop_signal(SERVICE_GRACE_SECONDS) as stop, opened(setup) as parts:
        async with (
            sql_served(asking, parts.store) as sql,  # first: whoever is ready has it open
            served(parts, settings, doors, reading, telling) as (engine, url),
        ):
            log.info("serving", wall=f"{url}/wall", events=f"{url}/v1/events", api=f"{url}/docs")
            if sql is not None:
                log.info("answering in SQL", url=sql, database="semko")
            await until_stopped(engine, stop)
            log.info("stopping")
    log.info("stopped")
