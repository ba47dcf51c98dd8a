"""`semko topics`: the topics of a Kafka cluster."""

import os
from typing import Annotated

import typer
from rich.table import Table

from commands.options import BrokerOption, JsonOption
from commands.terminal import emit, new_app, say, show_table, shown
from models.errors import CallError
from streams.shell.batches import TopicPartition
from streams.shell.kafka_admin import KafkaAdmin
from streams.shell.kafka_answers import Bounds, Topic
from streams.shell.kafka_settings import DAY_MS, SCHEME, KafkaSettings
from streams.shell.kafka_topics import ALL_TOPICS, DEFAULT_PARTITIONS, REPLICAS, create_topics
from streams.shell.kafka_world import clock_ms

app = new_app(no_args_is_help=True, help="Make and show the topics of a Kafka cluster.")


@app.command("create")
def create(
    broker: BrokerOption = "",
    partitions: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=10_000,
            metavar="N",
            show_default=str(DEFAULT_PARTITIONS),
            help="Of completions and votes, fixed for good: many more than workers.",
        ),
    ] = None,
    retention_days: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="N",
            show_default="for good",
            help="Keep events for so long from their arrival on.",
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Make the topics that are not there yet: completions, votes, alert_actions.

    alert_actions, what people did about alerts, has one partition and is kept
    for good. What is there is left as it is. With three brokers or more, each record has
    three replicas, two of which must be in step; with fewer, as many as there
    are.

    [bold]Examples[/]

      semko topics create --broker kafka://kafka-1:9092,kafka-2:9092
      semko topics create --broker kafka://kafka-1 --partitions 128 \\
        --retention-days 90
    """
    retention_ms = -1 if retention_days is None else retention_days * DAY_MS
    settings = _settings(broker)
    with KafkaAdmin(settings) as admin:
        brokers = len(admin.cluster(clock_ms).brokers)
        made = create_topics(admin, brokers, partitions, retention_ms)
    there = [name for name in ALL_TOPICS if name not in made.created]
    created, left = ([settings.named(name) for name in names] for names in (made.created, there))
    emit({"created": created, "there": left, "partitions": made.partitions}, as_json=as_json)
    if left:
        say("What was there is left as it is; `semko check` judges it.")
    if made.created and made.replicas < REPLICAS:
        say(
            f"The cluster has {brokers} broker{'' if brokers == 1 else 's'}: a topic has"
            f" {made.replicas} replica{'' if made.replicas == 1 else 's'}, and a lost disk may lose"
            f" events. From {REPLICAS} brokers on it has {REPLICAS}."
        )


@app.command("show")
def show(broker: BrokerOption = "", as_json: JsonOption = False) -> None:
    """Show the topics completions, votes and alert_actions as they are.

    Exit code 1 says that one is missing. Whether they are as counting wants
    them is judged by `semko check`.

    [bold]Examples[/]

      semko topics show --broker kafka://kafka-1:9092
      semko topics show --broker kafka://kafka-1:9092,kafka-2:9092 --json
    """
    settings = _settings(broker)
    with KafkaAdmin(settings) as admin:
        topics = admin.topics(ALL_TOPICS)
        bounds = admin.bounds({name: topic.partitions for name, topic in topics.items()})
    if as_json:
        told = {settings.named(name): _told(name, topics.get(name), bounds) for name in ALL_TOPICS}
        emit({"topics": told}, as_json=True)
    else:
        show_table(_table(settings, topics, bounds))
    missing = [settings.named(name) for name in ALL_TOPICS if name not in topics]
    if missing:
        say(f"Not there: {', '.join(missing)}. Make them with `semko topics create`.")
        raise typer.Exit(1)


def _settings(broker: str) -> KafkaSettings:
    if not broker.startswith(f"{SCHEME}:"):
        raise CallError(
            f"--broker {broker or '(or SEMKO_BROKER) is not given'}: topics are Kafka's; write"
            " kafka://host:9092"
        )
    return KafkaSettings.of(broker, os.environ)


def _told(
    name: str, topic: Topic | None, bounds: dict[TopicPartition, Bounds]
) -> dict[str, object] | None:
    """A topic for programs, and the source of its row for people; None where it is missing."""
    if topic is None:
        return None
    config = topic.config
    return {
        "id": topic.id,
        "partitions": topic.partitions,
        "replicas": topic.replicas,
        "min_insync_replicas": config.min_insync_replicas,
        "retention_ms": config.retention_ms,
        "retention_bytes": config.retention_bytes,
        "cleanup_policy": sorted(config.cleanup_policy),
        "timestamp_type": config.timestamp_type,
        "records": sum(each.end - each.earliest for tp, each in bounds.items() if tp.topic == name),
    }


def _table(
    settings: KafkaSettings, topics: dict[str, Topic], bounds: dict[TopicPartition, Bounds]
) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("topic")
    for heading in ("parts", "copies", "in step", "kept", "times", "records"):
        table.add_column(heading, justify="right")
    for name, topic in topics.items():
        told = _told(name, topic, bounds) or {}
        config = topic.config
        kept = "for good" if config.retention_ms < 0 else f"{config.retention_ms / DAY_MS:g} days"
        counts = (topic.partitions, topic.replicas, config.min_insync_replicas)
        cells = (*map(shown, counts), kept, config.timestamp_type, shown(told["records"]))
        table.add_row(settings.named(name), *cells)
    return table
