"""`semko demo`: a simulated town, its last hours in seconds and then live."""

import asyncio
import itertools
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from commands.engine import Engine, Parts, clock_ms, opened
from commands.judging import rules_of
from commands.notifying import NotifyOption, telling_of
from commands.options import (
    DEFAULT_HTTP,
    DEMO_FOLDER,
    HttpOption,
    IncidentOption,
    JsonOption,
    SeedOption,
    SqlOption,
    TownOption,
)
from commands.publishing import publish
from commands.serving import Doors, served, until_stopped
from commands.setup import Setup
from commands.simulate import town_of
from commands.sql_side import sql_doors, sql_served
from commands.stopping import SERVICE_GRACE_SECONDS, Stop, stop_signal, unless_stopped
from commands.summary import summary
from commands.terminal import emit, new_app, say, shown
from models.errors import CallError, WorldError
from models.heartbeats import EVERY_SECONDS
from models.records import EventRecord
from sinks.terminals import store_heartbeats
from sources.simulator import Simulation, Town
from streams.core.judging import day_of
from streams.shell.judge import Judge
from streams.shell.notifier import Telling
from streams.shell.settings import WorkerSettings

app = new_app()

HOUR_MS = 3_600_000
FAST_SECONDS = 60.0
"""So long the fast part takes unless the demo ends with it."""
BATCH = 10_000
DESKS_IN_TROUBLE = 4
"""The fourth desk of the first office has a bad day; where there are fewer, all is well."""
MARK = ".semko-demo"
"""A file that says a folder is a demo's, and may be emptied for the next one."""


@app.command()
def demo(
    seconds: Annotated[
        float | None, typer.Option(min=0, metavar="N", help="End after so many live seconds.")
    ] = None,
    town: TownOption = "town",
    seed: SeedOption = 1,
    hours: Annotated[
        int,
        typer.Option(min=0, max=2016, metavar="N", help="Hours to fill in first, 2016 at most."),
    ] = 1344,
    speed: Annotated[
        float,
        typer.Option(
            min=1, max=3600, metavar="N", help="Let time pass so many times as fast, up to now."
        ),
    ] = 1.0,
    incident: IncidentOption = None,
    folder: Annotated[
        Path, typer.Option(metavar="FOLDER", help="Where the demo keeps its data.")
    ] = DEMO_FOLDER,
    http: HttpOption = DEFAULT_HTTP,
    notify: NotifyOption = None,
    sql: SqlOption = None,
    as_json: JsonOption = False,
) -> None:
    """Watch a simulated town: its last weeks come within seconds, then it goes on live.

    Ends on Ctrl-C, or by itself after --seconds, with a summary. Its data
    stay for your questions until the next demo.

    [bold]Examples[/]

      semko demo
      semko demo --seconds 60
      semko demo --sql 127.0.0.1:8123
      semko demo --seed 7 --speed 600 --incident "desk 4 at +10min -30"

    In the last one ten hours pass within a minute: desk 4 gets 30 points worse,
    and an alert says so. See it on the wall, and by `semko alerts list --store
    chdb://semko-demo/store`. Where no incident is named, a desk has had a bad day
    for four hours. With --notify people are told of it too, by the town's time.
    """
    # The fast part ends now: then it goes on live.
    begin = clock_ms() - int((speed - 1) * (FAST_SECONDS if seconds is None else seconds) * 1000)
    pace = Pace(begin, speed)
    simulated = town_of(town, incident or [], always_open=True, begun_ms=begin)
    if not simulated.incidents:
        simulated = simulated.with_changes(incidents=usual_trouble(simulated, begin))
    setup = Setup.of(f"chdb://{folder}/store", registry=folder / "semko.toml")
    _refuse_second(setup)
    doors, asking = Doors.checked(http), sql_doors(sql, None, frozenset())
    _clear(folder)
    (folder / "semko.toml").write_text(simulated.registry_toml(), "utf-8")
    telling = telling_of(notify, setup.registry(), clock_ms)
    past = Simulation(simulated, seed, begin - hours * HOUR_MS)
    result = asyncio.run(_demo(setup, past, pace, seconds, doors, telling, asking))
    emit(result, as_json=as_json, title="" if as_json else "what the town has said")
    say(f'look closer:  semko query "SELECT * FROM semko.office_scores" --store {setup.store}')
    say(f"check it:     semko reconcile --store {setup.store}")


