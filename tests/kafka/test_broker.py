"""The broker of the tests itself: it keeps what it has, and its jars are fetched once."""

import os
import subprocess
import sys
from pathlib import Path

from confluent_kafka import Consumer, Producer, TopicPartition

from tests.installations import ROOT
from tests.kafka.broker import kill_brokers, start_brokers
from tests.kafka.jars import VERSION
from tests.kafka.worlds import fresh_settings, make_topics
from tests.requirements import need


def test_a_broker_that_was_stopped_and_killed_has_at_its_old_address_what_it_had(
    tmp_path: Path,
) -> None:
    brokers = start_brokers(tmp_path)
    try:
        broker = brokers[0]
        settings = fresh_settings(broker)
        make_topics(settings, 1)
        votes = settings.named("votes")
        for end in (broker.stop, broker.kill):
            producer = Producer(settings.librdkafka())
            producer.produce(votes, end.__name__.encode())
            assert producer.flush(30) == 0
            end()
            broker.restart()
        consumer = Consumer({**settings.librdkafka(), "group.id": "reader"})
        consumer.assign([TopicPartition(votes, 0, 0)])
        read = [message.value() for message in consumer.consume(2, 30)]
        consumer.close()
        assert read == [b"stop", b"kill"]
    finally:
        kill_brokers(brokers)


def test_two_processes_that_want_the_jars_at_once_get_the_same_whole_ones(tmp_path: Path) -> None:
    need("mvn")
    program = "from tests.kafka.jars import kafka_jars; print(kafka_jars())"
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path)}
    both = [
        subprocess.Popen(
            [sys.executable, "-c", program], cwd=ROOT, env=environment, stdout=subprocess.PIPE
        )
        for _ in range(2)
    ]
    told = {process.communicate()[0].decode().strip() for process in both}
    assert [process.returncode for process in both] == [0, 0]
    assert len(told) == 1
    jars = Path(told.pop())
    assert (jars / f"kafka_2.13-{VERSION}.jar").is_file()
    assert {path.suffix for path in jars.parent.iterdir() if path != jars} == {".lock"}
