"""The embedded store of a test module."""

from collections.abc import Iterator

import pytest

from sinks.embedded import EmbeddedStore
from tests.sinks.opened import emptied


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedStore]:
    store = EmbeddedStore(f"chdb://{tmp_path_factory.mktemp('store')}")
    yield store
    store.close()


@pytest.fixture
def embedded(opened: EmbeddedStore) -> EmbeddedStore:
    """An empty store."""
    return emptied(opened)
