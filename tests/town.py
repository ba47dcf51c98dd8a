"""Events of a few offices in a few days, drawn so that they meet.

Times cluster on few desks and minutes and lie exactly on, just before and just after every limit of
the rules; events are corrected, contradicted and told twice. Knows the fields of the contract; it
must not know how events are counted, written or sent.
"""

import random
from datetime import UTC, datetime
from typing import Any

Event = dict[str, Any]

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
EVENTS_AT_LEAST = 200

OFFICES = (
    ("targovishte", "center"),
    ("targovishte", "kiosk"),
    ("popovo", "center"),
    ("плевен", "гише"),
    ("antonovo", "mobile-1"),
)
"""Of five offices two at least meet in one partition, for 2 to 4 partitions."""
OFFICE_WEIGHTS = (8, 3, 4, 2, 1)
DESKS = ("d1", "d2", "каса")
SERVICES = ("s1", "s2", "удостоверение")
CHANNELS = ("counter", "mobile", "phone", "online", "post")
OUTCOMES = ("completed", "refused", "abandoned", "transferred")
SEGMENTS = {"age": ("18-35", "60+"), "lang": ("bg", "tr", "a=b"), "визита": ("първа",)}
REASONS = ("slow", "queue", "неясно", "\uff5e", "\U0001f642")
COMPLETION_IDS = ("c1", "c2", "c9", "c10")
VOTE_IDS = ("v1", "v2", "v9", "v10", "v\uff5e", "v\U0001f642")
"""Few and alike: they are ordered by code point, not as numbers and not as UTF-16."""
MONTHS = ("2024-03-01", "2025-01-01", "2025-04-01", "2025-11-01")

# fmt: off
FROM_HOT = (
    0, 0, 0, -1, 1, -30 * SECOND, 30 * SECOND, 59_999, MINUTE, -10 * MINUTE, 10 * MINUTE,
)
TO_OWN_VOTE = (
    -20 * MINUTE, -10 * MINUTE - 1, -10 * MINUTE, -10 * MINUTE + 1, -5 * MINUTE,
    0, SECOND, 5 * SECOND, 20 * SECOND, 40 * SECOND, MINUTE, 3 * MINUTE, HOUR,
    0, SECOND, 5 * SECOND, 20 * SECOND, 40 * SECOND, MINUTE, 3 * MINUTE, HOUR,
    30 * MINUTE, 30 * MINUTE + 1, 2 * HOUR - 1, 2 * HOUR, 2 * HOUR + 1, DAY, DAY + 1,
)
"""From a completion to a vote that names it; bounds of 30 min and a day are for other settings."""
TO_DESK_VOTE = (
    -30 * SECOND - 1, -30 * SECOND, -30 * SECOND + 1, 0, 10 * SECOND, MINUTE,
    5 * MINUTE, 10 * MINUTE - 1, 10 * MINUTE, 10 * MINUTE + 1, 20 * MINUTE,
)
TO_NEXT_VOTE = (
    0, 1, 10 * SECOND, 30 * SECOND, 59_999, MINUTE, MINUTE + 1, 2 * MINUTE, HOUR,
)
TO_CORRECTION = (
    0, 0, 1, MINUTE, -MINUTE, 5 * MINUTE, 20 * MINUTE, HOUR, -HOUR, 5 * HOUR,
    DAY, -DAY, 2 * DAY, -2 * DAY,
)
TO_CONTRADICTION = (
    0, 0, 0, 1, -1, MINUTE, 5 * MINUTE, -HOUR, DAY,
)
# fmt: on


