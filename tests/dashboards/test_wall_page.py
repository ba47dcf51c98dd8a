"""The wall in a real browser against a real server with real snapshots."""

from typing import Any

from playwright.sync_api import Browser, expect

from tests.dashboards.halls import THREE_SECONDS, Hall, overflowing
from tests.dashboards.store import Store
from tests.dashboards.towns import registry


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
    expect(page.locator("#status")).to_contain_text("Live", timeout=THREE_SECONDS)
    expect(alarm).to_be_hidden()

    small.server.stop()
    expect(alarm).to_contain_text("No connection – numbers of ", timeout=THREE_SECONDS)
    assert page.locator('[data-value="score"]').inner_text() != ""
    assert overflowing(page) == []

    small.server.start()
    expect(alarm).to_be_hidden(timeout=15_000)
    expect(page.locator("#status")).to_contain_text("Live")


def test_a_line_that_falls_silent_is_told_within_three_seconds(small: Hall) -> None:
    page = small.open("?tenant=small&lang=bg")
    expect(page.locator("#status")).to_contain_text("На живо", timeout=THREE_SECONDS)

    small.server.fall_silent(7)

    expect(page.get_by_role("alert")).to_contain_text(
        "Няма връзка – данни от ", timeout=THREE_SECONDS
    )
    expect(page.get_by_role("alert")).to_be_hidden(timeout=15_000)


def test_numbers_that_stand_still_are_told_though_the_line_lives(small: Hall) -> None:
    page = small.open("?tenant=small&lang=en")
    expect(page.locator("#status")).to_contain_text("Live", timeout=THREE_SECONDS)

    small.now_ms = -(10**15)  # no such time: the store refuses

    expect(page.get_by_role("alert")).to_contain_text("No new numbers", timeout=6_000)
