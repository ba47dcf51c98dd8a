"""What a screen is told: names, order, trends, and scores that never move before their time."""

from collections.abc import Iterator
from typing import Any

import pytest

from dashboards.steps import Place, StepKeeper
from dashboards.wall import Wall
from models.registry import Registry
from tests.dashboards.store import Store, opened
from tests.dashboards.towns import NOON_MS, fill, registry

MINUTE_MS = 60_000
HERE: Place = ("desk", "t", "o", "d1")


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with opened(tmp_path_factory.mktemp("snapshot") / "store") as made:
        yield made


@pytest.fixture
def store(engine: Store) -> Store:
    """The engine without rows."""
    for table in ("interactions", "window_metrics", "registry_tenants"):
        engine.empty(table)
    return engine


def only_office(wall: Wall, now_ms: int = NOON_MS) -> dict[str, Any]:
    [office] = wall.snapshot(now_ms)["offices"]
    assert isinstance(office, dict)
    return office


def test_an_empty_store_without_registry_has_no_offices(store: Store) -> None:
    snapshot = Wall(store.query, Registry.empty()).snapshot(NOON_MS)

    assert snapshot == {"formula_version": 1, "votes_needed": 5, "offices": []}


def test_registered_desks_are_there_before_their_first_citizen(store: Store) -> None:
    office = only_office(Wall(store.query, registry("t", 2)))

    assert office["name"]["bg"] == "Център за обслужване на граждани"
    assert (office["time_zone"], office["day"]) == ("Europe/Sofia", "2026-03-02")
    assert (office["completions"], office["score"], office["steps"]) == (0, None, [])
    assert [desk["desk_id"] for desk in office["desks"]] == ["d1", "d2"]
    assert office["services"] == []


def test_a_desk_that_nobody_registered_is_shown_under_its_id(store: Store) -> None:
    store.interaction(1, "2026-03-02 10:00:00.000", office_id="centre", desk_id="new")

    office = only_office(Wall(store.query, registry("t", 1)))

    assert [desk["desk_id"] for desk in office["desks"]] == ["d1", "new"]
    assert office["desks"][1]["name"] == {"bg": "new", "en": "new"}
    assert office["services"][0]["completions"] == 1


def test_the_numbers_are_those_of_the_view(store: Store) -> None:
    fill(store, "t", 6)

    office = only_office(Wall(store.query, registry("t", 6)))

    # desks 1, 2, 3, 5, 6 served twice their number, every second citizen voted
    assert (office["completions"], office["votes"], office["response_rate"]) == (34, 17, 0.5)
    assert office["last_completed_at"] == "2026-03-02T08:51:06.000Z"
    desks = {desk["desk_id"]: desk for desk in office["desks"]}
    assert [desks[f"d{number}"]["votes"] for number in range(1, 7)] == [1, 2, 3, 0, 5, 6]
    assert [desks[f"d{number}"]["score"] is None for number in range(1, 7)] == [True] * 4 + [
        False,
        False,
    ]
    # desk 5: three faces of 5 (turns 0, 2, 4), then two of 4
    assert desks["d5"]["score"] | {"low": 0, "high": 0} == {
        "value": 90.0,
        "low": 0,
        "high": 0,
        "votes": 5,
        "as_of": "2026-03-02T08:45:00Z",
        "face": 5,
    }
    assert office["steps"][-1]["votes"] == office["score"]["votes"]


def test_equal_numbers_give_equal_snapshots_whatever_the_clock(store: Store) -> None:
    fill(store, "t", 6)
    wall = Wall(store.query, registry("t", 6))

    assert wall.snapshot(NOON_MS) == wall.snapshot(NOON_MS + 1234)


@pytest.mark.parametrize(
    ("usual_points", "trend"), [(9_900, "lower"), (1_000, "higher"), (6_000, "usual")]
)
def test_a_trend_is_told_only_where_chance_does_not_explain_it(
    store: Store, usual_points: int, trend: str
) -> None:
    fill(store, "t", 6)
    store.put(
        "window_metrics",
        {
            "tenant_id": "t",
            "office_id": "centre",
            "scope": "office",
            "key": "",
            "window_seconds": 3600,
            "window_start": "2026-02-27 10:00:00",
            "completions": 200,
            "votes": 100,
            "points": 100 * usual_points,
        },
    )

    office = only_office(Wall(store.query, registry("t", 6)))

    assert (office["usual"], office["trend"]) == (usual_points / 100, trend)


def test_a_late_vote_does_not_move_a_score_that_was_shown(store: Store) -> None:
    for key in range(1, 6):
        store.interaction(key, "2026-03-02 10:01:00.000", office_id="centre", score=5)
    wall = Wall(store.query, registry("t", 1))
    quarter = NOON_MS + 8 * MINUTE_MS
    before = only_office(wall, quarter)["desks"][0]["score"]

    store.interaction(6, "2026-03-02 10:02:00.000", office_id="centre", score=1)
    desk = only_office(wall, quarter + MINUTE_MS)["desks"][0]

    assert before["value"] == 100
    assert desk["score"] == before
    assert desk["votes"] == 6
    # a screen that starts afresh has shown nothing yet
    afresh = only_office(Wall(store.query, registry("t", 1)), quarter)["desks"][0]["score"]
    assert afresh["votes"] == 6


def row(day: str, *steps: tuple[int, float, int]) -> dict[str, Any]:
    times, values, votes = zip(*steps, strict=True) if steps else ((), (), ())
    return {
        "day": day,
        "score_low": 1.0,
        "score_high": 99.0,
        "step_times": list(times),
        "step_scores": list(values),
        "step_votes": list(votes),
    }


def test_a_step_waits_for_five_votes_more_than_were_shown() -> None:
    keeper = StepKeeper()
    keeper.score(HERE, row("d", (900_000, 80.0, 6)))

    # two of the six were withdrawn meanwhile: in the store's own eyes nine are five more than four
    held = keeper.score(HERE, row("d", (900_000, 80.0, 4), (1_800_000, 50.0, 9)))
    moved = keeper.score(HERE, row("d", (900_000, 80.0, 4), (1_800_000, 50.0, 11)))

    assert held is not None
    assert moved is not None
    assert (held["value"], moved["value"]) == (80.0, 50.0)
    assert [step["votes"] for step in keeper.steps(HERE)] == [6, 11]


def test_a_new_day_begins_without_a_score() -> None:
    keeper = StepKeeper()
    keeper.score(HERE, row("2026-03-02", (900_000, 80.0, 6)))

    assert keeper.score(HERE, row("2026-03-03")) is None
    assert keeper.steps(HERE) == []


def test_places_do_not_share_their_steps() -> None:
    keeper = StepKeeper()
    keeper.score(HERE, row("d", (900_000, 80.0, 6)))

    assert keeper.score(("desk", "t", "o", "d2"), row("d")) is None
    assert keeper.steps(("desk", "t", "o", "d3")) == []
