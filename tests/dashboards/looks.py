"""What is wrong with a page as somebody looks at it, and a picture of it.

Looks run where SEMKO_LOOKS names a folder for the pictures (`make looks`).
"""

import os
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any, Literal, get_args

import pytest
from playwright.sync_api import Browser, Page

from tests.dashboards.halls import HALL, PHONE
from tests.requirements import need_axe

FOLDER = os.environ.get("SEMKO_LOOKS", "")
WANTED = [
    pytest.mark.skipif(not FOLDER, reason="SEMKO_LOOKS names no folder for pictures"),
    pytest.mark.timeout(1_800),
]
Theme = Literal["light", "dark"]
THEMES: tuple[Theme, ...] = get_args(Theme)


class Looks:
    """Pages that were looked at, and what was wrong with them."""

    def __init__(self, chromium: Browser) -> None:
        self.chromium = chromium
        self.found: list[str] = []

    def contexts(self) -> Iterator[tuple[str, str, Theme, dict[str, Any]]]:
        """Name, language, theme, and the options of a page, of every combination."""
        for language, size, theme in product(("bg", "en"), (HALL, PHONE), THEMES):
            name = f"{language}-{'hall' if size == HALL else 'phone'}-{theme}"
            options = {"viewport": size, "locale": "en-GB", "color_scheme": theme}
            yield name, language, theme, options | {"bypass_csp": True}

    def look(
        self,
        page: Page,
        name: str,
        cut_off: Callable[[Page], list[str]],
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
