"""A drop on the wall in a real browser."""

import pytest
from playwright.sync_api import expect

from tests.dashboards.halls import PHONE, Hall, overflowing
from tests.dashboards.store import Store
from tests.dashboards.test_wall_drops import put
from tests.dashboards.towns import NOON_MS


@pytest.mark.parametrize(("level", "viewport"), [("page", None), ("amber", None), ("page", PHONE)])
def test_a_desk_and_its_office_tell_of_the_drop(
    small: Hall, store: Store, level: str, viewport: dict[str, int] | None
) -> None:
    for table in ("alerts", "desk_days"):
        store.empty(table)
    office = small.wall.snapshot(NOON_MS)["offices"][0]
    desk = office["desks"][3]["desk_id"]
    begun = "2026-03-02 07:32:00.000"
    more = {"opened_at": begun, "begun_at": begun, "last_alarm_at": begun, "level": level}
    put(store, "small", desk, office_id=office["office_id"], **more)
    options = {} if viewport is None else {"viewport": viewport}
    page = small.open("?tenant=small&lang=bg", **options)
    expect(page.locator(f'[data-desk="{desk}"] .drop')).to_have_text("спад")
    expect(page.locator(".tile .drop")).to_have_count(1)
    expect(page.locator(".drops li")).to_have_attribute("data-level", level)
    # The page has the time of today.
    expect(page.locator(".drops li")).to_contain_text("под очакваното 72 повече от ден")
    if viewport is None:
        assert overflowing(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for table in ("alerts", "desk_days"):
        store.empty(table)
