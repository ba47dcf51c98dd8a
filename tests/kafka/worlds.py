"""A part of a shared broker that is one test's own: names of topics and groups with a prefix."""

import itertools
import os
import time
from collections.abc import Mapping, Sequence

from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from models.alert_actions import TOPIC as ALERT_ACTIONS
from streams.shell.kafka_settings import VARIABLES, KafkaSettings
from streams.shell.kafka_topics import ALL_TOPICS
from tests.kafka.broker import Broker

_numbers = itertools.count(1)


def variables(**more: str) -> dict[str, str]:
    """Variables with a prefix that no other test has; ``more`` are named without SEMKO_KAFKA_."""
    own = {"PREFIX": f"test-{os.getpid()}-{next(_numbers)}.", **more}
    return {VARIABLES + name: value for name, value in own.items()}


def fresh_settings(broker: Broker, **more: str) -> KafkaSettings:
    """Settings for ``broker`` under `variables`."""
    return KafkaSettings.of(broker.url, variables(**more))


def make_topics(
    settings: KafkaSettings,
    partitions: int = 4,
    configs: Mapping[str, str] | None = None,
    *,
    topics: Sequence[str] = ALL_TOPICS,
) -> None:
    """Make our topics as a test wants them, kept for good unless ``configs`` say otherwise; that of
    actions as it should be."""
    client = AdminClient({**settings.librdkafka()})
    wanted = {"retention.ms": "-1"}
    new = [
        NewTopic(settings.named(topic), 1, config=wanted)
        if topic == ALERT_ACTIONS
        else NewTopic(settings.named(topic), partitions, config=wanted | dict(configs or {}))
        for topic in topics
    ]
    for made in client.create_topics(new, operation_timeout=10).values():
        made.result(20)
    # The broker that answers next may hear of it later.
    while not {one.topic for one in new} <= client.list_topics(timeout=20).topics.keys():
        time.sleep(0.05)
