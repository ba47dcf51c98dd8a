"""What a process of the full shape stands on: Kafka and a store, each waited for a while at start.

A worker and a gateway begin by looking whether the world is right, and refuse a wrong one.
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

import structlog

from commands.engine import checked_hasher, clock_ms
from commands.setup import GROUP, Setup
from models.alert_actions import TOPIC as ALERT_ACTIONS
from models.errors import CallError, LogUnavailable, StoreUnavailable
from models.identity import KeyHasher
from models.registry import Registry
from sinks.opening import open_store
from sinks.registry import store_registry
from sinks.served_checks import check_clock
from sinks.store import ClickHouseStore
from streams.core.frontier import TOPICS
from streams.shell.kafka_admin import KafkaAdmin
from streams.shell.kafka_answers import Topic
from streams.shell.kafka_settings import SCHEME, KafkaSettings
from streams.shell.kafka_world import refuse_wrong_world

PAUSE_SECONDS = 1.0

T = TypeVar("T")

log = structlog.get_logger("semko")


@dataclass(slots=True)
class Cluster:
    """A store and a Kafka that were looked at and found right."""

    setup: Setup
    kafka: KafkaSettings
    registry: Registry
    hasher: KeyHasher
    store: ClickHouseStore
    partitions: int
    """Of completions and of votes."""
    actions: Topic
    """What people did about alerts."""


def kafka_settings(setup: Setup) -> KafkaSettings:
    """How to reach the broker of ``setup``; raises ``CallError`` where it is no Kafka."""
    if not setup.broker.startswith(f"{SCHEME}:"):
        raise CallError(
            f"--broker {setup.broker}: this needs Kafka: write kafka://host:9092. On one machine"
            " without Kafka `semko up` does everything in one process."
        )
    return KafkaSettings.of(setup.broker, os.environ)


@contextmanager
def looked_at(setup: Setup, wait_seconds: float) -> Iterator[Cluster]:
    """Store and Kafka of ``setup``, once both answer and nothing about them is wrong.

    Raises ``LogUnavailable`` or ``StoreUnavailable`` where they do not within ``wait_seconds``,
    ``WorldError`` that lists what is wrong.
    """
    kafka, registry = kafka_settings(setup), setup.registry()
    deadline = time.monotonic() + wait_seconds
    store = once_there(lambda: open_store(setup.store), deadline)

    def look() -> Cluster:
        check_clock(store.database, clock_ms())
        hasher = checked_hasher(setup, store)
        refuse_wrong_world(kafka, GROUP, store.progress())
        store_registry(store.database, registry if setup.registry_path else None, clock_ms())
        with KafkaAdmin(kafka) as admin:
            topics = admin.topics((TOPICS[0], ALERT_ACTIONS))
        partitions, actions = topics[TOPICS[0]].partitions, topics[ALERT_ACTIONS]
        return Cluster(setup, kafka, registry, hasher, store, partitions, actions)

    try:
        yield once_there(look, deadline)
    finally:
        store.close()


def once_there(call: Callable[[], T], deadline: float) -> T:
    """What ``call`` gives once what it needs is there; raises what is missing at ``deadline``
    (monotonic seconds)."""
    while True:
        try:
            return call()
        except (LogUnavailable, StoreUnavailable) as problem:
            left = deadline - time.monotonic()
            if left <= 0:
                raise
            log.warning("waiting", problem=str(problem), seconds_left=round(left))
            time.sleep(min(PAUSE_SECONDS, left))
