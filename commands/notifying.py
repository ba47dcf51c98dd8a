"""Telling people of alerts, wired together: `notify.toml`, the notifier, and the ways out."""

import asyncio
import stat
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import structlog
import typer

from models.facts import Office
from models.notify_file import NotifyFile
from models.registry import Registry
from sinks.database import Database
from sinks.notice_book import NoticeBook
from sinks.notifiers import senders
from streams.core.notice_texts import Writer
from streams.core.notice_times import NoticeRules
from streams.shell.notifier import Notifier, Telling

log = structlog.get_logger("semko")

NotifyOption = Annotated[
    Path | None,
    typer.Option(
        "--notify",
        metavar="FILE",
        envvar="SEMKO_NOTIFY",
        help="Who is told of score drops, and how (TOML). Nobody unless given.",
    ),
]


@dataclass(frozen=True, slots=True)
class Notify:
    """A checked `notify.toml`."""

    file: NotifyFile
    source: str

    @classmethod
    def read(cls, path: Path) -> "Notify":
        """The file at ``path``. Raises ``CallError`` that says what to mend."""
        found = cls(NotifyFile.load(path), str(path))
        if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            log.warning("others can read secrets of notifications: chmod 600", file=str(path))
        return found

    def telling(self, registry: Registry, clock: Callable[[], int]) -> Telling:
        """The rules and the ways out. Raises ``CallError`` for an address that nobody knows."""
        writer = Writer(registry, (self.file.public_url or "").rstrip("/"), registry.time_zone)
        send = senders(self.file, self.source, clock)
        return Telling(NoticeRules(self.file, registry.time_zone), writer, send)


@dataclass(frozen=True, slots=True)
class Told:
    """What others see of the notifier."""

    wake: Callable[[], None] = lambda: None
    """Alerts may have changed."""
    metrics: Callable[[], str] = lambda: ""
    """In Prometheus' text format."""


@asynccontextmanager
async def notifying(
    telling: Telling | None,
    database: Database,
    clock: Callable[[], int],
    owns: Callable[[Office], bool] = lambda _: True,
) -> AsyncIterator[Told]:
    """The notifier at work as long as this goes on; none where nobody is to be told."""
    if telling is None:
        yield Told()
        return
    notifier = Notifier(NoticeBook(database), telling, owns, clock)
    notifier.start()
    try:
        yield Told(notifier.wake, notifier.metrics.text)
    finally:
        await asyncio.to_thread(notifier.stop)


def telling_of(path: Path | None, registry: Registry, clock: Callable[[], int]) -> Telling | None:
    """How people are told by the file at ``path``; None without one. Raises ``CallError``."""
    return None if path is None else Notify.read(path).telling(registry, clock)
