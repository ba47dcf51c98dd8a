"""Positions of a group on Kafka: the owner's epoch stands in the metadata of each commit."""

import re

from streams.shell.batches import Position

_EPOCH = re.compile(r"epoch ([0-9]{1,8})")


def position_metadata(epoch: int) -> str:
    """What is committed beside an offset."""
    return f"epoch {epoch}"


def position(offset: int, metadata: str | None) -> Position:
    """A committed position. Whoever else moved it left no epoch: 0, and the store knows better."""
    found = _EPOCH.fullmatch(metadata or "")
    return Position(offset if offset >= 0 else None, int(found[1]) if found else 0)
