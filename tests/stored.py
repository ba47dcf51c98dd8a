"""What an installation at rest has in its log and in its store, held against the oracle."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from models.facts import Progress
from models.identity import KeyHasher
from sinks.embedded import EmbeddedStore
from sinks.opening import open_store
from sinks.reconcile import Difference, reconcile
from streams.core.frontier import TOPICS
from streams.shell.batches import TopicPartition
from streams.shell.log import LocalLog
from tests.compare import differences, live_interactions, live_votes, rows_of
from tests.installations import Installation
from tests.oracle import Event, Expected, expected
from tests.sinks.opened import counted


def logged(installation: Installation) -> list[bytes]:
    """The body of every record of the log."""
    log = LocalLog(installation.log_path)
    try:
        return [body for topic in TOPICS for body in _of_topic(log, topic)]
    finally:
        log.close()


def _of_topic(log: LocalLog, topic: str) -> Iterable[bytes]:
    for partition in range(log.partition_count(topic)):
        source = TopicPartition(topic, partition)
        offset, end = log.bounds(source)
        while offset < end:
            read = log.read(source, offset, 10_000)
            yield from read.values
            offset += len(read.values)


def wrong_rows(installation: Installation, bodies: Iterable[bytes]) -> list[str]:
    """How the stored rows differ from those that a set of events must give; empty if they agree."""
    return rows_against_oracle(installation.store, installation.folder / "store.key", bodies)


def rows_against_oracle(store_url: str, key_file: Path, bodies: Iterable[bytes]) -> list[str]:
    """The same of any store."""
    hasher = KeyHasher(bytes.fromhex(key_file.read_text().strip()))
    wanted = by_office([msgspec.json.decode(body) for body in set(bodies)], hasher)
    store = open_store(store_url)
    try:
        facts = store.recent(store.offices(), 0)
        return differences(
            wanted,
            live_interactions(rows_of(facts.interactions)),
            live_votes(rows_of(facts.votes)),
            counted(store),
        )
    finally:
        store.close()


def wrong_books(installation: Installation) -> list[Difference]:
    """Where metrics and facts differ."""
    store = EmbeddedStore(installation.store)
    try:
        return reconcile(store.database).differences
    finally:
        store.close()


def progress(installation: Installation) -> list[Progress]:
    """How far the stored facts go."""
    store = EmbeddedStore(installation.store)
    try:
        return store.progress()
    finally:
        store.close()


def by_office(events: Sequence[Event], hasher: KeyHasher) -> Expected:
    """The oracle's rows, office by office: nothing of one touches another, and it is slow."""
    whole, of_office = Expected(), defaultdict(list)
    for event in events:
        of_office[event["tenant_id"], event["office_id"]].append(event)
    for some in of_office.values():
        part = expected(some, hasher.interaction_key)
        whole.interactions |= part.interactions
        whole.votes |= part.votes
        whole.windows |= part.windows
    return whole
