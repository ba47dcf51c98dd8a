"""The wall names terminals that are off, without network or without votes, and no others."""

from collections.abc import Iterator
from itertools import count

import pytest
from playwright.sync_api import expect

from tests.dashboards.halls import HALL, PHONE, Hall, overflowing
from tests.dashboards.store import Store

_LOOKS = count(1)
FRESH, OLD, OLDER = "2026-03-02 10:06:30.000", "2026-03-02 09:50:00.000", "2026-03-02 08:00:00.000"


@pytest.fixture
def beating(store: Store) -> Iterator[Store]:
    """Twelve terminals of an office that is open; all are heard."""
    office = {"tenant_id": "small", "office_id": "centre"}
    store.put("registry_offices", office | {"valid_from": "2020-01-01"})
    hours = {"weekday": 1, "opens_minute": 480, "closes_minute": 1020, "valid_from": "2020-01-01"}
    store.put("registry_opening_hours", office | hours)
    for number in range(1, 13):
        beat(store, number, FRESH)
    yield store
    for table in ("terminal_heartbeats", "registry_offices", "registry_opening_hours"):
        store.empty(table)


def beat(store: Store, desk: int, at: str, office: str = "centre") -> None:
    store.put(
        "terminal_heartbeats",
        {"tenant_id": "small", "office_id": office, "terminal_id": f"t{desk}"}
        | {"desks": [f"d{desk}"], "received_at": at, "first_heard_at": OLDER},
    )


def later(hall: Hall) -> None:
    """The next look at terminals, at a moment that is as good."""
    hall.now_ms += 20_000 * next(_LOOKS)


def test_where_all_is_well_nothing_is_said(small: Hall, beating: Store) -> None:
    later(small)
    [office] = small.wall.snapshot(small.now_ms)["offices"][:1]
    assert office["terminals"] == []
    page = small.open("?tenant=small&lang=en")
    expect(page.locator("#terminals")).to_be_hidden()
    assert beating


@pytest.mark.parametrize(
    ("language", "says"),
    [
        ("en", "Terminal off: Desk 4 Civil registration, Desk 7 Civil registration"),
        ("bg", "Терминал изключен: Гише 4 Гражданска регистрация, Гише 7 Гражданска регистрация"),
    ],
)
def test_a_terminal_that_is_off_is_named_by_its_desk_in_letters_for_a_hall(
    small: Hall, beating: Store, language: str, says: str
) -> None:
    for desk in (7, 4):
        beat(beating, desk, OLD)
    later(small)
    page = small.open(f"?tenant=small&lang={language}")
    line = page.locator("#terminals-text")
    expect(line).to_have_text(says)
    assert overflowing(page) == []
    # Capitals of 1/45 of the height of the screen and more: 15 mm on one of 1 m by 0.7 m.
    size = page.evaluate(
        "parseFloat(getComputedStyle(document.querySelector('#terminals')).fontSize)"
    )
    assert size * 0.7 * 50 >= 1080
    assert small.watches[-1].complaints == []


def test_states_are_told_apart_and_more_than_three_are_counted(
    small: Hall, beating: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    later(small)
    snapshot = small.wall.snapshot(small.now_ms)
    office = snapshot["offices"][0]
    where = [{"desk_id": f"d{n}", "name": {"bg": f"Г{n}", "en": f"D{n}"}} for n in range(5)]
    states = ("off", "no network", "no votes", "no votes", "no votes")
    office["terminals"] = [
        {"terminal_id": "t", "state": state, "desks": [desk]}
        for state, desk in zip(states, where, strict=True)
    ]
    office["terminals"][1]["desks"] = []
    monkeypatch.setattr(small.wall, "snapshot", lambda _: snapshot)
    says = "Terminal off: D0 · Terminal without network: t · Terminal without votes: D2"
    for options in ({"viewport": HALL}, {"viewport": PHONE}):
        page = small.open("?tenant=small&lang=en", **options)
        expect(page.locator("#terminals-text")).to_have_text(f"{says} · and 2 more")
        assert page.evaluate("document.documentElement.scrollWidth") == options["viewport"]["width"]
    assert beating
