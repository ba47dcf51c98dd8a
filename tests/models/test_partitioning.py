"""Placement as Kafka's default partitioner has it."""

import pytest
from aiokafka.partitioner import murmur2 as murmur2_of_aiokafka
from hypothesis import given
from hypothesis import strategies as st

from models.partitioning import murmur2, partition_of, place_of, record_key


@pytest.mark.parametrize(
    ("data", "digest"),  # from the tests of Kafka's own clients (UtilsTest.testMurmur2)
    [
        (b"21", -973932308),
        (b"foobar", -790332482),
        (b"a-little-bit-long-string", -985981536),
        (b"a-little-bit-longer-string", -1486304829),
        (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
        (b"abc", 479470107),
    ],
)
def test_murmur2_is_that_of_kafka(data: bytes, digest: int) -> None:
    assert murmur2(data) == digest & 0xFFFFFFFF
    assert partition_of(data, 7) == (digest & 0x7FFFFFFF) % 7


@given(st.binary(max_size=70))
def test_murmur2_is_that_of_another_kafka_client(data: bytes) -> None:
    assert murmur2(data) == murmur2_of_aiokafka(data) & 0xFFFFFFFF


def test_an_office_meets_in_one_partition_under_one_key() -> None:
    key = record_key("targovishte", "кметство-Вардун")
    assert key == "targovishte/кметство-Вардун".encode()
    assert place_of("targovishte", "кметство-Вардун", 12) == (key, partition_of(key, 12))
