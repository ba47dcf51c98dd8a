"""`semko alerts test-notify` and `semko alerts notifications`: does it arrive, and what was told.

Registered under `alerts`.
"""

import json
import secrets
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from commands.asking import rows
from commands.engine import clock_ms
from commands.notifying import NotifyOption, telling_of
from commands.options import DEFAULT_STORE, REGISTRY_FILE, JsonOption, RegistryOption, StoreOption
from commands.setup import Setup
from commands.terminal import emit, out, show_table
from models.errors import CallError
from models.facts import Office
from models.notices import PENDING, TEST, Notice
from models.notify_file import Route
from models.registry import Registry
from sinks.database import quoted
from streams.shell.notifier import Telling

SHOWN = 100
"""So many messages are listed, the newest."""


def try_out(
    route: Annotated[
        str, typer.Option("--route", metavar="NAME", help="One route alone.", show_default=False)
    ] = "",
    notify: NotifyOption = None,
    registry: RegistryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Send a message that says it is a test through each route; what came back.

    Quiet hours, maintenance and limits do not count. Exit code 1 where any
    address did not take it.

    [bold]Examples[/]

      semko alerts test-notify --notify notify.toml
      semko alerts test-notify --route duty    # the file from SEMKO_NOTIFY
    """
    names = _registry(registry)
    telling = telling_of(notify, names, clock_ms)
    if telling is None:
        raise CallError("say who is told: --notify FILE or SEMKO_NOTIFY")
    routes = [one for one in telling.rules.file.routes if route in ("", one.name)]
    if not routes:
        known = ", ".join(one.name for one in telling.rules.file.routes)
        raise CallError(f"--route {route}: there is none of that name; there are {known}")
    tried = [each for one in routes for each in _tried(telling, one)]
    if as_json:
        emit({"tried": tried}, as_json=True)
    else:
        for each in tried:
            out.print(Text(f"{each['route']}  {each['target']}  {each['answer']}"))
    if not all(each["taken"] for each in tried):
        raise typer.Exit(1)


def _registry(path: Path | None) -> Registry:
    if path is None and REGISTRY_FILE.exists():
        path = REGISTRY_FILE
    return Registry.load(path) if path else Registry.empty()


def _tried(telling: Telling, route: Route) -> list[dict[str, Any]]:
    tried: list[dict[str, Any]] = []
    for target in route.targets:
        message, now = secrets.token_hex(16), clock_ms()
        known = telling.writer.test(route.name, route.language, message, now)
        office = Office("", "")
        notice = Notice(office, message, target, "", TEST, route.name, "", 1, PENDING, known, now)
        outcome = telling.send(notice)
        answer = outcome.problem or f"taken: {outcome.said}"
        taken = not outcome.problem
        tried.append({"route": route.name, "target": target, "taken": taken, "answer": answer})
    return tried


def notifications(
    tenant: Annotated[str, typer.Option(metavar="ID", help="Of one tenant.")] = "",
    office: Annotated[str, typer.Option(metavar="ID", help="Of one office.")] = "",
    state: Annotated[
        str,
        typer.Option(metavar="STATE", help="pending, sent, failed, included or suppressed."),
    ] = "",
    store: StoreOption = DEFAULT_STORE,
    as_json: JsonOption = False,
) -> None:
    """List what was told of alerts and what was not, the newest first.

    [bold]Examples[/]

      semko alerts notifications
      semko alerts notifications --state failed --json

    Each address of a route is a line; `known` in --json is what was sent.
    """
    asked = {"tenant_id": tenant, "office_id": office, "state": state}
    where = [f"{name} = {quoted(text)}" for name, text in asked.items() if text]
    found = rows(
        Setup.of(store),
        "SELECT * EXCEPT revision FROM semko.notifications FINAL"
        f" WHERE {' AND '.join(['event != ' + quoted('begun'), *where])}"
        f" ORDER BY first_at DESC, message_id, target LIMIT {SHOWN}",
    )
    if as_json:
        told = [{**row, "known": json.loads(row["known"] or "{}")} for row in found]
        emit({"notifications": told}, as_json=True)
        return
    if not found:
        out.print("there are none")
        return
    table = Table("due", "office", "alert", "event", "route", "state", "attempts", "problem")
    for row in found:
        alert = row["alert_id"] or f"message {row['message_id'][:8]}"
        place = f"{row['tenant_id']}/{row['office_id']}"
        route = " ".join(filter(None, (row["route"], row["target"])))
        cells = (row["first_at"], place, alert, row["event"], route, row["state"])
        table.add_row(*map(Text, (*cells, str(row["attempts"]), row["problem"])))
    show_table(table)
