"""The contract of stores, held against the store in memory, the embedded engine and a server."""

import pytest

from sinks.embedded import EmbeddedStore
from sinks.served import ServedStore
from tests.alert_contract import AlertContract
from tests.loading_contract import LoadingContract
from tests.memory_store import MemoryStore
from tests.sinks.opened import counted
from tests.store_contract import Counted, RecomputeContract, StoreContract


class TestMemoryStore(StoreContract, LoadingContract, RecomputeContract, AlertContract):
    @pytest.fixture
    def store(self) -> MemoryStore:
        return MemoryStore()

    @pytest.fixture
    def counted(self, store: MemoryStore) -> Counted:
        return lambda: store.rows("window_metrics")


class TestEmbeddedStore(StoreContract, LoadingContract, RecomputeContract, AlertContract):
    @pytest.fixture
    def store(self, embedded: EmbeddedStore) -> EmbeddedStore:
        return embedded

    @pytest.fixture
    def counted(self, embedded: EmbeddedStore) -> Counted:
        return lambda: counted(embedded)


class TestServedStore(StoreContract, LoadingContract, RecomputeContract, AlertContract):
    @pytest.fixture
    def store(self, served: ServedStore) -> ServedStore:
        return served

    @pytest.fixture
    def counted(self, served: ServedStore) -> Counted:
        return lambda: counted(served)
