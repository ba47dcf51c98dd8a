"""`semko columns`: what every view, every table and every column of a store holds."""

from itertools import groupby
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from commands.asking import Row, rows
from commands.options import DEFAULT_STORE, JsonOption, StoreOption
from commands.setup import Setup
from commands.terminal import emit, new_app, out, show_table
from models.errors import CallError

app = new_app()

_COLUMNS = """
SELECT item.name AS item, item.engine = 'View' AS is_view, item.comment AS holds,
       part.name AS column, part.type AS type, part.comment AS comment
FROM system.tables AS item
LEFT JOIN system.columns AS part ON part.database = item.database AND part.table = item.name
WHERE item.database = 'semko'
ORDER BY item, part.position
"""


@app.command()
def columns(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME]...", help="Views or tables; else all views."),
    ] = None,
    tables: Annotated[bool, typer.Option("--tables", help="Tables too, not views alone.")] = False,
    store: StoreOption = DEFAULT_STORE,
    as_json: JsonOption = False,
) -> None:
    """Say what every view and every column holds, as the store itself says it.

    [bold]Examples[/]

      semko columns
      semko columns daily_scores interaction_facts
      semko columns --tables --json

    Views are for analysts; tables are the house's own.
    """
    found = rows(Setup.of(store), _COLUMNS)
    every = {name: list(of) for name, of in groupby(found, key=lambda row: row["item"])}
    wanted = [name.removeprefix("semko.") for name in names or ()]
    strange = [name for name in wanted if name not in every]
    if strange:
        raise CallError(f"there is no {strange[0]!r}: `semko columns --tables` lists what there is")
    chosen = {
        name: of
        for name, of in every.items()
        if (name in wanted if wanted else tables or of[0]["is_view"])
    }
    if as_json:
        emit({"items": [_told(name, of) for name, of in chosen.items()]}, as_json=True)
        return
    for name, of in chosen.items():
        _show(name, of)


def _parts(of: list[Row]) -> list[Row]:
    """Columns; a view that takes arguments tells none."""
    return [row for row in of if row["column"] and row["type"]]


def _told(name: str, of: list[Row]) -> Row:
    kept = ("column", "type", "comment")
    listed = [{field: row[field] for field in kept} for row in _parts(of)]
    kind = "view" if of[0]["is_view"] else "table"
    return {"name": name, "kind": kind, "holds": of[0]["holds"], "columns": listed}


def _show(name: str, of: list[Row]) -> None:
    out.print(Text(f"semko.{name}", style="bold"))
    out.print(Text(of[0]["holds"], style="dim"))
    table = Table(show_header=False, box=None, pad_edge=False)
    for row in _parts(of):
        table.add_row(
            f"  {row['column']}", Text(" ".join(row["type"].split()), style="dim"), row["comment"]
        )
    show_table(table)
    out.print()
