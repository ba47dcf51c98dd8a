"""`semko export`: views as Parquet files, a file a month, for whatever reads Parquet."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from commands.asking import Ask, asked, rows_of
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

    pandas.read_parquet("out/daily_scores") reads all months of a view. What may
    leave the house is in docs/analysts.md.
    """
    for name, month in (("--since", since), ("--until", until)):
        if month:
            _refuse_no_month(name, month)
    with asked(Setup.of(store)) as ask:
        sizes = beside(lambda: _export(ask, folder, view, since, until))
    emit({"folder": str(folder), "files": len(sizes), "bytes": sum(sizes)}, as_json=as_json)


def _refuse_no_month(option: str, text: str) -> None:
    try:
        date.fromisoformat(f"{text}-01")
    except ValueError:
        raise CallError(f"{option} {text!r} is no month: write it as 2026-03") from None


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
    found = rows_of(
        ask,
        "SELECT table, groupArray(name) AS names FROM system.columns"
        " WHERE database = 'semko' AND type != '' AND table IN"
        " (SELECT name FROM system.tables WHERE database = 'semko' AND engine = 'View')"
        " GROUP BY table",
    )
    return {
        row["table"]: next((name for name in _TIMES if name in row["names"]), "") for row in found
    }


def _files(ask: Ask, folder: Path, view: str, time: str, since: str, until: str) -> Iterator[_File]:
    if not time:
        yield _File(folder / f"{view}.parquet", f"SELECT * FROM semko.{identifier(view)}")
        return
    month = f"formatDateTime({time}, '%Y-%m')"
    asked_months = f"SELECT DISTINCT {month} AS month FROM semko.{view} ORDER BY month"
    for found in (row["month"] for row in rows_of(ask, asked_months)):
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
