"""`semko query` and `semko reconcile`: of the store itself, or of the process that holds it."""

import json
import os
import sys
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Annotated, Any

import typer

from commands.setup import DEFAULT_STORE, JsonOption, Setup, StoreOption
from commands.summary import comparison
from commands.terminal import emit, out, progress
from models.errors import CallError, SemkoError, WorldError
from sinks.embedded import EmbeddedStore, parse_url
from sinks.reconcile import reconcile as compare_books

QUERY_EXAMPLES = """
Ask the store in SQL. Where a process holds the store, that process is asked over HTTP.

[bold]Examples[/]

  semko query "SELECT desk_id, mean, mean_low, mean_high, votes FROM semko.desk_scores LIMIT 5"

  semko query "SELECT * FROM semko.office_scores" --format CSVWithNames > scores.csv

  semko query "SHOW TABLES FROM semko"
"""
RECONCILE_EXAMPLES = """
Recompute every metric from the facts and compare: exit code 0 means no difference.

[bold]Examples[/]

  semko reconcile

  semko reconcile --store chdb:///var/lib/semko/store --json
"""
SECONDS = 600


def query(
    sql: Annotated[str, typer.Argument(help="One statement that reads.")],
    form: Annotated[
        str, typer.Option("--format", help="Any format of ClickHouse.")
    ] = "PrettyCompactMonoBlock",
    store: StoreOption = DEFAULT_STORE,
    as_json: JsonOption = False,
) -> None:
    form = "JSON" if as_json else form
    setup = Setup.of(store)
    running = _running(setup)
    if running is not None:
        answer = _ask(running, f"/v1/query?{urllib.parse.urlencode({'format': form})}", sql)
    else:
        embedded = existing(setup)
        try:
            answer = embedded.query(sql, form)
        finally:
            embedded.close()
    sys.stdout.buffer.write(answer)
    sys.stdout.buffer.flush()


def reconcile(store: StoreOption = DEFAULT_STORE, as_json: JsonOption = False) -> None:
    setup = Setup.of(store)
    running = _running(setup)
    with progress("comparing", None) as bar:
        if running is not None:
            report: dict[str, Any] = json.loads(_ask(running, "/v1/reconcile", ""))
        else:
            embedded = existing(setup)
            try:
                report = comparison(compare_books(embedded.database, progress=bar))
            finally:
                embedded.close()
    differences = report.pop("rows")
    emit({**report, **({"rows": differences} if as_json else {})}, as_json=as_json)
    if not as_json:
        for row in differences:
            out.print(
                f"{row['table']} {' '.join(map(str, row['key']))}: {row['column']} is stored as"
                f" {row['stored']}, the facts say {row['expected']}",
                markup=False,
            )
    if report["differences"]:
        raise typer.Exit(1)


def existing(setup: Setup) -> EmbeddedStore:
    """The store of an installation, which must be there."""
    folder, _ = parse_url(setup.store)
    if not folder.is_dir():
        raise WorldError(
            f"there is no store at {folder}: name it with --store, or fill one with"
            " `semko replay FILE` or `semko demo`"
        )
    return EmbeddedStore(setup.store)


def _running(setup: Setup) -> dict[str, str] | None:
    """How to reach the process that holds the store, if one does."""
    running = read_run_file(setup.run_file)
    return running if running is not None and lives(int(running["pid"])) else None


def read_run_file(path: Path) -> dict[str, str] | None:
    """What a process has written of itself; None where there is nothing."""
    try:
        found: dict[str, str] = json.loads(path.read_text())
    except (OSError, ValueError):
        return None
    return found


def lives(pid: int) -> bool:
    """Whether a process of this number runs."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _ask(running: dict[str, str], path: str, body: str) -> bytes:
    request = urllib.request.Request(  # the address is our own run file's
        running["url"] + path,
        data=body.encode(),
        headers={"Authorization": f"Bearer {running['token']}"},
        method="POST",
    )
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:
            found: bytes = answer.read()
            return found
    except urllib.error.HTTPError as refusal:
        raise _refusal(refusal) from None
    except OSError as problem:
        raise WorldError(
            f"the process {running['pid']} that holds the store does not answer: {problem}"
        ) from None


def _refusal(refusal: urllib.error.HTTPError) -> SemkoError:
    try:
        said = json.loads(refusal.read())
        message = f"{said['problem']}. {said['remedy']}"
    except (ValueError, KeyError, TypeError):
        message = f"the process that holds the store answered {refusal.code}"
    return CallError(message) if refusal.code < 500 else WorldError(message)
