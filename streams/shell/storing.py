"""Rows of a batch on their way to the store: facts, windows, dirty hours, progress (invariant I1).

What several partitions came to is stored together, step by step: a write costs some ten
milliseconds however few rows it has, and a worker may own dozens of partitions.
"""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from models.columns import Columns, joined, row_count


class Write(NamedTuple):
    """Rows of one table; none where there is nothing to write in this step."""

    table: str
    columns: Columns


class Writer(Protocol):
    """The part of a store that takes rows."""

    def write(self, table: str, columns: Columns) -> None:
        """Store rows of ``table``; the same rows again are harmless."""


def store_together(batches: Sequence[Sequence[Write]], writer: Writer) -> None:
    """Store the steps of batches of several owners, each step of all of them before the next.

    ``batches`` have the same steps. Within a step rows keep their order; each partition's rows are
    its own, so nothing here depends on whose come first.
    """
    for step in zip(*batches, strict=True):
        some = [write.columns for write in step if row_count(write.columns)]
        if some:
            writer.write(step[0].table, joined(some))
