"""Rows of a batch on their way to the store: facts, windows, dirty hours, progress (invariant I1).

What several partitions came to is stored together, stage by stage: a write costs some ten
milliseconds however few rows it has, and a worker may own dozens of partitions.
"""

from collections.abc import Sequence
from concurrent.futures import Executor, wait
from functools import partial
from typing import NamedTuple, Protocol

from models.columns import Columns, joined, row_count


class Write(NamedTuple):
    """Rows of one table; none where there is nothing to write."""

    table: str
    columns: Columns


Stage = list[Write]
"""Writes to tables that do not depend on each other."""


class Writer(Protocol):
    """The part of a store that takes rows; from several threads at a time."""

    def write(self, table: str, columns: Columns) -> None:
        """Store rows of ``table``; the same rows again are harmless."""


def store_together(
    batches: Sequence[Sequence[Stage]], writer: Writer, side: Executor | None = None
) -> None:
    """Store the stages of batches of several owners, each stage of all of them before the next.

    ``batches`` have the same stages. Rows of a table keep their order; each partition's rows are
    its own, so nothing here depends on whose come first. Writes of a stage go side by side where
    there is an executor for it; what fails is raised once none is under way any more.
    """
    for stages in zip(*batches, strict=True):
        _store(_joined(stages), writer, side)


def _joined(stages: Sequence[Stage]) -> Stage:
    together = []
    for writes in zip(*stages, strict=True):
        some = [write.columns for write in writes if row_count(write.columns)]
        if some:
            together.append(Write(writes[0].table, joined(some)))
    return together


def _store(stage: Stage, writer: Writer, side: Executor | None) -> None:
    if side is None or len(stage) < 2:
        for write in stage:
            writer.write(*write)
        return
    beside = [side.submit(partial(writer.write, *write)) for write in stage[1:]]
    try:
        writer.write(*stage[0])
    finally:
        wait(beside)
    for one in beside:
        one.result()
