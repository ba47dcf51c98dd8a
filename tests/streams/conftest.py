"""A local log of one topic, and where it is."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from streams.shell.log import LocalLog


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "log.db"


@pytest.fixture
def log(path: Path) -> Iterator[LocalLog]:
    log = LocalLog(path)
    log.ensure_topic("votes", 1)
    yield log
    log.close()
