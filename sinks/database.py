"""What the SQL of this folder asks of a ClickHouse, embedded or served, and how values are quoted.

Knows no table and no engine by name.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from models.columns import Columns
from models.instants import format_instant
from models.questions import NULL, escaped


class Database(Protocol):
    """A ClickHouse of at least the version that the migrations need.

    Methods block and may be called from several threads. Each raises
    ``models.errors.StoreUnavailable`` when what it asks may be done later, and any other exception
    where the statement itself is wrong.
    """

    def execute(self, sql: str) -> None:
        """Run one statement that has no result."""

    def columns(self, sql: str) -> dict[str, list[Any]]:
        """The result of one SELECT by column: numbers, texts, ``None``, lists, tuples and dicts.

        Equal dicts, and empty lists, may be one and the same object: treat them as frozen. Times
        are to be selected as numbers.
        """

    def numbers(self, sql: str) -> Iterator[NDArray[np.uint64]]:
        """The only column of a SELECT, of type UInt64, piece by piece in bounded memory."""

    def insert(self, table: str, columns: Columns) -> None:
        """Store rows of a table of ``models.tables``."""


def quoted(text: str) -> str:
    """``text`` as an SQL literal."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n")
    return f"'{escaped}'"


def identifier(name: str) -> str:
    """``name`` as SQL writes it where a name stands."""
    escaped = name.replace("\\", "\\\\").replace("`", "\\`")
    return f"`{escaped}`"


def instant(milliseconds: int) -> str:
    """A moment as an SQL expression of type DateTime64, to compare times with.

    Never compare a DateTime64 column with a DateTime: ``column < toDateTime(n)`` is taken for
    ``column <= n - 1`` when parts are skipped, which loses what lies in the second before
    (ClickHouse 26.9).
    """
    return f"fromUnixTimestamp64Milli({milliseconds}, 'UTC')"


def instant_text(milliseconds: int) -> str:
    """A moment as ClickHouse reads it where rows are written as literals, in UTC."""
    return format_instant(milliseconds)[:-1].replace("T", " ")


def listed(rows: Iterable[tuple[str | int, ...]]) -> str:
    """``rows`` for the right side of IN: ``('a', 1), ('b', 2)``; must not be empty."""
    return ", ".join(
        "(" + ", ".join(quoted(x) if isinstance(x, str) else str(x) for x in row) + ")"
        for row in rows
    )


def insertion(table: str, rows: Sequence[Mapping[str, object]]) -> str:
    """The statement that stores a few ``rows``, not none, of the same columns.

    By a SELECT, which carries its values itself: after VALUES a server waits for them apart.
    """
    names = ", ".join(rows[0])
    if len(rows) == 1:
        values = ", ".join(map(literal, rows[0].values()))
        return f"INSERT INTO semko.{table} ({names}) SELECT {values}"
    listed_rows = literal([tuple(row.values()) for row in rows])
    parts = ", ".join(f"row.{n}" for n in range(1, len(rows[0]) + 1))
    return (
        f"INSERT INTO semko.{table} ({names}) SELECT {parts}"
        f" FROM (SELECT arrayJoin({listed_rows}) AS row)"
    )


def parameter(value: object) -> str:
    """``value`` as the text that ClickHouse reads for ``{name:Type}``."""
    if value is None:
        return NULL
    return escaped(value) if isinstance(value, str) else literal(value)


def literal(value: object) -> str:
    """``value`` as ClickHouse writes it inside lists and maps."""
    if value is None:
        return "NULL"
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, int | float):
        return repr(+value)  # the sign turns True into 1
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{literal(k)}:{literal(v)}" for k, v in value.items()) + "}"
    if isinstance(value, Iterable):
        inside = ", ".join(map(literal, value))
        return f"({inside})" if isinstance(value, tuple) else f"[{inside}]"
    raise TypeError(f"no ClickHouse literal for {type(value).__name__}")
