"""`semko replay`: publish files, take everything to the end, say what came of it."""

import asyncio
import hashlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from commands.engine import opened, started
from commands.options import (
    DEFAULT_HORIZON,
    DEFAULT_STORE,
    BrokerOption,
    HorizonOption,
    JsonOption,
    KeyFileOption,
    MapOption,
    RegistryOption,
    StoreOption,
    milliseconds,
)
from commands.publishing import publish, records_of
from commands.setup import GROUP, Setup
from commands.stopping import GRACE_SECONDS, stop_signal, unless_stopped
from commands.summary import summary
from commands.terminal import emit, new_app, say, shown
from models.errors import CallError, StoreHeld
from models.records import EventRecord
from streams.shell.local_transport import log_path
from streams.shell.reading import ReadingSettings
from streams.shell.settings import WorkerSettings

app = new_app()

REPLAY_MEMORY_ROWS = 2_000_000
"""A replay has the machine to itself: what it keeps in memory it need not read back."""
REPLAY_DIRTY_HOURS = 1_000_000
"""Hours that events in no order touch are recomputed once, at the end."""
READING = ReadingSettings(batch_records=50_000)
"""A batch costs some tens of milliseconds to store, however small it is."""
WHY = "SELECT reason, field, problem, count() FROM semko.dead_letters GROUP BY ALL"
STOPPED = "stopped; the same command again goes on, and counts nothing twice"


@dataclass(slots=True)
class Replayed:
    """How long the two halves of a replay took, in seconds, and how many records there were."""

    read: int
    publishing: float
    processing: float

    def figures(self) -> dict[str, object]:
        """As the summary names them."""
        seconds = self.publishing + self.processing
        return {
            "seconds": round(seconds, 3),
            "events_per_second": round(self.read / seconds) if seconds else 0,
            "publishing_seconds": round(self.publishing, 3),
            "processing_seconds": round(self.processing, 3),
            "processing_events_per_second": (
                round(self.read / self.processing) if self.processing else 0
            ),
        }


@app.command()
def replay(
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="FILE...", help="NDJSON, plain or gzip; CSV or Parquet with --map."),
    ] = None,
    from_log: Annotated[
        bool, typer.Option("--from-log", help="Publish nothing: count what the log holds already.")
    ] = False,
    mapping: MapOption = None,
    check_only: Annotated[
        bool, typer.Option("--check", help="Show the first rows and every problem; send nothing.")
    ] = False,
    store: StoreOption = DEFAULT_STORE,
    broker: BrokerOption = "",
    key_file: KeyFileOption = None,
    registry: RegistryOption = None,
    horizon: HorizonOption = DEFAULT_HORIZON,
    as_json: JsonOption = False,
) -> None:
    """Publish the events of files, process them to the end, and print a summary.

    Every record is stamped with its event's own time. The same file again
    changes nothing.

    [bold]Examples[/]

      semko replay events.ndjson.gz
      semko replay tickets.csv --map tickets.toml --check
      semko replay tickets.csv --map tickets.toml --json
      semko replay --from-log --store chdb://new --broker local://store.log.db

    The last fills another store from the log of a `semko up` that goes on.
    In the summary completions, votes and so on count all that the store holds
    afterwards; read, seconds and the rates speak of this replay.
    """
    if check_only:
        if mapping is None:
            raise CallError("--check looks at tables: name their mapping with --map FILE")
        from commands.tables import check_tables  # noqa: PLC0415  # see records_of

        check_tables(files or [], mapping, as_json=as_json)
        return
    if bool(files) == from_log:
        raise CallError("name files of events to replay, or --from-log for what the log holds")
    setup = Setup.of(store, broker, key_file, registry)
    settings = WorkerSettings(
        horizon_ms=milliseconds(horizon),
        memory_rows=REPLAY_MEMORY_ROWS,
        dirty_hours=REPLAY_DIRTY_HOURS,
    )
    records: Iterator[list[EventRecord]] | None = None
    if files:
        records = records_of(files, mapping)
    elif not log_path(setup.broker).exists():
        raise CallError(f"there is no log at {log_path(setup.broker)}: name it with --broker")
    try:
        result = asyncio.run(_replay(setup, settings, records))
    except StoreHeld as held:
        raise StoreHeld(f"{held}, or let it take the files: semko watch FOLDER") from None
    emit(result, as_json=as_json)
    if result["dead_letters"] and not as_json:
        where = "" if store == DEFAULT_STORE else f" --store {store}"
        say(f'why {shown(result["dead_letters"])} were no events:  semko query "{WHY}"{where}')


def _group_of(setup: Setup) -> str:
    """A group for one store: whoever serves the log, or fills another store, is not disturbed."""
    return f"semko-{hashlib.sha256(str(setup.folder).encode()).hexdigest()[:8]}"


async def _replay(
    setup: Setup, settings: WorkerSettings, records: Iterator[list[EventRecord]] | None
) -> dict[str, object]:
    """Publish records and count them; without any, what the log holds already."""
    with (
        stop_signal(GRACE_SECONDS) as stop,
        opened(setup) as parts,  # nothing is published before the store is ours
    ):
        begun = time.perf_counter()
        read = await asyncio.to_thread(publish, parts.log, records or (), lambda: stop.asked)
        stop.check(STOPPED)
        published = time.perf_counter()
        group = GROUP if records is not None else _group_of(setup)
        async with started(parts, settings, reading=READING, group=group) as engine:
            await unless_stopped(engine.follow(), stop, STOPPED)
            processed = time.perf_counter()
            found = await asyncio.to_thread(summary, engine.store)
            if records is None:
                read = engine.worker.counts.records
    replayed = Replayed(read, published - begun, processed - published)
    return {"read": read, **found, **replayed.figures()}
