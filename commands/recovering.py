"""`semko alerts recovery`: what became of scores after somebody acted on their drop."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Annotated

import typer
from rich.table import Table

from commands.alert_texts import recovery_text
from commands.asking import rows
from commands.engine import clock_ms
from commands.options import DEFAULT_STORE, JsonOption, StoreOption
from commands.setup import Setup
from commands.terminal import emit, out, say, show_table, shown
from models.errors import CallError
from models.instants import parse_instant
from sinks.alert_book import Row, Wanted, recoveries

RECOVERIES = ("back", "better", "no change", "worse", "too few votes", "no action")
"""What can have become of a score, the best first."""


def recovery(
    since: Annotated[
        str, typer.Option("--since", metavar="DATE", help="First day (UTC); a year ago if none.")
    ] = "",
    tenant: Annotated[str, typer.Option("--tenant", metavar="ID", help="Of one tenant.")] = "",
    office: Annotated[str, typer.Option("--office", metavar="ID", help="Of one office.")] = "",
    store: StoreOption = DEFAULT_STORE,
    as_json: JsonOption = False,
) -> None:
    """Show what became of scores after the first action on their drop.

    Held against the votes between alert and action, and not against those
    with which it opened: these were chosen for being bad, and would be
    followed by better ones by chance alone.

    [bold]Examples[/]

      semko alerts recovery
      semko alerts recovery --since 2026-01-01 --office centre
    """
    first = _first(since)
    found = recoveries(partial(rows, Setup.of(store)), Wanted((), tenant, office), first)
    if as_json:
        emit({"offices": _by_office(found), "alerts": found}, as_json=True)
        return
    if not found:
        out.print("there was no score drop")
        return
    table = Table("office", "alerts", *RECOVERIES)
    for one in _by_office(found):
        cells = (shown(one[name]) for name in RECOVERIES)
        table.add_row(f"{one['tenant_id']}/{one['office_id']}", shown(one["alerts"]), *cells)
    show_table(table)
    for row in found:
        if row["change"] is not None:
            expected = f"{row['expected']:.0f} expected"
            out.print(f"{row['alert_id']}  {expected}, {recovery_text(row)}", markup=False)
    say("An action is what `semko alerts action` notes; other things may have changed with it.")


def _first(since: str) -> int:
    try:
        today = datetime.fromtimestamp(clock_ms() / 1000, UTC).date()
        day = date.fromisoformat(since) if since else today - timedelta(days=365)
    except ValueError:
        raise CallError(f"--since {since}: a day is written 2026-03-02") from None
    return parse_instant(f"{day}T00:00:00Z")


def _by_office(found: Sequence[Row]) -> list[Row]:
    counts: dict[tuple[str, str], Counter[str]] = {}
    for row in found:
        counts.setdefault((row["tenant_id"], row["office_id"]), Counter())[row["recovery"]] += 1
    return [
        {"tenant_id": tenant, "office_id": office, "alerts": some.total()}
        | {name: some[name] for name in RECOVERIES}
        for (tenant, office), some in sorted(counts.items())
    ]
