"""`semko reconcile`: the metrics against the facts, here or in the process that holds the store."""

import json
from datetime import UTC, datetime
from typing import Any

import typer

from commands.options import DEFAULT_STORE, JsonOption, StoreOption
from commands.setup import Setup
from commands.stopping import beside
from commands.summary import comparison
from commands.terminal import emit, new_app, out, progress
from sinks.reconcile import reconcile as compare_books

app = new_app()
SHOWN_AT_MOST = 20


@app.command()
def reconcile(store: StoreOption = DEFAULT_STORE, as_json: JsonOption = False) -> None:
    """Recompute every metric from the facts and compare; exit code 0 means no difference.

    Reads only, and may run beside `semko up`.

    [bold]Examples[/]

      semko reconcile
      semko reconcile --store chdb:///var/lib/semko/store --json
    """
    setup = Setup.of(store)
    running = setup.running()
    with progress("comparing", None) as bar:
        if running is not None:
            report: dict[str, Any] = json.loads(beside(lambda: running.ask("/v1/reconcile", "")))
        else:
            with setup.existing_store() as held:
                books = held.database
                report = comparison(beside(lambda: compare_books(books, progress=bar)))
    if as_json:
        emit(report, as_json=True)
    else:
        _show(report)
    if report["differences"]:
        raise typer.Exit(1)


def _show(report: dict[str, Any]) -> None:
    rows = report.pop("rows")
    emit(report, as_json=False)
    for row in rows[:SHOWN_AT_MOST]:
        out.print(_line(row), markup=False)
    if len(rows) > SHOWN_AT_MOST:
        out.print("...and more, which --json names")


def _line(row: dict[str, Any]) -> str:
    *names, last = row["key"]
    if row["table"] == "window_metrics":
        *names, seconds = names
        start = datetime.fromtimestamp(last, UTC).strftime("%Y-%m-%d %H:%M")
        last = f"{seconds} s from {start} UTC"
    where = " ".join(map(str, [row["table"], *names, last]))
    return f"{where}: {row['column']} is stored as {row['stored']}, facts say {row['expected']}"
