"""`semko export`: views as Parquet files, a file a month, for whatever reads Parquet."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from commands.options import DEFAULT_STORE, JsonOption, StoreOption
from commands.setup import Setup
from commands.stopping import beside
from commands.terminal import emit, new_app, progress
from models.errors import CallError, WorldError
from sinks.database import identifier, quoted

app = new_app()

VIEWS = (
    "interaction_facts",
    "vote_facts",
    "hourly_scores",
    "daily_scores",
    "segment_scores",
    "alert_book",
    "board_names",
)
_TIMES = ("completed_at", "voted_at", "window_start", "day", "opened_at", "period_start")
"""By which of its columns a view is cut into months, the first that it has."""

Ask = Callable[[str, str], bytes]
"""SQL and a format to the bytes of the result."""


@dataclass(frozen=True, slots=True)
class _File:
    path: Path
    sql: str


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where files go; made if missing.")],
    view: Annotated[
        list[str] | None,
        typer.Option("--view", metavar="NAME", show_default=False, help="May be given often."),
    ] = None,
    since: Annotated[str, typer.Option(metavar="YYYY-MM", help="First month.")] = "",
    until: Annotated[str, typer.Option(metavar="YYYY-MM", help="Last month.")] = "",
    store: StoreOption = DEFAULT_STORE,
    as_json: JsonOption = False,
) -> None:
    """Write views to Parquet files: DIR/VIEW/YYYY-MM.parquet, months in UTC.

    A file is whole or not there; one of an earlier export is replaced. Where a
    process serves the store, that process is asked.

    [bold]Examples[/]

      semko export out
      semko export out --view daily_scores --since 2026-01
      semko export out --view desk_scores_daily --view service_scores_daily

    pandas.read_parquet("out/daily_scores"), DuckDB, Spark and Excel's Power
    Query read them. What may leave the house is in docs/analysts.md.
    """
    for name, month in (("--since", since), ("--until", until)):
        if month and not _is_month(month):
            raise CallError(f"{name} {month!r} is no month: write it as 2026-03")
    setup = Setup.of(store)
    running = setup.running()
    if running is not None:
        ask: Ask = lambda sql, form: running.ask(f"/v1/query?format={form}", sql)  # noqa: E731
        written = beside(lambda: _export(ask, folder, view, since, until))
    else:
        with setup.existing_store() as held:
            written = beside(lambda: _export(held.query, folder, view, since, until))
    emit({"folder": str(folder), "files": len(written), "bytes": sum(written)}, as_json=as_json)


def _is_month(text: str) -> bool:
    year, _, month = text.partition("-")
    return len(year) == 4 and year.isdigit() and len(month) == 2 and month in _MONTHS


_MONTHS = {f"{number:02}" for number in range(1, 13)}


def _export(ask: Ask, folder: Path, views: list[str] | None, since: str, until: str) -> list[int]:
    """The sizes of the files written, in bytes."""
    known = _views(ask)
    wanted = [name.removeprefix("semko.") for name in views or VIEWS]
    for name in wanted:
        if name not in known:
            raise CallError(f"there is no view {name!r}: `semko columns` lists them")
    files = [
        file
        for name in wanted
        for file in _files(ask, folder, name, known[name], since or "0000", until or "9999")
    ]
    sizes = []
    with progress("writing files", len(files)) as bar:
        for at, file in enumerate(files):
            sizes.append(_write(file.path, ask(file.sql, "Parquet")))
            bar(at + 1, len(files))
    return sizes


def _views(ask: Ask) -> dict[str, str]:
    """Each view that tells its columns, with the one by which it is cut; empty where none is."""
    listed = ", ".join(map(quoted, _TIMES))
    lines = ask(
        "SELECT table, arrayFirst(name -> has(groupArray(part.name), name), [" + listed + "])"
        " FROM system.columns AS part WHERE database = 'semko' AND type != ''"
        " AND table IN (SELECT name FROM system.tables"
        " WHERE database = 'semko' AND engine = 'View')"
        " GROUP BY table",
        "TSV",
    )
    pairs = (line.partition("\t") for line in lines.decode().splitlines())
    return {name: time for name, _, time in pairs}


def _files(ask: Ask, folder: Path, view: str, time: str, since: str, until: str) -> Iterator[_File]:
    if not time:
        yield _File(folder / f"{view}.parquet", f"SELECT * FROM semko.{identifier(view)}")
        return
    month = f"formatDateTime({time}, '%Y-%m')"
    lines = ask(f"SELECT DISTINCT {month} AS month FROM semko.{view} ORDER BY month", "TSV")
    for found in lines.decode().split():
        if since <= found <= until:
            sql = f"SELECT * FROM semko.{view} WHERE {month} = {quoted(found)} ORDER BY {time}"
            yield _File(folder / view / f"{found}.parquet", sql)


def _write(path: Path, content: bytes) -> int:
    """The file put in place at once, so that nobody reads half of it."""
    beside_it = path.with_suffix(".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside_it.write_bytes(content)
        beside_it.replace(path)
    except OSError as problem:
        with suppress(OSError):
            beside_it.unlink()
        raise WorldError(f"{path} cannot be written: {problem.strerror}") from None
    return len(content)
