"""A browser, a store with two towns, and the hall of each."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.dashboards.halls import Hall
from tests.dashboards.looks import Looks
from tests.dashboards.screens import browser
from tests.dashboards.store import Store, opened
from tests.dashboards.towns import fill, registry


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


@pytest.fixture
def looks(chromium: Browser) -> Iterator[Looks]:
    made = Looks(chromium)
    yield made
    for context in chromium.contexts:
        context.close()
    assert not made.found, "\n".join(made.found)
