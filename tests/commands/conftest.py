"""Commands that are called in this process find a fresh folder and no settings."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh folder as the current one, without settings."""
    monkeypatch.chdir(tmp_path)
    for name in ("STORE", "BROKER", "KEY_FILE", "REGISTRY", "HORIZON", "HTTP", "KEYS", "NOTIFY"):
        monkeypatch.delenv(f"SEMKO_{name}", raising=False)
    monkeypatch.setenv("COLUMNS", "80")
    return tmp_path
