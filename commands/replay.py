"""`semko replay`: publish files, take everything to the end, say what came of it."""

import asyncio
import dataclasses
import itertools
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from commands.engine import Engine, by_topic, opened, started
from commands.setup import (
    DEFAULT_STORE,
    BrokerOption,
    HorizonOption,
    JsonOption,
    KeyFileOption,
    RegistryOption,
    Setup,
    StoreOption,
    milliseconds,
)
from commands.summary import summary
from commands.terminal import emit, progress
from models.errors import CallError
from models.records import EventRecord
from sources.files import events as file_events
from streams.shell.log import LocalLog
from streams.shell.settings import WorkerSettings

REPLAY_MEMORY_ROWS = 2_000_000
REPLAY_DIRTY_HOURS = 1_000_000
"""A replay has the machine to itself: what it keeps in memory it need not read back."""

EXAMPLES = """
Publish events from files, process them to the end, and print a summary.

Every record is stamped with its event's own time. The same file again changes nothing.

[bold]Examples[/]

  semko replay events.ndjson.gz

  semko replay tickets.csv --map tickets.toml --check      look before anything is sent

  semko replay tickets.csv --map tickets.toml --json

The summary's completions, votes and so on count all that the store holds afterwards; `read`,
`seconds` and the rates speak of this replay.
"""


@dataclasses.dataclass(slots=True)
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


def replay(
    files: Annotated[
        list[Path], typer.Argument(help="NDJSON, plain or gzip; CSV or Parquet with --map.")
    ],
    mapping: Annotated[
        Path | None,
        typer.Option("--map", help="How columns of a table become fields of events (TOML)."),
    ] = None,
    check_only: Annotated[
        bool, typer.Option("--check", help="Show the first rows and every problem; send nothing.")
    ] = False,
    store: StoreOption = DEFAULT_STORE,
    broker: BrokerOption = "",
    key_file: KeyFileOption = None,
    registry: RegistryOption = None,
    horizon: HorizonOption = "26h",
    as_json: JsonOption = False,
) -> None:
    for file in files:
        if not file.is_file():
            raise CallError(f"{file}: there is no such file")
    if check_only:
        if mapping is None:
            raise CallError("--check looks at tables: name their mapping with --map FILE")
        from commands.tables import check_tables  # noqa: PLC0415  # see records_of

        check_tables(files, mapping, as_json=as_json)
        return
    setup = Setup.of(store, broker, key_file, registry)
    settings = WorkerSettings(
        horizon_ms=milliseconds(horizon),
        memory_rows=REPLAY_MEMORY_ROWS,
        dirty_hours=REPLAY_DIRTY_HOURS,
    )
    result = asyncio.run(_replay(setup, settings, files, mapping))
    emit(result, as_json=as_json)


def records_of(files: list[Path], mapping: Path | None) -> Iterator[list[EventRecord]]:
    """The records of files in their order, by the mapping where there is one."""
    if mapping is None:
        return itertools.chain.from_iterable(map(file_events, files))
    # pandas costs a second and 60 MB, and most processes never see a table.
    from commands.tables import table_records  # noqa: PLC0415

    return table_records(files, mapping)


async def _replay(
    setup: Setup, settings: WorkerSettings, files: list[Path], mapping: Path | None
) -> dict[str, object]:
    with opened(setup) as parts:  # nothing is published before the store is ours
        begun = time.perf_counter()
        read = publish(parts.log, records_of(files, mapping))
        published = time.perf_counter()
        async with started(parts, settings) as engine:
            await follow(engine)
            processed = time.perf_counter()
            found = await asyncio.to_thread(summary, engine.store)
    replayed = Replayed(read, published - begun, processed - published)
    return {"read": read, **found, **replayed.figures()}


def publish(log: LocalLog, batches: Iterator[list[EventRecord]]) -> int:
    """Append records to the log, many at once; how many there were."""
    read = 0
    with progress("publishing", None) as bar:
        for batch in batches:
            for topic, some in by_topic(batch).items():
                log.append_now(topic, some)
            read += len(batch)
            bar(read)
    return read


async def follow(engine: Engine) -> None:
    """Wait until the log is worked off, with a bar on the way."""
    waiting = sum(end - engine.worker.offset(source) for source, end in engine.log.ends().items())
    drained = asyncio.ensure_future(engine.drain())
    with progress("processing", waiting) as bar:
        while not drained.done():
            await asyncio.wait({drained}, timeout=0.2)
            bar(engine.worker.counts.records)
    await drained
