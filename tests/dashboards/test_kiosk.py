"""The kiosk in a real browser, against a real process: pairing, votes, no network, everybody."""

import json
import logging
import os
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any, Literal

import msgspec
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect

from sources.gateway.keys import Keys, Operator, Right, change_keys, digest
from tests.dashboards.halls import overflowing
from tests.dashboards.rated_hall import RatedHall, rated_hall
from tests.dashboards.screens import Watch
from tests.requirements import need_axe

PRESSES = int(os.environ.get("SEMKO_PRESSES", "50"))
"""Of the day without a network."""
MEASURED = logging.getLogger("measured")
"""Figures of this machine, with `pytest --log-cli-level=INFO`; none is asserted tightly."""
HALL, PHONE = ViewportSize(width=1920, height=1080), ViewportSize(width=390, height=844)
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
VOTES = "select * from semko.votes final where terminal_id = '{}' order by voted_at"


@pytest.fixture(scope="module")
def hall(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RatedHall]:
    assert chromium
    with rated_hall(tmp_path_factory.mktemp("kiosk")) as running:
        yield running


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    made = chromium.new_context(viewport=HALL, locale="en-GB")
    yield made
    made.close()


def paired(hall: RatedHall, context: BrowserContext, terminal: str, **clock: Any) -> Page:
    """A kiosk that asks."""
    page = context.new_page()
    if clock:
        page.clock.install(**clock)
    page.goto(f"{hall.url}/kiosk?lang=en")
    code = hall.code(terminal)
    time.sleep(1.1)  # the gateway looks at its file once a second
    page.get_by_label("Code").fill(code.lower())
    page.get_by_role("button", name="Pair").click()
    expect(page.get_by_role("heading", name="How was your service today?")).to_be_visible()
    return page


def test_a_press_is_a_row_and_the_citizen_is_thanked(
    hall: RatedHall, context: BrowserContext
) -> None:
    page = paired(hall, context, "one")
    watch = Watch(page)
    page.get_by_role("button", name="Very good").click()
    pressed = time.monotonic()
    (row,) = hall.awaited(VOTES.format("one"), 1)
    MEASURED.info(f"press to row: {time.monotonic() - pressed:.2f} s")
    assert (row["score"], row["desk_id"], row["scale"]) == (5, "d1", 5)
    expect(page.get_by_role("heading", name="Thank you!")).to_be_visible()
    expect(page.locator("#ask")).to_be_visible(timeout=4_000)
    assert watch.complaints == []
    assert all(url.startswith(hall.url) for url in watch.requests)


def test_five_quick_presses_are_one_vote(hall: RatedHall, context: BrowserContext) -> None:
    page = paired(hall, context, "quick")
    page.evaluate(
        "for (let n = 0; n < 5; n++) document.querySelector('[data-score=\"4\"]').click()"
    )
    hall.awaited(VOTES.format("quick"), 1)
    time.sleep(1)
    assert [row["score"] for row in hall.rows(VOTES.format("quick"))] == [4]


def test_a_bad_score_may_say_why_by_one_press(hall: RatedHall, context: BrowserContext) -> None:
    page = paired(hall, context, "why")
    page.get_by_role("button", name="Very bad").click()
    page.get_by_role("button", name="I waited too long").click()
    expect(page.get_by_role("heading", name="Thank you!")).to_be_visible()
    (row,) = hall.awaited(VOTES.format("why"), 1)
    assert (row["score"], row["reasons"]) == (1, ["long_wait"])
    expect(page.locator("#ask")).to_be_visible(timeout=4_000)
    page.get_by_role("button", name="Bad", exact=True).click()
    page.get_by_role("button", name="Skip").click()
    rows = hall.awaited(VOTES.format("why"), 2)
    assert [(row["score"], row["reasons"]) for row in rows] == [(1, ["long_wait"]), (2, [])]


