"""Drops on the wall: they come and go at full quarters of an hour, and a desk shows its own."""

from collections.abc import Iterator
from typing import Any

import pytest

from dashboards.drops import drops_at
from tests.dashboards.store import Store, opened
from tests.dashboards.towns import NOON_MS

DESK = ("t", "o", "d1")


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with opened(tmp_path_factory.mktemp("drops") / "store") as made:
        yield made


@pytest.fixture
def book(engine: Store) -> Store:
    """The engine without alerts."""
    for table in ("alerts", "desk_days"):
        engine.empty(table)
    return engine


def put(store: Store, tenant: str = "t", desk: str = "d1", **more: Any) -> None:
    """An alert that opened at 10:07 UTC, five minutes after it had begun, and its day."""
    place = {"tenant_id": tenant, "office_id": more.pop("office_id", "o"), "desk_id": desk}
    day = place | {"day": "2026-03-02"}
    own = {
        "alert_id": f"{desk}-20260302-1",
        "kind": "score",
        "level": "page",
        "opened_at": "2026-03-02 10:07:00.000",
        "begun_at": "2026-03-02 10:02:00.000",
        "last_alarm_at": "2026-03-02 10:07:00.000",
        "expected": 72.44,
    }
    store.put("desk_days", day | {"revision": 5})
    store.put("alerts", day | own | {"revision": 5} | more)


def at(minute: int) -> int:
    """So many minutes after 10:07 UTC."""
    return NOON_MS + minute * 60_000


def shown(store: Store, minute: int) -> list[tuple[str, str, str]]:
    return list(drops_at(store.query, at(minute)))


def test_it_comes_at_the_quarter_after_it_opened(book: Store) -> None:
    put(book)
    assert shown(book, 7) == []
    assert shown(book, 8) == [DESK]
    (drop,) = drops_at(book.query, at(8)).values()
    since = "2026-03-02T10:02:00.000Z"
    assert drop == {"level": "page", "since": since, "expected": 72.4}
    assert shown(book, 6 * 24 * 60) == [DESK]
    assert shown(book, 8 * 24 * 60) == []


def test_it_goes_at_the_quarter_after_it_ended(book: Store) -> None:
    put(book, resolved_at="2026-03-02 10:40:00.000", resolved_by="score")
    assert shown(book, 37) == [DESK]  # 10:44
    assert shown(book, 38) == []


def test_one_that_later_votes_undid_is_not_shown(book: Store) -> None:
    put(book)
    place = {"tenant_id": "t", "office_id": "o", "desk_id": "d1", "day": "2026-03-02"}
    book.put("desk_days", place | {"revision": 6})
    assert shown(book, 3 * 60) == []
