"""Every refusal of a Kafka cluster made for real: a broker that is so, and what is said of it."""

import time
from pathlib import Path

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient

from models.errors import LogUnavailable, WorldError
from models.facts import Progress
from streams.shell import batches
from streams.shell.kafka_admin import KafkaAdmin
from streams.shell.kafka_settings import DAY_MS, KafkaSettings
from streams.shell.kafka_topics import create_topics
from streams.shell.kafka_world import clock_ms, look, refuse_wrong_world
from tests.kafka.broker import Broker, kill_brokers, start_brokers
from tests.kafka.worlds import fresh_settings, make_topics

GROUP = "semko"
MONTH = str(30 * DAY_MS)
CUT_SECONDS = 30


def refused(
    settings: KafkaSettings, progress: list[Progress] | None = None, ahead_ms: int = 0
) -> str:
    """What a worker is told that starts on this world."""
    with pytest.raises(WorldError) as told:
        refuse_wrong_world(settings, GROUP, progress, lambda: clock_ms() + ahead_ms)
    assert not isinstance(told.value, LogUnavailable)
    return str(told.value)


def produced(settings: KafkaSettings, topic: str, count: int, timestamp: int) -> None:
    producer = Producer(settings.librdkafka())
    for _ in range(count):
        producer.produce(settings.named(topic), b"{}", partition=0, timestamp=timestamp)
    assert producer.flush(30) == 0


def test_topics_that_were_just_made_are_a_world_to_start_on(kafka: KafkaSettings) -> None:
    with KafkaAdmin(kafka) as admin:
        create_topics(admin, 1, 4)
    refuse_wrong_world(kafka, GROUP, [])
    assert [each.name for each in look(kafka, GROUP, None) if not each.good] == []


def test_a_broker_that_does_not_answer_is_no_world_to_start_on_yet() -> None:
    with pytest.raises(LogUnavailable, match="see that it runs"):
        refuse_wrong_world(KafkaSettings.of("kafka://127.0.0.1:1", {}), GROUP, None)


def test_a_broker_without_kip_848_is_refused_unless_members_are_classic(tmp_path: Path) -> None:
    brokers = start_brokers(tmp_path, features={"group.version": 0})
    try:
        settings = fresh_settings(brokers[0])
        make_topics(settings)
        assert "or set SEMKO_KAFKA_GROUP_PROTOCOL=classic" in refused(settings)
        classic = fresh_settings(brokers[0], GROUP_PROTOCOL="classic")
        make_topics(classic)
        refuse_wrong_world(classic, GROUP, None)
    finally:
        kill_brokers(brokers)


def test_a_clock_that_is_two_minutes_off_is_refused(kafka_topics: KafkaSettings) -> None:
    told = refused(kafka_topics, ahead_ms=120_000)
    assert "the clock of Kafka is 120 s behind this machine's" in told
    refuse_wrong_world(kafka_topics, GROUP, None, lambda: clock_ms() - 50_000)


@pytest.mark.parametrize(("there", "missing"), [("votes", "completions"), ("completions", "votes")])
def test_a_topic_that_is_missing_is_named(kafka: KafkaSettings, there: str, missing: str) -> None:
    make_topics(kafka, topics=[there, "alert_actions"])
    told = refused(kafka)
    assert f"{kafka.named(missing)} is not there" in told
    assert "semko topics create" in told


def test_topics_of_different_counts_are_refused(kafka: KafkaSettings) -> None:
    make_topics(kafka, 4, topics=["votes"])
    make_topics(kafka, 3, topics=["completions", "alert_actions"])
    assert f"({kafka.named('completions')} 3 and {kafka.named('votes')} 4)" in refused(kafka)


