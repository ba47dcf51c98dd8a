"""The limits of the contract of events, for every codec the same."""

from collections.abc import Collection
from typing import Literal, TypeGuard, get_args

BODY_BYTES_AT_MOST = 16 * 1024
DEPTH_AT_MOST = 64
"""How deep objects and lists may nest, in fields that nobody reads too."""

ID_LENGTH_AT_MOST = 64
SEGMENTS_AT_MOST = 8
REASONS_AT_MOST = 5
DESKS_AT_MOST = 64
"""Of one terminal."""
Channel = Literal["counter", "mobile", "phone", "online", "post"]
Outcome = Literal["completed", "refused", "abandoned", "transferred"]
Scale = Literal[3, 4, 5]
CHANNELS: tuple[Channel, ...] = get_args(Channel)
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
SCALES: tuple[Scale, ...] = get_args(Scale)


_ID_LENGTHS = set(range(1, ID_LENGTH_AT_MOST + 1))


def is_id(text: object) -> TypeGuard[str]:
    """Whether ``text`` is a text of 1 to 64 printable characters without blanks."""
    # Of all blanks only U+0020 counts as printable.
    return type(text) is str and 0 < len(text) <= 64 and text.isprintable() and " " not in text


def are_ids(texts: Collection[str]) -> bool:
    """Whether each of ``texts`` is an id: ``is_id`` of many, at once."""
    together = "".join(texts)
    lengths = set(map(len, texts))
    return lengths <= _ID_LENGTHS and together.isprintable() and " " not in together
