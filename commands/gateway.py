"""`semko gateway`: events over HTTP into Kafka, and the wall; any number of them side by side."""

import asyncio
import secrets
import time
from collections.abc import Mapping
from functools import partial

import structlog

from commands.alert_side import alert_side
from commands.cluster import kafka_settings, once_there
from commands.engine import clock_ms
from commands.options import (
    DEFAULT_HTTP,
    DEFAULT_STORE,
    BrokerOption,
    HttpOption,
    KeysOption,
    NamesOption,
    RegistryOption,
    StoreOption,
    WaitOption,
)
from commands.pages import pages
from commands.publishing import by_topic
from commands.serving import Doors, Screens, answer_indicators, answer_letters
from commands.setup import Setup
from commands.stopping import SERVICE_GRACE_SECONDS, stop_signal
from commands.summary import comparison
from commands.terminal import new_app, set_up_logs
from commands.terminal_side import terminal_side
from dashboards.desk import desk_of, desks_of
from models.alert_actions import TOPIC as ALERT_ACTIONS
from models.errors import CallError, WorldError
from models.records import EventRecord
from models.registry import Registry
from sinks.opening import open_store
from sinks.reconcile import reconcile
from sinks.store import ClickHouseStore
from sources.gateway import make_app, serving
from sources.gateway.along import Tell
from sources.gateway.operate import StoreSide
from streams.core.frontier import TOPICS
from streams.shell.kafka_log import KafkaLog
from streams.shell.kafka_questions import Questions
from streams.shell.kafka_settings import KafkaSettings

app = new_app()
log = structlog.get_logger("semko")


@app.command()
def gateway(
    broker: BrokerOption = "",
    store: StoreOption = DEFAULT_STORE,
    registry: RegistryOption = None,
    http: HttpOption = DEFAULT_HTTP,
    keys: KeysOption = None,
    name: NamesOption = None,
    wait: WaitOption = 60,
) -> None:
    """Take events over HTTP into Kafka, and show the wall of what workers have counted.

    An event is answered once every in-sync broker has it. While Kafka is away
    clients hear 503 and send again. Any number of gateways may run.

    [bold]Examples[/]

      semko gateway --broker kafka://kafka-1:9092 --store clickhouse://ch/semko
      semko gateway --http 0.0.0.0:8080 --keys keys.toml
    """
    set_up_logs(verbose=True)
    setup = Setup.of(store, broker, None, registry)
    kafka, doors = kafka_settings(setup), Doors.checked(http, keys, frozenset(name or ()))
    deadline = time.monotonic() + wait
    books = once_there(lambda: open_store(setup.store), deadline)
    try:
        asyncio.run(_gateway(kafka, books, setup.registry(), doors, deadline))
    finally:
        books.close()


async def _gateway(
    kafka: KafkaSettings,
    store: ClickHouseStore,
    registry: Registry,
    doors: Doors,
    deadline: float,
) -> None:
    await _refuse_missing_topics(kafka, deadline)
    screens, settings = Screens(store, registry), doors.settings(secrets.token_urlsafe(32))
    topics = KafkaLog(kafka)

    async def publish(records: list[EventRecord]) -> None:
        appends = [topics.append(topic, some) for topic, some in by_topic(records).items()]
        await asyncio.gather(*appends)

    async def compare(tell: Tell, repair: bool) -> Mapping[str, object]:
        if repair:
            raise CallError(
                "a gateway repairs nothing under workers that write: stop them, then"
                " `semko reconcile --repair --workers-stopped`"
            )
        books = store.database
        found = partial(reconcile, books, settle=lambda: time.sleep(1), progress=tell)
        return comparison(await asyncio.to_thread(found))

    async def freeze() -> Mapping[str, object]:
        raise CallError("a store on a server is copied there, by BACKUP: see docs/operations.md")

    web = make_app(
        publish,
        settings,
        screens.snapshot,
        now=clock_ms,
        kept_since=screens.kept_since,
        store=StoreSide(
            screens.query,
            compare,
            partial(answer_letters, store, publish),
            freeze,
            partial(answer_indicators, store),
        ),
        alerts=alert_side(store),
        terminals=terminal_side(store.database),
        hours=screens.by_hours,
        voted=screens.voted,
        desk_of=partial(desk_of, registry),
        desks=partial(desks_of, registry),
        routes=pages(store, registry),
    )
    try:
        with stop_signal(SERVICE_GRACE_SECONDS) as stop:
            async with serving(web, settings) as port:
                log.info("gateway runs", wall=f"{doors.shown(port)}/wall")
                await stop.wait()
    finally:
        await asyncio.to_thread(topics.close)


async def _refuse_missing_topics(kafka: KafkaSettings, deadline: float) -> None:
    questions = Questions(kafka)
    try:
        for names in (TOPICS, (ALERT_ACTIONS,)):
            await asyncio.wait_for(questions.topics(names), max(1.0, deadline - time.monotonic()))
    except TimeoutError:
        raise WorldError(
            f"Kafka does not answer at {', '.join(kafka.servers)}: see that it runs and that"
            " --broker names an address that it listens on"
        ) from None
    finally:
        await questions.close()