def test_a_count_that_the_store_does_not_know_is_refused(kafka_topics: KafkaSettings) -> None:
    with KafkaAdmin(kafka_topics) as admin:
        log_id = admin.topics(["votes"])["votes"].id
    filled = Progress("votes", 0, 2, log_id, 0, 1)
    assert "has 4 partitions, but the store was filled from 2" in refused(kafka_topics, [filled])
    refuse_wrong_world(kafka_topics, GROUP, [Progress("votes", 0, 4, log_id, 0, 1)])


@pytest.mark.parametrize(
    ("config", "says"),
    [
        ({"cleanup.policy": "compact"}, "is compacted"),
        ({"cleanup.policy": "compact,delete"}, "is compacted"),
        ({"retention.bytes": "1000000"}, "keeps 1000000 bytes a partition"),
        ({"retention.ms": "3600000"}, "SEMKO_KAFKA_DOWNTIME"),
        ({"retention.ms": MONTH}, "set message.timestamp.type=LogAppendTime"),
        ({"message.timestamp.before.max.ms": MONTH}, "refuses records older than 30 days"),
        ({"message.timestamp.after.max.ms": "60000"}, "more than 60000 ms ahead"),
        ({"min.insync.replicas": "2"}, "takes records only with 2 in step, so none"),
    ],
)
def test_a_topic_that_would_lose_or_refuse_events_is_refused(
    kafka: KafkaSettings, config: dict[str, str], says: str
) -> None:
    make_topics(kafka, 4, topics=["completions", "alert_actions"])
    make_topics(kafka, 4, config, topics=["votes"])
    told = refused(kafka)
    assert says in told
    assert f"topic {kafka.named('votes')}" in told
    assert "\n" not in told, "and nothing else is wrong"


def test_a_committed_offset_that_the_log_has_no_more_is_refused(
    kafka_topics: KafkaSettings,
) -> None:
    produced(kafka_topics, "votes", 9, clock_ms())
    place = TopicPartition(kafka_topics.named("votes"), 0, 3)
    consumer = Consumer(kafka_topics.librdkafka_member(GROUP))
    consumer.commit(offsets=[place], asynchronous=False)
    consumer.close()
    refuse_wrong_world(kafka_topics, GROUP, None)
    place.offset = 5
    client = AdminClient({**kafka_topics.librdkafka()})
    client.delete_records([place])[place].result(20)
    told = refused(kafka_topics)
    assert f"{place.topic}/0 goes on at 3, and the log has 5 to 9" in told
    refuse_wrong_world(kafka_topics, GROUP, [])  # into an empty store all is read from 5 on


def test_everything_that_is_wrong_is_said_at_once(kafka: KafkaSettings) -> None:
    make_topics(kafka, 4, {"cleanup.policy": "compact"}, topics=["completions", "alert_actions"])
    make_topics(kafka, 3, topics=["votes"])
    first, *rest = refused(kafka, ahead_ms=-120_000).splitlines()
    assert first == "3 things of Kafka are not as they must be:"
    for line, says in zip(
        rest, ("120 s ahead", "different partition counts", "compacted"), strict=True
    ):
        assert says in line


def test_retention_counts_from_arrival_and_eats_no_replay_of_last_year(broker: Broker) -> None:
    ours, plain = fresh_settings(broker), fresh_settings(broker)
    with KafkaAdmin(ours) as admin:
        create_topics(admin, 1, 1, 30 * DAY_MS)
    make_topics(plain, 1, {"retention.ms": MONTH})
    for settings in (plain, ours):
        produced(settings, "votes", 5, clock_ms() - 365 * DAY_MS)
    place = batches.TopicPartition("votes", 0)
    deadline = time.monotonic() + CUT_SECONDS
    with KafkaAdmin(plain) as admin:
        while admin.bounds({"votes": 1})[place].earliest < 5:
            assert time.monotonic() < deadline, "the broker did not cut a log that it should cut"
            time.sleep(0.5)
    with KafkaAdmin(ours) as admin:
        assert admin.bounds({"votes": 1})[place].earliest == 0
    refuse_wrong_world(ours, GROUP, None)