def test_a_code_pairs_once_and_a_revoked_kiosk_asks_to_be_paired_again(
    hall: RatedHall, context: BrowserContext
) -> None:
    page = paired(hall, context, "gone")
    keys = page.evaluate(
        """() => new Promise((done) => { const asked = indexedDB.open("semko-kiosk");
        asked.onsuccess = () => { const all = asked.result.transaction("settings")
        .objectStore("settings").get("terminal"); all.onsuccess = () => done(all.result); }; })"""
    )
    assert keys["terminal_id"] == "gone"
    assert keys["key"] not in hall.keys.read_text("utf-8")
    change_keys(
        hall.keys,
        lambda held: Keys(
            [one for one in held.terminals if one.id != "gone"], held.operators, held.tokens
        ),
    )
    time.sleep(1.2)
    page.get_by_role("button", name="Good", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("no longer paired", timeout=10_000)


def until(there: Callable[[], object]) -> None:
    """With a page whose own clock stands, nothing of the browser's waits."""
    end = time.monotonic() + 10
    while not there():
        assert time.monotonic() < end


def asks_a_second_later(page: Page) -> bool:
    page.clock.run_for(1_000)
    return page.locator("#ask").is_visible()


def completion(number: int, at: datetime) -> dict[str, str]:
    return {
        "type": "completion",
        "event_id": f"off-c{number}",
        "tenant_id": "town",
        "office_id": "centre",
        "desk_id": "d1",
        "service_id": "taxes",
        "interaction_id": f"off-{number}",
        "completed_at": at.isoformat(),
    }


def test_a_day_without_a_network_and_a_clock_three_hours_wrong_loses_no_vote(
    hall: RatedHall, context: BrowserContext
) -> None:
    """Presses over the eight hours before now; each 20 s after its service."""
    count, step = PRESSES, 28_800 // PRESSES  # and some 2 s of thanks
    wrong = timedelta(hours=3)
    now = datetime.now(UTC)
    begun = now - timedelta(seconds=count * (step + 4) + 60)
    page = paired(hall, context, "offline", time=begun + wrong)
    context.set_offline(True)
    page.clock.pause_at(begun + wrong + timedelta(seconds=30))
    pressed = []
    for number in range(count):
        pressed.append(page.evaluate("Date.now()") / 1000 - wrong.total_seconds())
        page.locator(f'[data-score="{3 + number % 3}"]').evaluate("each => each.click()")
        until(lambda: page.locator("#thanks").is_visible())
        until(lambda: asks_a_second_later(page))
        page.clock.fast_forward(step * 1000)
    hall.ask(
        "/v1/events",
        json.dumps(
            [completion(n, datetime.fromtimestamp(at - 20, UTC)) for n, at in enumerate(pressed)]
        ).encode(),
        _loader(hall),
    )
    page.clock.set_system_time(datetime.now(UTC) + wrong)
    context.set_offline(False)
    page.evaluate("dispatchEvent(new Event('online'))")
    page.clock.resume()
    rows = hall.awaited(VOTES.format("offline"), count, 40)
    assert len(rows) == count
    times = [
        datetime.fromisoformat(row["voted_at"]).replace(tzinfo=UTC).timestamp() for row in rows
    ]
    off = [abs(found - meant) for found, meant in zip(times, pressed, strict=True)]
    MEASURED.info(f"voted_at off by at most {max(off):.2f} s")
    assert max(off) <= 2
    rated = hall.awaited(
        "select interaction_key from semko.interactions final where score > 0", count, 20
    )
    assert len(rated) >= count


def _loader(hall: RatedHall) -> str:
    loader = Operator("loader", digest("loader"), [Right.WRITE])
    change_keys(hall.keys, lambda held: msgspec.structs.replace(held, operators=[loader]))
    time.sleep(1.2)
    return "loader"


def test_everybody_can_use_it(hall: RatedHall, chromium: Browser) -> None:
    context = chromium.new_context(viewport=HALL, bypass_csp=True)
    page = paired(hall, context, "all")
    for language in ("bg", "en", "tr"):
        for scheme, size in product(SCHEMES, (HALL, PHONE)):
            page.emulate_media(color_scheme=scheme)
            page.set_viewport_size(size)
            page.goto(f"{hall.url}/kiosk?lang={language}")
            expect(page.locator("#ask")).to_be_visible()
            assert (overflowing(page), findings(page)) == ([], [])
            page.locator('[data-score="1"]').click()
            expect(page.locator("#why")).to_be_visible()
            assert (overflowing(page), findings(page)) == ([], [])
    context.close()


def findings(page: Page) -> list[str]:
    page.add_script_tag(path=need_axe())
    found = page.evaluate(
        """async () => (await axe.run({ rules: { "color-contrast-enhanced": { enabled: true } } }))
            .violations"""
    )
    return [f"{each['id']}: {each['nodes'][0]['html']}" for each in found]


def test_the_first_view_is_light_and_there_within_a_second(
    hall: RatedHall, context: BrowserContext
) -> None:
    page = paired(hall, context, "light")
    sizes: list[int] = []
    page.on("response", lambda answer: sizes.append(len(answer.body())))
    begun = time.monotonic()
    page.reload()
    expect(page.locator("#ask")).to_be_visible()
    took = time.monotonic() - begun
    page.wait_for_timeout(500)
    MEASURED.info(f"first view {took:.2f} s, {sum(sizes)} bytes unpacked")
    assert 0 < sum(sizes) <= 300_000


def test_it_starts_without_a_network(hall: RatedHall, context: BrowserContext) -> None:
    page = paired(hall, context, "restart")
    page.evaluate("navigator.serviceWorker.ready")
    page.reload()
    context.set_offline(True)
    page.goto(f"{hall.url}/kiosk?lang=en")
    page.get_by_role("button", name="Very good").click()
    expect(page.locator("#state")).to_contain_text("kept on this device: 1")
    context.set_offline(False)
    page.evaluate("dispatchEvent(new Event('online'))")
    assert len(hall.awaited(VOTES.format("restart"), 1)) == 1


def link(hall: RatedHall, number: int, officer: str) -> str:
    """A link to rate a phone call that ended just now."""
    ended = completion(number, datetime.now(UTC)) | {"channel": "phone"}
    ended |= {"interaction_id": f"link-{number}", "event_id": f"link-c{number}"}
    return str(hall.ask("/v1/tokens", json.dumps(ended).encode(), officer)["path"])


def test_a_link_votes_once_on_the_citizens_own_phone(hall: RatedHall, chromium: Browser) -> None:
    path = link(hall, 1, _loader(hall))
    context = chromium.new_context(viewport=PHONE, bypass_csp=True, locale="bg-BG")
    page = context.new_page()
    page.goto(hall.url + path)
    page.get_by_role("button", name="Много добре").click()
    expect(page.get_by_role("heading", name="Благодарим Ви!")).to_be_visible()
    (row,) = hall.awaited(VOTES.format("link"), 1)
    assert (row["score"], row["desk_id"]) == (5, "d1")
    again = context.new_page()
    again.goto(f"{hall.url}{path}?lang=en")
    expect(again.get_by_role("heading", name="You have already voted. Thank you!")).to_be_visible()
    assert (overflowing(again), findings(again)) == ([], [])
    again.goto(f"{hall.url}{path[:-3]}AAA?lang=en")
    expect(again.get_by_role("heading", name="This link is not right")).to_be_visible()
    assert len(hall.rows(VOTES.format("link"))) == 1
    context.close()
