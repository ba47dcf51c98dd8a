"""Our topics on a Kafka cluster, made as counting and the alert book want them."""

from collections.abc import Mapping
from dataclasses import dataclass

from models.alert_actions import TOPIC as ALERT_ACTIONS
from models.errors import WorldError
from streams.core.frontier import TOPICS
from streams.shell.kafka_admin import KafkaAdmin
from streams.shell.kafka_answers import Topic

ALL_TOPICS = (*TOPICS, ALERT_ACTIONS)
DEFAULT_PARTITIONS = 64
"""Many more than workers: a partition is what one worker takes, and the count is fixed for good."""
REPLICAS = 3


@dataclass(frozen=True, slots=True)
class Made:
    """What `create_topics` did."""

    created: tuple[str, ...]
    partitions: int
    replicas: int
    """Of those that were made; 0 where none was."""
    retention_ms: int
    """Asked for; -1: for good, as actions always are."""


def create_topics(
    admin: KafkaAdmin, brokers: int, partitions: int | None = None, retention_ms: int = -1
) -> Made:
    """Make those of our topics that are not there yet: those that are counted with equal partition
    counts, that of actions with one partition and kept for good, since it is read anew from its
    beginning at every start.

    ``partitions`` None takes the count of a topic that is there, or `DEFAULT_PARTITIONS`. What is
    there is left as it is; raises WorldError where it has another count than wanted.
    """
    there = admin.topics(ALL_TOPICS)
    count = _count({name: there[name] for name in TOPICS if name in there}, partitions)
    replicas = min(REPLICAS, brokers)
    missing = tuple(name for name in ALL_TOPICS if name not in there)
    made = True
    for name in missing:
        if name == ALERT_ACTIONS:
            made &= admin.create_topic(name, 1, replicas, topic_config(replicas, -1))
        else:
            made &= admin.create_topic(name, count, replicas, topic_config(replicas, retention_ms))
    if not made:  # somebody else did, with a count of their own
        there = admin.topics(TOPICS)
        _count({name: there[name] for name in TOPICS if name in there}, count)
    return Made(missing, count, replicas if missing else 0, retention_ms)


def topic_config(replicas: int, retention_ms: int) -> dict[str, str]:
    """Settings under which `kafka_checks` finds nothing wrong.

    What is kept for a while is kept from its arrival on: by its events' own times a replay would be
    deleted as it comes.
    """
    return {
        "cleanup.policy": "delete",
        "retention.ms": str(retention_ms),
        "retention.bytes": "-1",
        "min.insync.replicas": "2" if replicas >= REPLICAS else "1",
        "message.timestamp.type": "CreateTime" if retention_ms < 0 else "LogAppendTime",
    }


def _count(there: Mapping[str, Topic], wanted: int | None) -> int:
    counts = {name: topic.partitions for name, topic in there.items()}
    for name, count in counts.items():
        if wanted not in (None, count):
            raise WorldError(
                f"topic {name} has {count} partitions, not {wanted}, and a partition count is fixed"
                " for good: with another one, events of an office would come to another partition"
                f" than those before. Leave out --partitions, or say --partitions {count}"
            )
    if len(set(counts.values())) > 1:
        told = ", ".join(f"{name} {count}" for name, count in counts.items())
        raise WorldError(
            f"the topics have different partition counts ({told}): completions and votes of an"
            " office would not meet. Delete one that has no events you need, and run this again"
        )
    return wanted or next(iter(counts.values()), DEFAULT_PARTITIONS)
