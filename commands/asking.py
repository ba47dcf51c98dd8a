"""Rows of a SELECT for a command, by the process that holds the store or by the store itself."""

import json
from typing import Any

from commands.running import Running
from commands.setup import Setup
from commands.stopping import beside

Row = dict[str, Any]


def rows(setup: Setup, sql: str) -> list[Row]:
    """The result of one SELECT, a dict a row; times as text, 64 bit numbers whole."""
    running = setup.running()
    if running is not None:
        return beside(lambda: rows_of(running, sql))
    with setup.existing_store() as held:
        return beside(lambda: held.rows(sql))


def rows_of(running: Running, sql: str) -> list[Row]:
    """The same of a process that serves."""
    answer = running.ask("/v1/query?format=JSONEachRow", sql)
    return [json.loads(line) for line in answer.splitlines()]
