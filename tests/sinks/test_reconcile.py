"""The two books: what reconcile finds, what it names, and when it reads again."""

from collections.abc import Callable
from typing import Any, cast

import pytest

from models.facts import OfficeHour
from models.tables import COUNTERS
from sinks.database import Database
from sinks.reconcile import Difference, reconcile
from tests.histories import history
from tests.oracle import HOUR, Row, expected
from tests.sinks.opened import Opened
from tests.situations import key_of
from tests.store_rows import TEN, interaction, put, vote

MONTH = 31 * 24 * HOUR
TWICE = "it lies in several hours at once: a former place has no tombstone"
UNLIKE = "what it carries and the vote that counts for it differ"
VOTED: dict[str, Any] = {
    "score": 4,
    "scale": 5,
    "voted_at": TEN,
    "vote_event_id": "v",
    "match": "exact",
}
COUNTED: dict[str, Any] = {
    "score": 4,
    "scale": 5,
    "rated_key": 1,
    "match": "exact",
    "kind": "counted",
}


@pytest.fixture
def agreeing(store: Opened) -> Opened:
    """Two months of one rated and three unrated interactions, and their windows."""
    put(store, "interactions", interaction(1, **VOTED), interaction(2, desk_id="d2"))
    put(store, "interactions", interaction(3, TEN + MONTH), interaction(4, tenant_id="u"))
    put(store, "votes", vote(1, "v", **COUNTED), vote(0, "w", kind="unmatched"))
    hours = [
        OfficeHour("t", "o", TEN),
        OfficeHour("t", "o", TEN + MONTH),
        OfficeHour("u", "o", TEN),
    ]
    store.recompute(hours, 5)
    return store


def window(key: str = "d1", **more: Any) -> Row:
    row: Row = {"tenant_id": "t", "office_id": "o", "scope": "desk", "key": key, "revision": 9}
    return row | {"window_seconds": 900, "window_start": TEN} | more


def test_an_empty_store_agrees(store: Opened) -> None:
    report = reconcile(store.database)
    assert (report.agrees, report.windows_compared, report.facts) == (True, 0, 0)


@pytest.mark.parametrize("seed", [5, 6])
def test_what_the_oracle_expects_agrees(store: Opened, seed: int) -> None:
    wanted = expected(history(seed).events(), key_of)
    put(store, "interactions", *(r | {"revision": 1} for r in wanted.interactions.values()))
    put(store, "votes", *(r | {"revision": 1} for r in wanted.votes.values()))
    names = ("tenant_id", "office_id", "scope", "key", "window_seconds", "window_start")
    put(
        store,
        "window_metrics",
        *(
            dict(zip(names, name, strict=True)) | counts | {"revision": 1}
            for name, counts in wanted.windows.items()
        ),
    )
    report = reconcile(store.database)
    assert report.differences == []
    assert report.windows_compared == len(wanted.windows)
    assert report.facts == len(wanted.interactions)


def test_windows_of_zeros_and_tombstones_agree(agreeing: Opened) -> None:
    put(agreeing, "window_metrics", window("gone"))
    put(agreeing, "interactions", interaction(1, TEN - 5 * HOUR, deleted=1))
    report = reconcile(agreeing.database)
    assert report.agrees
    assert (report.windows_compared, report.facts) == (3 * (5 + 4 + 4) + 1, 4)


