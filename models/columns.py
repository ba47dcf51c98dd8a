"""Columns in which rows travel from the core to a store: no object a row.

A table's rows are a mapping from column name to one of the shapes below, all of the same length.
Times are int64 milliseconds since 1970-01-01T00:00:00Z.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Coded:
    """Words by number: row i holds ``words[codes[i]]`` (a text, a mapping or a list)."""

    codes: NDArray[np.int32]
    words: Sequence[Any]

    def __len__(self) -> int:
        return len(self.codes)


@dataclass(frozen=True, slots=True)
class Nullable:
    """Numbers of which some are unknown: row i is null where ``null[i]``."""

    values: NDArray[Any]
    null: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.values)


Column = Coded | Nullable | NDArray[Any] | list[Any]
Columns = Mapping[str, Column]


def row_count(columns: Columns) -> int:
    """Rows in ``columns``; 0 where there is no column."""
    return next((len(column) for column in columns.values()), 0)


def joined(parts: Sequence[Columns]) -> Columns:
    """The rows of tables with the same columns, one table's after the other's.

    Raises ``TypeError`` where a column has another shape in one than in another.
    """
    if len(parts) == 1:
        return parts[0]
    return {name: _one_after_the_other([part[name] for part in parts]) for name in parts[0]}


def _one_after_the_other(columns: Sequence[Column]) -> Column:
    shapes = {type(column) for column in columns}
    if len(shapes) > 1:
        raise TypeError(f"columns of several shapes: {sorted(shape.__name__ for shape in shapes)}")
    first = columns[0]
    if isinstance(first, Coded):
        return _coded([column for column in columns if isinstance(column, Coded)])
    if isinstance(first, Nullable):
        some = [column for column in columns if isinstance(column, Nullable)]
        return Nullable(
            np.concatenate([column.values for column in some]),
            np.concatenate([column.null for column in some]),
        )
    if isinstance(first, np.ndarray):
        return np.concatenate([column for column in columns if isinstance(column, np.ndarray)])
    return list(chain.from_iterable(column for column in columns if isinstance(column, list)))


def _coded(columns: Sequence[Coded]) -> Coded:
    starts = np.cumsum([0, *(len(column.words) for column in columns[:-1])])
    codes = [column.codes + start for column, start in zip(columns, starts.tolist(), strict=True)]
    words = list(chain.from_iterable(column.words for column in columns))
    return Coded(np.concatenate(codes).astype(np.int32), words)
