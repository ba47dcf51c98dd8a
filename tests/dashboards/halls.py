"""A wall in a hall: a real server with real snapshots, opened in pages of all kinds."""

from typing import Any

from playwright.sync_api import Browser, Page

from dashboards.wall import Wall, routes
from models.registry import Registry
from tests.dashboards.screens import ScreenServer, Watch
from tests.dashboards.store import Store
from tests.dashboards.towns import NOON_MS

HALL = {"width": 1920, "height": 1080}
PHONE = {"width": 390, "height": 844}
THREE_SECONDS = 3_000 + 2_000
"""In ms: what a page is given to tell of trouble, and what other work of the machine may add."""


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


def overflowing(page: Page) -> list[str]:
    """Texts of elements that are cut off or stick out of the screen; a list may be scrolled."""
    found = page.evaluate(
        """() => [...document.querySelectorAll("main *, header *, footer *")]
            .filter((each) => each.getClientRects().length && !each.closest("svg"))
            .filter((each) => {
              let up = each.parentElement;
              const scrolls = () => up.scrollHeight > up.clientHeight
                && getComputedStyle(up).overflowY === "auto";
              while (up && !scrolls()) up = up.parentElement;
              return !up;
            })
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
