"""The wall in a real browser against a real server with real snapshots."""

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from dashboards.wall import Wall, routes
from models.registry import Registry
from tests.dashboards.screens import ScreenServer, Watch, browser
from tests.dashboards.store import Store, opened
from tests.dashboards.towns import NOON_MS, fill, registry
from tests.requirements import need_axe

HALL = {"width": 1920, "height": 1080}
PHONE = {"width": 390, "height": 844}
FOLDER = Path(routes.__code__.co_filename).parent / "pages" / "wall"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as started:
        yield started


@pytest.fixture(scope="module")
def store(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    assert chromium
    with opened(tmp_path_factory.mktemp("page") / "store") as made:
        fill(made, "small", 12)
        fill(made, "big", 60)
        yield made


class Hall:
    """One wall with its server, opened in pages of all kinds."""

    def __init__(self, chromium: Browser, store: Store, known: Registry) -> None:
        self._chromium = chromium
        self.wall = Wall(store.query, known)
        self.now_ms = NOON_MS
        self.server = ScreenServer(routes(), lambda: self.wall.snapshot(self.now_ms))
        self.watches: list[Watch] = []

    def open(self, query: str = "", **options: Any) -> Page:
        page = self._chromium.new_page(**({"viewport": HALL, "locale": "en-GB"} | options))
        self.watches.append(Watch(page))
        page.goto(f"{self.server.url}/wall{query}")
        page.wait_for_selector("main > *")
        return page

    def leave(self) -> None:
        """Close all pages, and look at the usual moment again."""
        self.now_ms = NOON_MS
        self.watches.clear()
        for context in self._chromium.contexts:
            context.close()


@pytest.fixture(scope="module")
def small_hall(chromium: Browser, store: Store) -> Iterator[Hall]:
    hall = Hall(chromium, store, registry("small", 12))
    yield hall
    hall.server.close()


@pytest.fixture(scope="module")
def big_hall(chromium: Browser, store: Store) -> Iterator[Hall]:
    hall = Hall(chromium, store, registry("big", 60))
    yield hall
    hall.server.close()


@pytest.fixture
def small(small_hall: Hall) -> Iterator[Hall]:
    yield small_hall
    small_hall.leave()


@pytest.fixture
def big(big_hall: Hall) -> Iterator[Hall]:
    yield big_hall
    big_hall.leave()


def of_tenant(hall: Hall, tenant: str) -> dict[str, Any]:
    found = [
        office
        for office in hall.wall.snapshot(hall.now_ms)["offices"]
        if office["tenant_id"] == tenant
    ]
    assert len(found) == 1
    return dict(found[0])


def whole(value: float) -> str:
    """Rounded as the page rounds: halves up."""
    return str(int(value + 0.5))


def overflowing(page: Page) -> list[str]:
    """Texts of elements that are cut off or stick out of the screen."""
    found = page.evaluate(
        """() => [...document.querySelectorAll("main *, header *, footer *")]
            .filter((each) => each.getClientRects().length && !each.closest("svg"))
            .filter((each) => {
              const box = each.getBoundingClientRect();
              const clips = getComputedStyle(each).textOverflow === "ellipsis"
                || getComputedStyle(each).webkitLineClamp !== "none";
              const panel = each.closest(".hero, .tile, .chip")?.getBoundingClientRect();
              return box.right > innerWidth + 1 || box.bottom > innerHeight + 1
                || (panel && (box.bottom > panel.bottom + 1 || box.right > panel.right + 1))
                || (!clips && each.scrollWidth > each.clientWidth + 1 && each.clientWidth > 0);
            })
            .map((each) => each.className + ": " + each.textContent.slice(0, 60))"""
    )
    return list(found)


def test_the_page_shows_what_the_snapshot_says(small: Hall) -> None:
    page = small.open("?tenant=small&lang=en")
    office = of_tenant(small, "small")

    def text(selector: str) -> str:
        return page.locator(selector).inner_text()

    assert text("h1") == "Citizen service centre"
    assert text('[data-value="score"]') == whole(office["score"]["value"])
    assert text('[data-value="served"]') == str(office["completions"])
    assert text('[data-value="votesTitle"]') == str(office["votes"])
    assert text('[data-value="rate"]') == f"{office['response_rate']:.0%}"
    wait = round(office["mean_wait_seconds"])
    assert text('[data-value="wait"]') == f"{wait // 60}:{wait % 60:02}"
    for desk in office["desks"]:
        tile = f'[data-desk="{desk["desk_id"]}"]'
        assert text(f"{tile} h3") == desk["name"]["en"]
        votes = desk["score"]["votes"] if desk["score"] else desk["votes"]
        assert text(f"{tile} .votes") == ("1 vote" if votes == 1 else f"{votes} votes")
        if desk["score"]:
            assert text(f"{tile} .value") == whole(desk["score"]["value"])
            ends = whole(desk["score"]["low"]), whole(desk["score"]["high"])
            assert text(f"{tile} .range") == "–".join(ends)
            assert page.locator(tile).get_attribute("data-band") == str(desk["score"]["face"])


def test_few_votes_are_grey_and_say_so(small: Hall) -> None:
    page = small.open("?tenant=small&lang=en")

    for desk, words in (("d3", "too few votes"), ("d4", "no votes yet")):
        tile = page.locator(f'[data-desk="{desk}"]')
        assert tile.get_attribute("data-band") == "none"
        assert tile.locator(".word").inner_text() == words
        assert tile.locator(".value").count() == 0


def test_a_new_citizen_shows_within_two_seconds(chromium: Browser, store: Store) -> None:
    hall = Hall(chromium, store, registry("lively", 1))
    served = hall.open("?tenant=lively&lang=en").locator('[data-value="served"]')
    expect(served).to_have_text("0")

    store.interaction(1, "2026-03-02 10:06:30.000", tenant_id="lively", office_id="centre")

    expect(served).to_have_text("1", timeout=2_000)
    hall.leave()
    hall.server.close()


def test_a_page_that_is_loaded_again_goes_on_showing_what_is_new(small: Hall, store: Store) -> None:
    page = small.open("?tenant=small&lang=en")
    served = page.locator('[data-value="served"]')
    before = int(served.inner_text())
    page.reload()
    expect(served).to_have_text(str(before))

    more = {"tenant_id": "small", "office_id": "centre", "desk_id": "d1"}
    store.interaction(99_999, "2026-03-02 10:06:30.000", **more)

    expect(served).to_have_text(str(before + 1), timeout=10_000)


def test_a_cut_line_is_told_within_three_seconds_and_mends_itself(small: Hall) -> None:
    page = small.open("?tenant=small&lang=en")
    alarm = page.get_by_role("alert")
    expect(page.locator("#status")).to_contain_text("Live", timeout=3_000)
    expect(alarm).to_be_hidden()

    small.server.stop()
    expect(alarm).to_contain_text("No connection – numbers of ", timeout=3_000)
    assert page.locator('[data-value="score"]').inner_text() != ""
    assert overflowing(page) == []

    small.server.start()
    expect(alarm).to_be_hidden(timeout=8_000)
    expect(page.locator("#status")).to_contain_text("Live")


def test_a_line_that_falls_silent_is_told_within_three_seconds(small: Hall) -> None:
    page = small.open("?tenant=small&lang=bg")
    expect(page.locator("#status")).to_contain_text("На живо", timeout=3_000)

    small.server.fall_silent(4)

    expect(page.get_by_role("alert")).to_contain_text("Няма връзка – данни от ", timeout=3_000)
    expect(page.get_by_role("alert")).to_be_hidden(timeout=8_000)


def test_numbers_that_stand_still_are_told_though_the_line_lives(small: Hall) -> None:
    page = small.open("?tenant=small&lang=en")
    expect(page.locator("#status")).to_contain_text("Live", timeout=3_000)

    small.now_ms = -(10**15)  # no such time: the store refuses

    expect(page.get_by_role("alert")).to_contain_text("No new numbers", timeout=6_000)


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
    by_number = {"faces", "cut", "still", "higher", "lower", "usual"}  # said by a value's name
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
