"""From files into the log: opening it, and appending many records at once."""

import itertools
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from commands.setup import Setup
from commands.terminal import progress
from models.alert_actions import TOPIC as ALERT_ACTIONS
from models.errors import CallError
from models.records import EventRecord
from sources.files import events as file_events
from streams.core.decoding import COMPLETIONS, VOTES
from streams.shell.kafka_settings import SCHEME, KafkaSettings
from streams.shell.local_transport import log_path
from streams.shell.log import LocalLog, Records

PARTITIONS = 1
"""Of an embedded log: one process reads it, and larger batches cost less."""
TOPICS = (COMPLETIONS, VOTES, ALERT_ACTIONS)


def open_log(setup: Setup) -> LocalLog:
    """The log of an installation, with its topics."""
    log = LocalLog(log_path(setup.broker))
    for topic in TOPICS:
        log.ensure_topic(topic, PARTITIONS)
    return log


def by_topic(records: Sequence[EventRecord]) -> dict[str, Records]:
    """Records as the columns that a log takes."""
    columns: dict[str, Records] = {}
    for topic in TOPICS:
        some = [record for record in records if record.topic == topic]
        if some:
            columns[topic] = Records(
                [record.key for record in some],
                [record.value for record in some],
                [record.timestamp_ms for record in some],
            )
    return columns


def append_records(setup: Setup, records: Sequence[EventRecord]) -> None:
    """Append records to the log of ``setup``, of whichever kind; returns once it has them."""
    if is_kafka(setup.broker):
        # librdkafka is loaded where it is needed.
        from streams.shell.kafka_log import KafkaLog  # noqa: PLC0415

        topics = KafkaLog(KafkaSettings.of(setup.broker, os.environ))
        try:
            for topic, some in by_topic(records).items():
                topics.append_all(topic, some)
        finally:
            topics.close()
        return
    log = open_log(setup)
    try:
        for topic, some in by_topic(records).items():
            log.append_now(topic, some)
    finally:
        log.close()


def is_kafka(broker: str) -> bool:
    """Whether ``--broker`` names a Kafka."""
    return broker.startswith(f"{SCHEME}:")


def records_of(files: list[Path], mapping: Path | None) -> Iterator[list[EventRecord]]:
    """The records of files in their order, by the mapping where there is one.

    Raises ``CallError`` at once where there is no such file or the first of them is none of ours.
    """
    for file in files:
        if not file.is_file():
            what = "is no file" if file.exists() else "there is no such file"
            raise CallError(f"{file}: {what}; name files of events or, with --map, tables")
    records: Iterator[list[EventRecord]]
    if mapping is None:
        records = itertools.chain.from_iterable(map(file_events, files))
    else:
        # pandas costs a second and 60 MB, and most processes never see a table.
        from commands.tables import table_records  # noqa: PLC0415

        records = table_records(files, mapping)
    first = list(itertools.islice(records, 1))
    return itertools.chain(first, records)


def publish(
    log: LocalLog,
    batches: Iterable[list[EventRecord]],
    stopped: Callable[[], bool] = lambda: False,
) -> int:
    """Append records to the log, until its end or until ``stopped``; how many there were."""
    read = 0
    with progress("publishing", None) as bar:
        for batch in batches:
            for topic, some in by_topic(batch).items():
                log.append_now(topic, some)
            read += len(batch)
            bar(read)
            if stopped():
                break
    return read
