"""Actions out of Kafka: all of the topic at every start, then as they come, by every worker."""

import asyncio
from collections.abc import Callable
from functools import partial

from sinks.embedded import EmbeddedStore
from streams.shell.kafka_actions import KafkaActions
from streams.shell.kafka_admin import KafkaAdmin
from streams.shell.kafka_log import KafkaLog
from streams.shell.kafka_settings import KafkaSettings
from tests.alerts.acted import acted, noted, records
from tests.alerts.reading import Reading, started_once, until
from tests.sinks.opened import emptied

TOPIC = "alert_actions"


def source(settings: KafkaSettings) -> Callable[[], KafkaActions]:
    """The topic as it is now."""
    with KafkaAdmin(settings) as admin:
        topic = admin.topics([TOPIC])[TOPIC]
    return partial(KafkaActions, settings, "semko", topic)


def append(settings: KafkaSettings, *bodies: bytes) -> None:
    log = KafkaLog(settings)
    try:
        log.append_all(TOPIC, records(*bodies))
    finally:
        log.close()


def test_every_start_reads_all_of_the_topic_and_commits_nothing(
    kafka_topics: KafkaSettings, book: EmbeddedStore
) -> None:
    opened = source(kafka_topics)
    assert started_once(opened, book).failures == [], "an empty topic is read to its end at once"
    append(kafka_topics, *(acted(f"a{number:04}", "acknowledge") for number in range(1_500)))
    append(kafka_topics, b"nonsense", acted("a0007", "acknowledge", "again"))
    started_once(opened, book)
    first = noted(book)
    assert len(first) == 1_500
    started_once(opened, emptied(book))
    assert noted(book) == first
    (letter,) = book.rows("SELECT offset, log_id FROM semko.dead_letters FINAL")
    with KafkaAdmin(kafka_topics) as admin:
        assert letter == {"offset": 1_500, "log_id": admin.topics([TOPIC])[TOPIC].id}
        assert admin.committed("semko") == {}


def test_two_workers_follow_one_topic_and_store_the_same(
    kafka_topics: KafkaSettings, book: EmbeddedStore
) -> None:
    opened, told = source(kafka_topics), [Reading(), Reading()]

    async def run() -> None:
        async with told[0].over(opened, book), told[1].over(opened, book):
            await asyncio.to_thread(append, kafka_topics, acted("a1", "resolve", "a fair"))
            await until(lambda: all(each.rejudged for each in told))

    asyncio.run(run())
    assert noted(book) == [("a1", "resolve", "a fair")]
    assert told[0].rejudged == told[1].rejudged
