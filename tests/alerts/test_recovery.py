"""What became of a score after somebody acted on its drop, on a real store."""

import pytest

from models.instants import parse_instant
from sinks.alert_book import Wanted, recoveries, whole
from sinks.embedded import EmbeddedStore
from tests.alerts.acted import ALERT, acted, drop, stored
from tests.store_rows import interaction, put

OPENED = parse_instant("2026-03-11T10:20:00Z")
ACTED = "2026-03-11T12:00:00Z"
MINUTE = 60_000
HALL = {"tenant_id": "town", "office_id": "hall"}


def rate(book: EmbeddedStore, since: int, scores: list[int]) -> None:
    """One vote a minute after ``since``."""
    rows = [
        interaction(since // 1000 + n, since + n * MINUTE, score=score, scale=5, **HALL)
        for n, score in enumerate(scores, 1)
    ]
    put(book, "interactions", *rows)


def act_on(book: EmbeddedStore) -> None:
    stored(
        book,
        acted("a2", "action", "a second clerk", acted_at=ACTED),
        acted("a3", "action", "later", acted_at="2026-03-11T13:00:00Z"),
        acted("a1", "cause", "no paper", acted_at="2026-03-11T11:00:00Z"),
    )


@pytest.mark.parametrize(
    ("held", "after", "recovery"),
    [
        ([1, 2] * 10, [4, 5, 4] * 7, "back"),
        ([1, 2] * 10, [3, 3, 2] * 7, "better"),
        ([1, 2] * 10, [1, 2, 1] * 7, "no change"),
        ([3, 3] * 10, [1, 2, 1] * 7, "worse"),
        ([1, 2] * 4, [4, 5, 4] * 7, "too few votes"),
        ([1, 2] * 10, [5] * 9, "too few votes"),
    ],
)
def test_after_an_action_the_score_is_held_against_that_before_it(
    book: EmbeddedStore, held: list[int], after: list[int], recovery: str
) -> None:
    drop(book)
    rate(book, OPENED, held)
    rate(book, parse_instant(ACTED), after)
    act_on(book)
    (found,) = recoveries(book.rows, Wanted())
    assert found["recovery"] == recovery
    assert (found["held_votes"], found["after_votes"]) == (len(held), len(after))
    assert found["acted_at"] == "2026-03-11T12:00:00.000Z"


def test_what_was_chosen_for_being_bad_is_not_what_is_compared_with(book: EmbeddedStore) -> None:
    drop(book)
    rate(book, OPENED - MINUTE, [1])  # the vote with which it opened
    rate(book, OPENED, [4, 4, 5] * 5)
    rate(book, parse_instant(ACTED), [4, 4, 5] * 5)
    act_on(book)
    (found,) = recoveries(book.rows, Wanted())
    assert (found["chosen_votes"], found["chosen_mean"]) == (1, 0.0)
    assert found["recovery"] == "no change"


def test_votes_of_more_than_a_week_later_say_nothing(book: EmbeddedStore) -> None:
    drop(book)
    rate(book, OPENED, [1, 2] * 10)
    rate(book, parse_instant("2026-03-18T12:00:00Z"), [5] * 20)
    act_on(book)
    (found,) = recoveries(book.rows, Wanted())
    assert (found["after_votes"], found["recovery"]) == (0, "too few votes")


def test_without_an_action_there_is_nothing_to_recover_by(book: EmbeddedStore) -> None:
    drop(book)
    rate(book, OPENED, [1, 2] * 10)
    (found,) = recoveries(book.rows, Wanted())
    assert (found["recovery"], found["acted_at"], found["change"]) == ("no action", None, None)
    one = whole(book.rows, "town", "hall", ALERT)
    assert one is not None
    assert one["recovery"] == found
    assert recoveries(book.rows, Wanted(), since=OPENED + 1) == []
