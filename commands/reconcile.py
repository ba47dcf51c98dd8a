"""`semko reconcile`: the metrics against the facts, here or in the process that holds the store."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from commands.options import DEFAULT_STORE, JsonOption, RegistryOption, StoreOption
from commands.setup import Setup
from commands.stopping import beside
from commands.summary import comparison
from commands.terminal import emit, new_app, out, progress
from models.errors import CallError
from models.facts import Damage
from sinks.reconcile import reconcile as compare_books
from sinks.registry import agrees_on_join_windows
from sinks.store import ClickHouseStore
from streams.shell.repairing import Repairer

app = new_app()
SHOWN_AT_MOST = 20


@app.command()
def reconcile(
    repair: Annotated[
        bool, typer.Option("--repair", help="Write what the facts give where it differs.")
    ] = False,
    workers_stopped: Annotated[
        bool,
        typer.Option(
            "--workers-stopped", help="For --repair of a store on a server: no worker runs."
        ),
    ] = False,
    store: StoreOption = DEFAULT_STORE,
    registry: RegistryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Recompute every metric from the facts and compare; exit code 0 means no difference.

    Reads only, unless --repair is given, and may run beside `semko up`.

    [bold]Examples[/]

      semko reconcile
      semko reconcile --store chdb:///var/lib/semko/store --json
      semko reconcile --repair
      semko reconcile --repair --workers-stopped --store clickhouse://ch/semko

    What the facts cannot say is not repaired: it stays a difference, and is
    named with the reason.
    """
    setup = Setup.of(store, registry=registry)
    if repair and setup.is_served and not workers_stopped:
        raise CallError(
            "--repair writes as an owner of every partition, and workers that run would write on"
            " beneath it, unseen: stop them all, then say --workers-stopped"
        )
    running = setup.running()
    with progress("comparing rows", None) as bar:
        if running is not None:
            path = f"/v1/reconcile?repair={'yes' if repair else 'no'}"
            report = beside(lambda: running.follow(path, "", bar))
        else:
            with setup.existing_store() as held:
                by_whom = _repairer(held, setup) if repair else None
                books = held.database
                report = comparison(
                    beside(lambda: compare_books(books, progress=bar, repair=by_whom))
                )
    if as_json:
        emit(report, as_json=True)
    else:
        _show(report)
    if report["differences"]:
        raise typer.Exit(1)


def _repairer(held: ClickHouseStore, setup: Setup) -> Callable[[Damage], None]:
    """Of a store that this process has to itself; votes are tied by the join windows that hold."""
    registry = setup.registry()
    if not agrees_on_join_windows(held.database, registry):
        raise CallError(
            "the store was counted by a registry with other tenants or join windows than"
            f" {setup.registry_path or 'none'}: name that one with --registry"
        )
    return Repairer(held, registry.join_window_versions).repair


def _show(report: dict[str, Any]) -> None:
    rows, mended = report.pop("rows"), report.pop("mended")
    emit(report, as_json=False)
    for what, some in (("", rows), ("repaired: ", mended)):
        for row in some[:SHOWN_AT_MOST]:
            out.print(what + _line(row), markup=False)
        if len(some) > SHOWN_AT_MOST:
            out.print("...and more, which --json names")


def _line(row: dict[str, Any]) -> str:
    *names, last = row["key"]
    if row["table"] == "window_metrics":
        *names, seconds = names
        start = datetime.fromtimestamp(last, UTC).strftime("%Y-%m-%d %H:%M")
        last = f"{seconds} s from {start} UTC"
    where = " ".join(map(str, [row["table"], *names, last]))
    differs = f"{row['column']} is stored as {row['stored']}, facts say {row['expected']}"
    return f"{where}: {differs} ({row['why']})"
