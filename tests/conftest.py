"""What tests of all parts share: logs as they were, and a real Kafka once a test asks for it."""

from collections.abc import Iterator

import pytest
import structlog

from streams.shell.kafka_settings import KafkaSettings
from tests.kafka.broker import Broker, kill_brokers, start_brokers
from tests.kafka.worlds import fresh_settings, make_topics


@pytest.fixture(autouse=True)
def logs_as_they_were() -> Iterator[None]:
    """Commands and simulations that run in this process set up logs for themselves."""
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """The broker of this session. Whoever stops or kills one starts a broker of his own."""
    brokers = start_brokers(tmp_path_factory.mktemp("kafka"))
    yield brokers[0]
    kill_brokers(brokers)


@pytest.fixture
def kafka(broker: Broker) -> KafkaSettings:
    """A part of the session's broker with no topic yet."""
    return fresh_settings(broker)


@pytest.fixture
def kafka_topics(kafka: KafkaSettings) -> KafkaSettings:
    """A part of the session's broker with both topics, of four partitions each."""
    make_topics(kafka)
    return kafka
