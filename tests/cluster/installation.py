"""A broker, a store behind its wire and a group, begun for a test module and ended after it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from streams.shell.kafka_settings import VARIABLES, KafkaSettings
from tests.cluster.group import Group
from tests.facade.running import Running
from tests.kafka.broker import Broker
from tests.kafka.worlds import fresh_settings, make_topics


@dataclass(frozen=True, slots=True)
class Place:
    """Where a test's processes run."""

    kafka: KafkaSettings
    store: Running
    group: Group


@contextmanager
def place(broker: Broker, folder: Path, partitions: int = 4) -> Iterator[Place]:
    """Topics of its own on ``broker``, an empty store with its tables, no worker yet."""
    kafka = fresh_settings(broker)
    make_topics(kafka, partitions)
    folder.mkdir(exist_ok=True)
    store = Running(folder / "store")
    group = Group(folder, broker.url, store.url(), {f"{VARIABLES}PREFIX": kafka.prefix})
    try:
        made = group.command("migrate")
        assert made.returncode == 0, made.stderr
        yield Place(kafka, store, group)
    finally:
        group.close()
        store.kill()
