"""Every page as people may meet it: languages, sizes, themes, from empty to overfull and cut off.

Several hundred looks, which take minutes: they run where SEMKO_LOOKS names a folder (`make looks`),
and leave a picture of each there for people to look at. What a look finds wrong is told of all of
them at the end of a test. The tests beside this one look at some of them every time.
"""

import os
from collections.abc import Callable, Iterator
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from dashboards.report.routes import routes as report_routes
from models.registry import Registry
from tests.dashboards import test_report_page as report_page
from tests.dashboards import test_shift_page as shift_page
from tests.dashboards.halls import HALL, PHONE, Hall, overflowing
from tests.dashboards.rated_hall import REGISTRY, rated_hall
from tests.dashboards.reported import NOW_MS, fill, names, sum_up
from tests.dashboards.screens import ScreenServer
from tests.dashboards.store import Store, opened
from tests.dashboards.test_kiosk import paired
from tests.dashboards.test_wall_drops import put
from tests.dashboards.towns import NOON_MS, registry
from tests.requirements import need_axe

FOLDER = os.environ.get("SEMKO_LOOKS", "")
pytestmark = [
    pytest.mark.skipif(not FOLDER, reason="SEMKO_LOOKS names no folder for pictures"),
    pytest.mark.timeout(1_800),
]
THEMES = ("light", "dark")
CUT_MS = 5_000
"""After which a page has told that its line is cut."""
MANY_SERVICES = REGISTRY + "".join(
    f'[[services]]\ntenant_id = "town"\nid = "s{n}"\n'
    f'name = {{ bg = "Удостоверение за постоянен адрес {n}", en = "Certificate of address {n}" }}\n'
    for n in range(40)
)


class Looks:
    """Pages that were looked at, and what was wrong with them."""

    def __init__(self, chromium: Browser) -> None:
        self.chromium = chromium
        self.found: list[str] = []

    def contexts(self, **options: Any) -> Iterator[tuple[str, str, str, Any]]:
        """Name, language, theme, and a way to open a page, of every combination."""
        for language, size, theme in product(("bg", "en"), (HALL, PHONE), THEMES):
            name = f"{language}-{'hall' if size == HALL else 'phone'}-{theme}"
            settings = {"viewport": size, "locale": "en-GB", "bypass_csp": True, "has_touch": False}
            yield name, language, theme, settings | {"color_scheme": theme} | options

    def look(
        self,
        page: Page,
        name: str,
        cut_off: Callable[[Page], list[str]] = overflowing,
        *,
        enhanced: bool = False,
    ) -> None:
        """Keep a picture, and whatever is cut off, scrolls sideways or keeps somebody out."""
        path = Path(FOLDER) / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=path, full_page=True)
        self.found += [f"{name}: cut off: {each}" for each in cut_off(page)]
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            self.found.append(f"{name}: scrolls sideways")
        page.add_script_tag(path=need_axe())
        rules = {"rules": {"color-contrast-enhanced": {"enabled": enhanced}}}
        broken = page.evaluate("async (rules) => (await axe.run(rules)).violations", rules)
        self.found += [f"{name}: {each['id']}: {each['nodes'][0]['html']}" for each in broken]


@pytest.fixture
def looks(chromium: Browser) -> Iterator[Looks]:
    made = Looks(chromium)
    yield made
    for context in chromium.contexts:
        context.close()
    assert made.found == []


@pytest.mark.parametrize(
    ("state", "desks"), [("few", 12), ("many", 60), ("one", 1), ("empty", 0), ("cut", 12)]
)
def test_the_wall(looks: Looks, store: Store, state: str, desks: int) -> None:
    tenant = {"many": "big", "one": "none"}.get(state, "small")
    put(store, "small", "d3", level="page", office_id="centre")
    hall = Hall(looks.chromium, store, registry(tenant, desks) if desks else Registry.empty())
    if state == "empty":
        hall.now_ms = NOON_MS + 365 * 86_400_000
    for name, language, theme, options in looks.contexts():
        hall.server.start() if state == "cut" and hall.watches else None
        page = hall.open(f"?tenant={tenant}&lang={language}&theme={theme}", **options)
        if state == "cut":
            hall.server.stop()
            page.wait_for_timeout(CUT_MS)
        looks.look(page, f"wall/{state}-{name}")
        page.context.close()
    hall.server.close()
    for table in ("alerts", "desk_days"):
        store.empty(table)


