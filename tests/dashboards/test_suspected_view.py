"""Presses that no waiting citizen explains: each has one reason, and chance is told beside them."""

from collections.abc import Iterator
from math import exp
from typing import Any

import pytest

from tests.dashboards.store import Row, Store, opened

TUESDAY = "2026-03-03"
"""Open from 8 to 17 in Sofia, which is 6 to 15 UTC."""


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with opened(tmp_path_factory.mktemp("suspected") / "store") as made:
        place = {"tenant_id": "t", "office_id": "o"}
        made.put("registry_offices", place | {"valid_from": "2020-01-01"})
        hours = {"weekday": 2, "opens_minute": 480, "closes_minute": 1020}
        made.put("registry_opening_hours", place | hours | {"valid_from": "2020-01-01"})
        yield made


@pytest.fixture
def store(engine: Store) -> Store:
    """The engine without votes."""
    engine.empty("votes")
    return engine


def press(clock: str, rated: int = 0, kind: str = "counted", **more: Any) -> Row:
    """A press at a time of that Tuesday, in UTC."""
    whole: Row = {"tenant_id": "t", "office_id": "o", "desk_id": "d1", "terminal_id": "p1"}
    whole |= {"interaction_key": rated, "rated_key": rated, "deleted": 0}
    whole |= {"event_id": f"{clock}-{rated}", "voted_at": f"{TUESDAY} {clock}", "kind": kind}
    return whole | more


def reasons(store: Store, **where: str) -> list[int]:
    """Presses, explained, closed, without service, repeated, hurried; zeros where all is well."""
    found = store.query(
        "SELECT presses, explained, when_closed, without_service, repeated, hurried"
        " FROM semko.suspected_staff_votes WHERE office_id = {office:String}",
        {"office": "o"} | where,
    )
    return [int(value) for row in found for value in row.values()] or [0] * 6


def test_what_citizens_do_is_explained(store: Store) -> None:
    store.put("votes", press("09:00:00.000", 1), press("09:00:06.000", 2))
    store.put("votes", press("09:05:00.000", 3, "corrected"), press("09:05:02.000", 3))
    store.put("votes", press("09:30:00.000", 0, "test"), press("09:30:00.100", 0, "test"))
    assert reasons(store) == [0] * 6


@pytest.mark.parametrize(
    ("clock", "is_closed"),
    [
        ("05:29:59.999", True),
        ("05:30:00.000", False),
        ("15:29:59.999", False),
        ("15:30:00.000", True),
    ],
)
def test_a_press_half_an_hour_out_of_hours_is_one_in_a_closed_office(
    store: Store, clock: str, is_closed: bool
) -> None:
    store.put("votes", press(clock, 1))
    assert reasons(store) == ([1, 0, 1, 0, 0, 0] if is_closed else [0] * 6)


def test_an_office_without_known_hours_is_never_closed(store: Store) -> None:
    store.put("votes", press("02:00:00.000", 1, office_id="x"))
    assert reasons(store, office="x") == [0] * 6


def test_presses_without_a_service_and_presses_again_are_unexplained(store: Store) -> None:
    store.put("votes", press("09:00:00.000", 0, "unmatched"))
    mashed = [press(f"10:00:0{n}.000", 7, "corrected") for n in range(4)]
    store.put("votes", *mashed, press("10:00:04.000", 7), press("10:03:00.000", 7, "repeat"))
    assert reasons(store) == [7, 2, 0, 1, 4, 0]


def test_a_terminal_does_not_rate_two_services_within_five_seconds(store: Store) -> None:
    pressed = ["09:00:00.000", "09:00:04.999", "09:00:09.999", "09:00:14.000"]
    store.put("votes", *(press(clock, 1 + n) for n, clock in enumerate(pressed)))
    store.put("votes", press("09:00:14.001", 9, terminal_id="p2", desk_id="d2"))
    assert reasons(store) == [4, 2, 0, 0, 0, 2]


def test_so_many_are_as_likely_as_the_rest_of_the_office_makes_them(store: Store) -> None:
    others = [
        press(f"09:{n:02}:00.000", 100 + n, desk_id="d2", terminal_id="p2") for n in range(40)
    ]
    store.put_alike("votes", others[:-1])
    store.put("votes", press("10:00:00.000", 0, "unmatched", desk_id="d2", terminal_id="p2"))
    lone = [press(f"11:0{n}:00.000", 0, "unmatched") for n in range(3)]
    store.put("votes", *lone, press("12:00:00.000", 5))
    [row] = store.query("SELECT * FROM semko.suspected_staff_votes WHERE desk_id = 'd1'")
    share = (1 + 1) / (40 + 20)
    expected = 4 * share
    assert row["usual_share"] == pytest.approx(share)
    at_most_two = exp(-expected) * (1 + expected + expected**2 / 2)
    assert row["chance"] == pytest.approx(1 - at_most_two)
