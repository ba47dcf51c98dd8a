"""Histories: one set of events a seed, and several orders in which it may arrive in a log.

Late, in bursts after an outage, backwards, twice, in any of the texts that mean the same. Knows the
contract of events and the log; it must not know how events are counted.
"""

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Self

from tests.town import DAY, HOUR, MINUTE, SECOND, Event, Town

LATEST = 60 * HOUR
"""The longest way of an event to the log, in an order by time."""

# fmt: off
DELAYS = (
    *[(0, 2 * SECOND)] * 12, *[(0, 3 * MINUTE)] * 6, *[(0, 2 * HOUR)] * 3,
    (0, 26 * HOUR), (DAY, LATEST),
)
"""From least to most, each as likely as the next."""
HORIZONS = (0, 5, 7, 10, 15, 30, 45, 60, 120, 360, 26 * 60)
"""In minutes; most are short, so that much is late."""
# fmt: on


@dataclass(frozen=True, slots=True)
class Record:
    """One record of the log, ``timestamp_ms`` being the time at which the log took it."""

    topic: str
    key: bytes
    value: bytes
    timestamp_ms: int


@dataclass(frozen=True, slots=True)
class History:
    """Records in the order of their arrival, and a horizon to run them with."""

    records: list[Record]
    horizon_ms: int

    def events(self) -> list[Event]:
        """Every record's event, decoded, duplicates too."""
        return [json.loads(record.value) for record in self.records]


@dataclass(frozen=True, slots=True)
class _Copy:
    """One wire form of an event."""

    own_time: int
    record: Record


@dataclass(frozen=True, slots=True)
class _Outage:
    """A time in which one office's completions or votes, or both, did not get through."""

    key: bytes
    topics: tuple[str, ...]
    since: int
    until: int

    @classmethod
    def drawn(cls, rng: random.Random, copies: Sequence[_Copy]) -> Self:
        topics = rng.choice((("completions",), ("votes",), ("completions", "votes")))
        some = rng.choice(copies)
        since = some.own_time - rng.randint(0, HOUR)
        return cls(some.record.key, topics, since, since + rng.randint(HOUR, 40 * HOUR))

    def ends(self, record: Record, arrived_at: int) -> int:
        """When ``record`` arrives that would have arrived at ``arrived_at``."""
        struck = record.key == self.key and record.topic in self.topics
        return self.until if struck and self.since <= arrived_at < self.until else arrived_at


def history(seed: int) -> History:
    """The first of ``orders``: by time, with delays."""
    return orders(seed)[0]


def orders(seed: int) -> list[History]:
    """Three arrivals of one set of events: by time with delays, at random, and backwards.

    Each has every value at least once and duplicates of its own. Record timestamps never go back,
    and no event is later than its record.
    """
    rng = random.Random(seed)
    horizon = rng.choice(HORIZONS) * MINUTE
    copies = [copy for event, own in Town(rng).events() for copy in _copies(rng, event, own)]
    arrivals = (_delayed(rng, copies), _shuffled(rng, copies), _backwards(rng, copies))
    return [History(_stamped(records), horizon) for records in arrivals]


def arriving(rng: random.Random, events: Sequence[tuple[Event, int]]) -> list[Record]:
    """One of the arrivals of ``orders``, of events each with its own time."""
    copies = [copy for event, own in events for copy in _copies(rng, event, own)]
    return _stamped(rng.choice((_delayed, _shuffled, _backwards))(rng, copies))


def told(rng: random.Random, events: Sequence[tuple[Event, int]]) -> list[Record]:
    """One wire form or two of each event, stamped with the event's own time."""
    return [copy.record for event, own in events for copy in _copies(rng, event, own)]