@pytest.mark.parametrize(("state", "desks"), [("few", 12), ("many", 60), ("none", 1), ("cut", 12)])
def test_the_shift_managers_page(looks: Looks, store: Store, state: str, desks: int) -> None:
    tenant = {"many": "big", "none": "none"}.get(state, "small")
    for number in range(1, desks + 1):
        if desks == 60 or number in {3, 5}:
            level = "page" if number % 2 else "amber"
            begun = "2026-03-02 08:12:00.000"
            put(store, tenant, f"d{number}", level=level, office_id="centre", begun_at=begun)
    office = shift_page.Office(looks.chromium, store, tenant, desks)
    for at, (name, language, theme, options) in enumerate(looks.contexts()):
        office.server.start() if state == "cut" and at else None
        page = office.open(f"lang={language}&theme={theme}", **options)
        if state == "cut":
            office.server.stop()
            page.wait_for_timeout(CUT_MS)
        elif state != "none":
            page.locator(".card .note").first.click()
        looks.look(page, f"shift/{state}-{name}", shift_page.overflowing)
        page.context.close()
    office.server.close()
    for table in ("alerts", "desk_days"):
        store.empty(table)


@pytest.fixture(scope="module")
def reports(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ScreenServer]:
    assert chromium
    with opened(tmp_path_factory.mktemp("looks") / "store") as store:
        fill(store)
        fill(store, "big", 60)
        lonely = {"tenant_id": "town", "office_id": "lonely", "score": 2}
        store.interaction(9_000_000, "2026-02-03 10:00:00.000", **lonely)
        sum_up(store)
        server = ScreenServer(report_routes(store.query, names(), lambda: NOW_MS), dict)
        yield server
        server.close()


def _report_overflowing(page: Page) -> list[str]:
    return [*page.evaluate(report_page.CUT_OFF), *page.evaluate(report_page.CROWDED)]


@pytest.mark.parametrize("number", range(len(report_page.PAGES)))
def test_reports(looks: Looks, reports: ScreenServer, number: int) -> None:
    for name, language, theme, options in looks.contexts():
        page = looks.chromium.new_page(**options)
        page.goto(f"{reports.url}{report_page.PAGES[number]}&lang={language}&theme={theme}")
        looks.look(page, f"report/{number}-{name}", _report_overflowing)
        page.context.close()


def test_the_kiosk(looks: Looks, tmp_path: Path) -> None:
    look = partial(looks.look, enhanced=True)
    with rated_hall(tmp_path) as hall:
        context = looks.chromium.new_context(bypass_csp=True)
        asking = paired(hall, context, "looked-at")
        asking.evaluate("navigator.serviceWorker.ready")
        for name, language, theme, options in looks.contexts():
            pairing = looks.chromium.new_page(**options)
            pairing.goto(f"{hall.url}/kiosk?lang={language}")
            expect(pairing.locator("#pair")).to_be_visible()
            look(pairing, f"kiosk/pair-{name}")
            pairing.context.close()
            for line in ("live", "offline"):
                asking.emulate_media(color_scheme="dark" if theme == "dark" else "light")
                asking.set_viewport_size(options["viewport"])
                asking.goto(f"{hall.url}/kiosk?lang={language}")
                context.set_offline(line == "offline")
                expect(asking.locator("#ask")).to_be_visible()
                look(asking, f"kiosk/ask-{line}-{name}")
                asking.locator('[data-score="1"]').click()
                expect(asking.locator("#why")).to_be_visible()
                look(asking, f"kiosk/why-{line}-{name}")
                asking.goto(f"{hall.url}/kiosk?lang={language}")
                asking.locator('[data-score="5"]').click()
                expect(asking.locator("#thanks")).to_be_visible()
                look(asking, f"kiosk/thanks-{line}-{name}")
            context.set_offline(False)


@pytest.mark.parametrize("services", [REGISTRY, MANY_SERVICES], ids=["few", "many"])
def test_the_clerks_page(looks: Looks, tmp_path: Path, services: str) -> None:
    state = "few" if services == REGISTRY else "many"
    # A desk that names no services delivers all of them.
    known = services if state == "few" else services.replace("services =", "# services =")
    with rated_hall(tmp_path, known) as hall:
        for name, language, _, options in looks.contexts():
            page = looks.chromium.new_page(**options)
            page.goto(f"{hall.url}/login?lang={language}&next=/desk?desk=town/centre/d1")
            looks.look(page, f"login/in-{name}")
            page.locator("input").first.fill("clerk")
            page.keyboard.press("Enter")
            expect(page.locator("#work")).to_be_visible()
            page.goto(f"{hall.url}/desk?desk=town/centre/d1&lang={language}")
            expect(page.locator("#work")).to_be_visible()
            looks.look(page, f"desk/{state}-{name}")
            page.context.set_offline(True)
            page.keyboard.press("1")
            page.keyboard.press("s")
            expect(page.locator("#waiting")).not_to_be_empty()
            looks.look(page, f"desk/{state}-offline-{name}")
            page.context.set_offline(False)
            page.goto(f"{hall.url}/desk?desk=town/centre/d9&lang={language}")
            expect(page.get_by_role("alert")).not_to_be_empty()
            looks.look(page, f"desk/{state}-unknown-{name}")
            page.goto(f"{hall.url}/login?out&lang={language}")
            looks.look(page, f"login/out-{name}")
            page.context.close()
