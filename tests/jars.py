"""Jars of a pom: fetched by Maven once, kept between runs, shared by processes that run at once."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.requirements import need

FETCH_SECONDS = 300


def cache() -> Path:
    """Where jars are kept: in the user's cache (XDG base directories), outside any checkout."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "semko-tests"


def jars_of(pom: Path, name: str, options: Sequence[str] = (), folder: Path | None = None) -> Path:
    """The folder with all jars that ``pom`` names, fetched into the cache ``folder`` where they are
    not there yet. ``name`` is what the cache calls it."""
    home = folder or cache()
    jars = home / f"{name}-{hashlib.sha256(pom.read_bytes()).hexdigest()[:8]}"
    if jars.is_dir():
        return jars
    home.mkdir(parents=True, exist_ok=True)
    with (home / f"{jars.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not jars.is_dir():  # another process may have fetched them meanwhile
            _fetch(pom, jars, options)
    return jars


def _fetch(pom: Path, jars: Path, options: Sequence[str]) -> None:
    maven = need("mvn")
    with tempfile.TemporaryDirectory(dir=jars.parent) as scratch:
        # Maven writes beside its pom: not into the checkout.
        copy = shutil.copy(pom, scratch)
        fetched = Path(scratch) / "jars"
        command = [maven, "--batch-mode", "--quiet", f"--file={copy}"]
        command += ["dependency:copy-dependencies", "-DincludeScope=runtime", *options]
        done = subprocess.run(
            [*command, f"-DoutputDirectory={fetched}"],
            capture_output=True,
            text=True,
            timeout=FETCH_SECONDS,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"Maven could not fetch {jars.name}:\n{done.stdout}{done.stderr}")
        fetched.rename(jars)
