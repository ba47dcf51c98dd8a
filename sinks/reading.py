"""Which SQL only reads. The engine refuses writes too; this refuses what it would let through.

A read-only session of ClickHouse still writes files (INTO OUTFILE), stops queries (KILL), reads
any file by the function ``file`` and runs several statements in one text.
"""

import re
from collections.abc import Mapping

from models.errors import CallError
from sinks.database import literal

_READING = ("select", "show", "describe", "desc", "explain", "exists", "with")
_TEXTS = r"""
    (?P<text>'(?:[^'\\]|\\.|'')*' | \$(?P<tag>\w*)\$.*?\$(?P=tag)\$)
    | (?P<comment>--[^\n]* | \#[ !][^\n]* | /\*.*?\*/)
    | (?P<name>`(?:[^`\\]|\\.|``)*` | "(?:[^"\\]|\\.|"")*")
    """
_APART = re.compile(_TEXTS, re.VERBOSE | re.DOTALL)
_FILLED = re.compile(
    _TEXTS + r"| \{\s*(?P<param>\w+)\s*:(?P<type>[^{}]+)\}", re.VERBOSE | re.DOTALL
)
_FORBIDDEN = re.compile(r"\binto\s+outfile\b|\bfile\s*\(", re.IGNORECASE)


def refuse_writing(sql: str) -> None:
    """Raise ``CallError`` unless ``sql`` is one statement that only reads the store."""
    bare = _APART.sub(_bare, sql).strip().rstrip("; \n\t").lstrip("( \n\t")
    first = re.match(r"[a-z]*", bare.lower())
    if first is None or first[0] not in _READING:
        raise CallError(
            "a query may only read: begin it with SELECT, WITH, SHOW, DESCRIBE, EXPLAIN or EXISTS."
        )
    if ";" in bare:
        raise CallError("a query is one statement: ask for one after the other.")
    found = _FORBIDDEN.search(bare)
    if found:
        raise CallError(
            f"a query may not touch files: {found[0].rstrip('( ')!r} does. Redirect the output"
            " of the command instead."
        )


def format_of(sql: str) -> str | None:
    """The format that ``sql`` itself asks for, if any."""
    bare = _APART.sub(_bare, sql).rstrip("; \n\t")
    found = re.search(r"\bformat\s+(\w+)(?:\s+settings\b.*)?$", bare, re.IGNORECASE | re.DOTALL)
    return found[1] if found else None


def filled(sql: str, params: Mapping[str, object]) -> str:
    """``sql`` with the values of ``params`` for its ``{name:Type}``, outside of texts and comments.

    Raises ``CallError`` where one has no value.
    """

    def value(found: re.Match[str]) -> str:
        name = found["param"]
        if name is None:
            return found[0]
        if name not in params:
            raise CallError(f"the query asks for a value of {name!r}, and none is given.")
        return f"CAST({literal(params[name])} AS {found['type']})"

    return _FILLED.sub(value, sql)


def _bare(found: re.Match[str]) -> str:
    if found["text"]:
        return "''"
    return " " if found["comment"] else re.sub(r"\W", "", found["name"])
