"""The alert book on a real store: states, the last word, the first reason, the score since."""

from models.instants import parse_instant
from sinks.alert_book import Wanted, alerts, state, whole
from sinks.embedded import EmbeddedStore
from tests.alerts.acted import ALERT, acted, drop, stored
from tests.store_rows import interaction, put

TEN = parse_instant("2026-03-11T10:30:00Z")
HALL = {"tenant_id": "town", "office_id": "hall"}
BOOK = (
    "SELECT state, toString(acknowledged_at) AS seen, cause, action, reason FROM semko.alert_book"
)


def test_an_alert_that_nobody_said_anything_about_is_open_and_empty(book: EmbeddedStore) -> None:
    drop(book)
    stored(book, acted("a1", "acknowledge", alert_id="another"))
    assert book.rows(BOOK) == [
        {"state": "open", "seen": None, "cause": "", "action": "", "reason": ""}
    ]


def test_the_first_sign_counts_as_seen_and_the_last_word_is_shown(book: EmbeddedStore) -> None:
    drop(book)
    stored(
        book,
        acted("a2", "cause", "no paper", acted_at="2026-03-11T10:25:00Z"),
        acted("a1", "acknowledge", acted_at="2026-03-11T10:26:00Z"),
        acted("a4", "cause", "the printer", acted_at="2026-03-11T10:27:00Z"),
        acted("a3", "cause", "of the same moment", acted_at="2026-03-11T10:27:00Z"),
        acted("a5", "action", "mend it", acted_at="2026-03-11T10:24:00Z"),
    )
    assert book.rows(BOOK) == [
        {
            "state": "acknowledged",
            "seen": "2026-03-11 10:24:00.000",
            "cause": "the printer",
            "action": "mend it",
            "reason": "",
        }
    ]


def test_the_reason_of_the_first_closing_is_shown_where_a_hand_closed_it(
    book: EmbeddedStore,
) -> None:
    first = acted("a2", "resolve", "mended", acted_at="2026-03-11T12:00:00Z")
    stored(book, acted("a1", "resolve", "late", acted_at="2026-03-11T13:00:00Z"), first)
    drop(book, "2026-03-11T12:00:00Z", "hand")
    assert [(row["state"], row["reason"]) for row in book.rows(BOOK)] == [("resolved", "mended")]
    drop(book, "2026-03-11T11:00:00Z", "score")
    assert [(row["state"], row["reason"]) for row in book.rows(BOOK)] == [("resolved", "")]


def test_what_later_votes_undid_is_withdrawn_whatever_was_done(book: EmbeddedStore) -> None:
    drop(book)
    stored(book, acted("a1", "acknowledge"))
    put(book, "desk_days", HALL | {"desk_id": "d1", "day": 20_523, "state": "{}", "revision": 2})
    assert state(book.rows, "town", "hall", ALERT) == "withdrawn"
    assert alerts(book.rows, Wanted(states=("open", "acknowledged"))) == []


def test_the_list_tells_the_score_since_and_one_alert_all_that_was_done(
    book: EmbeddedStore,
) -> None:
    drop(book)
    drop(book, office="branch")
    for key, score in enumerate((1, 3, 5), start=1):
        rated = {"score": score, "scale": 5, "match": "exact"}
        put(book, "interactions", interaction(key, TEN + key, **rated, **HALL))
    put(book, "interactions", interaction(9, TEN - 3_600_000, score=1, scale=5, **HALL))
    stored(book, acted("a2", "cause", "no paper", who="смяна 2"), acted("a1", "acknowledge"))
    hall, branch = sorted(
        alerts(book.rows, Wanted(tenant="town")), key=lambda row: row["office_id"], reverse=True
    )
    assert (hall["votes"], hall["now"], hall["begun_at"]) == (3, 50.0, "2026-03-11T10:20:00.000Z")
    assert (branch["votes"], branch["reach"], branch["resolved_at"]) == (0, None, None)
    one = whole(book.rows, "town", "hall", ALERT)
    assert one is not None
    assert [(each["kind"], each["key"], each["votes"]) for each in one["sits_in"]] == [
        ("service", "s1", 3),
        ("hour", "10", 3),
    ]
    assert one["actions"] == [
        {
            "event_id": event,
            "action": action,
            "acted_at": "2026-03-11T12:00:00.000Z",
            "who": who,
            "note": note,
        }
        for event, action, who, note in (
            ("a1", "acknowledge", "", "so"),
            ("a2", "cause", "смяна 2", "no paper"),
        )
    ]
    assert whole(book.rows, "town", "nowhere", ALERT) is None


def test_quotes_in_names_ask_for_nothing_but_names(book: EmbeddedStore) -> None:
    drop(book)
    assert alerts(book.rows, Wanted(tenant="' OR 1 = 1 --")) == []
    assert state(book.rows, "town", "hall", "\\' OR '1") is None
