"""What screens ask a store with; they know no store."""

from collections.abc import Callable, Mapping
from typing import Any

Query = Callable[[str, Mapping[str, object]], list[dict[str, Any]]]
"""Rows of a SELECT with ``{name:Type}`` parameters. Blocks."""
