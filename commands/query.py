"""`semko query`: SQL to the store itself, or to the process that holds it."""

import sys
from typing import Annotated

import typer

from commands.asking import asked
from commands.options import DEFAULT_STORE, JsonOption, StoreOption
from commands.setup import Setup
from commands.stopping import beside
from commands.terminal import new_app

app = new_app()


@app.command()
def query(
    sql: Annotated[str, typer.Argument(metavar="SQL", help="One statement that reads.")],
    form: Annotated[
        str, typer.Option("--format", metavar="NAME", help="Any output format of ClickHouse.")
    ] = "PrettyCompactMonoBlock",
    store: StoreOption = DEFAULT_STORE,
    as_json: JsonOption = False,
) -> None:
    """Ask the store in SQL.

    Where a process serves the store, that process is asked over HTTP.

    [bold]Examples[/]

      semko query "SHOW TABLES FROM semko"
      semko query "DESCRIBE semko.desk_scores"
      semko query "SELECT desk_id, mean, votes FROM semko.desk_scores LIMIT 5"
      semko query "SELECT * FROM semko.office_scores" \\
        --format CSVWithNames > scores.csv

    Formats are CSVWithNames, JSONEachRow, Parquet, Markdown and all others
    that ClickHouse writes.
    """
    form = "JSON" if as_json else form
    with asked(Setup.of(store)) as ask:
        answer = beside(lambda: ask(sql, form))
    sys.stdout.buffer.write(answer)
    sys.stdout.buffer.flush()
