"""Records by librdkafka, as fast as Python gets them: in small chunks, of which values are kept."""

from typing import NamedTuple

from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition

from benchmarks.peers.engines.meter import Call

CHUNK = 250
"""Message objects must die while they are in the processor's cache."""
ROUND = 2_000


class Values(NamedTuple):
    """What one round brought."""

    completions: list[bytes]
    votes: list[bytes]


def opened(call: Call, *topics: str) -> Consumer:
    """A consumer of whole topics, without a group's ceremony."""
    consumer = Consumer(
        {
            "bootstrap.servers": call.servers,
            "group.id": call.group,
            "enable.auto.commit": False,
            "fetch.queue.backoff.ms": 5,  # by default a full queue stalls for a second
        }
    )
    consumer.assign([TopicPartition(topic, 0, OFFSET_BEGINNING) for topic in topics])
    return consumer


def taken(consumer: Consumer, votes: str, wait: float = 0.5) -> Values:
    """The values of the next round; ``votes`` is the topic of those, ``wait`` (s) for the first."""
    found = Values([], [])
    for _ in range(ROUND // CHUNK):
        messages = consumer.consume(CHUNK, wait)
        for message in messages:
            (found.votes if message.topic() == votes else found.completions).append(
                message.value() or b""
            )
        if len(messages) < CHUNK:
            break
        wait = 0.0
    return found
