"""Whether a Kafka cluster is one on which counting stays exact: each refusal, with what to do.

A check judges the answers of a cluster and asks nothing itself: it returns what there is to say, or
raises WorldError.
"""

from collections.abc import Sequence

from models.alert_actions import TOPIC as ALERT_ACTIONS
from models.errors import WorldError
from streams.core.frontier import TOPICS
from streams.shell.batches import TopicPartition
from streams.shell.kafka_answers import Kafka
from streams.shell.kafka_settings import DAY_MS
from streams.shell.kafka_topics import ALL_TOPICS

OLDEST = (2, 8)
"""The first version whose topics have ids, which tell one log from another."""
CLOCK_MS_AT_MOST = 60_000
AHEAD_MS_AT_LEAST = 6 * 60_000
"""Events up to 5 min ahead count, and clocks may differ by one."""
NAMED_AT_MOST = 3


def check_version(kafka: Kafka) -> str:
    """Old brokers lack what we build on."""
    cluster, version = kafka.cluster, _dotted(kafka.cluster.version)
    if cluster.version < OLDEST:
        raise WorldError(
            f"the brokers speak Kafka {version}, and SEMKO needs {_dotted(OLDEST)} at least:"
            " update them"
        )
    classic = kafka.settings.group_protocol == "classic"
    if cluster.group_version < 1 and not classic:
        why = (
            "kafka-features.sh upgrade --feature group.version=1"
            if cluster.version >= (4, 0)
            else "update them to Kafka 4"
        )
        raise WorldError(
            f"the brokers (Kafka {version}) do not speak the group protocol of KIP-848 (feature"
            f" group.version is {cluster.group_version}): {why}, or set"
            " SEMKO_KAFKA_GROUP_PROTOCOL=classic for every worker"
        )
    brokers = _counted(len(cluster.brokers), "broker")
    return f"Kafka {version}, {brokers}, group protocol {kafka.settings.group_protocol}"


def check_clock(kafka: Kafka) -> str:
    """Events are judged by our clock and by Kafka's."""
    ahead = kafka.cluster.clock_ahead_ms
    if ahead is None:
        return "Kafka does not tell its time: an older one, or no right to DESCRIBE the cluster"
    return compare_clocks("Kafka", ahead)


def compare_clocks(whose: str, ahead_ms: int) -> str:
    """Refuse a clock that is ``ahead_ms`` before ours, or behind it, by more than a minute."""
    seconds = round(abs(ahead_ms) / 1000)
    if abs(ahead_ms) > CLOCK_MS_AT_MOST:
        where = "ahead of" if ahead_ms > 0 else "behind"
        raise WorldError(
            f"the clock of {whose} is {seconds} s {where} this machine's, and both judge which"
            " events lie in the future: set the wrong one by NTP"
        )
    return f"within {max(seconds, 1)} s of this machine's"


def check_topics(kafka: Kafka) -> str:
    """All topics are there."""
    missing = [kafka.settings.named(name) for name in ALL_TOPICS if name not in kafka.topics]
    if missing:
        raise WorldError(
            f"{_listed(missing)} {'is' if len(missing) == 1 else 'are'} not there: make what is"
            " missing with `semko topics create`"
        )
    return _listed([kafka.settings.named(name) for name in ALL_TOPICS])


def check_partitions(kafka: Kafka) -> str:
    """Equal counts, and those that the store was filled from."""
    counts = {name: kafka.topics[name].partitions for name in TOPICS}
    if len(set(counts.values())) > 1:
        told = " and ".join(f"{kafka.settings.named(name)} {n}" for name, n in counts.items())
        raise WorldError(
            f"the topics have different partition counts ({told}), so that completions and votes of"
            " an office would not meet: make both anew with one count, by `semko topics create`,"
            " and send their events again"
        )
    ids = {topic.id for topic in kafka.topics.values()}
    for row in kafka.progress or ():
        if row.log_id in ids and row.topic in counts and row.partitions != counts[row.topic]:
            raise WorldError(
                f"topic {kafka.settings.named(row.topic)} has {counts[row.topic]} partitions, but"
                f" the store was filled from {row.partitions}, and offices lie elsewhere now: make"
                " both topics anew with `semko topics create` and send their events again"
            )
    return f"{counts[TOPICS[0]]} each"


