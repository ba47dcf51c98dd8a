"""One embedded store a module, emptied between its tests: opening is slow."""

from collections.abc import Iterator

import pytest

from sinks.embedded import EmbeddedStore
from tests.sinks.opened import emptied


@pytest.fixture(scope="module")
def opened_book(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedStore]:
    store = EmbeddedStore(f"chdb://{tmp_path_factory.mktemp('alerts')}/store")
    yield store
    store.close()


@pytest.fixture
def book(opened_book: EmbeddedStore) -> EmbeddedStore:
    """An empty store."""
    return emptied(opened_book)