def usual_trouble(town: Town, begin: int) -> list[str]:
    """What goes wrong where nobody says: a manager finds an alert to act on. ``begin``: ms, when
    the live part begins."""
    desks = town.tenants[0].offices[0].desks
    if len(desks) < DESKS_IN_TROUBLE:
        return []
    now = datetime.fromtimestamp(begin / 1000, UTC).astimezone(ZoneInfo(town.time_zone))
    since, until = now - timedelta(hours=4), now + timedelta(hours=6)
    return [
        f"desk {desks[DESKS_IN_TROUBLE - 1].id} turns bad by 35 at {since:%H:%M}"
        f" until {until:%H:%M} on {since:%Y-%m-%d}"
    ]


def _refuse_second(setup: Setup) -> None:
    running = setup.running() if setup.has_store else None
    if running is not None:
        raise WorldError(
            f"a demo runs already, at {running.url}/wall (process {running.pid}): stop it, or"
            " choose another --folder and --http"
        )


def _clear(folder: Path) -> None:
    """An empty folder that is marked as a demo's; never empties another."""
    try:
        if folder.exists() and any(folder.iterdir()) and not (folder / MARK).exists():
            raise CallError(f"{folder} holds something that is no demo's: choose another --folder")
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        (folder / MARK).touch()
    except OSError as problem:
        raise CallError(
            f"{folder} cannot be used: {problem.strerror}; choose another --folder"
        ) from None


@dataclass(slots=True)
class Pace:
    """How time passes in the town: from ``begin`` (ms) on ``speed`` times as fast, up to now."""

    begin: int
    speed: float
    _since: float | None = None

    def start(self) -> None:
        """Let time pass from here on."""
        self._since = time.monotonic()

    def now(self) -> int:
        """The town's time in ms; stands still before the start."""
        if self._since is None:
            return self.begin
        passed = (time.monotonic() - self._since) * 1000 * self.speed
        return min(clock_ms(), self.begin + int(passed))


async def _demo(
    setup: Setup,
    simulation: Simulation,
    pace: Pace,
    seconds: float | None,
    doors: Doors,
    telling: Telling | None,
    asking: Doors | None,
) -> dict[str, object]:
    with stop_signal(SERVICE_GRACE_SECONDS) as stop, opened(setup) as parts:
        begun = time.perf_counter()
        past = _batches(simulation.stream(pace.begin))
        published = await asyncio.to_thread(publish, parts.log, past, lambda: stop.asked)
        stop.check()
        async with (
            sql_served(asking, parts.store) as door,
            served(parts, WorkerSettings(), doors, telling=telling, telling_clock=pace.now) as (
                engine,
                url,
            ),
        ):
            say(f"wall     {url}/wall      (stop: Ctrl-C)")
            say(f"shift    {url}/shift")
            say(f"reports  {url}/report")
            say(f"SQL      {door}" if door else f"ask it   --store {setup.store}")
            await unless_stopped(engine.follow(), stop)
            took = time.perf_counter() - begun
            await asyncio.to_thread(_expect, parts, pace.begin)
            say(f"{shown(published)} events of the time before in {took:.1f} s; now live")
            await _live(engine, simulation, pace, stop, seconds)
            await engine.drain()
            return dict(await asyncio.to_thread(summary, engine.store))


def _batches(records: Iterator[EventRecord]) -> Iterator[list[EventRecord]]:
    while batch := list(itertools.islice(records, BATCH)):
        yield batch


def _expect(parts: Parts, begin: int) -> None:
    """Have a baseline for the day of ``begin``; the worker has one for today, which counts where
    both are for the same day: its revision is greater."""
    rules = rules_of(parts.registry)
    judge = Judge(parts.store, rules)
    for office in parts.store.offices():
        judge.estimate(office, day_of(begin, rules.time_zone(office.tenant_id)), revision=1)


async def _live(
    engine: Engine, simulation: Simulation, pace: Pace, stop: Stop, seconds: float | None
) -> None:
    """Let the town go on until the end is asked for or reached."""
    living = asyncio.create_task(_live_on(engine, simulation, pace))
    try:
        await until_stopped(engine, stop, seconds)
    finally:
        living.cancel()
        with suppress(asyncio.CancelledError):
            await living


async def _live_on(parts: Parts, simulation: Simulation, pace: Pace) -> None:
    heard_ms = 0
    pace.start()
    while True:
        now = clock_ms()
        if now - heard_ms >= EVERY_SECONDS * 1000:
            heard_ms = now
            beats = simulation.heartbeats(now)
            await asyncio.to_thread(store_heartbeats, parts.store.database, beats)
        records = simulation.until(pace.now())
        if records:
            await parts.publish(records)
        await asyncio.sleep(0.25)
