"""Events as rows of numbers, before they are bytes: small, sortable, cut anywhere.

A row says what happened, when it reaches the log, and what its sender meant by it (``Role``): the
ground truth that summaries and tests count. Knows neither how rows are drawn nor how encoded.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

NONE = -1
"""In a column of times, desks or segments: not there."""


class Role(IntEnum):
    """What an event is in truth; those from ``FUTURE`` on must be refused."""

    COMPLETION = 0
    CORRECTION = 1
    COMPLETION_AGAIN = 2  # the same event, delivered twice
    VOTE = 3
    DESK_VOTE = 4  # without interaction
    SECOND_PRESS = 5  # a new event seconds after the first
    VOTE_AGAIN = 6
    UNKNOWN_TICKET = 7  # can match no interaction
    TOO_LATE = 8  # more than two hours after its completion
    FUTURE = 9  # clock ahead by more than five minutes
    NO_JSON = 10
    NO_CONTRACT = 11
    MISROUTED = 12  # under another office's key


ROW = np.dtype(
    [
        ("arrival", "i8"),
        ("role", "i1"),
        ("office", "i4"),
        ("day", "i4"),  # days since 1970, local
        ("ticket", "i4"),
        ("event", "i4"),
        ("desk", "i2"),
        ("service", "i2"),
        ("outcome", "i1"),
        ("segments", "i2"),
        ("arrived", "i8"),  # when the citizen came
        ("started", "i8"),
        ("completed", "i8"),
        ("due", "i8"),
        ("score", "i1"),
        ("reasons", "i2"),
        ("voted", "i8"),
    ]
)
"""Times in milliseconds since 1970; ``arrival`` at the log. ``office`` numbers the offices of the
town, ``desk`` those of the office. Completions leave the last three empty, votes ``service``,
``outcome``, ``segments``, ``started``, ``completed`` and ``due``."""

Rows = NDArray[np.void]


@dataclass(slots=True)
class Truth:
    """How many events of each role were handed out."""

    counts: dict[Role, int] = field(default_factory=lambda: dict.fromkeys(Role, 0))

    def add(self, roles: NDArray[np.int8]) -> None:
        """Count these events."""
        for role, count in enumerate(np.bincount(roles, minlength=len(Role)).tolist()):
            self.counts[Role(role)] += count

    def _sum(self, roles: Iterable[Role]) -> int:
        return sum(self.counts[role] for role in roles)

    @property
    def records(self) -> int:
        """All of them."""
        return sum(self.counts.values())

    @property
    def completions(self) -> int:
        """Interactions that completed, each once."""
        return self.counts[Role.COMPLETION]

    @property
    def votes(self) -> int:
        """Valid vote events, each once, second presses and unmatched ones included."""
        return self._sum(
            (Role.VOTE, Role.DESK_VOTE, Role.SECOND_PRESS, Role.UNKNOWN_TICKET, Role.TOO_LATE)
        )

    @property
    def duplicates(self) -> int:
        """Events delivered a second time, byte for byte."""
        return self._sum((Role.COMPLETION_AGAIN, Role.VOTE_AGAIN))

    @property
    def unmatched(self) -> int:
        """Votes with an interaction that can match none within two hours. Votes without one may
        add to that: whom they rate depends on who was at the desk."""
        return self._sum((Role.UNKNOWN_TICKET, Role.TOO_LATE))

    @property
    def invalid(self) -> dict[str, int]:
        """Records that must end among the dead letters, by reason."""
        return {
            "future": self.counts[Role.FUTURE],
            "json": self.counts[Role.NO_JSON],
            "contract": self.counts[Role.NO_CONTRACT],
            "misrouted": self.counts[Role.MISROUTED],
        }