class Town:
    """Draws events until there are enough; times are int milliseconds until they are written."""

    at_least = EVENTS_AT_LEAST
    has_tests = True

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        # Of their own: a town with tests is else the same as one without.
        self._of_tests = random.Random(str(rng.getstate()))
        self._events: list[tuple[Event, int]] = []
        month = int(datetime.fromisoformat(rng.choice(MONTHS)).replace(tzinfo=UTC).timestamp())
        self._month = month * SECOND
        spots = [rng.randrange(-60, 60) * HOUR + rng.choice((0, 15, 37)) * MINUTE for _ in range(4)]
        self._hot = [self._month, *(self._month + spot for spot in spots)]
        self._tickets = 0

    def events(self) -> list[tuple[Event, int]]:
        """Each event with its own time."""
        while len(self._events) < self.at_least:
            kind = self._rng.random()
            if kind < 0.88:
                self._visit()
            elif kind < 0.94:
                self._desk_vote(self._office(), self._rng.choice(DESKS), self._moment())
            else:
                self._vote_of_a_stranger()
        return self._events

    def _visit(self) -> None:
        """A completion, what becomes of it, and its votes."""
        rng = self._rng
        first = self._completion()
        versions = [self._tell(first)]
        while rng.random() < 0.3:
            versions.append(self._tell(self._corrected(rng.choice(versions))))
        if rng.random() < 0.12:
            self._tell(self._contradicted(rng.choice(versions), "completed_at"))
        if rng.random() < 0.6:
            self._votes_of(self._rated(versions))
        if rng.random() < 0.35:
            rated = self._rated(versions)
            if rng.random() < 0.2:
                self._tell(self._twin(rated))
            at = rated["completed_at"] + rng.choice(TO_DESK_VOTE)
            self._desk_vote(self._place(rated), rated["desk_id"], at)

    def _twin(self, event: Event) -> Event:
        """Another interaction that ended at the same desk at the same time."""
        ids = {name: self._completion()[name] for name in ("interaction_id", "outcome", "event_id")}
        same_id = {"event_id": event["event_id"]} if self._rng.random() < 0.5 else {}
        return event | ids | same_id

    def _rated(self, versions: list[Event]) -> Event:
        """Mostly the version that will count, sometimes one that is wrong by then."""
        latest = max(versions, key=lambda version: (version["completed_at"], version["event_id"]))
        return latest if self._rng.random() < 0.7 else self._rng.choice(versions)

    def _votes_of(self, rated: Event) -> None:
        rng = self._rng
        first = at = rated["completed_at"] + rng.choice(TO_OWN_VOTE)
        ids = rng.sample(VOTE_IDS, k=len(VOTE_IDS))
        for event_id in ids[: rng.choice((1, 1, 1, 2, 2, 3))]:
            desk = rated["desk_id"] if rng.random() < 0.8 else rng.choice(DESKS)
            vote = self._vote(self._place(rated), desk, at) | {"event_id": event_id}
            self._tell(vote | {"interaction_id": rated["interaction_id"]})
            if rng.random() < 0.12:
                self._tell(self._contradicted(self._events[-1][0], "voted_at"))
            if rng.random() < 0.12:
                self._tell(vote)  # the same once more, by a terminal that forgot its interaction
            at = first + rng.choice(TO_NEXT_VOTE)

    def _desk_vote(self, place: tuple[str, str], desk: str, at: int) -> None:
        rng = self._rng
        vote = self._tell(self._vote(place, desk, at))
        if rng.random() < 0.2:
            next_at = at + rng.choice(TO_NEXT_VOTE)
            self._tell(vote | {"event_id": f"{vote['event_id']}b", "voted_at": next_at})
        if rng.random() < 0.2:
            self._tell(self._contradicted(vote, "voted_at"))

    def _vote_of_a_stranger(self) -> None:
        """A vote for an interaction that has no completion, or gets one later by chance."""
        ticket = self._rng.choice((f"A{self._rng.randrange(1, 60)}", f"Z{self._rng.randrange(9)}"))
        vote = self._vote(self._office(), self._rng.choice(DESKS), self._moment())
        self._tell(vote | {"interaction_id": ticket, "event_id": self._rng.choice(VOTE_IDS)})

    def _tell(self, event: Event) -> Event:
        time = "completed_at" if event["type"] == "completion" else "voted_at"
        self._events.append((event, event[time]))
        return event

    def _completion(self) -> Event:
        rng = self._rng
        tenant, office = self._office()
        if rng.random() < 0.8:
            self._tickets += 1
        at = self._moment()
        return {
            "type": "completion",
            "event_id": rng.choice(COMPLETION_IDS),
            "tenant_id": tenant,
            "office_id": office,
            "desk_id": rng.choice(DESKS),
            "service_id": rng.choice(SERVICES),
            "interaction_id": f"A{max(self._tickets, 1)}",
            "channel": rng.choice(CHANNELS),
            "outcome": rng.choice(("completed",) * 5 + OUTCOMES),
            "segments": self._segments(),
            "completed_at": at,
            **self._times(at),
        }

    def _times(self, completed_at: int) -> dict[str, int | None]:
        rng = self._rng
        started = completed_at - rng.choice((0, 1, 999, 1000, 7 * MINUTE + 1, -1, -SECOND))
        arrived = started - rng.choice((0, 1, 999, 1000, 20 * MINUTE + 500, -1, -999, -SECOND))
        due = completed_at + rng.choice((0, 1, -1, DAY, -DAY))
        return {
            "started_at": started if rng.random() < 0.8 else None,
            "arrived_at": arrived if rng.random() < 0.7 else None,
            "due_at": due if rng.random() < 0.4 else None,
        }

    def _corrected(self, event: Event) -> Event:
        """Another completion event of the same interaction."""
        rng = self._rng
        at = event["completed_at"] + rng.choice(TO_CORRECTION)
        others = [name for name in COMPLETION_IDS if name != event["event_id"]]
        changed = {"event_id": rng.choice(others), "completed_at": at}
        return event | changed | self._other_fields()

    def _contradicted(self, event: Event, time: str) -> Event:
        """Other content under the same identity, at the same own time or another."""
        rng = self._rng
        at = event[time] + rng.choice(TO_CONTRADICTION)
        if event["type"] == "completion":
            return event | {time: at} | self._other_fields()
        other = self._vote(self._place(event), event["desk_id"], at)
        kept = {name: event[name] for name in ("event_id", "interaction_id")}
        if self.has_tests and self._of_tests.random() < 0.3:
            # One gateway knew of maintenance, and another did not yet.
            return event | {"test": not event["test"]}
        return other | kept | self._test(0.3)

    def _other_fields(self) -> Event:
        drawn = self._completion()
        movable = (
            "desk_id",
            "service_id",
            "channel",
            "outcome",
            "segments",
            "due_at",
            "started_at",
        )
        return {name: drawn[name] for name in self._rng.sample(movable, k=self._rng.randrange(4))}

    def _vote(self, place: tuple[str, str], desk: str, at: int) -> Event:
        rng = self._rng
        scale = rng.choice((5, 5, 5, 4, 3))
        tenant, office = place
        return {
            "type": "vote",
            "event_id": f"f{rng.randrange(300)}",
            "tenant_id": tenant,
            "office_id": office,
            "desk_id": desk,
            "terminal_id": rng.choice(("p1", "p2")),
            "interaction_id": None,
            "score": rng.randint(1, scale),
            "scale": scale,
            "reasons": rng.sample(REASONS, k=rng.choice((0, 0, 0, 1, 2, 5))),
            "voted_at": at,
            **self._test(0.08),
        }

    def _test(self, share: float) -> Event:
        return {"test": self._of_tests.random() < share} if self.has_tests else {}

    def _segments(self) -> dict[str, str]:
        rng = self._rng
        return {name: rng.choice(values) for name, values in SEGMENTS.items() if rng.random() < 0.4}

    def _moment(self) -> int:
        rng = self._rng
        near = rng.choice((*FROM_HOT, *(rng.randrange(-90, 90) * 10 * SECOND for _ in range(4))))
        return rng.choice(self._hot) + near

    def _office(self) -> tuple[str, str]:
        return self._rng.choices(OFFICES, OFFICE_WEIGHTS)[0]

    def _place(self, event: Event) -> tuple[str, str]:
        return event["tenant_id"], event["office_id"]
