"""What is told of alerts, whatever happens to the process that tells it."""

from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

import pytest

from models.errors import StoreUnavailable
from models.notices import (
    FAILED,
    PENDING,
    SENT,
    SUPPRESSED,
    Notice,
)
from tests.told_alerts import HOUR, MINUTE, MONDAY, MemoryBook, Told, alert, begun, routes

DAY = 24 * HOUR


@pytest.fixture
def told() -> Told:
    made = Told()
    made.book.write(begun(made.file, [alert().office]))
    return made


def test_an_alert_is_recorded_before_it_is_sent_and_its_receipt_after(told: Told) -> None:
    seen: list[list[str]] = []

    def look(_: Notice) -> str:
        seen.append([one.state for one in told.book.told()])
        return ""

    told.problem = look
    assert told.round(alert()) == [("opened", "d01-20260302-1")]
    assert seen == [[PENDING]]
    (row,) = told.book.told()
    assert (row.state, row.attempts, row.sent_at) == (SENT, 1, MONDAY)
    assert told.round(at=MONDAY + HOUR) == []


def test_its_whole_life_is_told_in_turn(told: Told) -> None:
    assert told.round(alert()) == [("opened", "d01-20260302-1")]
    assert told.round(alert(level="page")) == [("escalated", "d01-20260302-1")]
    assert told.round(alert(level="page", state="acknowledged")) == []
    assert told.round(alert(level="page", state="resolved")) == [("resolved", "d01-20260302-1")]
    assert told.round(alert(level="page", state="withdrawn")) == [("withdrawn", "d01-20260302-1")]
    assert told.round(alert(level="page")) == [("reopened", "d01-20260302-1")]
    assert told.round(alert(level="page", state="resolved")) == [("resolved", "d01-20260302-1")]
    ids = [one.message_id for one in told.sent]
    assert len(set(ids)) == len(ids) == 6


def test_what_was_withdrawn_before_anybody_knew_is_not_told(told: Told) -> None:
    assert told.round(alert(state="withdrawn")) == []
    assert told.book.told() == []


def test_a_failed_attempt_is_made_again_later_and_later_with_the_same_words(told: Told) -> None:
    told.problem = lambda _: "answered 500"
    times = []
    notifier = told.notifier()
    told.book.put(alert())
    for second in range(400):
        told.now = MONDAY + second * 1000
        before = [one.attempts for one in told.book.told()]
        notifier.round()
        if [one.attempts for one in told.book.told()] != before:
            times.append(second)
    assert times == [0, 5, 15, 35, 75, 155, 315]
    first = told.book.told()[0].known
    told.problem = lambda _: ""
    after = told.round(alert(level="page"), at=MONDAY + HOUR)
    assert after == [("opened", "d01-20260302-1"), ("escalated", "d01-20260302-1")]
    assert told.sent[0].known == first


def test_the_end_of_an_alert_is_not_told_before_its_beginning(told: Told) -> None:
    told.problem = lambda _: "away"
    told.round(alert())
    told.problem = lambda _: ""
    assert told.round(alert(state="resolved"), at=MONDAY + 1000) == []
    after = told.round(at=MONDAY + MINUTE)
    assert after == [("opened", "d01-20260302-1"), ("resolved", "d01-20260302-1")]


def test_after_a_day_it_is_given_up_and_said_so(told: Told) -> None:
    told.problem = lambda _: "answered 500"
    told.round(alert())
    told.round(at=MONDAY + DAY - MINUTE)
    assert [one.state for one in told.book.told()] == [PENDING]
    notifier = told.notifier()
    told.now = MONDAY + DAY + HOUR
    notifier.round()
    assert [(one.state, one.problem) for one in told.book.told()] == [(FAILED, "answered 500")]
    assert 'semko_notifications_failed_total{route="duty"} 1.0' in notifier.metrics.text()


def test_an_address_that_fails_holds_up_no_other() -> None:
    two = routes('[[routes]]\nname = "two"\nurls = ["json://127.0.0.1:1", "json://127.0.0.1:2"]\n')
    told = Told(two)
    told.problem = lambda notice: "away" if notice.target == "1:json" else ""
    assert told.round(alert()) == [("opened", "d01-20260302-1")]
    assert {one.target: one.state for one in told.book.told()} == {
        "1:json": PENDING,
        "2:json": SENT,
    }
    told.problem = lambda _: ""
    told.round(at=MONDAY + MINUTE)
    assert [one.target for one in told.sent] == ["2:json", "1:json"]


def test_a_message_that_is_refused_holds_up_no_other_to_its_address(told: Told) -> None:
    told.problem = lambda notice: "refused" if notice.alert_id.startswith("d01") else ""
    told.round(alert(), alert("d02", at=MONDAY + 1))
    assert told.round(at=MONDAY + 3000) == [("opened", "d02-20260302-1")]


def test_a_route_that_went_fails_what_it_still_had_to_send(told: Told) -> None:
    told.problem = lambda _: "away"
    told.round(alert())
    told.file = routes('[[routes]]\nname = "night"\nurls = ["json://127.0.0.1"]\n')
    told.problem = lambda _: ""
    told.round(at=MONDAY + MINUTE)
    (row,) = [one for one in told.book.told() if one.route == "duty"]
    assert (row.state, row.problem) == (
        FAILED,
        "the route or its address is no longer in notify.toml",
    )


def test_the_first_start_over_an_old_book_tells_only_of_the_last_hour() -> None:
    told = Told(book=MemoryBook(voting=frozenset(f"d{n:02}" for n in range(20))))
    old = [alert(f"d{n:02}", at=MONDAY - 2 * HOUR) for n in range(2)]
    assert told.round(*old, alert("d09", at=MONDAY - MINUTE)) == [("opened", "d09-20260302-1")]
    assert Counter(one.state for one in told.book.told()) == {SUPPRESSED: 2, SENT: 1}
    assert told.round(*(replace(one, state="resolved") for one in old)) == []


def test_an_alert_of_a_time_in_which_nothing_ran_is_told_afterwards(told: Told) -> None:
    told.round()
    assert told.round(alert(at=MONDAY + HOUR), at=MONDAY + 20 * HOUR) != []


@dataclass
class Receipts(MemoryBook):
    """A store that is away while a receipt is to be stored."""

    away: bool = False

    def write(self, notices: Any) -> None:
        if self.away and any(one.state == SENT for one in notices):
            raise StoreUnavailable("away")
        super().write(notices)


def test_a_receipt_waits_for_a_store_that_is_away_and_nothing_is_sent_twice() -> None:
    told = Told(book=Receipts())
    assert isinstance(told.book, Receipts)
    told.book.away = True
    notifier = told.notifier()
    told.book.put(alert())
    notifier.round()
    for _ in range(3):
        told.now += MINUTE
        with pytest.raises(StoreUnavailable):
            notifier.round()
    told.book.away = False
    notifier.round()
    assert [one.state for one in told.book.told()] == [SENT]
    assert len(told.sent) == 1
