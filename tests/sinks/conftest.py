"""The stores of a test module: in this process, and behind a façade in another."""

from collections.abc import Iterator

import pytest

from sinks.embedded import EmbeddedStore
from sinks.served import ServedStore
from tests.facade.running import Running, facade
from tests.sinks.opened import Opened, emptied


@pytest.fixture(scope="module")
def opened_embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedStore]:
    store = EmbeddedStore(f"chdb://{tmp_path_factory.mktemp('store')}")
    yield store
    store.close()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with facade(tmp_path_factory.mktemp("facade")) as started:
        yield started


@pytest.fixture(scope="module")
def opened_served(running: Running) -> Iterator[ServedStore]:
    store = ServedStore(running.url("?timeout=60"))
    yield store
    store.close()


@pytest.fixture(scope="module", params=["embedded", "served"])
def opened(request: pytest.FixtureRequest) -> Opened:
    """Each store in turn, with what the tests before left in it."""
    store: Opened = request.getfixturevalue(f"opened_{request.param}")
    return store


@pytest.fixture
def store(opened: Opened) -> Opened:
    """Each store in turn, empty."""
    return emptied(opened)


@pytest.fixture
def embedded(opened_embedded: EmbeddedStore) -> EmbeddedStore:
    """The embedded store, empty."""
    return emptied(opened_embedded)


@pytest.fixture
def served(opened_served: ServedStore) -> ServedStore:
    """The store over the network, empty."""
    return emptied(opened_served)
