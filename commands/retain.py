"""`semko retain`: whole months dropped on purpose."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer

from commands.options import DEFAULT_STORE, JsonOption, StoreOption
from commands.setup import Setup
from commands.stopping import beside
from commands.terminal import emit, new_app
from sinks.retain import retain as drop_months

app = new_app()


@app.command()
def retain(
    months: Annotated[
        int, typer.Option(min=1, metavar="N", help="Whole months to keep, beside this one.")
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
    store: StoreOption = DEFAULT_STORE,
    as_json: JsonOption = False,
) -> None:
    """Drop whole months of facts and metrics by their own time, for good.

    Without it everything is kept. Events of dropped months that come later are
    refused as expired. Nothing else may have the store open: stop `semko up`
    first.

    [bold]Examples[/]

      semko retain --months 24 --dry-run
      semko retain --months 24
    """
    with Setup.of(store).existing_store() as held:
        books, now = held.database, datetime.now(UTC)
        dropped = beside(lambda: drop_months(books, months, now, dry_run=dry_run))
    since = datetime.fromtimestamp(dropped.kept_since / 1000, UTC).date().isoformat()
    emit({**asdict(dropped), "kept_since": since, "dry_run": dry_run}, as_json=as_json)
