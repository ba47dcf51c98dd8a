"""Tables of ticket systems for `semko replay` and `semko watch`: their check and their records."""

import dataclasses
import itertools
from collections.abc import Iterator
from pathlib import Path

import typer
from rich.table import Table
from rich.text import Text

from commands.terminal import emit, out, say, show_table, shown
from models.records import EventRecord
from sources.mapping import load
from sources.table_check import Cause, CheckReport, check
from sources.tables import events


def table_records(files: list[Path], mapping: Path) -> Iterator[list[EventRecord]]:
    """The records that a mapping makes of tables, file after file."""
    rules = load(mapping)
    return itertools.chain.from_iterable(events(file, rules) for file in files)


def check_tables(files: list[Path], mapping: Path, *, as_json: bool) -> None:
    """Show what a mapping makes of tables; exit code 1 where anything is wrong."""
    rules = load(mapping)
    reports = {str(file): check(file, rules) for file in files}
    good = all(report.good for report in reports.values())
    if as_json:
        told = [{"file": name, **_as_object(report)} for name, report in reports.items()]
        emit({"good": good, "files": told}, as_json=True)
    else:
        for name, report in reports.items():
            _show(name, report)
    if not good:
        raise typer.Exit(1)


def _show(file: str, report: CheckReport) -> None:
    for event in report.first:
        _show_event(event)
    counts = ("rows", "completions", "interactions", "votes", "bad", "silent")
    emit({name: getattr(report, name) for name in counts}, as_json=False, title=file)
    for _, causes in itertools.groupby(report.causes, key=_same_cells):
        _show_causes(list(causes))
    if report.interactions < report.completions:
        out.print(
            "\nCompletions share interaction ids: of those that name the same, one counts. If they"
            " are different citizens, put what tells them apart into the template."
        )
    if not report.completions + report.votes:
        out.print("\nNo row makes an event: look at `when`.")
    if report.good:
        say("nothing was sent; without --check it is")


def _show_event(event: dict[str, object]) -> None:
    """Field by field, those that identify first, as the mapping writes them."""
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column(style="dim")
    for name, value in event.items():
        if name != "type":
            table.add_row(f"  {name}", Text(_cell(value)))
    out.print(str(event.get("type")), style="bold", markup=False)
    show_table(table)
    out.print()


def _cell(value: object) -> str:
    match value:
        case {"unreadable": cell}:
            return f"unreadable: {cell}"
        case {"row": row, "problem": problem}:
            return f"row {row} {problem}"
        case dict():
            return ", ".join(f"{name}={each}" for name, each in value.items())
        case _:
            return shown(value)


def _same_cells(cause: Cause) -> tuple[object, ...]:
    """Fields that are made of the same wrong cells are shown together."""
    cells = [(row.row, row.value) for row in cause.examples]
    return cause.event, cause.problem, cause.remedy, cause.rows, cells


def _show_causes(causes: list[Cause]) -> None:
    first = causes[0]
    fields = ", ".join(cause.field for cause in causes if cause.field)
    what = f"{first.event} {fields}".strip()
    out.print(f"\n{shown(first.rows)} x {what}: {first.problem}", markup=False)
    for row in first.examples:
        told = f": {row.value}" if row.value else ""
        out.print(f"  row {row.row}{told}", style="dim", markup=False)
    if first.remedy:
        out.print(f"  {first.remedy}", markup=False)


def _as_object(report: CheckReport) -> dict[str, object]:
    causes = [
        {**dataclasses.asdict(cause), "examples": [row._asdict() for row in cause.examples]}
        for cause in report.causes
    ]
    return {**dataclasses.asdict(report), "causes": causes}
