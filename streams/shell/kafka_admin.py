"""What a Kafka cluster says of itself, of our topics and of our group, in typed answers.

    with KafkaAdmin(settings) as admin:
        topics = admin.topics(TOPICS)

By kafka-python. Judges nothing (`kafka_checks` does) and reads no records. Names are ours, without
the prefix.
"""

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from types import TracebackType
from typing import Any, TypeVar

from kafka import KafkaAdminClient
from kafka import TopicPartition as Place
from kafka.admin import ConfigResource, OffsetSpec
from kafka.errors import (
    AuthorizationError,
    KafkaError,
    RetriableError,
    TopicAlreadyExistsError,
    TopicAuthorizationFailedError,
    UnknownBrokerIdError,
    UnknownTopicOrPartitionError,
    UnsupportedVersionError,
    for_code,
)

from models.errors import WorldError
from streams.shell.batches import TopicPartition
from streams.shell.kafka_answers import Bounds, Cluster, Committed, Topic, TopicConfig
from streams.shell.kafka_knock import knock, unreachable
from streams.shell.kafka_settings import KafkaSettings

PATIENCE_SECONDS = 10.0
"""So long is a broker waited for that does not answer yet."""
PAUSE_SECONDS = 0.2

# What goes wrong comes as an error, too; and at level DEBUG it writes passwords (measured).
logging.getLogger("kafka").setLevel(logging.CRITICAL)

T = TypeVar("T")


