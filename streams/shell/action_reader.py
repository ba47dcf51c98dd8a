"""Reads what people did about alerts into the store, from the beginning at every start.

There are few actions, and their rows are equal whoever writes them: so nothing is committed, no
partition has an owner, and whatever was lost or put back is right after the next start. Blocks on
a thread of its own; knows no log, only an `ActionSource`.
"""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Protocol

import numpy as np
import structlog

from models.columns import Columns
from models.errors import SemkoError, StoreUnavailable
from models.facts import Office
from streams.core.alert_actions import Actions, action_rows, actions_of
from streams.core.rows import dead_letter_rows
from streams.shell.batches import RecordBatch
from streams.shell.patience import Patience
from streams.shell.ports import ActionStore
from streams.shell.settings import WorkerSettings

WAIT_SECONDS = 0.2
"""How soon the thread sees that it is to end."""
STOP_SECONDS = 3.0

logger = structlog.get_logger(__name__)


class ActionSource(Protocol):
    """The topic of actions, read from its beginning. Used by one thread."""

    @property
    def log_id(self) -> str:
        """What tells the log from every other."""

    @property
    def caught_up(self) -> bool:
        """Whether all that the topic held at first is read."""

    def read(self, seconds: float) -> Sequence[RecordBatch]:
        """The next records; waits at most so long for some. Raises ``WorldError`` where it cannot
        go on."""

    def close(self) -> None:
        """Let go of the log."""


class ActionReader:
    """Follows a source until it is stopped. Use from one event loop."""

    def __init__(
        self,
        open_source: Callable[[], ActionSource],
        store: ActionStore,
        settings: WorkerSettings,
        rejudge: Callable[[Mapping[Office, int]], None],
        fail: Callable[[BaseException], None],
    ) -> None:
        """``rejudge`` is told, by office, from which hour (ms) on alerts were closed, ``fail`` why
        reading has ended; both are called on the loop."""
        self._open_source = open_source
        self._stopping = threading.Event()
        self._store = store
        self._until_done = Patience(
            settings.retry_seconds, self._stopping, settings.give_up_seconds
        ).until_done
        self._rejudge, self._fail = rejudge, fail
        self._thread = threading.Thread(target=self._run, name="alert-actions", daemon=True)
        self._caught_up: asyncio.Future[None]
        self._loop: asyncio.AbstractEventLoop

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[None]:
        """Begins once all that is there is stored, and follows; raises what that failed of.

        What is not stored when it ends is read at the next start.
        """
        self._loop = asyncio.get_running_loop()
        self._caught_up = self._loop.create_future()
        self._thread.start()
        try:
            await self._caught_up
            yield
        finally:
            self._stopping.set()
            await asyncio.to_thread(self._thread.join, STOP_SECONDS)

    # --- on the thread -------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            source = self._open_source()
            try:
                self._follow(source)
            finally:
                source.close()
        except StoreUnavailable as problem:
            if not self._stopping.is_set():
                self._tell(self._failed, problem)
        except Exception as problem:  # whatever it is: actions would not be seen any more
            self._tell(self._failed, problem)

    def _follow(self, source: ActionSource) -> None:
        live = False
        while not self._stopping.is_set():
            if not live and source.caught_up:
                live = True
                self._tell(self._begun, self._due({}))
            for batch in source.read(WAIT_SECONDS):
                found = actions_of(batch)
                self._keep(found, source.log_id)
                if live and found.events:
                    self._tell(self._rejudge, self._due(found.closed()))

    def _keep(self, found: Actions, log_id: str) -> None:
        if found.events:
            self._write("alert_actions", action_rows(found.events))
        letters = found.dead_letters
        if letters:
            rows = dead_letter_rows(letters, {letters[0].topic: log_id})
            revision = np.ones(len(letters), np.uint64)
            self._write("dead_letters", {**rows, "revision": revision})
            first = letters[0]
            logger.warning(
                "records are no actions",
                count=len(letters),
                first=f"{first.topic}/{first.partition}/{first.offset}",
                problem=f"{first.field} {first.problem}".strip(),
            )

    def _write(self, table: str, columns: Columns) -> None:
        self._until_done(lambda: self._store.write(table, columns))

    def _due(self, closed: Mapping[Office, int]) -> dict[Office, int]:
        """Offices to be judged anew and from which hour (ms) on: where stored alerts are not as
        actions have them, and where alerts were ``closed`` that may be in the making."""
        hours = dict(closed)
        for office, hour in self._until_done(self._store.unsettled).items():
            hours[office] = min(hour, hours.get(office, hour))
        kept_since = self._until_done(self._store.kept_since)
        return {office: max(hour, kept_since) for office, hour in hours.items()}

    def _tell(self, what: "Callable[..., None]", *arguments: object) -> None:
        try:
            self._loop.call_soon_threadsafe(what, *arguments)
        except RuntimeError:  # the loop is closed: nobody waits any more
            self._stopping.set()

    # --- on the loop ---------------------------------------------------------------------------

    def _begun(self, unsettled: Mapping[Office, int]) -> None:
        self._rejudge(unsettled)
        if not self._caught_up.done():
            self._caught_up.set_result(None)

    def _failed(self, problem: BaseException) -> None:
        if not isinstance(problem, SemkoError):
            logger.error("actions are not read any more", exc_info=problem)
        if not self._caught_up.done():
            self._caught_up.set_exception(problem)
        else:
            self._fail(problem)
