"""`semko demo`: a simulated town, its last hours in seconds and then live."""

import asyncio
import shutil
import time
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from commands.asking import lives, read_run_file
from commands.engine import Engine, Parts, clock_ms, opened
from commands.replay import follow, publish
from commands.serving import Doors, served, stop_signal, until_stopped
from commands.setup import DEFAULT_HTTP, HttpOption, JsonOption, Setup
from commands.summary import summary
from commands.terminal import emit, say
from models.errors import CallError, WorldError
from sources.simulator import Simulation, Town, parse_incident, preset
from streams.shell.settings import WorkerSettings

HOUR_MS = 3_600_000
MARK = ".semko-demo"
"""A file that says a folder is a demo's, and may be emptied for the next one."""

EXAMPLES = """
Watch a simulated town: its last hours are filled in within seconds, then it goes on in real time.

[bold]Examples[/]

  semko demo                                      until Ctrl-C; the wall's address is printed

  semko demo --seconds 60                         ends by itself with a summary

  semko demo --town city --seed 7 --incident "desk d4 turns bad at 10:30"

What it leaves stays in its folder for queries: semko query "SELECT * FROM semko.office_scores"
--store chdb://semko-demo/store
"""


def demo(
    seconds: Annotated[
        float | None, typer.Option(min=0, help="End after so many seconds of live town.")
    ] = None,
    town: Annotated[
        str, typer.Option(help="village, town, city, country(N), or a file that describes one.")
    ] = "town",
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same town.")] = 1,
    hours: Annotated[int, typer.Option(min=0, max=168, help="Hours to fill in first.")] = 8,
    incident: Annotated[
        list[str] | None, typer.Option(help="Something that goes wrong; may be given often.")
    ] = None,
    folder: Annotated[Path, typer.Option(help="Where the demo keeps its data.")] = Path(
        "semko-demo"
    ),
    http: HttpOption = DEFAULT_HTTP,
    as_json: JsonOption = False,
) -> None:
    simulated = preset(town).with_changes(
        always_open=True, incidents=[parse_incident(text) for text in incident or ()]
    )
    _clear(folder)
    (folder / "semko.toml").write_text(simulated.registry_toml(), "utf-8")
    setup = Setup.of(f"chdb://{folder}/store", registry=folder / "semko.toml")
    result = asyncio.run(_demo(setup, simulated, seed, hours, seconds, http))
    emit(result, as_json=as_json, title="what the town has said")
    say(f'look closer:  semko query "SELECT * FROM semko.office_scores" --store {setup.store}')
    say(f"check it:     semko reconcile --store {setup.store}")


def _clear(folder: Path) -> None:
    """An empty folder that is marked as a demo's; never empties another."""
    if folder.exists() and any(folder.iterdir()) and not (folder / MARK).exists():
        raise CallError(f"{folder} holds something that is no demo's: choose another --folder")
    running = read_run_file(folder / "store.running.json")
    if running is not None and lives(int(running["pid"])):
        raise WorldError(
            f"a demo runs already, at {running['url']}/wall (process {running['pid']}): stop it,"
            " or choose another --folder and --http"
        )
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / MARK).touch()


async def _demo(
    setup: Setup, town: Town, seed: int, hours: int, seconds: float | None, http: str
) -> dict[str, object]:
    with stop_signal() as stop, opened(setup) as parts:
        now = clock_ms()
        simulation = Simulation(town, seed, now - hours * HOUR_MS)
        begun = time.perf_counter()
        published = publish(parts.log, iter([simulation.until(now)]))
        async with served(parts, WorkerSettings(), Doors(http)) as (engine, url):
            say(f"[bold]wall[/]  {url}/wall      (stop: Ctrl-C)")
            await follow(engine)
            say(
                f"{published:,} events of the last {hours} h in {time.perf_counter() - begun:.1f} s"
            )
            living = asyncio.create_task(_live(parts, simulation))
            try:
                await until_stopped(engine, stop, seconds)
            finally:
                living.cancel()
                with suppress(asyncio.CancelledError):
                    await living
            return await _summary(engine)


async def _live(parts: Parts, simulation: Simulation) -> None:
    """Publish what happens, as it happens."""
    while True:
        records = simulation.until(clock_ms())
        if records:
            await parts.publish(records)
        await asyncio.sleep(0.25)


async def _summary(engine: Engine) -> dict[str, object]:
    await engine.drain()
    return dict(await asyncio.to_thread(summary, engine.store))
