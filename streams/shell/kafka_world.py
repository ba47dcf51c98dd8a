"""A look at a Kafka cluster, all checks together.

refuse_wrong_world(settings, group, progress)      # a worker, before it starts
look(settings, group, progress)                    # `semko check`: every finding
"""

import time
from collections.abc import Callable, Sequence

from models.errors import WorldError
from models.facts import Progress
from models.findings import Finding
from streams.shell import kafka_checks as checks
from streams.shell.kafka_admin import KafkaAdmin
from streams.shell.kafka_answers import Kafka
from streams.shell.kafka_settings import KafkaSettings
from streams.shell.kafka_topics import ALL_TOPICS

CLUSTER_CHECKS: dict[str, Callable[[Kafka], str]] = {
    "kafka": checks.check_version,
    "kafka clock": checks.check_clock,
    "topics": checks.check_topics,
}
TOPIC_CHECKS: dict[str, Callable[[Kafka], str]] = {
    "partitions": checks.check_partitions,
    "retention": checks.check_retention,
    "timestamps": checks.check_timestamps,
    "replicas": checks.check_replicas,
    "positions": checks.check_positions,
}


def clock_ms() -> int:
    """This machine's time, in ms since 1970."""
    return time.time_ns() // 1_000_000


def look(
    settings: KafkaSettings,
    group: str,
    progress: Sequence[Progress] | None,
    now: Callable[[], int] = clock_ms,
) -> list[Finding]:
    """Every finding about the cluster, in the order in which they are best mended.

    ``group`` is ours without prefix, ``now`` our clock in ms. Raises LogUnavailable where the
    cluster does not answer, WorldError where it answers nothing to us.
    """
    with KafkaAdmin(settings) as admin:
        topics = admin.topics(ALL_TOPICS)
        committed = {
            source: position
            for source, position in admin.committed(group).items()
            if source.topic in topics
        }
        bounds = admin.bounds({name: topic.partitions for name, topic in topics.items()})
        kafka = Kafka(settings, admin.cluster(now), topics, bounds, committed, progress)
    return findings(kafka)


def findings(kafka: Kafka) -> list[Finding]:
    """Every check, made; those of topics only where all are there."""
    made = CLUSTER_CHECKS | (TOPIC_CHECKS if len(kafka.topics) == len(ALL_TOPICS) else {})
    return [_found(name, check, kafka) for name, check in made.items()]


def refuse_wrong_world(
    settings: KafkaSettings,
    group: str,
    progress: Sequence[Progress] | None,
    now: Callable[[], int] = clock_ms,
) -> None:
    """Raise WorldError that lists everything that is wrong; see `look`."""
    wrong = [each.says for each in look(settings, group, progress, now) if not each.good]
    if len(wrong) > 1:
        wrong = [f"{len(wrong)} things of Kafka are not as they must be:", *wrong]
    if wrong:
        raise WorldError("\n  ".join(wrong))


def _found(name: str, check: Callable[[Kafka], str], kafka: Kafka) -> Finding:
    try:
        return Finding(name, True, check(kafka))
    except WorldError as problem:
        return Finding(name, False, str(problem))
