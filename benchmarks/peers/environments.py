"""An environment for each engine that wants one, in the user's cache, under pinned versions.

Nothing of it is ever in the project's own environment or lock files.
"""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.peers.catalogue import PACKAGE, Engine
from models.errors import WorldError

JAVA_PROJECT = Path(__file__).parent / "jvm"
FETCH_SECONDS = 900


def cache() -> Path:
    """Where environments are kept (XDG base directories)."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "semko-peers"


def java_pins() -> list[str]:
    """The versions that the Java engines are built with."""
    pom = (JAVA_PROJECT / "pom.xml").read_text("utf-8")
    found = re.findall(r"<(flink|kafka)\.version>([^<]+)<", pom)
    return [f"{'kafka-streams' if name == 'kafka' else name} {at}" for name, at in found]


def command_of(engine: Engine) -> list[str]:
    """The beginning of the command that runs ``engine``, its environment fetched if need be."""
    if engine.java:
        libraries = _java_classes()
        quiet = ["-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-Xmx2g", *_OPENED]
        path = f"{libraries / 'classes'}{os.pathsep}{libraries / 'libs'}/*"
        return ["java", *quiet, "-cp", path, f"peers.{engine.program}"]
    python = str(_python(engine.pins)) if engine.pins else sys.executable
    return [python, "-m", f"{PACKAGE}.{engine.program}"]


_OPENED = [
    part
    for name in ("lang", "util", "time", "util.concurrent", "lang.reflect", "text", "net", "io")
    for part in ("--add-opens", f"java.base/java.{name}=ALL-UNNAMED")
]
"""What Flink's serialisers look into."""


def _python(pins: Sequence[str]) -> Path:
    name = pins[0].replace("==", "-")
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    digest = hashlib.sha256("\n".join([*pins, python]).encode()).hexdigest()[:8]
    with _made_once(cache() / f"{name}-{digest}") as folder:
        if folder is not None:
            uv = str(Path(sys.executable).with_name("uv"))
            _run([uv, "venv", "--quiet", "--python", sys.executable, str(folder)])
            into = ["--link-mode", "copy", "--python", str(folder / "bin" / "python")]
            _run([uv, "pip", "install", "--quiet", *into, *pins])
    return cache() / f"{name}-{digest}" / "bin" / "python"


def _java_classes() -> Path:
    if not (shutil.which("mvn") and shutil.which("java")):
        raise WorldError("Kafka Streams and Flink want a JDK and Maven: default-jdk-headless maven")
    sources = sorted(path for path in JAVA_PROJECT.rglob("*") if path.is_file())
    digest = hashlib.sha256(b"\0".join(path.read_bytes() for path in sources)).hexdigest()[:8]
    with _made_once(cache() / f"jvm-{digest}") as folder:
        if folder is not None:
            with tempfile.TemporaryDirectory(dir=cache()) as scratch:
                # Maven writes beside its pom: not into the checkout.
                project = shutil.copytree(JAVA_PROJECT, Path(scratch) / "project")
                goals = ["package", "dependency:copy-dependencies", "-DincludeScope=runtime"]
                _run(["mvn", "--batch-mode", "--quiet", f"--file={project}/pom.xml", *goals])
                shutil.move(project / "target" / "classes", folder / "classes")
                shutil.move(project / "target" / "dependency", folder / "libs")
    return cache() / f"jvm-{digest}"


@contextmanager
def _made_once(folder: Path) -> Iterator[Path | None]:
    """``folder`` to be filled, or None where it is; half of one is thrown away."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = folder / "complete"
        if done.exists():
            yield None
            return
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        try:
            yield folder
            done.touch()
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise


def _run(command: list[str]) -> None:
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=FETCH_SECONDS, check=False
    )
    if done.returncode:
        told = (done.stdout + done.stderr)[-2_000:]
        raise WorldError(f"{command[0]} could not set an engine up:\n{told}")
