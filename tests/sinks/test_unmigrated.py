"""A store on a server is brought to a version by `semko migrate` alone."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from models.errors import WorldError
from sinks.migrating import migrations, refuse_unmigrated
from sinks.opening import open_store
from tests.facade.running import Running, facade
from tests.sinks.opened import Opened


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Running]:
    with facade(tmp_path / "empty") as started:
        yield started


def test_an_empty_server_is_filled_by_who_may_and_opened_by_everyone_after(empty: Running) -> None:
    with pytest.raises(WorldError, match=r"has no tables yet.*semko migrate"):
        open_store(empty.url())
    filled = open_store(empty.url(), may_migrate=True)
    assert [each.version for each in filled.migrated] == [each.version for each in migrations()]
    filled.close()
    again = open_store(empty.url())
    assert again.migrated == []
    again.close()


def test_a_store_of_an_older_version_is_refused_and_left_as_it_is(store: Opened) -> None:
    known = migrations()
    newer = [*known, type(known[0])(9999, "later", "x", ("SELECT 1",))]
    with pytest.raises(WorldError, match=r"older SEMKO: it lacks migration 9999 \(later\)"):
        refuse_unmigrated(store.database, newer)
    refuse_unmigrated(store.database, known)
