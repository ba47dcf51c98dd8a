"""The shift manager's page in a real browser: it fits, everyone can use it, and it is honest."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from dashboards import pages
from dashboards.shift import DeskHours, shift_routes
from dashboards.wall import Wall, routes
from models.records import EventRecord
from sinks import alert_book
from sinks.alert_book import Wanted
from sources.gateway.alerts import AlertDesk, AlertSide
from sources.gateway.hours import hours_routes
from sources.gateway.login import MARK
from tests.dashboards.halls import HALL, PHONE
from tests.dashboards.screens import ScreenServer, Watch
from tests.dashboards.store import Store
from tests.dashboards.test_wall_drops import put
from tests.dashboards.towns import NOON_MS, registry
from tests.requirements import need_axe

FOLDER = Path(pages.__file__).parent / "shift"


class Office:
    """The page of a town, with alerts of the store; actions are kept, or fail."""

    def __init__(self, chromium: Browser, store: Store, tenant: str, desks: int) -> None:
        self._chromium, self._tenant = chromium, tenant
        self.kept: list[EventRecord] = []
        self.fails = False
        self.watches: list[Watch] = []
        known = registry(tenant, desks)
        wall, hours = Wall(store.query, known), DeskHours(store.query, known)

        async def ask(tenant: str, office: str) -> Mapping[str, object]:
            return hours.of(tenant, office, NOON_MS)

        async def find(states: tuple[str, ...], tenant: str, office: str) -> list[dict[str, Any]]:
            return alert_book.alerts(store.query, Wanted(states, tenant, office))

        async def whole(*place: str) -> dict[str, Any] | None:
            return alert_book.whole(store.query, *place)

        async def state(*place: str) -> str | None:
            return alert_book.state(store.query, *place)

        async def append(records: list[EventRecord]) -> None:
            if self.fails:
                raise OSError("the log is full")
            self.kept += records

        book = AlertDesk(AlertSide(find, whole, state), append, lambda: NOON_MS)
        served = [
            *routes(),
            *pages.page_routes("login"),
            *shift_routes(),
            *hours_routes(ask),
            *book.routes(),
        ]
        self.server = ScreenServer(served, lambda: wall.snapshot(NOON_MS))

    def open(self, query: str = "lang=en", **options: Any) -> Page:
        page = self._chromium.new_page(**({"viewport": HALL, "locale": "en-GB"} | options))
        self.watches.append(Watch(page))
        page.goto(f"{self.server.url}/shift?tenant={self._tenant}&{query}")
        page.wait_for_selector("#hours table, #hours .none")
        page.wait_for_selector("#alerts .cards, #alerts .none")
        return page


@pytest.fixture(scope="module")
def small(chromium: Browser, store: Store) -> Iterator[Office]:
    for table in ("alerts", "desk_days"):
        store.empty(table)
    place = {"office_id": "centre", "begun_at": "2026-03-02 08:12:00.000"}
    put(store, "small", "d3", level="page", **place)
    put(store, "small", "d5", level="amber", kind="response", observed=31.0, **place)
    office = Office(chromium, store, "small", 12)
    yield office
    office.server.close()
    for table in ("alerts", "desk_days"):
        store.empty(table)


@pytest.fixture(autouse=True)
def nothing_stays_open(chromium: Browser) -> Iterator[None]:
    yield
    for context in chromium.contexts:
        context.close()


def overflowing(page: Page) -> list[str]:
    """Texts that are cut off or stick out of their panel; the table of hours may be scrolled."""
    found = page.evaluate(
        """() => [...document.querySelectorAll("section *, header *, footer *")]
            .filter((each) => each.getClientRects().length && !each.closest("svg, select, #alarm"))
            .filter((each) => {
              const panel = each.closest("section, header, footer").getBoundingClientRect();
              const box = each.getBoundingClientRect();
              const clips = getComputedStyle(each).textOverflow === "ellipsis";
              const scrolls = each.closest("#hours-body");
              return (!scrolls && box.right > panel.right + 1) || box.bottom > panel.bottom + 1
                || (!clips && !scrolls && each.clientWidth > 0
                  && each.scrollWidth > each.clientWidth + 1);
            })
            .map((each) => each.className + ": " + each.textContent.slice(0, 60))"""
    )
    return list(found)


@pytest.mark.parametrize(("language", "viewport"), [("bg", HALL), ("en", PHONE)])
def test_it_fits_and_axe_finds_nothing(
    small: Office, language: str, viewport: dict[str, int]
) -> None:
    for theme in ("light", "dark"):
        query = f"lang={language}&theme={theme}"
        page = small.open(query, viewport=viewport, bypass_csp=True)
        page.locator(".card .note").first.click()
        assert overflowing(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") == viewport["width"]
        page.add_script_tag(path=need_axe())
        found = page.evaluate("async () => (await axe.run()).violations")
        assert [(each["id"], each["nodes"][0]["html"]) for each in found] == []
    assert small.watches[-1].complaints == []


def test_it_shows_desks_by_hours_and_each_with_its_day(small: Office) -> None:
    page = small.open()
    desk = page.locator('[data-desk="d7"]')
    expect(desk.locator("th")).to_have_text("Desk 7 Civil registration")
    expect(desk.locator("td").nth(0)).to_contain_text("40 28–59 · 5 votes")
    expect(desk.locator("td").nth(1)).to_have_text("327")  # 32, of 7 votes
    assert desk.locator("td").nth(1).get_attribute("title") == (
        "Desk 7 Civil registration, 10 h: 32 (22–52), 7 votes, 14 served"
    )
    few = page.locator('[data-desk="d3"] td').nth(1)
    expect(few).to_have_text("·3")
    assert page.locator("tr[data-desk]").count() == 12


def test_the_worst_alert_comes_first_and_each_says_what_happened(small: Office) -> None:
    page = small.open()
    cards = page.locator(".card")
    expect(cards).to_have_count(2)
    expect(cards.nth(0)).to_contain_text("Desk 3 Civil registration")
    expect(cards.nth(0)).to_contain_text("The score has dropped · urgent")
    expect(cards.nth(0).locator(".moved")).to_contain_text("72 → 25 ± 24 · 2 votes since")
    expect(page.get_by_role("link", name="Sign out")).to_have_count(0)
    report = cards.nth(0).get_by_role("link", name="Report of the desk")
    expect(report).to_have_attribute(
        "href", "/report/desk?tenant=small&office=centre&desk=d3&lang=en"
    )
    expect(cards.nth(1)).to_contain_text("Fewer people vote · attention")
    expect(cards.nth(1).locator(".moved")).to_contain_text("72 % → 31 % since")


def test_who_is_signed_in_is_offered_the_way_out(small: Office) -> None:
    page = small.open()
    page.context.add_cookies([{"name": MARK, "value": "1", "url": small.server.url}])
    page.reload()
    out = page.get_by_role("link", name="Sign out")
    expect(out).to_have_attribute("href", re.compile(r"^/login\?out=&lang=en&next=%2Fshift%3F"))
    assert overflowing(page) == []


def test_an_alert_is_acknowledged_by_one_press_and_noted_on_by_the_keyboard(
    small: Office,
) -> None:
    page = small.open()
    small.kept.clear()
    page.get_by_role("button", name="I have seen it").first.press("Enter")
    expect(page.locator(".card .outcome").first).to_have_text("Noted.")
    page.get_by_role("button", name="Note …").first.press("Enter")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.type("desk 5 prints for both")
    page.keyboard.press("Enter")
    expect(page.locator(".card form")).to_have_count(0)
    sent = [json.loads(record.value) for record in small.kept]
    assert [(one["action"], one.get("note", "")) for one in sent] == [
        ("acknowledge", ""),
        ("action", "desk 5 prints for both"),
    ]
    assert {one["alert_id"] for one in sent} == {"d3-20260302-1"}


def test_what_is_not_noted_says_so_and_stays_where_it_was_typed(small: Office) -> None:
    page = small.open()
    card = page.locator(".card").first
    card.get_by_role("button", name="Note …").click()
    card.get_by_role("button", name="Note it").click()
    expect(card.locator(".outcome")).to_have_text("Say what you found or did.")
    small.fails = True
    card.get_by_label("In a few words").fill("the printer is out of order")
    card.get_by_role("button", name="Note it").click()
    expect(card.locator(".outcome")).to_contain_text("Not noted")
    expect(card.get_by_label("In a few words")).to_have_value("the printer is out of order")
    small.fails = False


@pytest.mark.parametrize(("tenant", "desks"), [("big", 60), ("none", 1)])
def test_sixty_desks_and_one_without_a_citizen_fit(
    chromium: Browser, store: Store, tenant: str, desks: int
) -> None:
    office = Office(chromium, store, tenant, desks)
    for viewport in (HALL, PHONE):
        page = office.open("lang=bg", viewport=viewport)
        assert overflowing(page) == []
        assert page.locator("tr[data-desk]").count() == (60 if desks == 60 else 0)
        assert page.evaluate("document.documentElement.scrollWidth") == viewport["width"]
    office.server.close()


def test_both_languages_say_the_same_things() -> None:
    bulgarian, english = (
        json.loads((FOLDER / f"texts.{language}.json").read_text("utf-8"))
        for language in ("bg", "en")
    )
    assert bulgarian.keys() == english.keys()
