"""What is told of alerts, read from and written to real stores."""

from dataclasses import replace
from typing import Any

import pytest

from models.facts import Office
from models.notices import INCLUDED, PENDING, SENT, SUPPRESSED, AlertNow, Notice
from sinks.database import insertion
from sinks.notice_book import NoticeBook
from tests.sinks.opened import Opened
from tests.store_rows import OFFICE, TEN, interaction, put

MINUTE, DAY = 60_000, 86_400_000
DAY_NUMBER = TEN // DAY


def notice(number: int = 1, **more: Any) -> Notice:
    made = Notice(
        OFFICE, f"{number:032x}", "webhook", "d1-20250401-1", "opened", "duty", "amber", 1,
        PENDING, '{"text":"Гише\\n1"}', TEN,
    )  # fmt: skip
    return replace(made, **more)


def put_alert(store: Opened, desk: str, opened_at: int = TEN, **more: Any) -> AlertNow:
    made = AlertNow(
        OFFICE, desk, f"{desk}-20250401-1", "score", "amber", "open", opened_at - MINUTE, opened_at,
        72.5, 51.5, 20.0,
    )  # fmt: skip
    row = {
        "tenant_id": OFFICE.tenant_id,
        "office_id": OFFICE.office_id,
        "alert_id": made.alert_id,
        "desk_id": desk,
        "day": DAY_NUMBER,
        "kind": "score",
        "level": "amber",
        "opened_at": opened_at / 1000,
        "begun_at": (opened_at - MINUTE) / 1000,
        "drop_points": 20.0,
        "expected": 72.5,
        "observed": 51.5,
        "resolved_by": "",
        "revision": 5,
    } | more
    store.database.execute(insertion("alerts", [row]))
    return made


def put_day(store: Opened, desk: str, revision: int) -> None:
    row = {"tenant_id": "t", "office_id": "o", "desk_id": desk, "day": DAY_NUMBER}
    store.database.execute(insertion("desk_days", [row | {"state": "", "revision": revision}]))


def test_alerts_are_as_the_book_has_them_now(store: Opened) -> None:
    book = NoticeBook(store.database)
    assert book.alerts(0) == {}
    store.database.execute(
        insertion("judged", [{"tenant_id": "t", "office_id": "calm", "since": 1, "revision": 1}])
    )
    one = put_alert(store, "d1")
    two = put_alert(store, "d2", resolved_at=TEN / 1000, resolved_by="score")
    three = put_alert(store, "d3")
    put_day(store, "d3", 6)
    ended = replace(two, state="resolved", resolved_at=TEN, resolved_by="score")
    undone = replace(three, state="withdrawn")
    assert book.alerts(TEN) == {OFFICE: [one, ended, undone], Office("t", "calm"): []}
    assert book.alerts(TEN + 1)[OFFICE] == [one]


def test_a_receipt_is_never_written_over(store: Opened) -> None:
    book = NoticeBook(store.database)
    pending = notice()
    sent = replace(pending, state=SENT, attempts=2, tried_at=TEN + 5, sent_at=TEN + 5)
    late = replace(pending, attempts=7, tried_at=TEN + 9, problem="of a zombie")
    for rows in ([pending], [sent], [late], [replace(late, state="failed")]):
        book.write(rows)
    assert book.recorded("1") == [sent]


def test_rows_come_back_as_they_went_in_and_of_each_address_one(store: Opened) -> None:
    book = NoticeBook(store.database)
    rows = [
        notice(1, target="1:json"),
        notice(1, target="2:json"),
        notice(2, target="", state=INCLUDED, problem=f"{1:032x}", first_at=TEN + 1),
        notice(3, target="", state=SUPPRESSED, known="", first_at=TEN + 2, problem="old"),
    ]
    book.write(rows)
    assert book.recorded("1") == rows
    assert book.recorded("1", 1) == rows[-1:]


def test_what_is_asked_for_is_recent_pending_or_about_alerts_that_are_open(store: Opened) -> None:
    book = NoticeBook(store.database)
    old = put_alert(store, "d1", TEN - 9 * DAY)
    pending = notice(1, alert_id="x", first_at=TEN - 9 * DAY)
    of_old = notice(2, alert_id=old.alert_id, state=SENT, first_at=TEN - 9 * DAY)
    gone = notice(3, alert_id="y", state=SENT, first_at=TEN - 9 * DAY)
    begun = notice(4, alert_id="", event="begun", state=SUPPRESSED, first_at=TEN - 99 * DAY)
    recent = notice(5, alert_id="z", state=SENT)
    book.write([pending, of_old, gone, begun, recent])
    assert book.notices(TEN - DAY, [old]) == [begun, pending, of_old, recent]


def test_scores_are_those_since_the_drop_began_until_it_was_over(store: Opened) -> None:
    book = NoticeBook(store.database)
    alert = put_alert(store, "d1")
    scored = {"scale": 5, "voted_at": TEN, "vote_event_id": "v", "match": "exact"}
    rows = [
        interaction(n + 5, TEN + n * MINUTE, score=score, **scored)
        for n, score in enumerate((5, 1, 1, 5, 1), start=-3)
    ]
    put(store, "interactions", *rows, interaction(9, TEN), interaction(10, TEN, deleted=1))
    score = book.scores([alert])[OFFICE, "d1-20250401-1"]
    assert score.votes == 3
    assert score.mean == pytest.approx(100 / 3)
    # Of 0, 0 and 100, with half a vote on each of the five faces beside them.
    centre, square = (100 + 125) / 5.5, (10_000 + 9_375) / 5.5
    assert score.reach == pytest.approx(1.96 * ((square - centre**2) / 6.5) ** 0.5, rel=1e-4)
    over = replace(alert, resolved_at=TEN - MINUTE)
    votes, mean, reach = book.scores([over])[OFFICE, "d1-20250401-1"]
    assert (votes, mean) == (1, 0.0)
    assert reach is not None
    assert reach > 30
    silent = replace(alert, desk="d7")
    assert book.scores([silent])[OFFICE, "d1-20250401-1"] == (0, None, None)
    assert book.desks(OFFICE, TEN) == {"d1"}
    assert book.desks(OFFICE, TEN + DAY) == frozenset()
