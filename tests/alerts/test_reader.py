"""Actions out of a local log into a real store: all of them at every start, then as they come."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from models.errors import LogUnavailable
from models.facts import Office
from models.instants import parse_instant
from sinks.embedded import EmbeddedStore
from streams.shell.local_actions import LocalActions
from streams.shell.log import LocalLog
from tests.alerts.acted import acted, append, drop, noted
from tests.alerts.reading import Reading, started_once, until
from tests.sinks.opened import emptied

HALL = Office("town", "hall")


@pytest.fixture
def log(tmp_path: Path) -> Iterator[LocalLog]:
    made = LocalLog(tmp_path / "log.db")
    made.ensure_topic("alert_actions", 1)
    yield made
    made.close()


def read_once(log: LocalLog, store: EmbeddedStore) -> Reading:
    """One start, and what it told."""
    return started_once(lambda: LocalActions(log), store)


def test_a_start_stores_all_actions_and_the_next_changes_nothing(
    log: LocalLog, book: EmbeddedStore
) -> None:
    append(log, acted("a1", "acknowledge"), acted("a2", "cause", "the printer"))
    append(log, acted("a1", "acknowledge"), acted("a3", "action", "mend it"))
    all_of_them = [
        ("a1", "acknowledge", "so"),
        ("a2", "cause", "the printer"),
        ("a3", "action", "mend it"),
    ]
    read_once(log, book)
    assert noted(book) == all_of_them
    read_once(log, book)
    assert noted(book) == all_of_them
    read_once(log, emptied(book))
    assert noted(book) == all_of_them, "a store that was lost gets them back"


def test_what_comes_later_is_stored_within_a_moment(log: LocalLog, book: EmbeddedStore) -> None:
    told = Reading()

    async def run() -> None:
        async with told.over(lambda: LocalActions(log), book):
            append(log, acted("a1", "cause", "the printer"))
            await until(lambda: len(noted(book)) == 1)
            append(log, acted("a1", "cause", "no paper", acted_at="2026-03-11T12:01:00Z"))
            await until(lambda: noted(book) == [("a1", "cause", "no paper")])

    asyncio.run(run())
    assert (told.rejudged, told.failures) == ([], [])


def test_more_actions_than_are_read_at_once_are_all_stored(
    log: LocalLog, book: EmbeddedStore
) -> None:
    append(log, *(acted(f"a{number}", "acknowledge") for number in range(2_500)))
    read_once(log, book)
    assert len(noted(book)) == 2_500


def test_a_record_that_is_no_action_is_a_dead_letter_once(
    log: LocalLog, book: EmbeddedStore
) -> None:
    append(log, b"nonsense", acted("a1", "acknowledge"), acted("a2", "resolve", ""))
    for _ in range(2):
        read_once(log, book)
    rows = book.rows(
        "SELECT topic, offset, reason, field, raw FROM semko.dead_letters FINAL ORDER BY offset"
    )
    assert rows == [
        {"topic": "alert_actions", "offset": 0, "reason": "json", "field": "", "raw": ""},
        {"topic": "alert_actions", "offset": 2, "reason": "contract", "field": "note", "raw": ""},
    ]
    assert [event for event, *_ in noted(book)] == ["a1"]


def test_an_office_is_judged_anew_from_the_opening_of_an_alert_that_was_closed(
    log: LocalLog, book: EmbeddedStore
) -> None:
    ten = {HALL: parse_instant("2026-03-11T10:00:00Z")}
    drop(book)
    append(log, acted("a1", "acknowledge"))
    assert read_once(log, book).rejudged == []
    append(log, acted("a2", "resolve", "it was a fair"))
    assert read_once(log, book).rejudged == [ten]
    drop(book, "2026-03-11T12:00:00Z", "hand")
    assert read_once(log, book).rejudged == []
    drop(book, "2026-03-11T11:30:00Z", "score")
    assert read_once(log, book).rejudged == [], "its score had come back before"
    drop(book, "2026-03-11T14:30:00Z", "score")
    assert read_once(log, book).rejudged == [ten], "closed before its score came back"


def test_what_closes_while_it_is_read_has_the_office_judged_even_of_an_alert_in_the_making(
    log: LocalLog, book: EmbeddedStore
) -> None:
    told = Reading()

    async def run() -> None:
        async with told.over(lambda: LocalActions(log), book):
            append(log, acted("a1", "resolve"))
            await until(lambda: bool(told.rejudged))

    asyncio.run(run())
    assert told.rejudged == [{HALL: parse_instant("2026-03-11T12:00:00Z")}]


def test_nothing_is_judged_anew_before_what_is_kept(log: LocalLog, book: EmbeddedStore) -> None:
    april = parse_instant("2026-04-01T00:00:00Z")
    book.database.execute(
        "INSERT INTO semko.retention (kept_since, applied_at)"
        " SELECT toDateTime64('2026-04-01 00:00:00', 3, 'UTC'), now64(3)"
    )
    drop(book)
    append(log, acted("a1", "resolve"))
    assert read_once(log, book).rejudged == [{HALL: april}]


def test_a_log_that_cannot_be_read_ends_the_start_with_its_reason(
    log: LocalLog, book: EmbeddedStore
) -> None:
    log.close()
    with pytest.raises(LogUnavailable):
        read_once(log, book)
