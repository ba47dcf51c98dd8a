"""`semko watch`: every minute what is new in a folder goes to the log."""

import time
from pathlib import Path
from typing import Annotated

import typer

from commands.engine import open_log
from commands.replay import publish, records_of
from commands.setup import DEFAULT_STORE, BrokerOption, Setup, StoreOption
from commands.terminal import say
from sources.watch import Watch, watch_once

EXAMPLES = """
Publish files of a folder as they come or grow, for a `semko up` beside it to process.

[bold]Examples[/]

  semko watch exports --map tickets.toml

  semko watch exports --map tickets.toml --once            for a timer of the system's

A file is taken once it has stood still between two looks. Taking one twice changes nothing.
"""


def watch(
    folder: Annotated[Path, typer.Argument(help="Where the ticket system writes.")],
    mapping: Annotated[
        Path | None, typer.Option("--map", help="How columns become events.")
    ] = None,
    every: Annotated[float, typer.Option(min=0.1, help="Seconds between two looks.")] = 60.0,
    once: Annotated[bool, typer.Option(help="Look once and end.")] = False,
    store: StoreOption = DEFAULT_STORE,
    broker: BrokerOption = "",
) -> None:
    setup = Setup.of(store, broker)
    log = open_log(setup)
    known = Watch(log.path.with_name(f"{log.path.name}.watch.{folder.resolve().name}.json"))
    try:
        while True:
            for path in watch_once(folder, known):
                say(f"{path.name}: {publish(log, records_of([path], mapping)):,} events published")
            if once:
                return
            time.sleep(every)
    except KeyboardInterrupt:
        say("stopped")
    finally:
        log.close()
