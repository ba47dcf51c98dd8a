"""What the right answer is, plainly, and where another one differs from it."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from models.events import CompletionEvent, Event

MINUTE_MS = 60_000


class Window(NamedTuple):
    """One minute of a desk, a service or an age band; ``start`` in seconds since 1970."""

    scope: str
    key: str
    start: int


class Counts(NamedTuple):
    """``points`` are 0 to 10,000 a vote."""

    completions: int
    votes: int
    points: int


Rows = Mapping[Window, Counts]


class Oracle:
    """Counts events one by one, in whatever order they come."""

    def __init__(self) -> None:
        self._places: dict[str, tuple[Window, ...]] = {}
        self._scores: list[tuple[str, int]] = []
        self.events = 0

    def take(self, event: Event) -> None:
        """Note one event."""
        self.events += 1
        if not isinstance(event, CompletionEvent):
            assert event.interaction_id is not None
            self._scores.append((event.interaction_id, event.score))
            return
        start = event.completed_at // MINUTE_MS * 60
        assert event.segments is not None
        self._places[event.interaction_id] = (
            Window("desk", event.desk_id, start),
            Window("service", event.service_id, start),
            Window("segment", event.segments["age_band"], start),
        )

    def rows(self) -> dict[Window, Counts]:
        """Every window in which something was completed."""
        sums: dict[Window, list[int]] = {}
        for windows in self._places.values():
            for window in windows:
                sums.setdefault(window, [0, 0, 0])[0] += 1
        for interaction_id, score in self._scores:
            for window in self._places[interaction_id]:
                sums[window][1] += 1
                sums[window][2] += (score - 1) * 2_500
        return {window: Counts(*counts) for window, counts in sums.items()}


def expected(events: Iterable[Event]) -> dict[Window, Counts]:
    """The right rows of some events."""
    oracle = Oracle()
    for event in events:
        oracle.take(event)
    return oracle.rows()


class Difference(NamedTuple):
    """How many rows are missing, too many, or wrong, and one of them."""

    missing: int
    extra: int
    wrong: int
    example: str

    def __bool__(self) -> bool:
        return bool(self.missing or self.extra or self.wrong)

    def __str__(self) -> str:
        if not self:
            return "equal"
        found = f"{self.missing} rows missing, {self.extra} too many, {self.wrong} wrong"
        return f"{found}: {self.example}"


def difference(found: Rows, right: Rows) -> Difference:
    """What in ``found`` is not as in ``right``; false where nothing is."""
    missing, extra = right.keys() - found.keys(), found.keys() - right.keys()
    wrong = {window for window in right.keys() & found.keys() if right[window] != found[window]}
    example = ""
    if missing or extra or wrong:
        window = min(missing | extra | wrong)
        example = f"{window}: {found.get(window)} in place of {right.get(window)}"
    return Difference(len(missing), len(extra), len(wrong), example)
