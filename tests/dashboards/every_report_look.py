"""Every report as people may meet it, like `every_look`: they have a store of their own."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from dashboards.report.routes import routes as report_routes
from tests.dashboards import looks as look_at
from tests.dashboards import test_report_page as report_page
from tests.dashboards.looks import Looks
from tests.dashboards.reported import NOW_MS, fill_every_office, names
from tests.dashboards.screens import ScreenServer
from tests.dashboards.store import opened

pytestmark = look_at.WANTED


@pytest.fixture(scope="module")
def reports(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ScreenServer]:
    assert chromium
    with opened(tmp_path_factory.mktemp("looks") / "store") as store:
        fill_every_office(store)
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
