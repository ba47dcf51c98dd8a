"""Where an event goes: its record key and the partition that Kafka's default partitioner picks.

Must agree with every Kafka client to the bit, or an office would meet in two partitions.
"""

from functools import lru_cache

_OFFICES_AT_MOST = 1 << 16
_WORD = 0xFFFFFFFF


def record_key(tenant_id: str, office_id: str) -> bytes:
    """The key of every record about an office: unambiguous, since neither id holds a ``/``."""
    return f"{tenant_id}/{office_id}".encode()


@lru_cache(maxsize=_OFFICES_AT_MOST)
def partition_of(key: bytes, partitions: int) -> int:
    """The partition of ``key`` among ``partitions``, as Kafka's default partitioner places it."""
    return (murmur2(key) & 0x7FFFFFFF) % partitions


@lru_cache(maxsize=_OFFICES_AT_MOST)
def place_of(tenant_id: str, office_id: str, partitions: int) -> tuple[bytes, int]:
    """Record key and partition of an office, remembered: the hot path asks for every event."""
    key = record_key(tenant_id, office_id)
    return key, partition_of(key, partitions)


def murmur2(data: bytes) -> int:
    """32 bit MurmurHash2 (Austin Appleby) with Kafka's seed, as an unsigned number.

    Source: ``org.apache.kafka.common.utils.Utils.murmur2``.
    """
    multiplier = 0x5BD1E995
    length = len(data)
    whole = length & ~3
    digest = 0x9747B28C ^ length
    for at in range(0, whole, 4):
        word = int.from_bytes(data[at : at + 4], "little") * multiplier & _WORD
        word = (word ^ word >> 24) * multiplier & _WORD
        digest = digest * multiplier & _WORD ^ word
    if whole < length:
        digest = (digest ^ int.from_bytes(data[whole:], "little")) * multiplier & _WORD
    digest = (digest ^ digest >> 13) * multiplier & _WORD
    return digest ^ digest >> 15