def test_a_counter_that_differs_is_named_with_both_values(agreeing: Opened) -> None:
    right: dict[str, Any] = dict.fromkeys(COUNTERS, 0) | {"completions": 1, "votes": 1, "v4": 1}
    right |= {"points": 7500, "points_squared": 7500**2}
    put(agreeing, "window_metrics", window(**right, revision=8))
    assert reconcile(agreeing.database).agrees
    put(agreeing, "window_metrics", window(**(right | {"completions": 3, "v4": 0})))
    report = reconcile(agreeing.database)
    key = ("t", "o", "desk", "d1", 900, TEN // 1000)
    why = "it was last written under epoch 0, as number 9, from other facts"
    assert report.differences == [
        Difference("window_metrics", key, "completions", 3, 1, why),
        Difference("window_metrics", key, "v4", 0, 1, why),
    ]
    assert (report.total, report.agrees) == (1, False)


def test_a_window_that_is_missing_or_without_facts_is_named(agreeing: Opened) -> None:
    put(agreeing, "interactions", interaction(7, TEN + 2 * MONTH))
    put(agreeing, "window_metrics", window("ghost", window_start=TEN - 3 * MONTH, v1=1))
    report = reconcile(agreeing.database)
    ghost = ("t", "o", "desk", "ghost", 900, (TEN - 3 * MONTH) // 1000)
    why = "no fact stands behind it"
    assert Difference("window_metrics", ghost, "v1", 1, 0, why) in report.differences
    assert {d.why for d in report.differences} == {why, "it was never written"}
    assert report.total == 1 + 3 * 4
    assert {d.column for d in report.differences} == {"v1", "completions"}


def test_an_interaction_with_two_live_rows_is_named(agreeing: Opened) -> None:
    put(agreeing, "interactions", interaction(2, TEN + HOUR, desk_id="d2"))
    agreeing.recompute([OfficeHour("t", "o", TEN + HOUR)], 6)
    assert reconcile(agreeing.database).differences == [
        Difference("interactions", ("t", "o", 2), "live rows", 2, 1, TWICE)
    ]


def test_a_vote_unlike_what_its_interaction_carries_is_named(agreeing: Opened) -> None:
    put(agreeing, "votes", vote(1, "v", **(COUNTED | {"score": 5}), reasons=["x"], revision=2))
    assert reconcile(agreeing.database).differences == [
        Difference("interactions", ("t", "o", 1), "score", "4", "5", UNLIKE),
        Difference("interactions", ("t", "o", 1), "reasons", "[]", "['x']", UNLIKE),
    ]


def test_a_counted_vote_too_many_or_too_few_is_named(agreeing: Opened) -> None:
    put(agreeing, "votes", vote(1, "v", **(COUNTED | {"kind": "repeat"}), revision=2))
    put(agreeing, "votes", vote(2, "x", **(COUNTED | {"rated_key": 2})))
    said = [
        (d.key[2], d.column, bool(d.stored), bool(d.expected))
        for d in reconcile(agreeing.database).differences
    ]
    assert said == [(1, "vote", True, False), (2, "vote", False, True)]


def test_what_differs_is_read_again_until_it_stands_still(agreeing: Opened) -> None:
    put(agreeing, "window_metrics", window(revision=100))
    waits: list[Callable[[], None]] = [
        lambda: put(agreeing, "window_metrics", window(revision=101)),
        lambda: agreeing.recompute([OfficeHour("t", "o", TEN)], 102),
    ]

    def turn() -> None:
        waits.pop(0)()

    assert reconcile(agreeing.database, settle=turn).agrees
    assert waits == []
    put(agreeing, "window_metrics", window(revision=103))
    readings: list[None] = []
    report = reconcile(agreeing.database, settle=lambda: readings.append(None))
    assert (report.total, len(readings)) == (1, 1)


def test_an_hour_that_waits_to_be_recomputed_is_named_as_that(agreeing: Opened) -> None:
    put(agreeing, "window_metrics", window(revision=100))
    mark = {"tenant_id": "t", "office_id": "o", "hour": TEN, "dirty": 1, "revision": 1}
    put(agreeing, "dirty_hours", mark)
    (why,) = {d.why for d in reconcile(agreeing.database).differences}
    assert why == "its hour waits to be recomputed: the next start of the worker does it"


def test_progress_is_told_in_stored_rows_to_the_end(agreeing: Opened) -> None:
    told: list[tuple[int, int]] = []
    reconcile(agreeing.database, progress=lambda done, of: told.append((done, of)))
    facts, windows = 4 + 2, 4 + 3 * (5 + 4 + 4)
    assert told[0] == (0, facts + windows)
    assert (facts, facts + windows) in told
    assert told[-1] == (facts + windows, facts + windows)


class Asked:
    """A database that counts its SELECTs."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.selects = 0

    def columns(self, sql: str) -> dict[str, list[Any]]:
        self.selects += 1
        return self._database.columns(sql)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)


def test_hundreds_of_small_tenants_cost_no_more_statements_than_one(
    store: Opened,
) -> None:
    tenants = [f"t{n:03}" for n in range(300)]
    put(store, "interactions", *(interaction(n, tenant_id=t) for n, t in enumerate(tenants, 1)))
    store.recompute([OfficeHour(tenant, "o", TEN) for tenant in tenants], 5)
    put(store, "window_metrics", window(tenant_id="t123", revision=100))
    asked = Asked(store.database)
    report = reconcile(cast(Database, asked))
    assert (report.facts, report.windows_compared, report.total) == (300, 3600, 1)
    assert report.differences[0].key[0] == "t123"
    assert asked.selects <= 5


@pytest.mark.parametrize("rows", [1, 7, 30])
def test_pieces_of_any_size_find_the_same(
    agreeing: Opened, monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    put(agreeing, "window_metrics", window(revision=100), window("ghost", tenant_id="a", v2=1))
    put(agreeing, "interactions", interaction(2, TEN + HOUR, desk_id="d2"))
    whole = reconcile(agreeing.database)
    assert whole.total > 2
    monkeypatch.setattr("sinks.portions.ROWS_A_PIECE", rows)
    asked = Asked(agreeing.database)
    pieces = reconcile(cast(Database, asked))
    assert sorted(pieces.differences) == sorted(whole.differences)
    assert (pieces.total, pieces.facts) == (whole.total, whole.facts)
    assert pieces.windows_compared == whole.windows_compared
    assert asked.selects > 5
