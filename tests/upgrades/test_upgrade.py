"""What a former version left is opened, migrated, right, and read on; a newer one is refused.

The archives beside this file hold store, log and secret as `tests.upgrades.make` left them.
"""

import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sinks.embedded import EmbeddedStore
from sinks.migrating import Migration, migrate, migrations
from sinks.reconcile import reconcile
from streams.shell.batches import TopicPartition
from streams.shell.log import LocalLog
from tests.installations import Installation
from tests.stored import logged, progress, wrong_books, wrong_rows
from tests.upgrades.make import FOLDER, bodies, lived

ARCHIVES = sorted(FOLDER.glob("*.tar.xz"))
BEFORE, AFTER = bodies()
NEWER = Migration(
    9000,
    "newer",
    "a checksum",
    (
        "ALTER TABLE semko.interactions ADD COLUMN IF NOT EXISTS newer UInt8",
        "ALTER TABLE semko.window_metrics ADD COLUMN IF NOT EXISTS newer Int64 DEFAULT votes",
    ),
)
"""What a later version may do to the tables of this one."""


@pytest.fixture(params=ARCHIVES, ids=lambda path: path.name.removesuffix(".tar.xz"))
def left(request: pytest.FixtureRequest, tmp_path: Path) -> Installation:
    """An installation as that version left it."""
    with tarfile.open(request.param) as archive:
        archive.extractall(tmp_path, filter="tar")
    return Installation(tmp_path)


@contextmanager
def migrated_further(installation: Installation) -> Iterator[EmbeddedStore]:
    """The store with a migration of a version to come, which must be the one that was missing."""
    store = EmbeddedStore(installation.store)
    try:
        assert migrate(store.database, [*migrations(), NEWER]) == [NEWER]
        yield store
    finally:
        store.close()


def test_there_is_something_of_every_version() -> None:
    assert [path.name for path in ARCHIVES] == ["0.1.0.tar.xz"]


def test_store_and_log_are_opened_and_reconciled(left: Installation) -> None:
    assert left.command("migrate").returncode == 0
    compared = left.command("reconcile")
    assert compared.returncode == 0, compared.stdout + compared.stderr
    assert sorted(logged(left)) == sorted(BEFORE)
    assert wrong_rows(left, BEFORE)[:5] == []


def test_nothing_in_the_log_is_handled_twice_and_what_comes_meets_what_is_stored(
    left: Installation,
) -> None:
    then = {(row.topic, row.offset) for row in progress(left)}
    (epoch,) = {row.epoch for row in progress(left)}
    lived(left, AFTER)
    assert {row.epoch for row in progress(left)} == {epoch + 1}
    assert {(row.topic, row.offset) for row in progress(left)} == ends(left)
    assert sum(offset for _, offset in then) == len(BEFORE)
    assert wrong_rows(left, BEFORE + AFTER)[:5] == []
    assert wrong_books(left) == []


def ends(installation: Installation) -> set[tuple[str, int]]:
    """Topics and the offsets at which they end."""
    log = LocalLog(installation.log_path)
    try:
        topics = ("completions", "votes")
        return {(topic, log.bounds(TopicPartition(topic, 0))[1]) for topic in topics}
    finally:
        log.close()


def test_a_lost_store_is_counted_again_from_the_log_of_that_version(left: Installation) -> None:
    left.lose_store()
    lived(left, [])
    assert wrong_rows(left, BEFORE)[:5] == []


def test_a_later_migration_runs_on_it_and_changes_no_number(left: Installation) -> None:
    with migrated_further(left) as store:
        assert reconcile(store.database).differences == []
        counted = "SELECT sum(votes) AS votes, sum(newer) AS newer FROM semko.window_metrics FINAL"
        (sums,) = store.rows(counted)
        assert sums["newer"] == sums["votes"] > 0


def test_a_store_that_a_newer_version_has_touched_is_refused_by_every_command(
    left: Installation,
) -> None:
    with migrated_further(left):
        pass
    for command in ("up", "migrate", "reconcile", "query"):
        words = ["SELECT 1"] if command == "query" else []
        refused = left.command(command, *words)
        assert refused.returncode == 3, command
        assert "made by a newer SEMKO: it has migration 9000 (newer)" in refused.stderr
