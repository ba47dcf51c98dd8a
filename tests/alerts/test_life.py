"""An alert from the drop to its end, in an installation that is stopped, doubled and lost."""

import asyncio
import shutil
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import semko
from commands.engine import Engine, opened, started
from commands.setup import Setup
from models.alert_actions import TOPIC
from models.records import EventRecord
from sources.files import events as file_events
from streams.shell.settings import WorkerSettings
from tests.alerts.acted import ALERT, acted, records
from tests.alerts.dropping import BAD, BASELINE_FROM, day, history

SECONDS = 60
SECOND = "d1-20260311-2"
Book = list[tuple[str, str, str, str | None]]


class Hall:
    """An installation in a folder, started and stopped."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.setup = Setup.of(f"chdb://{folder}/store")

    def alive(self, work: Callable[[Engine], Coroutine[Any, Any, None]]) -> Book:
        """One life: all is counted and judged, ``work`` is done, and what the book says then."""

        async def run() -> Book:
            with opened(self.setup) as parts:
                async with started(parts, WorkerSettings()) as engine:
                    await engine.drain()
                    await work(engine)
                    await engine.drain()
                    return book(engine)

        return asyncio.run(asyncio.wait_for(run(), SECONDS))

    def baseline(self) -> None:
        """Ask for what was expected on the day of the drop."""
        store = ("--store", self.setup.store)
        asked = ("alerts", "baseline", "--valid-from", BASELINE_FROM, *store)
        done = CliRunner().invoke(semko.app, asked)
        assert done.exit_code == 0, done.output

    def lose_store(self) -> None:
        shutil.rmtree(self._folder / "store")

    def read(self, bodies: Sequence[bytes]) -> list[EventRecord]:
        """Events as records of the log."""
        path = self._folder / "events.ndjson"
        path.write_bytes(b"\n".join(bodies))
        return [record for some in file_events(path) for record in some]


def book(engine: Engine) -> Book:
    rows = engine.store.rows(
        "SELECT alert_id, state, resolved_by, resolved_at FROM semko.alert_book ORDER BY alert_id"
    )
    return [tuple(row.values()) for row in rows]


async def nothing(_: Engine) -> None:
    """No work."""


def acts(*bodies: bytes) -> Callable[[Engine], Coroutine[Any, Any, None]]:
    """Actions go into the log; ends once one of them closed the alert in the book."""

    async def work(engine: Engine) -> None:
        await engine.log.append(TOPIC, records(*bodies))
        while not any(state == "resolved" for _, state, *_ in book(engine)):
            await asyncio.sleep(0.05)

    return work


@pytest.fixture
def hall(tmp_path: Path) -> Hall:
    """With an open alert."""
    made = Hall(tmp_path)

    async def drops(engine: Engine) -> None:
        await engine.publish(made.read([*history(), *day(11, BAD, 40)]))

    made.alive(drops)
    made.baseline()
    assert made.alive(nothing) == [(ALERT, "open", "", None)]
    return made


CLOSED = (ALERT, "resolved", "hand", "2026-03-11 12:00:00.000")


def test_an_alert_is_closed_by_hand_a_later_drop_opens_another_and_nothing_brings_it_back(
    hall: Hall,
) -> None:
    close = acted("a1", "resolve", "the printer works again")
    assert hall.alive(acts(acted("a0", "cause", "the printer"), close)) == [CLOSED]

    async def drops_again(engine: Engine) -> None:
        await engine.publish(hall.read([*day(11, BAD, 40, first=61)]))

    both = [CLOSED, (SECOND, "open", "", None)]
    assert hall.alive(drops_again) == both
    assert hall.alive(acts(close)) == both, "the same event again"
    hall.lose_store()
    hall.alive(nothing)
    hall.baseline()
    assert hall.alive(nothing) == both, "actions come back with the log"


def test_what_closes_late_is_judged_as_if_it_had_come_in_time(hall: Hall) -> None:
    async def drops_on(engine: Engine) -> None:
        await engine.publish(hall.read([*day(11, BAD, 40, first=61)]))

    assert hall.alive(drops_on) == [(ALERT, "open", "", None)], "still the same drop"
    close = acted("a1", "resolve", "the printer works again")
    assert hall.alive(acts(close)) == [CLOSED, (SECOND, "open", "", None)]
