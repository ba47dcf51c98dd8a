"""SQL for commands, answered by the process that holds the store or by the store itself."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

from commands.running import Running
from commands.setup import Setup
from commands.stopping import beside

Row = dict[str, Any]

Ask = Callable[[str, str], bytes]
"""One statement that reads and a format of ClickHouse, to the bytes of the result."""


@contextmanager
def asked(setup: Setup) -> Iterator[Ask]:
    """Whoever answers: the process that serves the store, where there is one. Blocks meanwhile."""
    running = setup.running()
    if running is not None:
        yield answering(running)
        return
    with setup.existing_store() as held:
        yield held.query


def answering(running: Running) -> Ask:
    """A process that serves, asked over HTTP."""
    return lambda sql, form: running.ask(f"/v1/query?{urlencode({'format': form})}", sql)


def rows(setup: Setup, sql: str) -> list[Row]:
    """The result of one SELECT, a dict a row; times as text, 64 bit numbers whole."""
    with asked(setup) as ask:
        return beside(lambda: rows_of(ask, sql))


def rows_of(ask: Ask, sql: str) -> list[Row]:
    """The same of whoever answers."""
    return [json.loads(line) for line in ask(sql, "JSONEachRow").splitlines()]
