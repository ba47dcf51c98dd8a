"""Reports in a real browser: everything fits, in both languages and themes, without scripts."""

import json
import re
from collections.abc import Iterator
from importlib.resources import files
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page

from dashboards.report.routes import routes
from tests.dashboards.halls import HALL, PHONE
from tests.dashboards.reported import FIRST, LONG, NOW_MS, fill_every_office, names
from tests.dashboards.screens import ScreenServer, Watch
from tests.dashboards.store import Store, opened
from tests.requirements import need_axe

OFFICE = "/report/office?tenant=town&office=centre"
DESK = "/report/desk?tenant=town&office=centre&desk=d3"
BIG = "/report/office?tenant=town&office=big"
PAGES = (
    "/report?",
    OFFICE,
    DESK,
    "/report/service?tenant=town&office=centre&service=tax",
    BIG,
    "/report/office?tenant=town&office=lonely",
    "/report/office?tenant=town&office=idle",
    "/report/office?tenant=town&office=nowhere",
    f"{OFFICE}&from=nonsense",
)
CUT_OFF = """() => [...document.querySelectorAll("body *")]
    .filter((each) => each.getClientRects().length && !each.closest("svg, select, option"))
    .filter((each) => {
      const box = each.getBoundingClientRect();
      const panel = each.closest("section")?.getBoundingClientRect();
      return box.right > innerWidth + 1 || box.left < -1
        || (panel && (box.right > panel.right + 1 || box.bottom > panel.bottom + 1))
        || (each.tagName !== "INPUT" && each.clientWidth > 0
            && each.scrollWidth > each.clientWidth + 1);
    })
    .map((each) => `${each.tagName}.${each.className}: ${each.textContent.slice(0, 60)}`)"""
CROWDED = """() => [...document.querySelectorAll(".chart")]
    .filter((each) => each.getClientRects().length)
    .flatMap((chart) => {
      const boxes = [...chart.querySelectorAll("text")].map((each) => each.getBoundingClientRect());
      const frame = chart.getBoundingClientRect();
      const met = boxes.filter((one, at) => boxes.some((other, to) => to > at
        && one.left < other.right && other.left < one.right
        && one.top < other.bottom && other.top < one.bottom));
      const out = boxes.filter((one) => one.left < frame.left - 1 || one.right > frame.right + 1);
      return [...met, ...out].map((one) => `${chart.ariaLabel} at ${one.left}`);
    })"""


@pytest.fixture(scope="module")
def store(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    assert chromium
    with opened(tmp_path_factory.mktemp("report") / "store") as made:
        fill_every_office(made)
        yield made


@pytest.fixture(scope="module")
def server(store: Store) -> Iterator[ScreenServer]:
    made = ScreenServer(routes(store.query, names(), lambda: NOW_MS), dict)
    yield made
    made.close()


def open_page(chromium: Browser, server: ScreenServer, url: str, **options: object) -> Page:
    page = chromium.new_page(**({"viewport": HALL, "locale": "en-GB"} | options))  # type: ignore[arg-type]
    page.goto(server.url + url)
    return page


@pytest.mark.parametrize(("viewport", "lang"), [(HALL, "bg"), (PHONE, "en")], ids=["hall", "phone"])
def test_nothing_is_cut_off_and_nothing_overlaps(
    chromium: Browser, server: ScreenServer, viewport: dict[str, int], lang: str
) -> None:
    for url in PAGES:
        page = open_page(chromium, server, f"{url}&lang={lang}", viewport=viewport)
        assert page.evaluate(CUT_OFF) == [], url
        assert page.evaluate(CROWDED) == [], url
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), url
        page.close()


@pytest.mark.parametrize(("viewport", "theme"), [(HALL, "light"), (PHONE, "dark")])
def test_axe_finds_nothing(
    chromium: Browser, server: ScreenServer, viewport: dict[str, int], theme: str
) -> None:
    path = need_axe()
    for url in PAGES:
        if url == BIG:
            continue  # axe takes long over 60 desks, and they are made as 4 are
        lang = "bg" if theme == "dark" else "en"
        address = f"{url}&lang={lang}&theme={theme}"
        page = open_page(chromium, server, address, viewport=viewport, bypass_csp=True)
        page.add_script_tag(path=path)
        found = page.evaluate("async () => (await axe.run()).violations")
        assert [(each["id"], each["nodes"][0]["html"]) for each in found] == [], url
        page.close()


def test_the_page_loads_little_from_here_alone_and_needs_no_script(
    chromium: Browser, server: ScreenServer
) -> None:
    page = chromium.new_page(java_script_enabled=False)
    watch = Watch(page)
    answer = page.goto(f"{server.url}{BIG}&lang=en")
    assert answer is not None
    assert "script-src 'none'" in answer.headers["content-security-policy"]
    assert [url for url in watch.requests if not url.startswith(server.url)] == []
    assert watch.complaints == []
    assert "<script" not in page.content()
    assert not re.search(r'\sstyle="|<style', page.content())
    page.close()


def test_the_days_are_chosen_by_the_keyboard_and_stand_in_the_address(
    chromium: Browser, server: ScreenServer
) -> None:
    page = open_page(chromium, server, f"{DESK}&lang=en&theme=dark")
    page.locator("input[name=from]").fill("2026-02-09")
    page.locator("input[name=to]").fill("2026-02-13")
    page.locator("input[name=to]").press("Enter")
    page.wait_for_url("**from=2026-02-09**")
    asked = parse_qs(urlsplit(page.url).query)
    assert asked["desk"] == ["d3"]
    assert (asked["to"], asked["lang"], asked["theme"]) == (["2026-02-13"], ["en"], ["dark"])
    page.get_by_role("link", name="Earlier").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**from=2026-02-04&to=2026-02-08**")
    page.get_by_role("link", name="Български").click()
    assert LONG in page.locator("h1").inner_text()
    page.get_by_role("link", name="Център за обслужване на граждани").click()
    assert "from=2026-02-04&to=2026-02-08" in page.url
    page.close()


def test_a_desk_leads_from_the_list_to_its_own_page(
    chromium: Browser, server: ScreenServer
) -> None:
    page = open_page(chromium, server, "/report?lang=en")
    page.get_by_role("link", name="Citizen service centre").click()
    page.get_by_role("link", name="d1", exact=True).first.click()
    assert page.locator("h1").inner_text() == "d1"
    assert f"from={FIRST}" in page.url
    assert page.locator(".compared strong").inner_text() == "▸ d1"
    page.close()


def test_paper_shows_numbers_and_no_controls(chromium: Browser, server: ScreenServer) -> None:
    page = open_page(chromium, server, f"{OFFICE}&lang=en&theme=dark")
    page.emulate_media(media="print")
    for hidden in (".choice", ".looks", ".exports"):
        assert not page.locator(hidden).is_visible()
    assert page.locator(".days").is_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
    assert page.pdf(format="A4").startswith(b"%PDF")
    page.close()


def test_both_languages_say_the_same_things() -> None:
    bg, en = (
        json.loads(files("dashboards.report").joinpath(f"texts.{lang}.json").read_text("utf-8"))
        for lang in ("bg", "en")
    )
    assert bg.keys() == en.keys()
    for key, text in bg.items():
        if isinstance(text, str):
            holes = [sorted(re.findall(r"\{(\w+)\}", each[key])) for each in (bg, en)]
            assert holes[0] == holes[1], key
        else:
            assert len(text) == len(en[key]), key
