"""What a real Kafka answers about itself, topics and a group; what is said when it cannot."""

import logging
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from kafka import KafkaAdminClient
from kafka.admin import ACL, ACLOperation, ACLPermissionType, ResourcePattern, ResourceType

from models.errors import LogUnavailable, WorldError
from streams.shell import batches
from streams.shell.kafka_admin import KafkaAdmin
from streams.shell.kafka_answers import Bounds, Committed, TopicConfig
from streams.shell.kafka_settings import VARIABLES, KafkaSettings
from streams.shell.kafka_topics import ALL_TOPICS, create_topics
from streams.shell.kafka_world import clock_ms, look
from tests.kafka.broker import Broker, start_brokers
from tests.kafka.secured import PASSWORD, Secured, secured_broker
from tests.kafka.worlds import fresh_settings, make_topics

IMPATIENT_SECONDS = 2.0
NOWHERE = KafkaSettings.of("kafka://127.0.0.1:1", {})
VOTES = batches.TopicPartition("votes", 1)


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    with secured_broker(tmp_path_factory.mktemp("secured")) as made:
        yield made


def produce(settings: KafkaSettings, count: int) -> None:
    producer = Producer(settings.librdkafka())
    for _ in range(count):
        producer.produce(settings.named(VOTES.topic), b"{}", partition=VOTES.partition)
    assert producer.flush(30) == 0


def commit(settings: KafkaSettings, group: str, offset: int, metadata: str) -> None:
    consumer = Consumer(settings.librdkafka_member(group) | {"enable.auto.commit": False})
    place = TopicPartition(settings.named(VOTES.topic), VOTES.partition, offset, metadata)
    consumer.commit(offsets=[place], asynchronous=False)
    consumer.close()


def test_a_broker_tells_its_version_its_clock_and_that_members_may_speak_kip_848(
    kafka: KafkaSettings,
) -> None:
    with KafkaAdmin(kafka) as admin:
        told = admin.cluster(clock_ms)
        hour_ahead = admin.cluster(lambda: clock_ms() + 3_600_000).clock_ahead_ms
    assert told.brokers == (1,)
    assert told.version == (4, 1)
    assert told.group_version == 1
    assert told.clock_ahead_ms is not None
    assert abs(told.clock_ahead_ms) < 5_000
    assert hour_ahead is not None
    assert abs(hour_ahead + 3_600_000) < 5_000


def test_topics_are_told_under_our_names_with_what_can_lose_events(kafka: KafkaSettings) -> None:
    make_topics(kafka, 3, {"retention.ms": "5", "retention.bytes": "6"}, topics=["votes"])
    with KafkaAdmin(kafka) as admin:
        told = admin.topics(("completions", "votes"))
    assert list(told) == ["votes"]
    assert (told["votes"].partitions, told["votes"].replicas) == (3, 1)
    assert told["votes"].config == TopicConfig(
        5, 6, frozenset({"delete"}), "CreateTime", (1 << 63) - 1, 3_600_000, 1
    )


def test_a_topic_that_is_made_anew_is_another_log(kafka: KafkaSettings) -> None:
    deleter = AdminClient({**kafka.librdkafka()})
    with KafkaAdmin(kafka) as admin:
        ids = set()
        for _ in range(2):
            admin.create_topic("votes", 1, 1, {})
            ids.add(admin.topics(["votes"])["votes"].id)
            deleter.delete_topics([kafka.named("votes")])[kafka.named("votes")].result(20)
    assert len(ids) == 2


def test_a_topic_that_is_made_twice_is_there_once(kafka: KafkaSettings) -> None:
    with KafkaAdmin(kafka) as admin:
        for _ in range(2):
            admin.create_topic("votes", 2, 1, {})
        assert admin.topics(["votes"])["votes"].partitions == 2


def test_offsets_are_those_of_the_log_and_of_the_group_with_its_metadata(
    kafka_topics: KafkaSettings,
) -> None:
    produce(kafka_topics, 7)
    with KafkaAdmin(kafka_topics) as admin:
        assert admin.committed("semko") == {}
        commit(kafka_topics, "semko", 5, '{"epoch": 3}')
        assert admin.committed("semko") == {VOTES: Committed(5, '{"epoch": 3}')}
        assert admin.committed("another") == {}
        bounds = admin.bounds({"votes": 4})
    assert bounds.pop(VOTES) == Bounds(0, 7)
    assert set(bounds.values()) == {Bounds(0, 0)}
    assert len(bounds) == 3


def test_a_broker_that_is_not_there_is_named_with_what_to_look_at() -> None:
    with pytest.raises(
        LogUnavailable, match=r"does not answer at 127\.0\.0\.1:1 .*Connection refused"
    ):
        KafkaAdmin(NOWHERE, IMPATIENT_SECONDS)


