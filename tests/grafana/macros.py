"""Macros and variables put in as Grafana and its ClickHouse data source do, before a query runs.

Macros by the plugin's own documentation; ``:singlequote`` is Grafana's format of several values.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

Model = Mapping[str, Any]


class Shown(NamedTuple):
    """What a dashboard shows: from and to in seconds, a step in seconds, chosen values."""

    begin: int
    end: int
    step: int
    chosen: Mapping[str, tuple[str, ...]]


def expanded(sql: str, shown: Shown) -> str:
    """SQL as the engine gets it. Raises ``KeyError`` for a variable that nobody chose."""

    def variable(found: re.Match[str]) -> str:
        values = shown.chosen[found[1]]
        return ",".join("'" + value.replace("'", "\\'") + "'" for value in values)

    first, last = (
        datetime.fromtimestamp(at, UTC).date().isoformat() for at in (shown.begin, shown.end)
    )
    between = rf"\1 >= toDateTime({shown.begin}) AND \1 <= toDateTime({shown.end})"
    sql = re.sub(r"\$\{(\w+):singlequote\}", variable, sql)
    sql = re.sub(r"\$__timeFilter\((\w+)\)", between, sql)
    sql = re.sub(
        r"\$__dateFilter\((\w+)\)", rf"\1 >= toDate('{first}') AND \1 <= toDate('{last}')", sql
    )
    interval = rf"toStartOfInterval(toDateTime(\1), INTERVAL {shown.step} second)"
    sql = re.sub(r"\$__timeInterval\((\w+)\)", interval, sql)
    sql = sql.replace("$__interval_s", str(shown.step))
    assert "$" not in sql, sql
    return sql


def queries(model: Model) -> Iterator[tuple[str, str, Model]]:
    """Title, SQL and panel of every query of a dashboard; variables have no panel."""
    for each in model["templating"]["list"]:
        yield f"variable {each['name']}", each["query"], {}
    for panel in model["panels"]:
        for target in panel["targets"]:
            yield panel["title"], target["rawSql"], panel
