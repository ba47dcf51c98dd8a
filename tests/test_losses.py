"""The store or the log is lost, or an older copy is put back: nothing that remains counts wrongly.

I7: either can be lost without the other.
"""

import random
from pathlib import Path

import pytest

from tests.clients import fresh_events
from tests.installations import Installation, lived
from tests.stored import progress, wrong_books, wrong_rows


def bodies_of(seed: int) -> list[bytes]:
    return [record.value for record in fresh_events(random.Random(seed), f"town{seed}")]


FIRST, LATER, LAST = (bodies_of(seed) for seed in (1, 2, 3))
EARLY = FIRST[::2]
"""What came before the older copies were made; the other half of the first town came later."""


@pytest.fixture(scope="module")
def older(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """The installation as it was."""
    return lived(Installation(tmp_path_factory.mktemp("older")), EARLY)


@pytest.fixture(scope="module")
def newer(older: Installation, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """What became of it."""
    return lived(older.copied(tmp_path_factory.mktemp("newer") / "all"), FIRST[1::2] + LATER)


@pytest.fixture
def installation(newer: Installation, tmp_path: Path) -> Installation:
    """A copy, to lose something of."""
    return newer.copied(tmp_path / "all")


def test_an_older_copy_of_the_store_catches_up_from_the_log(
    installation: Installation, older: Installation
) -> None:
    installation.restore_store(older)
    assert wrong_rows(installation, EARLY) == []
    lived(installation, [])
    assert wrong_rows(installation, FIRST + LATER)[:5] == []
    assert wrong_books(installation) == []


def test_a_lost_store_is_built_again_from_the_log(installation: Installation) -> None:
    installation.lose_store()
    lived(installation, [])
    assert wrong_rows(installation, FIRST + LATER)[:5] == []
    assert wrong_books(installation) == []


def test_beside_a_new_log_the_facts_stay_and_what_comes_is_counted(
    installation: Installation,
) -> None:
    (lost,) = {row.log_id for row in progress(installation)}
    installation.lose_log()
    lived(installation, LAST)
    assert wrong_rows(installation, FIRST + LATER + LAST)[:5] == []
    assert wrong_books(installation) == []
    rows = progress(installation)
    assert lost not in {row.log_id for row in rows}
    assert {row.epoch for row in rows} == {3}


def test_beside_an_older_log_the_facts_stay_and_what_comes_is_counted(
    installation: Installation, older: Installation
) -> None:
    installation.restore_log(older)
    lived(installation, LAST)
    assert wrong_rows(installation, FIRST + LATER + LAST)[:5] == []
    assert wrong_books(installation) == []