class KafkaAdmin:
    """A connection for questions. Every method blocks for at most some ``patience_seconds``.

    Raises ``LogUnavailable`` where the cluster does not answer, ``WorldError`` where it refuses.
    """

    def __init__(self, settings: KafkaSettings, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self._settings = settings
        self._patience_seconds = patience_seconds
        knock(settings, patience_seconds)
        try:
            self._client = KafkaAdminClient(
                **settings.kafka_python(),
                bootstrap_timeout_ms=int(patience_seconds * 1000),
                request_timeout_ms=int(patience_seconds * 1000),
                reconnect_backoff_max_ms=500,
            )
        except KafkaError as problem:
            raise unreachable(settings, str(problem)) from None

    def __enter__(self) -> "KafkaAdmin":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection; harmless when closed."""
        self._client.close()

    def cluster(self, now: Callable[[], int]) -> Cluster:
        """Brokers, version and clock; ``now`` is our clock in ms."""
        told = self._ask(self._client.describe_cluster)
        ids = tuple(
            broker["broker_id"] for broker in told["brokers"] if not broker.get("is_fenced")
        )
        version = self._ask(lambda: self._client.get_broker_version_data(ids[0])).broker_version
        features = self._ask(self._client.describe_features) if version >= (2, 4) else {}
        _, level = features.get("group.version", {}).get("finalized", (0, 0))
        return Cluster(ids, tuple(version), level, self._clock_ahead(now))

    def _clock_ahead(self, now: Callable[[], int]) -> int | None:
        """By what the leader of the controllers says of itself: no other answer carries a time
        that a broker took at that moment (KIP-836)."""
        before = now()
        try:
            told = self._ask(self._client.describe_metadata_quorum)
        except WorldError:  # an older cluster, or we may not ask (DESCRIBE on the cluster)
            return None
        after = now()
        quorum = told["topics"][0]["partitions"][0]
        for voter in quorum["current_voters"]:
            taken = voter.get("last_fetch_timestamp") or -1
            if voter["replica_id"] == quorum["leader_id"] and taken > 0:
                return int(taken) - (before + after) // 2
        return None

    def topics(self, names: Iterable[str]) -> dict[str, Topic]:
        """Those of ``names`` that there are."""
        ours = {self._settings.named(name): name for name in names}
        told = self._ask(lambda: self._client.describe_topics(list(ours)))
        there = {}
        for topic in told:
            problem = for_code(topic["error_code"])
            if problem is TopicAuthorizationFailedError:
                raise self._refused(f"to see the topic {topic['name']}", "DESCRIBE on it")
            if problem is not UnknownTopicOrPartitionError:
                there[topic["name"]] = topic
        configs = self._configs(list(there)) if there else {}
        return {ours[name]: _topic(topic, configs[name]) for name, topic in there.items()}

    def _configs(self, names: list[str]) -> dict[str, dict[str, str]]:
        asked = [ConfigResource("TOPIC", name) for name in names]
        told = self._ask(lambda: self._client.describe_configs(asked, config_filter="all"))
        configs = {
            name: {key: entry["value"] for key, entry in told["topic"][name].items()}
            for name in names
        }
        for name, config in configs.items():
            if not config:  # kafka-python says nothing of the error that stands in the answer
                raise self._refused(
                    f"to see the settings of the topic {name}", "DESCRIBE_CONFIGS on it"
                )
        return configs

    def bounds(self, topics: Mapping[str, int]) -> dict[TopicPartition, Bounds]:
        """Of every partition; ``topics`` are their counts by name, all of which must be there."""
        sources = {
            Place(self._settings.named(name), partition): TopicPartition(name, partition)
            for name, count in topics.items()
            for partition in range(count)
        }

        def offsets(spec: OffsetSpec) -> dict[TopicPartition, int]:
            asked = dict.fromkeys(sources, spec)
            told = self._ask(lambda: self._client.list_partition_offsets(asked))
            return {sources[place]: found.offset for place, found in told.items()}

        # The end last: it only grows, so that no end comes out before its beginning.
        earliest, end = offsets(OffsetSpec.EARLIEST), offsets(OffsetSpec.LATEST)
        return {source: Bounds(earliest[source], end[source]) for source in sources.values()}

    def committed(self, group: str) -> dict[TopicPartition, Committed]:
        """What our ``group`` has committed of its topics; nothing where there is no such group."""
        name = self._settings.named(group)
        told = self._ask(lambda: self._client.list_group_offsets({name: None}))
        return {
            TopicPartition(self._settings.unnamed(place.topic), place.partition): Committed(
                found.offset,
                found.metadata.rstrip("\0"),  # confluent-kafka sends the end of its C string too
            )
            for place, found in told[name].items()
        }

    def create_topic(
        self, name: str, partitions: int, replicas: int, config: Mapping[str, str]
    ) -> bool:
        """Make a topic, unless it is there, and wait until every partition has a leader.

        False where it was there: by someone else, or by a try that timed out.
        """
        topic = self._settings.named(name)
        wanted = {
            "num_partitions": partitions,
            "replication_factor": replicas,
            "configs": dict(config),
        }
        made = False
        with suppress(TopicAlreadyExistsError):
            self._ask(lambda: self._client.create_topics({topic: wanted}))
            made = True
        self._ask(lambda: self._client.wait_for_topics([topic]))
        return made

    def _ask(self, call: Callable[[], T]) -> T:
        deadline = time.monotonic() + self._patience_seconds
        while True:
            try:
                return call()
            except (RetriableError, UnknownBrokerIdError) as problem:
                # The latter while a lone broker comes back: the client has forgotten its address.
                if time.monotonic() > deadline:
                    raise unreachable(self._settings, str(problem)) from None
                time.sleep(PAUSE_SECONDS)
            except TopicAlreadyExistsError:
                raise
            except AuthorizationError as problem:
                raise self._refused("to do this", str(problem)) from None
            except UnsupportedVersionError as problem:
                raise WorldError(f"Kafka is too old for what is asked of it: {problem}") from None
            except KafkaError as problem:
                raise WorldError(f"Kafka refuses: {problem}") from None

    def _refused(self, what: str, right: str) -> WorldError:
        sasl = self._settings.sasl
        user = f"user {sasl.username}" if sasl else "us, who do not say who we are,"
        return WorldError(f"Kafka does not allow {user} {what}: give the right ({right})")


def _topic(told: Mapping[str, Any], config: Mapping[str, str]) -> Topic:  # kafka-python's answer
    """Settings that older brokers do not have yet are what those brokers do."""
    endless = str((1 << 63) - 1)
    difference = config.get("message.timestamp.difference.max.ms", endless)
    return Topic(
        str(told["topic_id"]),
        len(told["partitions"]),
        min(len(partition["replica_nodes"]) for partition in told["partitions"]),
        TopicConfig(
            int(config["retention.ms"]),
            int(config["retention.bytes"]),
            frozenset(filter(None, config["cleanup.policy"].split(","))),
            config["message.timestamp.type"],
            int(config.get("message.timestamp.before.max.ms", difference)),
            int(config.get("message.timestamp.after.max.ms", difference)),
            int(config["min.insync.replicas"]),
        ),
    )