def check_retention(kafka: Kafka) -> str:
    """Nothing may be deleted that was not read."""
    settings = kafka.settings
    for name, topic in kafka.topics.items():
        config, shown = topic.config, settings.named(name)
        if "compact" in config.cleanup_policy:
            raise WorldError(
                f"topic {shown} is compacted: of each office only its last event would stay: "
                f"{_set(shown, 'cleanup.policy=delete')}, and send again what is gone"
            )
        if config.retention_bytes >= 0:
            raise WorldError(
                f"topic {shown} keeps {config.retention_bytes} bytes a partition, read or not: a"
                f" busy day would delete what no worker has read: {_set(shown, _BYTES)}"
            )
        if config.retention_ms < 0:
            continue
        if name == ALERT_ACTIONS:
            raise WorldError(
                f"topic {shown} keeps records for {_days(config.retention_ms)}, but what people did"
                " about alerts is read from its beginning at every start:"
                f" {_set(shown, 'retention.ms=-1')}"
            )
        if config.retention_ms < settings.downtime_ms:
            raise WorldError(
                f"topic {shown} keeps records for {_days(config.retention_ms)}, but workers may be"
                f" away for {_days(settings.downtime_ms)} (SEMKO_KAFKA_DOWNTIME):"
                f" {_set(shown, 'retention.ms=-1')} or longer than that, or allow less"
            )
        if config.timestamp_type != "LogAppendTime":
            raise WorldError(
                f"topic {shown} keeps records for {_days(config.retention_ms)} from their events'"
                " own times, not from when they came: a replay, or what a terminal sends late,"
                f" would be deleted within minutes, read or not: {_set(shown, _ARRIVAL)}, or"
                " retention.ms=-1"
            )
    kept = {kafka.topics[name].config.retention_ms for name in TOPICS if name in kafka.topics}
    finite = [each for each in kept if each >= 0]
    return f"{_days(min(finite))} from arrival" if finite else "for good"


def check_timestamps(kafka: Kafka) -> str:
    """Kafka must not refuse what is an event.

    LogAppendTime does no harm: an event counts as one of the future by the earlier of the record's
    time and our clock, and a record that is read was appended before.
    """
    for name, topic in kafka.topics.items():
        config, shown = topic.config, kafka.settings.named(name)
        if config.timestamp_type == "LogAppendTime":
            continue  # no time that a sender gives is looked at
        if config.timestamp_before_max_ms < 100 * 365 * DAY_MS:
            raise WorldError(
                f"topic {shown} refuses records older than {_days(config.timestamp_before_max_ms)}:"
                f" old events could not be replayed: {_set(shown, _BEFORE)}"
            )
        if config.timestamp_after_max_ms < AHEAD_MS_AT_LEAST:
            raise WorldError(
                f"topic {shown} refuses records more than {config.timestamp_after_max_ms} ms ahead,"
                " but events up to 5 min ahead of the clock count: "
                f"{_set(shown, 'message.timestamp.after.max.ms=3600000')}"
            )
    return _listed(sorted({topic.config.timestamp_type for topic in kafka.topics.values()}))


def check_replicas(kafka: Kafka) -> str:
    """A record that was acknowledged must outlive a broker, and be taken at all."""
    said = []
    for name, topic in kafka.topics.items():
        copies, in_sync = topic.replicas, topic.config.min_insync_replicas
        shown = kafka.settings.named(name)
        if in_sync > copies:
            raise WorldError(
                f"topic {shown} has {_counted(copies, 'replica')} and takes records only with"
                f" {in_sync} in step, so none:"
                f" {_set(shown, f'min.insync.replicas={max(1, copies - 1)}')}"
            )
        said.append(f"{name} {copies}, {in_sync} in step")
    lone = any(topic.config.min_insync_replicas < 2 for topic in kafka.topics.values())
    return "; ".join(said) + (": a disk that is lost loses events" if lone else "")


def check_positions(kafka: Kafka) -> str:
    """Where reading would go on must be in the log (I7)."""
    outside = [
        f"{kafka.settings.named(source.topic)}/{source.partition} goes on at {offset}, and the log"
        f" has {bounds.earliest} to {bounds.end}"
        for source, bounds in sorted(kafka.bounds.items())
        if (offset := _resume(kafka, source)) is not None
        and not bounds.earliest <= offset <= bounds.end
    ]
    if outside:
        shown = outside[:NAMED_AT_MOST]
        more = len(outside) - len(shown)
        raise WorldError(
            "; ".join(shown)
            + (f"; and {more} more" if more else "")
            + ". Events between them would be skipped. Restore the log, or the store from a copy"
            " that belongs to it; or make the topics anew, which begins a new log over the stored"
            " facts, and send again what is missing"
        )
    records = sum(bounds.end - bounds.earliest for bounds in kafka.bounds.values())
    return f"{records} records in the log"


def _resume(kafka: Kafka, source: TopicPartition) -> int | None:
    """The offset at which a worker would go on; None for the beginning of the log."""
    committed = kafka.committed.get(source)
    if kafka.progress is None:
        return committed.offset if committed else None
    ids = {topic.id for topic in kafka.topics.values()}
    stored = [
        row.offset
        for row in kafka.progress
        if (row.topic, row.partition) == source and row.log_id in ids
    ]
    if not stored:  # whatever is committed is not in this store
        return None
    return min(*stored, committed.offset) if committed else stored[0]


_BYTES = "retention.bytes=-1"
_ARRIVAL = "message.timestamp.type=LogAppendTime"
_BEFORE = f"message.timestamp.before.max.ms={(1 << 63) - 1}"


def _set(topic: str, config: str) -> str:
    return f"set {config} (kafka-configs.sh --alter --topic {topic} --add-config {config})"


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def _counted(count: float, what: str) -> str:
    return f"{count:g} {what}" + ("" if count == 1 else "s")


def _days(ms: int) -> str:
    return _counted(ms / DAY_MS, "day")
