"""Records for tests of the local log."""

from streams.shell.batches import TopicPartition
from streams.shell.log import Records

VOTES = TopicPartition("votes", 0)
HOUR_MS = 3_600_000
EVERYTHING = 1_000_000


def records(values: list[bytes], key: bytes = b"t/o") -> Records:
    return Records([key] * len(values), values, list(range(len(values))))


def numbered(begin: int, end: int, size: int = 0) -> Records:
    return records([b"%d" % i + b"x" * size for i in range(begin, end)])
