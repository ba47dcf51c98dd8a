"""The wall fits: every screen, either language and theme, and everyone who looks at it."""

import json
import re
import time
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from dashboards.wall import routes
from models.registry import Registry
from tests.dashboards.halls import HALL, PHONE, Hall, overflowing
from tests.dashboards.store import Store
from tests.dashboards.towns import NOON_MS
from tests.requirements import need_axe

FOLDER = Path(routes.__code__.co_filename).parent / "pages" / "wall"


@pytest.mark.parametrize("language", ["bg", "en"])
def test_a_wall_of_twelve_desks_fits_the_screen(small: Hall, language: str) -> None:
    page = small.open(f"?tenant=small&lang={language}")

    assert page.locator(".tile").count() == 12
    assert overflowing(page) == []
    assert page.evaluate("document.documentElement.scrollHeight") == HALL["height"]


def test_a_wall_of_sixty_desks_turns_its_pages_without_scrolling(big: Hall) -> None:
    page = big.open("?tenant=big&lang=bg")
    seen: list[str] = []
    for _ in range(3):
        assert overflowing(page) == []
        seen += page.locator(".tile").evaluate_all("tiles => tiles.map(t => t.dataset.desk)")
        page.keyboard.press("ArrowRight")

    assert sorted(seen) == sorted(f"d{number}" for number in range(1, 61))
    assert page.locator("#page-text").inner_text() == "1 от 3"


def test_a_held_page_says_so_and_stays(big: Hall) -> None:
    page = big.open("?tenant=big&lang=en")
    button = page.get_by_role("button", name="Hold")

    button.click()

    held = page.get_by_role("button", name="Go on")
    expect(held).to_have_attribute("aria-pressed", "true")


def test_a_phone_has_one_column_and_nothing_sticks_out(small: Hall) -> None:
    page = small.open("?tenant=small&lang=bg", viewport=PHONE)

    lefts = page.locator(".tile, .chip, .hero").evaluate_all(
        "all => [...new Set(all.map((each) => Math.round(each.getBoundingClientRect().left)))]"
    )
    assert len(lefts) == 1
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    assert page.locator(".tile").count() == 12


def test_the_language_is_that_of_the_address_or_else_of_the_browser(small: Hall) -> None:
    def language(query: str, locale: str) -> str | None:
        return small.open(query, locale=locale).locator("html").get_attribute("lang")

    assert language("?lang=bg", "en-GB") == "bg"
    assert language("?lang=en", "bg-BG") == "en"
    assert language("", "bg-BG") == "bg"
    assert language("", "de") == "en"


def test_both_languages_say_the_same_things() -> None:
    texts = {
        language: json.loads((FOLDER / f"texts.{language}.json").read_text("utf-8"))
        for language in ("bg", "en")
    }

    assert texts["bg"].keys() == texts["en"].keys()
    for key, bulgarian in texts["bg"].items():
        english = texts["en"][key]
        assert type(bulgarian) is type(english)
        assert _holes(bulgarian) == _holes(english), key
    scripts = "".join(path.read_text("utf-8") for path in FOLDER.glob("*.js"))
    # Said by a value's name:
    by_number = {"faces", "cut", "still", "higher", "lower", "usual"}
    by_number |= {"off", "no network", "no votes"}
    assert [key for key in texts["en"].keys() - by_number if f'"{key}"' not in scripts] == []


def _holes(text: object) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", json.dumps(text)))


def test_dark_and_light_follow_the_address_or_else_the_browser(small: Hall) -> None:
    def ground(query: str, scheme: str) -> object:
        page = small.open(query, color_scheme=scheme)
        return page.evaluate("getComputedStyle(document.body).backgroundColor")

    light, dark = ground("", "light"), ground("", "dark")
    assert light != dark
    assert ground("?theme=dark", "light") == dark
    assert ground("?theme=light", "dark") == light


def test_a_store_without_data_gives_a_finished_page(chromium: Browser, store: Store) -> None:
    hall = Hall(chromium, store, Registry.empty())
    hall.now_ms = NOON_MS + 365 * 86_400_000
    page = hall.open("?lang=en")

    assert page.locator("main h2").inner_text() == "No numbers yet"
    assert overflowing(page) == []
    assert hall.watches[0].complaints == []
    hall.leave()
    hall.server.close()


def test_nothing_comes_from_elsewhere_and_nothing_complains(small: Hall) -> None:
    page = small.open("?tenant=small&lang=en")
    answer = page.request.get(f"{small.server.url}/wall")
    expect(page.locator("#status")).to_contain_text("Live", timeout=3_000)

    assert answer.headers["content-security-policy"].startswith("default-src 'self'")
    [watch] = small.watches
    assert [url for url in watch.requests if not url.startswith(small.server.url)] == []
    assert watch.complaints == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(small: Hall, theme: str) -> None:
    path = need_axe()
    for viewport in (HALL, PHONE):
        page = small.open(
            f"?tenant=small&lang=en&theme={theme}", viewport=viewport, bypass_csp=True
        )
        page.add_script_tag(path=path)
        found = page.evaluate("async () => (await axe.run()).violations")
        assert [(each["id"], each["nodes"][0]["html"]) for each in found] == []


def test_a_step_is_told_to_screen_readers_once(small: Hall) -> None:
    page = small.open("?tenant=small&lang=en")
    summary = page.locator("#summary")
    told = summary.inner_text()
    time.sleep(1.2)  # a turn of the page's own clock

    assert told.startswith("Citizen service centre: ")
    assert summary.inner_text() == told
    assert summary.get_attribute("aria-live") == "polite"
