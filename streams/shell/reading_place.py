"""How far an owner has read, against the ends of its topics as they are known by now."""

from streams.core.frontier import TOPICS
from streams.shell.batches import BatchSource, TopicPartition
from streams.shell.owner import Owner

LIVE_RECORDS = 2_000
"""A partition of which so many records wait in the log, or fewer, is read live."""


def behind(source: BatchSource | None, owner: Owner) -> int:
    """Records of both topics that wait to be handled; 0 before there is a source."""
    if source is None:
        return 0
    ends = {topic: source.highwater(TopicPartition(topic, owner.partition)) for topic in TOPICS}
    return sum(max(0, ends[topic] - at) for topic, at in owner.offsets.items())


def is_live(source: BatchSource | None, owner: Owner) -> bool:
    """Whether what it counts is of now, so that somebody may look at it."""
    return behind(source, owner) <= LIVE_RECORDS


def read_to_end(source: BatchSource | None, owner: Owner) -> set[str]:
    """Topics of which nothing waits."""
    assert source is not None  # which gave the owner its offsets
    return {
        topic
        for topic, at in owner.offsets.items()
        if at >= source.highwater(TopicPartition(topic, owner.partition))
    }