def _delayed(rng: random.Random, copies: Sequence[_Copy]) -> Iterator[tuple[int, _Copy]]:
    """By time of arrival: most after seconds, some after days, duplicates far behind."""
    outages = [_Outage.drawn(rng, copies) for _ in range(rng.choice((0, 1, 2, 4)))]
    arrivals = []
    for number, copy in enumerate(copies):
        low, high = rng.choice(DELAYS)
        sent = [copy.own_time + rng.randint(low, high)]
        if rng.random() < 0.12:
            sent.append(copy.own_time + rng.randint(0, LATEST))
        for moment in sent:
            arrived_at = moment
            for outage in outages:
                arrived_at = outage.ends(copy.record, arrived_at)
            arrivals.append((min(arrived_at, copy.own_time + LATEST), number, copy))
    yield from ((arrived_at, copy) for arrived_at, _, copy in sorted(arrivals, key=lambda a: a[:2]))


def _shuffled(rng: random.Random, copies: Sequence[_Copy]) -> Iterator[tuple[int, _Copy]]:
    more = [*copies, *rng.choices(copies, k=len(copies) // 8)]
    rng.shuffle(more)
    yield from ((copy.own_time, copy) for copy in more)


def _backwards(rng: random.Random, copies: Sequence[_Copy]) -> Iterator[tuple[int, _Copy]]:
    """The latest first, with up to hours of disorder."""
    more = [*copies, *rng.choices(copies, k=len(copies) // 8)]
    disorder = rng.choice((MINUTE, HOUR, 12 * HOUR))
    more.sort(key=lambda copy: copy.own_time + rng.randint(0, disorder), reverse=True)
    yield from ((copy.own_time, copy) for copy in more)


def _stamped(arrivals: Iterator[tuple[int, _Copy]]) -> list[Record]:
    now = 0
    records = []
    for arrived_at, copy in arrivals:
        now = max(now, arrived_at)
        records.append(Record(copy.record.topic, copy.record.key, copy.record.value, now))
    return records


def _copies(rng: random.Random, event: Event, own_time: int) -> Iterator[_Copy]:
    key = f"{event['tenant_id']}/{event['office_id']}".encode()
    topic = "completions" if event["type"] == "completion" else "votes"
    for _ in range(rng.choice((1, 1, 1, 1, 1, 1, 2))):
        yield _Copy(own_time, Record(topic, key, _wire(rng, event), own_time))


def _wire(rng: random.Random, event: Event) -> bytes:
    """One of the many texts of one event."""
    said = {name: value for name, value in event.items() if value is not None}
    for name in ("completed_at", "voted_at", "arrived_at", "started_at", "due_at"):
        if name in said:
            said[name] = _text_of(rng, said[name])
    defaults = (("channel", "counter"), ("outcome", "completed"), ("scale", 5))
    for name, default in (*defaults, ("segments", {}), ("reasons", []), ("test", False)):
        if said.get(name) == default and rng.random() < 0.5:
            del said[name]
    if rng.random() < 0.1:
        said["note"] = {"left": ["out", 1, None]}
    if rng.random() < 0.1:
        said |= {name: None for name, value in event.items() if value is None}
    names = list(said)
    rng.shuffle(names)
    ascii_only, spaces = rng.random() < 0.2, rng.random() < 0.2
    separators = (", ", ": ") if spaces else (",", ":")
    shuffled = {name: said[name] for name in names}
    return json.dumps(shuffled, ensure_ascii=ascii_only, separators=separators).encode()


def _text_of(rng: random.Random, ms: int) -> str:
    """A time in RFC 3339, in some offset, with more or fewer digits."""
    offset = timedelta(minutes=rng.choice((0, 0, 0, 120, 180, -330)))
    moment = datetime.fromtimestamp(ms // SECOND, UTC).astimezone(timezone(offset))
    whole, _, zone = moment.strftime("%Y-%m-%dT%H:%M:%S %z").partition(" ")
    fraction = f".{ms % SECOND:03}"
    if ms % SECOND == 0 and rng.random() < 0.7:
        fraction = ""
    elif rng.random() < 0.2:
        fraction += rng.choice(("9", "000", "999999"))
    utc = "z" if rng.random() < 0.02 else "Z"
    return whole + fraction + (utc if not offset else f"{zone[:3]}:{zone[3:]}")
