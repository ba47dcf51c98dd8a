"""Every refusal of a Kafka cluster, judged from its answers alone."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from models.errors import WorldError
from models.facts import Progress
from streams.shell.batches import TopicPartition
from streams.shell.kafka_answers import Bounds, Cluster, Committed, Kafka, Topic, TopicConfig
from streams.shell.kafka_checks import (
    check_clock,
    check_partitions,
    check_positions,
    check_replicas,
    check_retention,
    check_timestamps,
    check_topics,
    check_version,
)
from streams.shell.kafka_settings import DAY_MS, KafkaSettings
from streams.shell.kafka_topics import topic_config
from streams.shell.kafka_world import findings

LONG = (1 << 63) - 1
CONFIG = TopicConfig(-1, -1, frozenset({"delete"}), "CreateTime", LONG, 3_600_000, 2)
COMPLETIONS, VOTES = Topic("id-c", 2, 3, CONFIG), Topic("id-v", 2, 3, CONFIG)
ACTIONS = {"alert_actions": Topic("id-a", 1, 3, CONFIG)}
SETTINGS = KafkaSettings(("broker:9092",), prefix="town.")
BOUNDS = {
    TopicPartition(name, n): Bounds(10, 20) for name in ("completions", "votes") for n in (0, 1)
}
GOOD = Kafka(
    SETTINGS,
    Cluster((1, 2, 3), (4, 1), 1, 0),
    {"completions": COMPLETIONS, "votes": VOTES, **ACTIONS},
    BOUNDS,
    {},
    None,
)
KEPT_A_WHILE = Topic("id-a", 1, 3, replace(CONFIG, retention_ms=900 * DAY_MS))
CLASSIC = replace(SETTINGS, group_protocol="classic")

Check = Callable[[Kafka], str]


def cluster(**told: object) -> Kafka:
    return replace(GOOD, cluster=replace(GOOD.cluster, **told))  # type: ignore[arg-type]  # a table


def votes(**told: object) -> Kafka:
    """The topic votes is otherwise."""
    changed = replace(VOTES, config=replace(CONFIG, **told))  # type: ignore[arg-type]  # a table
    return replace(GOOD, topics={**GOOD.topics, "votes": changed})


def read(
    committed: int | None, stored: int | None, *, log_id: str = "id-v", partitions: int = 2
) -> Kafka:
    """How far votes/1 was read, by the group and by the store, which is there if ``stored`` is."""
    place = TopicPartition("votes", 1)
    row = Progress("votes", 1, partitions, log_id, stored or 0, 7)
    return replace(
        GOOD,
        committed={} if committed is None else {place: Committed(committed, "")},
        progress=[] if stored is None else [row],
    )


def test_a_cluster_as_it_should_be_is_good_in_every_finding() -> None:
    found = findings(GOOD)
    assert [each for each in found if not each.good] == []
    assert {each.name: each.says for each in found} == {
        "kafka": "Kafka 4.1, 3 brokers, group protocol consumer",
        "kafka clock": "within 1 s of this machine's",
        "topics": "town.completions, town.votes and town.alert_actions",
        "partitions": "2 each",
        "retention": "for good",
        "timestamps": "CreateTime",
        "replicas": "completions 3, 2 in step; votes 3, 2 in step; alert_actions 3, 2 in step",
        "positions": "40 records in the log",
    }


@pytest.mark.parametrize("retention_ms", [-1, 30 * DAY_MS])
@pytest.mark.parametrize("replicas", [1, 2, 3])
def test_topics_as_they_are_made_are_good(replicas: int, retention_ms: int) -> None:
    made = topic_config(replicas, retention_ms)
    config = replace(
        CONFIG,
        retention_ms=int(made["retention.ms"]),
        retention_bytes=int(made["retention.bytes"]),
        cleanup_policy=frozenset({made["cleanup.policy"]}),
        timestamp_type=made["message.timestamp.type"],
        min_insync_replicas=int(made["min.insync.replicas"]),
    )
    topic = replace(VOTES, replicas=replicas, config=config)
    found = findings(replace(GOOD, topics={"completions": topic, "votes": topic, **ACTIONS}))
    assert [each for each in found if not each.good] == []


@pytest.mark.parametrize(
    ("kafka", "check", "says"),
    [
        (cluster(version=(2, 7)), check_version, "needs 2.8 at least: update them"),
        (cluster(version=(3, 9), group_version=0), check_version, "GROUP_PROTOCOL=classic"),
        (cluster(version=(4, 1), group_version=0), check_version, "--feature group.version=1"),
        (cluster(clock_ahead_ms=60_001), check_clock, "60 s ahead of this machine's"),
        (cluster(clock_ahead_ms=-75_400), check_clock, "75 s behind this machine's"),
        (
            replace(GOOD, topics={"votes": VOTES, **ACTIONS}),
            check_topics,
            "town.completions is not there",
        ),
        (
            replace(GOOD, topics={"completions": COMPLETIONS, "votes": VOTES}),
            check_topics,
            "town.alert_actions is not there",
        ),
        (
            replace(GOOD, topics={}),
            check_topics,
            "town.completions, town.votes and town.alert_actions are not there",
        ),
        (
            replace(GOOD, topics={**GOOD.topics, "votes": replace(VOTES, partitions=3)}),
            check_partitions,
            "(town.completions 2 and town.votes 3)",
        ),
        (read(None, 15, partitions=4), check_partitions, "the store was filled from 4"),
        (votes(cleanup_policy=frozenset({"compact"})), check_retention, "cleanup.policy=delete"),
        (
            votes(cleanup_policy=frozenset({"compact", "delete"})),
            check_retention,
            "only its last event would stay",
        ),
        (votes(retention_bytes=1 << 30), check_retention, "set retention.bytes=-1 (kafka-configs"),
        (
            votes(retention_ms=7 * DAY_MS - 1, timestamp_type="LogAppendTime"),
            check_retention,
            "may be away for 7 days (SEMKO_KAFKA_DOWNTIME)",
        ),
        (
            replace(GOOD, topics={**GOOD.topics, "alert_actions": KEPT_A_WHILE}),
            check_retention,
            "topic town.alert_actions keeps records for 900 days",
        ),
        (votes(retention_ms=30 * DAY_MS), check_retention, "timestamp.type=LogAppendTime"),
        (votes(timestamp_before_max_ms=30 * DAY_MS), check_timestamps, "older than 30 days"),
        (votes(timestamp_after_max_ms=60_000), check_timestamps, "more than 60000 ms ahead"),
        (votes(min_insync_replicas=4), check_replicas, "set min.insync.replicas=2"),
        (read(9, None), check_positions, ""),
        (read(9, 15), check_positions, "town.votes/1 goes on at 9, and the log has 10 to 20"),
        (read(21, 21), check_positions, "goes on at 21"),
        (read(None, 9), check_positions, "goes on at 9"),
        (read(15, 8), check_positions, "goes on at 8"),
    ],
)
def test_what_would_lose_events_is_refused_with_what_to_do(
    kafka: Kafka, check: Check, says: str
) -> None:
    if kafka.progress == []:
        kafka = replace(kafka, progress=None)  # no store is asked: what is committed is looked at
    with pytest.raises(WorldError) as refused:
        check(kafka)
    assert says in str(refused.value)
    assert [each.says for each in findings(kafka) if not each.good] == [str(refused.value)]


@pytest.mark.parametrize(
    ("kafka", "check"),
    [
        (replace(cluster(version=(3, 9), group_version=0), settings=CLASSIC), check_version),
        (replace(cluster(version=(2, 8), group_version=0), settings=CLASSIC), check_version),
        (cluster(clock_ahead_ms=60_000), check_clock),
        (cluster(clock_ahead_ms=None), check_clock),
        (read(None, 15, log_id="another", partitions=4), check_partitions),
        (votes(retention_ms=7 * DAY_MS, timestamp_type="LogAppendTime"), check_retention),
        (votes(timestamp_before_max_ms=1, timestamp_type="LogAppendTime"), check_timestamps),
        (votes(min_insync_replicas=1), check_replicas),
        (read(9, None), check_positions),
        (read(9, 5, log_id="another"), check_positions),
        (read(10, 20), check_positions),
        (read(None, 20), check_positions),
    ],
)
def test_what_looks_odd_and_loses_nothing_is_good(kafka: Kafka, check: Check) -> None:
    assert check(kafka)


def test_of_many_positions_outside_the_log_some_are_named_and_the_others_counted() -> None:
    kafka = replace(GOOD, committed={place: Committed(99, "") for place in BOUNDS})
    with pytest.raises(WorldError, match=r"completions/0 .* town.votes/0 .*; and 1 more\. Events"):
        check_positions(kafka)


def test_what_is_to_be_found_of_topics_waits_until_all_are_there() -> None:
    found = findings(replace(GOOD, topics={"votes": votes(retention_ms=1).topics["votes"]}))
    assert [each.name for each in found] == ["kafka", "kafka clock", "topics"]
