"""What a run has left in the store against what the oracle says of its events."""

from collections.abc import Sequence

from tests.compare import TwoLiveRowsError, differences
from tests.histories import Record
from tests.life import HASHER
from tests.list_log import why_no_event
from tests.lives import join_window_ms
from tests.memory_store import MemoryStore
from tests.oracle import Event, expected, instant
from tests.simulation.alerts import wrong_alerts
from tests.simulation.broker import MARKER, Log
from tests.simulation.history import events_of

LetterId = tuple[str, str, int, int]
"""log, topic, partition, offset."""


def wrong_rows(
    store: MemoryStore, records: Sequence[Record], kept_since: int, logs: Sequence[Log]
) -> list[str]:
    """What is missing, too many or other than the oracle's, one line each; empty if all agrees.

    ``records`` are those of events, ``logs`` every incarnation of the log, the present one last.
    """
    try:
        rows = [store.rows(table) for table in ("interactions", "votes", "window_metrics")]
    except TwoLiveRowsError as error:
        return [str(error)]
    events = [event for event in events_of(records) if _own_time(event) >= kept_since]
    wanted = expected(events, HASHER.interaction_key, join_window_ms)
    found = differences(wanted, rows[0], rows[1], rows[2])
    return [*found, *_wrong_letters(store, kept_since, logs), *wrong_alerts(store)]


def _own_time(event: Event) -> int:
    return instant(event.get("completed_at") or event.get("voted_at")) or 0


def _wrong_letters(store: MemoryStore, kept_since: int, logs: Sequence[Log]) -> list[str]:
    """Of the present log all must be there; of former ones those that were read may be."""
    stored = {name: row["reason"] for name, row in store.rows("dead_letters").items()}
    *_, now = letters = [_letters_of(log, kept_since) for log in logs]
    known = {name: reason for of_log in letters for name, reason in of_log.items()}
    wrong = {name for name in now if stored.get(name) != now[name]}
    wrong |= {name for name, reason in stored.items() if known.get(name) != reason}
    return [f"dead letter {n}: {stored.get(n)} for {known.get(n)}" for n in sorted(wrong)]


def _letters_of(log: Log, kept_since: int) -> dict[LetterId, str]:
    return {
        (log.name, source.topic, source.partition, offset): reason
        for source, records in log.records.items()
        for offset, record in enumerate(records)
        if record is not MARKER and (reason := why_no_event(record, kept_since))
    }
