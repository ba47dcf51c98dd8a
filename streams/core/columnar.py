"""Named columns that grow together: the shape of everything that memory holds.

A row is an index into all of them. Knows nothing of what the columns mean.
"""

from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from models.instants import NO_INSTANT

NONE = NO_INSTANT
"""An unknown time."""

Rows = NDArray[np.int64]
"""Row numbers of some table, in no order unless said."""


class Columnar:
    """A table whose subclasses name their columns in ``fields``: name → (dtype, fill value).

    What lies beyond ``size`` is never touched, so the system need not give memory for it.
    """

    fields: ClassVar[dict[str, tuple[Any, Any]]]

    def __init__(self, capacity: int = 1024) -> None:
        self.size = 0
        self._capacity = capacity
        for name, (dtype, _) in self.fields.items():
            setattr(self, name, np.empty(capacity, dtype))

    def extend(self, count: int) -> int:
        """Add ``count`` rows of fill values; the first one's number."""
        first = self.size
        self.size += count
        if self.size > self._capacity:
            self._capacity = max(self.size, 2 * self._capacity)
            for name, (dtype, _) in self.fields.items():
                grown = np.empty(self._capacity, dtype)
                grown[:first] = getattr(self, name)[:first]
                setattr(self, name, grown)
        for name, (_, fill) in self.fields.items():
            getattr(self, name)[first : self.size] = fill
        return first

    def only(self, rows: Rows) -> Self:
        """A table of these rows alone, renumbered in the order given."""
        kept = type(self)(max(1024, 2 * len(rows)))
        kept.size = len(rows)
        for name in self.fields:
            getattr(kept, name)[: len(rows)] = getattr(self, name)[rows]
        return kept
