"""What calls of commands in this process leave behind is put back."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A fresh folder as the current one, without settings; logs as they were afterwards."""
    monkeypatch.chdir(tmp_path)
    for name in ("STORE", "BROKER", "KEY_FILE", "REGISTRY", "HORIZON", "HTTP", "KEYS"):
        monkeypatch.delenv(f"SEMKO_{name}", raising=False)
    monkeypatch.setenv("COLUMNS", "80")
    yield tmp_path
    structlog.reset_defaults()
