"""What is too much at once, in portions of bounded size."""

from collections.abc import Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")


def portions(sized: Iterable[tuple[T, int]], most: int) -> Iterator[list[T]]:
    """Neighbours together as long as their sizes add up to ``most``; a larger one stands alone."""
    some: list[T] = []
    held = 0
    for item, size in sized:
        if some and held + size > most:
            yield some
            some, held = [], 0
        some.append(item)
        held += size
    if some:
        yield some
