"""What is wrong with a cell of a table, and what to do about it."""

from typing import NamedTuple


class Flaw(NamedTuple):
    """``value`` is what the cell holds, ``problem`` goes on after the name of the field, ``remedy``
    says what would mend it."""

    value: str
    problem: str
    remedy: str

    @property
    def raw(self) -> dict[str, str]:
        """What stands in the event instead: no contract accepts it, and operators can read it."""
        return {"unreadable": self.value}
