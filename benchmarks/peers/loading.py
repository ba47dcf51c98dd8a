"""The events in Kafka: topics of one partition each, filled as our gateway fills them."""

from typing import NamedTuple

from benchmarks.peers.events import drawn
from benchmarks.peers.oracle import Oracle, Rows
from streams.shell.kafka_log import KafkaLog
from streams.shell.kafka_settings import VARIABLES, KafkaSettings
from streams.shell.log_chunks import Records
from tests.kafka.worlds import make_topics

CHUNK = 10_000


class Loaded(NamedTuple):
    """Topics that are filled, and what must come of them."""

    url: str
    prefix: str
    completions: int
    events: int
    right: Rows

    @property
    def servers(self) -> str:
        """``host:port``, as every client takes it."""
        return self.url.removeprefix("kafka://")


def load(url: str, prefix: str, completions: int) -> Loaded:
    """Draw the events, append them in order of event time, and count them plainly."""
    settings = KafkaSettings.of(url, {f"{VARIABLES}PREFIX": prefix})
    make_topics(settings, partitions=1)
    log, oracle = KafkaLog(settings), Oracle()
    waiting = {topic: Records([], [], []) for topic in ("completions", "votes")}
    try:
        for sent in drawn(completions):
            oracle.take(sent.event)
            records = waiting[sent.topic]
            records.keys.append(sent.key)
            records.values.append(sent.value)
            records.timestamps.append(sent.timestamp)
            if len(records.values) == CHUNK:
                log.append_all(sent.topic, records)
                waiting[sent.topic] = Records([], [], [])
        for topic, records in waiting.items():
            if records.values:
                log.append_all(topic, records)
    finally:
        log.close()
    return Loaded(url, prefix, completions, oracle.events, oracle.rows())
