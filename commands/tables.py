"""Tables of ticket systems for `semko replay` and `semko watch`: their check and their records."""

import dataclasses
import itertools
from collections.abc import Iterator
from pathlib import Path

import typer

from commands.terminal import emit, out
from models.records import EventRecord
from sources.mapping import load
from sources.table_check import CheckReport, check
from sources.tables import events


def table_records(files: list[Path], mapping: Path) -> Iterator[list[EventRecord]]:
    """The records that a mapping makes of tables, file after file."""
    rules = load(mapping)
    return itertools.chain.from_iterable(events(file, rules) for file in files)


def check_tables(files: list[Path], mapping: Path, *, as_json: bool) -> None:
    """Show what a mapping makes of tables; exit code 1 where anything is wrong."""
    rules = load(mapping)
    good = True
    for file in files:
        report = check(file, rules)
        good &= report.good
        if as_json:
            emit({"file": str(file), **dataclasses.asdict(report)}, as_json=True)
        else:
            _show(file, report)
    if not good:
        raise typer.Exit(1)


def _show(file: Path, report: CheckReport) -> None:
    for event in report.first:
        out.print_json(data=event)
    counts = {
        name: getattr(report, name)
        for name in ("rows", "completions", "interactions", "votes", "bad", "silent")
    }
    emit(counts, as_json=False, title=str(file))
    for cause in report.causes:
        row = cause.examples[0]
        out.print(
            f"{cause.rows} x {cause.event}, {cause.field}: {cause.problem}. {cause.remedy}"
            f" (row {row.row}: {row.value})",
            markup=False,
        )
