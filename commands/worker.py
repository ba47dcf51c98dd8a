"""`semko worker`: counts what is in Kafka, beside any number of other workers."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Annotated

import structlog
import typer

from commands.allocating import share_one_heap, spare_the_collector
from commands.cluster import Cluster, looked_at
from commands.engine import clock_ms
from commands.health import health_door
from commands.judging import rules_of
from commands.notifying import NotifyOption, notifying, telling_of
from commands.options import (
    DEFAULT_HORIZON,
    DEFAULT_STORE,
    DEFAULT_WORKER_HTTP,
    BrokerOption,
    HorizonOption,
    JsonOption,
    KeyFileOption,
    RegistryOption,
    StoreOption,
    WaitOption,
    host_and_port,
    milliseconds,
)
from commands.setup import GROUP, Setup
from commands.stopping import SERVICE_GRACE_SECONDS, Stop, stop_signal, unless_stopped
from commands.terminal import emit, new_app, set_up_logs
from models.errors import WorldError
from models.facts import Office
from models.partitioning import place_of
from streams.shell.action_reader import ActionReader
from streams.shell.app import StreamApp, make_app
from streams.shell.kafka_actions import KafkaActions
from streams.shell.notifier import Telling
from streams.shell.settings import WorkerSettings
from streams.shell.watchdog import watched
from streams.shell.worker import Worker

app = new_app()
log = structlog.get_logger("semko")

STOPPED = "stopped; what was in hand is read again by the next worker"


@app.command()
def worker(
    broker: BrokerOption = "",
    store: StoreOption = DEFAULT_STORE,
    key_file: KeyFileOption = None,
    registry: RegistryOption = None,
    horizon: HorizonOption = DEFAULT_HORIZON,
    http: Annotated[
        str,
        typer.Option(
            "--http",
            metavar="HOST:PORT",
            envvar="SEMKO_WORKER_HTTP",
            help="Where /healthz, /readyz and /metrics are answered.",
        ),
    ] = DEFAULT_WORKER_HTTP,
    wait: WaitOption = 60,
    drain: Annotated[
        bool,
        typer.Option("--drain", help="End once all that is in the log by now is stored."),
    ] = False,
    as_json: JsonOption = False,
    notify: NotifyOption = None,
) -> None:
    """Count the events of Kafka into the store, beside any number of other workers.

    Partitions are shared among the workers that run. Stop one with Ctrl-C or
    SIGTERM, or kill it: others go on where it was, and nothing is lost or
    counted twice.

    [bold]Examples[/]

      semko worker --broker kafka://kafka-1:9092 --store clickhouse://ch/semko
      semko worker --drain    # the rest from SEMKO_BROKER and SEMKO_STORE
    """
    share_one_heap()
    set_up_logs(verbose=True)
    setup = Setup.of(store, broker, key_file, registry)
    settings = WorkerSettings(horizon_ms=milliseconds(horizon))
    address = host_and_port(http)
    telling = telling_of(notify, setup.registry(), clock_ms)
    with looked_at(setup, wait) as cluster:
        told = asyncio.run(_worker(cluster, settings, address, drain, telling))
    if drain:
        emit(told, as_json=as_json)


async def _worker(
    cluster: Cluster,
    settings: WorkerSettings,
    address: tuple[str, int],
    drain: bool,
    telling: Telling | None,
) -> dict[str, object]:
    wakes: list[Callable[[], None]] = []

    def wake() -> None:
        for each in wakes:
            each()

    with stop_signal(SERVICE_GRACE_SECONDS) as stop, watched():
        async with (
            at_work(cluster, settings, wake) as (counting, stream),
            notifying(
                telling, cluster.store.database, clock_ms, partial(_owns, cluster, counting)
            ) as told,
            health_door(
                address,
                lambda: _ready(counting),
                lambda: counting.metrics.text() + told.metrics(),
            ) as url,
        ):
            wakes.append(told.wake)
            log.info("worker runs", health=f"{url}/readyz", broker=cluster.setup.broker)
            if drain:
                await unless_stopped(_drained(counting, stream), stop, STOPPED)
            else:
                await _until_stopped(stream, stop)
    return {"records": counting.counts.records, "drained": drain}


@asynccontextmanager
async def at_work(
    cluster: Cluster, settings: WorkerSettings, on_stored: Callable[[], None] = lambda: None
) -> AsyncIterator[tuple[Worker, StreamApp]]:
    """A worker as a member of the group; it stops in order when left, whatever the reason."""
    windows = cluster.registry.join_window_versions
    rules = rules_of(cluster.registry)
    counting = Worker(
        cluster.store, cluster.hasher, windows, settings, clock_ms, on_stored, rules=rules
    )
    with tempfile.TemporaryDirectory(prefix="semko-") as folder:
        stream = make_app(
            cluster.setup.broker,
            GROUP,
            counting,
            partitions=cluster.partitions,
            folder=Path(folder),
            kafka=cluster.kafka,
        )
        counting.on_failure = stream.fail
        source = partial(KafkaActions, cluster.kafka, GROUP, cluster.actions)
        actions = ActionReader(source, cluster.store, settings, counting.rejudge, stream.fail)
        spare_the_collector()
        async with actions.reading():  # first: what was closed is never shown open again
            await stream.start()
            try:
                yield counting, stream
            finally:
                await stream.stop()


async def _drained(counting: Worker, stream: StreamApp) -> None:
    await stream.drained()
    await counting.work_off()


async def _until_stopped(stream: StreamApp, stop: Stop) -> None:
    ended = asyncio.ensure_future(stream.wait_until_ended())
    told = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({ended, told}, return_when=asyncio.FIRST_COMPLETED)
        if ended.done():
            await ended
    finally:
        ended.cancel()
        told.cancel()


def _owns(cluster: Cluster, counting: Worker, office: Office) -> bool:
    """Whether this worker judges an office, and so tells of it."""
    return place_of(*office, cluster.partitions)[1] in counting.partitions


def _ready(counting: Worker) -> dict[str, object]:
    if not counting.ready:
        raise WorldError("the worker is still loading what it owns")
    return {"partitions": len(counting.partitions), "records": counting.counts.records}
