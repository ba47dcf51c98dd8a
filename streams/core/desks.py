"""Interactions and votes without an interaction by desk and time.

Only desks that have votes without an interaction are kept here: where every terminal knows the
ticket, this index stays empty and costs nothing. Entries are by slots of ten minutes, so a
look-up returns a superset and the caller compares exact times.
"""

from collections.abc import Iterable

SLOT_MS = 600_000
_SLOT_BITS = 24  # slots until the year 2100 need 23


def _slot(desk: int, time: int) -> int:
    return desk << _SLOT_BITS | time // SLOT_MS


class SlotIndex:
    """Row numbers by desk and slot of time."""

    def __init__(self) -> None:
        self._slots: dict[int, list[int]] = {}

    def add(self, row: int, desk: int, time: int) -> None:
        """Enter a row."""
        rows = self._slots.setdefault(_slot(desk, time), [])
        if row not in rows:
            rows.append(row)

    def find(self, desk: int, since: int, until: int) -> list[int]:
        """Rows whose time may lie between two times, both included; a row may come twice."""
        slots = self._slots
        found: list[int] = []
        for slot in range(_slot(desk, since), _slot(desk, until) + 1):
            if slot in slots:
                found += slots[slot]
        return found


class Desks:
    """What lies near what, at the desks where it matters.

    What moves stays entered where it was too: look-ups compare present desks and times.
    """

    def __init__(self) -> None:
        self.with_votes: set[int] = set()
        self.interactions = SlotIndex()
        self.votes = SlotIndex()

    def open(self, desk: int, interactions: Iterable[tuple[int, int]]) -> None:
        """Begin to index a desk, with the (row, completed_at) that memory holds of it."""
        self.with_votes.add(desk)
        for row, completed_at in interactions:
            self.interactions.add(row, desk, completed_at)
