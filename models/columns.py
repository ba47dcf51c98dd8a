"""Columns in which rows travel from the core to a store: no object a row.

A table's rows are a mapping from column name to one of the shapes below, all of the same length.
Times are int64 milliseconds since 1970-01-01T00:00:00Z.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
