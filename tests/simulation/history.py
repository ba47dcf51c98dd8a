"""Small histories: a few dozen events at few desks and hours, so that most of them meet.

The rarest mistakes need a correction, a vote at its desk and the border of an hour together; in a
large town they hardly ever meet within one run.
"""

import json
import random
from collections.abc import Iterable

from models.partitioning import partition_of
from tests.histories import HORIZONS, Record, arriving
from tests.list_log import littered
from tests.town import HOUR, MINUTE, OFFICES, SECOND, Event, Town

FROM_HOUR = (-10 * MINUTE, -1, 0, 0, 1, 30 * SECOND, MINUTE, 5 * MINUTE, 10 * MINUTE, 30 * MINUTE)
"""Around the borders of hours: what moves by a minute changes its owner."""


class Hamlet(Town):
    """One or two offices, one or two desks, a few tickets that come again and again."""

    def __init__(self, rng: random.Random, partitions: int) -> None:
        super().__init__(rng)
        self.at_least = rng.choice((6, 8, 10, 12, 16, 24))
        self._places = _offices(rng, partitions)
        self._windows = rng.choice((("d1",), ("d1", "d2")))
        self._tickets_at_most = rng.randint(1, 6)
        border = self._month
        self._hot = [border + rng.randint(-3, 3) * HOUR for _ in range(rng.randint(1, 3))]

    def _moment(self) -> int:
        rng = self._rng
        if rng.random() < 0.1:
            return super()._moment() + rng.randint(-30, 30) * HOUR
        return rng.choice(self._hot) + rng.choice(FROM_HOUR)

    def _office(self) -> tuple[str, str]:
        return self._rng.choice(self._places)

    def _completion(self) -> Event:
        rng = self._rng
        ticket = f"A{rng.randint(1, self._tickets_at_most)}"
        return super()._completion() | {
            "desk_id": rng.choice(self._windows),
            "interaction_id": ticket,
        }


def _offices(rng: random.Random, partitions: int) -> list[tuple[str, str]]:
    """One office or two of each partition that has any, some of them."""
    by_partition: dict[int, list[tuple[str, str]]] = {}
    for office in OFFICES:
        one = partition_of("/".join(office).encode(), partitions)
        by_partition.setdefault(one, []).append(office)
    some = rng.sample(sorted(by_partition), rng.randint(1, min(2, len(by_partition))))
    return [office for one in some for office in by_partition[one][: rng.randint(1, 2)]]


def events_of(records: Iterable[Record]) -> list[Event]:
    """Every record's event, decoded, duplicates too."""
    return [json.loads(record.value) for record in records]


def small_history(rng: random.Random, partitions: int) -> tuple[list[Record], list[Record], int]:
    """The records of a run's events, the same with litter between them, and a horizon in ms."""
    records = arriving(rng, Hamlet(rng, partitions).events())
    return records, littered(rng, records), rng.choice(HORIZONS) * MINUTE
