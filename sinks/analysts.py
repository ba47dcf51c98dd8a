"""What a statement of an analyst may touch, read off the engine's own parse of it.

The engine says by ``EXPLAIN AST`` what it understood, so that no spelling, comment or nesting hides
a name. Knows no session and does no I/O.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from models.questions import Refusal

_ROOTS = re.compile(
    r"Select\w*Query|ShowTables|ShowColumns|ShowFunctions|ShowIndexes|ShowSetting\w*|ShowEngine\w*"
    r"|DescribeQuery|Explain\b|Exists\w*Query|ShowCreate\w+Query"
)
_IN = re.compile(r"(?:global)?(?:not)?(?:null)?in(?:ignoreset)?", re.IGNORECASE)

TABLE_FUNCTIONS = frozenset(
    {
        "generate_series",
        "generateSeries",
        "null",
        "numbers",
        "numbers_mt",
        "primes",
        "values",
        "view",
        "zeros",
        "zeros_mt",
    }
)
"""Table functions that read nothing but what they are given. All others are refused."""

SYSTEM_TABLES = frozenset(
    {
        "aggregate_function_combinators",
        "build_options",
        "codecs",
        "collations",
        "columns",
        "completions",
        "constraints",
        "contributors",
        "data_skipping_indices",
        "data_type_families",
        "database_engines",
        "databases",
        "dictionaries",
        "formats",
        "functions",
        "keywords",
        "licenses",
        "macros",
        "numbers",
        "numbers_mt",
        "one",
        "primes",
        "settings",
        "table_engines",
        "table_functions",
        "tables",
        "time_zones",
        "zeros",
        "zeros_mt",
    }
)
"""Tables of the engine by which programs find their way; they tell of no one's questions."""

_FORBIDDEN = re.compile(
    r"file|joinGet\w*|dictGet\w*|dictHas|ai[A-Z]\w*|getServer\w+", re.IGNORECASE
)
"""Functions that read files or tables by a name in a text, ask services of others (ai…), or tell
how the server is set up."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What there is: views of ``semko``, its other tables, and the engine's table functions."""

    views: frozenset[str]
    tables: frozenset[str]
    functions: frozenset[str]


INSTEAD = {
    "interactions": "interaction_facts",
    "votes": "vote_facts",
    "window_metrics": "window_counts",
    "alerts": "alert_book",
    "alert_actions": "alert_book",
    "indicator_values": "indicator_series",
    "indicators": "board_indicators",
    "progress": "board_progress",
    "dirty_hours": "board_dirty_hours",
    "dead_letters": "board_dead_letters",
    "registry_offices": "board_names",
    "registry_desks": "board_names",
    "registry_services": "board_names",
    "registry_tenants": "tenant_zones",
}
"""The view to read in place of a table."""


@dataclass(frozen=True, slots=True)
class _Node:
    """A line of the tree: how deep, what kind, and what it says."""

    depth: int
    kind: str
    said: str


def check(tree: str, catalogue: Catalogue, database: str) -> None:
    """Raise ``Refusal`` where ``tree``, an ``EXPLAIN AST``, touches what is not for analysts.

    ``database`` is the one in which names without a database are looked for.
    """
    nodes = [_node(line) for line in tree.splitlines() if line.strip()]
    root = f"{nodes[0].kind} {nodes[0].said}".strip() if nodes else ""
    if not _ROOTS.match(root):
        raise Refusal(164, "READONLY", "this door only reads: ask by SELECT, SHOW or DESCRIBE.")
    if nodes[0].kind == "DescribeQuery" and nodes[-1].kind == "TableIdentifier" and len(nodes) == 3:
        return  # which columns a table has is no secret
    for name in _tables(nodes):
        _check_table(name, catalogue, database)
    for name in _table_functions(nodes, catalogue.functions):
        if name.removeprefix("semko.") not in catalogue.views and name not in TABLE_FUNCTIONS:
            raise Refusal(497, "ACCESS_DENIED", f"the table function {name} is not for this door.")
    for node in nodes:
        if node.kind == "Function" and _FORBIDDEN.fullmatch(_word(node)):
            raise Refusal(497, "ACCESS_DENIED", f"the function {_word(node)} is not for this door.")


def _node(line: str) -> _Node:
    text = line.lstrip(" ")
    kind, _, said = text.partition(" ")
    return _Node(len(line) - len(text), kind, said)


def _word(node: _Node) -> str:
    """What a node names, without its alias and the number of its children."""
    return re.sub(r" \((?:alias .*|children \d+)\)", "", node.said)


def _tables(nodes: list[_Node]) -> Iterator[str]:
    """Names of tables: where rows come from, and right of an IN, where a table needs no FROM."""
    for node in nodes:
        if node.kind == "TableIdentifier":
            yield _word(node)
    for node in _right_of_in(nodes):
        if node.kind == "Identifier":
            yield _word(node)


def _table_functions(nodes: list[_Node], known: frozenset[str]) -> Iterator[str]:
    for above, node in pairwise(nodes):
        if above.kind == "TableExpression" and node.kind == "Function":
            yield _word(node)
    for node in _right_of_in(nodes):
        if node.kind == "Function" and _word(node) in known:
            yield _word(node)


def _right_of_in(nodes: list[_Node]) -> Iterator[_Node]:
    """The last argument of each IN."""
    for at, node in enumerate(nodes):
        if node.kind == "Function" and _IN.fullmatch(_word(node)):
            below = nodes[at + 1 :]
            arguments = [each for each in _until(below, node.depth) if each.depth == node.depth + 2]
            yield from arguments[-1:]


def _until(nodes: list[_Node], depth: int) -> Iterator[_Node]:
    for node in nodes:
        if node.depth <= depth:
            return
        yield node


def _check_table(name: str, catalogue: Catalogue, database: str) -> None:
    place, dot, table = name.partition(".")
    if not dot:
        place, table = database, name
    if place.lower() == "information_schema":
        return
    if place == "system" and table not in SYSTEM_TABLES:
        raise Refusal(497, "ACCESS_DENIED", f"system.{table} is not for this door.")
    if place == "semko" and table in catalogue.tables:
        read = INSTEAD.get(table)
        remedy = f"read the view semko.{read}." if read else "SHOW TABLES FROM semko lists views."
        raise Refusal(497, "ACCESS_DENIED", f"semko.{table} is a table of the house: {remedy}")
