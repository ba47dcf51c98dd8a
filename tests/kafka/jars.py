"""Kafka's jars: fetched by Maven once, kept between runs, shared by processes that run at once."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.requirements import need

VERSION = "4.1.1"
POM = Path(__file__).with_name("pom.xml")
FETCH_SECONDS = 300


def cache() -> Path:
    """Where jars are kept: in the user's cache (XDG base directories), outside any checkout."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "semko-tests"


def kafka_jars(folder: Path | None = None) -> Path:
    """The folder with the jars of a broker, fetched into the cache ``folder`` where they are not
    there yet."""
    home = folder or cache()
    jars = home / f"kafka-{VERSION}-{hashlib.sha256(POM.read_bytes()).hexdigest()[:8]}"
    if jars.is_dir():
        return jars
    home.mkdir(parents=True, exist_ok=True)
    with (home / f"{jars.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not jars.is_dir():  # another process may have fetched them meanwhile
            _fetch(jars)
    return jars


def _fetch(jars: Path) -> None:
    maven = need("mvn")
    with tempfile.TemporaryDirectory(dir=jars.parent) as scratch:
        # Maven writes beside its pom: not into the checkout.
        pom = shutil.copy(POM, scratch)
        fetched = Path(scratch) / "jars"
        command = [
            maven,
            "--batch-mode",
            "--quiet",
            f"--file={pom}",
            "dependency:copy-dependencies",
        ]
        options = [f"-Dkafka.version={VERSION}", "-DincludeScope=runtime"]
        done = subprocess.run(
            [*command, *options, f"-DoutputDirectory={fetched}"],
            capture_output=True,
            text=True,
            timeout=FETCH_SECONDS,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(
                f"Maven could not fetch Kafka {VERSION}:\n{done.stdout}{done.stderr}"
            )
        fetched.rename(jars)
