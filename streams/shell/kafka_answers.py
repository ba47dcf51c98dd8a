"""What a Kafka cluster says of itself, of our topics and of our group, in types.

`kafka_admin` asks, `kafka_checks` judges; both speak in these.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from models.facts import Progress
from streams.shell.batches import TopicPartition
from streams.shell.kafka_settings import KafkaSettings


@dataclass(frozen=True, slots=True)
class Cluster:
    """The brokers together."""

    brokers: tuple[int, ...]
    """Ids of those that run."""
    version: tuple[int, ...]
    """At least this one: inferred from the requests that a broker knows."""
    group_version: int
    """Finalized level of the feature ``group.version``; from 1 on members may speak KIP-848."""
    clock_ahead_ms: int | None
    """How far the clock of the leading controller is before ours; None where it is not told."""


@dataclass(frozen=True, slots=True)
class TopicConfig:
    """Those settings of a topic that can lose events."""

    retention_ms: int
    """-1: for good; so for bytes."""
    retention_bytes: int
    """Of one partition."""
    cleanup_policy: frozenset[str]
    timestamp_type: str
    timestamp_before_max_ms: int
    """Records older than this are refused; so many ms before the broker's clock."""
    timestamp_after_max_ms: int
    min_insync_replicas: int


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic as it is."""

    id: str
    """A topic that is deleted and made again has another one: the log's identity."""
    partitions: int
    replicas: int
    """Of the partition that has the fewest."""
    config: TopicConfig


@dataclass(frozen=True, slots=True)
class Bounds:
    """Offsets that a partition holds: ``earliest`` … ``end - 1``."""

    earliest: int
    end: int


@dataclass(frozen=True, slots=True)
class Committed:
    """The next offset to read, and what its committer wrote beside it."""

    offset: int
    metadata: str


@dataclass(frozen=True, slots=True)
class Kafka:
    """All answers that the checks judge."""

    settings: KafkaSettings
    cluster: Cluster
    topics: Mapping[str, Topic]
    bounds: Mapping[TopicPartition, Bounds]
    committed: Mapping[TopicPartition, Committed]
    progress: Sequence[Progress] | None
    """The store's; None where no store is asked."""
