"""Desks by hours of today: ``semko.desk_hours_at`` and what the shift manager's page gets of it."""

from collections.abc import Iterator
from typing import Any

import pytest

from dashboards.shift import DeskHours
from models.registry import Registry
from tests.dashboards.store import Store, opened
from tests.dashboards.towns import NOON_MS, registry

QUARTER_MS = 900_000


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with opened(tmp_path_factory.mktemp("hours") / "store") as made:
        yield made


@pytest.fixture
def empty(engine: Store) -> Store:
    engine.empty("interactions")
    return engine


def cells(store: Store, now_ms: int = NOON_MS, tenant: str = "t") -> list[tuple[Any, ...]]:
    known = DeskHours(store.query, Registry.empty()).of(tenant, "o", now_ms)
    return [
        (desk["desk_id"], hour, cell and (cell["completions"], cell["votes"], cell["score"]))
        for desk in known["desks"]
        for hour, cell in zip(known["hours"], desk["cells"], strict=True)
    ]


def test_a_cell_is_a_local_hour_with_what_was_done_and_voted_in_it(empty: Store) -> None:
    for number, score in enumerate((5, 5, 4, 3, 1, None)):
        empty.interaction(number + 1, f"2026-03-02 08:0{number}:00.000", score=score)
    empty.interaction(7, "2026-03-02 09:59:59.000", desk_id="d2")
    empty.interaction(8, "2026-03-01 08:00:00.000", score=1)  # yesterday
    empty.interaction(9, "2026-03-02 08:00:00.000", score=1, tenant_id="other")
    (first, *others) = cells(empty)
    assert first[:2] == ("d1", 10)  # Sofia is two hours ahead
    completions, votes, score = first[2]
    assert (completions, votes) == (6, 5)
    assert (score["value"], score["face"]) == (65.0, 4)
    # As semko.hourly_scores: with half a vote on each of the five faces beside them.
    assert (score["low"], score["high"]) == pytest.approx((34.85, 85.15), abs=0.01)
    assert others == [("d1", 11, None), ("d2", 10, None), ("d2", 11, (1, 0, None))]


def test_below_five_votes_an_hour_has_no_score(empty: Store) -> None:
    for number in range(4):
        empty.interaction(number + 1, f"2026-03-02 08:0{number}:00.000", score=5)
    assert cells(empty) == [("d1", 10, (4, 4, None))]


def test_a_vote_shows_at_the_full_quarter_after_it(empty: Store) -> None:
    empty.interaction(1, "2026-03-02 10:01:00.000", score=5)
    assert cells(empty, NOON_MS) == [("d1", 12, (1, 0, None))]
    assert cells(empty, NOON_MS + QUARTER_MS) == [("d1", 12, (1, 1, None))]


def test_a_vote_shows_at_its_hour_though_it_came_later(empty: Store) -> None:
    empty.interaction(1, "2026-03-02 08:59:00.000", score=5, voted_at="2026-03-02 09:20:00.000")
    assert cells(empty) == [("d1", 10, (1, 1, None))]


def test_registered_desks_come_first_and_all_of_them(empty: Store) -> None:
    known = DeskHours(empty.query, registry("t", 3))
    assert known.of("t", "centre", NOON_MS)["hours"] == []
    empty.interaction(1, "2026-03-02 08:00:00.000", office_id="centre", desk_id="d2")
    empty.interaction(2, "2026-03-02 08:00:00.000", office_id="centre", desk_id="a-new-one")
    found = known.of("t", "centre", NOON_MS)
    assert [desk["desk_id"] for desk in found["desks"]] == ["d1", "d2", "d3", "a-new-one"]
    assert found["desks"][0]["name"]["bg"] == "Гише 1 Гражданска регистрация"
    assert found["day"] == "2026-03-02"
