"""The clerk's page in a real browser: signing in, one press, the kiosk, and outages."""

import re
import time
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.dashboards.halls import overflowing
from tests.dashboards.rated_hall import RatedHall, rated_hall
from tests.requirements import need_axe

SIZES = (ViewportSize(width=1920, height=1080), ViewportSize(width=390, height=844))
PRESS = "key => dispatchEvent(new KeyboardEvent('keydown', key))"
SERVED = "select * from semko.interactions final where desk_id = 'd1' order by completed_at"


@pytest.fixture(scope="module")
def hall(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RatedHall]:
    assert chromium
    with rated_hall(tmp_path_factory.mktemp("desk")) as running:
        yield running


@pytest.fixture
def page(hall: RatedHall, chromium: Browser) -> Iterator[Page]:
    """A clerk who has signed in, as the login page led."""
    context = chromium.new_context(viewport=SIZES[0], locale="en-GB", bypass_csp=True)
    made = context.new_page()
    made.goto(f"{hall.url}/desk?desk=town/centre/d1")
    assert "/login?next=" in made.url
    made.get_by_label("Token").fill("nobody")
    made.get_by_role("button", name="Sign in").click()
    expect(made.get_by_role("alert")).to_contain_text("not known")
    made.get_by_label("Token").fill("clerk")
    made.get_by_role("button", name="Sign in").click()
    expect(made.get_by_role("heading", name="Desk 1")).to_be_visible()
    yield made
    context.close()


def findings(page: Page) -> list[str]:
    page.add_script_tag(path=need_axe())
    found = page.evaluate("async () => (await axe.run()).violations")
    return [f"{each['id']}: {each['nodes'][0]['html']}" for each in found]


def test_served_is_a_row_and_the_kiosk_knows_at_once(
    hall: RatedHall, chromium: Browser, page: Page
) -> None:
    kiosk = chromium.new_page()
    kiosk.goto(f"{hall.url}/kiosk?lang=en")
    kiosk.get_by_label("Code").fill(hall.code("hall-1"))
    time.sleep(1.1)  # the gateway looks at its file once a second
    kiosk.get_by_role("button", name="Pair").click()
    expect(kiosk.locator("#ask")).to_be_visible()
    kiosk.wait_for_timeout(500)
    page.keyboard.press("2")
    page.keyboard.press("s")
    expect(kiosk.locator("body")).to_have_attribute(
        "data-current", re.compile("^desk-"), timeout=1_000
    )
    expect(page.get_by_role("status")).to_contain_text("Local taxes: Served")
    kiosk.get_by_role("button", name="Very good").click()
    rated = f"{SERVED.replace('order by', 'and score = 5 order by')}"
    (row,) = hall.awaited(rated, 1)
    assert (row["service_id"], row["outcome"]) == ("taxes", "completed")
    kiosk.close()


def test_an_outage_costs_no_completion(hall: RatedHall, page: Page) -> None:
    before = len(hall.rows(SERVED))
    page.keyboard.press("1")
    page.context.set_offline(True)
    for code, cyrillic in (("KeyR", "р"), ("KeyT", "т"), ("KeyG", "г")):
        page.evaluate(PRESS, {"code": code, "key": cyrillic})
        page.wait_for_timeout(1_100)  # the buttons rest after each press
    expect(page.locator("#waiting")).to_contain_text("Kept on this computer: 3")
    page.context.set_offline(False)
    rows = hall.awaited(SERVED, before + 3)
    assert [row["outcome"] for row in rows[-3:]] == ["refused", "transferred", "abandoned"]
    expect(page.locator("#waiting")).to_have_text("")


def test_two_quick_presses_are_one_completion_and_another_office_is_refused(
    hall: RatedHall, page: Page
) -> None:
    before = len(hall.rows(SERVED))
    page.keyboard.press("s")
    expect(page.get_by_role("status")).to_have_text("First pick what the citizen came for.")
    page.keyboard.press("1")
    page.evaluate("for (const _ of [1, 2, 3]) document.querySelector('#outcomes button').click()")
    time.sleep(1)
    assert len(hall.awaited(SERVED, before + 1)) == before + 1
    page.goto(f"{hall.url}/desk?desk=town/other/d1&lang=en")
    expect(page.get_by_role("alert")).to_contain_text("another office")


def test_without_a_desk_those_of_the_office_are_offered_and_a_strange_one_is_said_to_be(
    hall: RatedHall, page: Page
) -> None:
    page.goto(f"{hall.url}/desk?lang=bg")
    assert (overflowing(page), findings(page)) == ([], [])
    page.locator("#desks a").first.click()
    expect(page.get_by_role("heading", name="Гише 1")).to_be_visible()
    expect(page.locator("#problem")).to_have_text("")
    page.goto(f"{hall.url}/desk?desk=town/centre/d99&lang=en")
    expect(page.get_by_role("alert")).to_contain_text("knows no desk d99 here")


def test_who_was_signed_out_elsewhere_is_led_to_the_login(page: Page) -> None:
    page.context.clear_cookies()
    page.evaluate("document.querySelector('#services button').click()")
    page.evaluate("document.querySelector('#outcomes button').click()")
    page.wait_for_url("**/login?next=*")


def test_a_clerk_signs_out_and_the_next_one_signs_in(hall: RatedHall, page: Page) -> None:
    page.get_by_role("link", name="Sign out").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Sign out")).to_be_focused()
    page.get_by_role("link", name="Stay signed in").click()
    expect(page.get_by_role("heading", name="Desk 1")).to_be_visible()
    page.get_by_role("link", name="Sign out").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("status")).to_have_text("You are signed out.")
    page.goto(f"{hall.url}/desk?desk=town/centre/d1")
    assert "/login?next=" in page.url
    page.get_by_label("Token").fill("clerk")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Desk 1")).to_be_visible()


@pytest.mark.parametrize("in_next", [True, False])
def test_the_language_goes_along_through_signing_in(
    hall: RatedHall, chromium: Browser, in_next: bool
) -> None:
    context = chromium.new_context(locale="en-GB")
    page = context.new_page()
    desk = "/desk?desk=town/centre/d1"
    login = f"/login?lang=bg&next={quote(desk)}"
    page.goto(hall.url + (f"{desk}&lang=bg" if in_next else login))
    page.get_by_label("Код за достъп").fill("clerk")
    page.get_by_role("button", name="Вход").click()
    expect(page.get_by_role("heading", name="Гише 1")).to_be_visible()
    context.close()


def test_everybody_can_use_it(hall: RatedHall, page: Page) -> None:
    for language in ("bg", "en"):
        for size in SIZES:
            for dark in (False, True):
                page.emulate_media(color_scheme="dark" if dark else "light")
                page.set_viewport_size(size)
                for query, button in (("", "#enter"), ("out&", "#leave")):
                    page.goto(f"{hall.url}/login?{query}lang={language}")
                    expect(page.locator(button)).to_be_visible()
                    assert (overflowing(page), findings(page)) == ([], [])
                page.goto(f"{hall.url}/desk?desk=town/centre/d1&lang={language}")
                expect(page.locator("#work")).to_be_visible()
                assert (overflowing(page), findings(page)) == ([], [])
