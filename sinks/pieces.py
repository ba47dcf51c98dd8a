"""Rows of one write cut into inserts: a month's rows together, and never too many at once.

Each insert then makes one part, which is stored whole or not at all. Does no I/O.
"""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from models.columns import Columns
from sinks.arrow import numbered, to_arrow

_PARTITIONED_BY = {"interactions": "completed_at", "window_metrics": "window_start"}


def pieces(
    table: str, columns: Columns, months_at_most: int, rows_at_most: int
) -> Iterator[pa.Table]:
    """The rows of ``table``, an insert each; the same rows are cut the same way every time.

    Of more than ``rows_at_most`` several are made: memory stays bounded, and a retry repeats less.
    Where there are more than ``months_at_most`` months an insert each costs more than it is worth:
    correctness rests on none. Raises what ``to_arrow`` raises, before anything is given.
    """
    for piece in _by_month(table, columns, months_at_most):
        for start in range(0, len(piece), rows_at_most):
            yield piece.slice(start, rows_at_most)


def _by_month(table: str, columns: Columns, months_at_most: int) -> list[pa.Table]:
    rows = to_arrow(table, columns)
    name = _PARTITIONED_BY.get(table)
    if name is None or not len(rows):
        return [rows]
    instants = np.asarray(columns[name], np.int64)
    ends = np.array([instants.min(), instants.max()]).astype("datetime64[ms]")
    months = np.arange(*(ends.astype("datetime64[M]") + np.array([0, 1])))
    if not 1 < len(months) <= months_at_most:
        return [rows]
    of_row = instants.astype("datetime64[ms]").astype("datetime64[M]")
    found = (np.flatnonzero(of_row == month) for month in months)
    return [rows.take(numbered(of_month)) for of_month in found if len(of_month)]
