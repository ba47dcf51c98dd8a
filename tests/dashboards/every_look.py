"""Every page as people may meet it: languages, sizes, themes, from empty to overfull and cut off.

Several hundred looks, which take minutes: they run where SEMKO_LOOKS names a folder (`make looks`),
and leave a picture of each there for people to look at. What a look finds wrong is told of all of
them at the end of a test. The tests beside this one look at some of them every time.
"""

from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from models.registry import Registry
from tests.dashboards import looks as look_at
from tests.dashboards import test_shift_page as shift_page
from tests.dashboards.halls import PHONE, Hall, overflowing
from tests.dashboards.looks import Looks
from tests.dashboards.rated_hall import REGISTRY, rated_hall
from tests.dashboards.store import Store
from tests.dashboards.test_kiosk import paired
from tests.dashboards.test_wall_drops import put
from tests.dashboards.towns import NOON_MS, registry

pytestmark = look_at.WANTED
CUT_MS = 5_000
"""After which a page has told that its line is cut."""
# A desk that names no services delivers all of them.
MANY_SERVICES = REGISTRY.replace('services = ["civil-status", "taxes"]\n', "") + "".join(
    f'[[services]]\ntenant_id = "town"\nid = "s{n}"\n'
    f'name = {{ bg = "Удостоверение за постоянен адрес {n}", en = "Certificate of address {n}" }}\n'
    for n in range(40)
)


def _covered(page: Page) -> list[str]:
    """Where the screen is low, one scrolls; but nothing lies on anything else."""
    found = page.evaluate(
        """() => ["header", "#services", "#outcomes", "footer"]
            .map((each) => document.querySelector(each).getBoundingClientRect())
            .filter((box, at, all) => at && box.top < all[at - 1].bottom - 1)
            .map((box) => `something over its top at ${box.top}`)"""
    )
    return list(found)


def _wall_overflowing(page: Page) -> list[str]:
    """On a phone one scrolls down."""
    if page.viewport_size == PHONE:
        height = page.evaluate("document.documentElement.scrollHeight")
        page.set_viewport_size({"width": 390, "height": height})
    return overflowing(page)


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
        page = hall.open(f"?tenant={tenant}&lang={language}&theme={theme}", **options)
        if state == "cut":
            hall.server.stop()
            page.wait_for_timeout(CUT_MS)
        looks.look(page, f"wall/{state}-{name}", _wall_overflowing)
        page.context.close()
        if state == "cut":
            hall.server.start()
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
    for name, language, theme, options in looks.contexts():
        page = office.open(f"lang={language}&theme={theme}", **options)
        if state == "cut":
            office.server.stop()
            page.wait_for_timeout(CUT_MS)
        elif state != "none":
            page.locator(".card .note").first.click()
        looks.look(page, f"shift/{state}-{name}", shift_page.overflowing)
        page.context.close()
        if state == "cut":
            office.server.start()
    office.server.close()
    for table in ("alerts", "desk_days"):
        store.empty(table)


def test_the_kiosk(looks: Looks, tmp_path: Path) -> None:
    look = partial(looks.look, cut_off=overflowing, enhanced=True)
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
                asking.emulate_media(color_scheme=theme)
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
    with rated_hall(tmp_path, services) as hall:
        for name, language, _, options in looks.contexts():
            page = looks.chromium.new_page(**options)
            page.goto(f"{hall.url}/login?lang={language}&next=/desk?desk=town/centre/d1")
            looks.look(page, f"login/in-{name}", overflowing)
            page.locator("input").first.fill("clerk")
            page.keyboard.press("Enter")
            expect(page.locator("#work")).to_be_visible()
            page.goto(f"{hall.url}/desk?desk=town/centre/d1&lang={language}")
            expect(page.locator("#work")).to_be_visible()
            looks.look(page, f"desk/{state}-{name}", overflowing)
            page.set_viewport_size({"width": 844, "height": 390})
            looks.look(page, f"desk/{state}-lying-{name}", _covered)
            page.set_viewport_size(options["viewport"])
            page.context.set_offline(True)
            page.keyboard.press("1")
            page.keyboard.press("s")
            expect(page.locator("#waiting")).not_to_be_empty()
            looks.look(page, f"desk/{state}-offline-{name}", overflowing)
            page.context.set_offline(False)
            page.goto(f"{hall.url}/desk?desk=town/elsewhere/d1&lang={language}")
            expect(page.get_by_role("alert")).not_to_be_empty()
            looks.look(page, f"desk/{state}-unknown-{name}", overflowing)
            page.goto(f"{hall.url}/login?out&lang={language}")
            looks.look(page, f"login/out-{name}", overflowing)
            page.context.close()
