"""The contract of stores, held against the store in memory and the embedded engine."""

from collections.abc import Iterator

import pytest

from models.tables import TABLES
from sinks.embedded import EmbeddedStore
from tests.compare import live_windows
from tests.memory_store import MemoryStore
from tests.store_contract import Counted, LoadingContract, RecomputeContract, StoreContract


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedStore]:
    store = EmbeddedStore(f"chdb://{tmp_path_factory.mktemp('store')}")
    yield store
    store.close()


class TestMemoryStore(StoreContract, LoadingContract, RecomputeContract):
    @pytest.fixture
    def store(self) -> MemoryStore:
        return MemoryStore()

    @pytest.fixture
    def counted(self, store: MemoryStore) -> Counted:
        return lambda: store.rows("window_metrics")


class TestEmbeddedStore(StoreContract, LoadingContract, RecomputeContract):
    @pytest.fixture
    def store(self, opened: EmbeddedStore) -> EmbeddedStore:
        for table in TABLES:
            opened.database.execute(f"TRUNCATE TABLE semko.{table}")
        return opened

    @pytest.fixture
    def counted(self, store: EmbeddedStore) -> Counted:
        return lambda: live_windows(
            store.rows(
                "SELECT * REPLACE (toUnixTimestamp(window_start) * 1000 AS window_start)"
                " FROM semko.window_metrics FINAL"
            )
        )