def test_a_broker_that_goes_away_between_two_questions_is_named(tmp_path: Path) -> None:
    broker = start_brokers(tmp_path)[0]
    try:
        with KafkaAdmin(fresh_settings(broker), IMPATIENT_SECONDS) as admin:
            broker.kill()
            with pytest.raises(LogUnavailable, match=f"does not answer at {broker.address}"):
                admin.topics(["votes"])
            broker.restart()
            assert admin.topics(["votes"]) == {}
    finally:
        broker.kill()


def test_one_connection_of_tls_and_password_serves_both_clients(secured: Secured) -> None:
    settings = KafkaSettings.of(secured.url, secured.variables)
    assert AdminClient({**settings.librdkafka()}).list_topics(timeout=20).brokers
    with KafkaAdmin(settings) as admin:
        assert admin.cluster(clock_ms).brokers == (1,)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"SASL_PASSWORD": "another"}, "does not let us in: .*Invalid username or password"),
        ({"SASL_MECHANISM": "SCRAM-SHA-256"}, "does not let us in: .*mechanisms: PLAIN"),
        ({"SSL_CA": "other.pem"}, "does not let us in: .*certificate verify failed"),
        ({"SSL_CERTIFICATE": "", "SSL_KEY": ""}, "does not answer .*bad certificate"),
        ({"SSL_KEY": "ca.key"}, "cannot be made: .*ssl.key.location .*key values mismatch"),
    ],
)
def test_what_is_wrong_with_a_connection_is_said_and_no_secret(
    secured: Secured, wrong: dict[str, str], says: str
) -> None:
    told = dict(secured.variables)
    for name, value in wrong.items():
        file = value.endswith((".pem", ".key"))
        told[VARIABLES + name] = str(secured.folder / value) if file else value
    with pytest.raises(WorldError, match=says) as refused:
        KafkaAdmin(KafkaSettings.of(secured.url, told), IMPATIENT_SECONDS)
    assert PASSWORD not in str(refused.value)
    assert "another" not in str(refused.value)


def test_who_may_do_too_little_is_told_and_the_documented_rights_are_enough(
    secured: Secured,
) -> None:
    settings = KafkaSettings.of(secured.url, secured.variables)
    topics = [ResourcePattern(ResourceType.TOPIC, name) for name in ALL_TOPICS]
    every_topic = ResourcePattern(ResourceType.TOPIC, "*")
    group = ResourcePattern(ResourceType.GROUP, "semko")
    cluster = ResourcePattern(ResourceType.CLUSTER, "kafka-cluster")
    rights = KafkaAdminClient(bootstrap_servers=[secured.plain_url.removeprefix("kafka://")])

    def allow(pattern: ResourcePattern, *names: str) -> None:
        for name in names:
            operation = ACLOperation[name]
            given = ACL("User:semko", "*", operation, ACLPermissionType.ALLOW, pattern)
            rights.create_acls([given])
            # The controller has taken it; the broker hears of it a moment later.
            while not rights.describe_acls(given)[0]:
                time.sleep(0.01)

    with KafkaAdmin(settings) as admin:
        with pytest.raises(WorldError, match="does not allow user semko to see the topic"):
            admin.topics(ALL_TOPICS)
        allow(every_topic, "CREATE", "DESCRIBE")
        create_topics(admin, 1, 1)
        with pytest.raises(WorldError, match="to see the settings of the topic completions"):
            admin.topics(ALL_TOPICS)
        with pytest.raises(WorldError, match="does not allow user semko"):
            admin.committed("semko")
    for topic in topics:
        allow(topic, "READ", "WRITE", "DESCRIBE_CONFIGS")
    allow(group, "READ")
    clock = {each.name: each.says for each in look(settings, "semko", None)}["kafka clock"]
    assert "no right to DESCRIBE the cluster" in clock
    allow(cluster, "DESCRIBE")
    found = {each.name: each for each in look(settings, "semko", None)}
    assert "within" in found["kafka clock"].says
    assert all(each.good for each in found.values())
    rights.close()


def test_no_secret_is_logged_where_everything_is(
    secured: Secured, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with KafkaAdmin(KafkaSettings.of(secured.url, secured.variables)):
        pass
    assert PASSWORD not in caplog.text


def test_nothing_is_said_beside_the_error(
    broker: Broker, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(LogUnavailable):
        KafkaAdmin(KafkaSettings.of(f"kafka://127.0.0.1:{broker.port + 1}", {}), IMPATIENT_SECONDS)
    assert capfd.readouterr() == ("", "")
