"""Rows of a store for a command: from the process that serves it, or from the store itself."""

import json
from typing import Any
from urllib.parse import urlencode

from commands.setup import Setup
from commands.stopping import beside


def rows(setup: Setup, sql: str) -> list[dict[str, Any]]:
    """The result of one SELECT, a dict a row. Raises ``SemkoError`` where there is none."""
    running = setup.running()
    if running is not None:
        path = f"/v1/query?{urlencode({'format': 'JSONEachRow'})}"
        answer = beside(lambda: running.ask(path, sql))
    else:
        with setup.existing_store() as held:
            answer = beside(lambda: held.query(sql, "JSONEachRow"))
    return [json.loads(line) for line in answer.splitlines()]
