"""Which SQL only reads. The engine refuses writes too; this refuses what it would let through.

A read-only session of ClickHouse still writes files (INTO OUTFILE), stops queries (KILL), reads
any file by the function ``file`` and runs several statements in one text.
"""

import re

from models.errors import CallError

_READING = ("select", "show", "describe", "desc", "explain", "exists", "with")
_APART = re.compile(
    r"""
    (?P<text>'(?:[^'\\]|\\.|'')*' | \$(?P<tag>\w*)\$.*?\$(?P=tag)\$)
    | (?P<comment>--[^\n]* | \#[ !][^\n]* | /\*.*?\*/)
    | (?P<name>`(?:[^`\\]|\\.|``)*` | "(?:[^"\\]|\\.|"")*")
    """,
    re.VERBOSE | re.DOTALL,
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


def _bare(found: re.Match[str]) -> str:
    if found["text"]:
        return "''"
    return " " if found["comment"] else re.sub(r"\W", "", found["name"])
