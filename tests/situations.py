"""How often each situation that the rules speak of occurs in a history.

Holds the proof that generated histories test what they are meant to: a situation that never occurs
is tested by nothing. Reads events and the oracle's rows.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import combinations

from tests.histories import History
from tests.oracle import (
    CORRECTION_PERIOD,
    DESK_AHEAD,
    DESK_BACK,
    EARLIEST_EXACT,
    HOUR,
    MINUTE,
    Event,
    Expected,
    Row,
    content,
    expected,
    instant,
    normalised,
    two_hours,
)

MOVABLE = ("desk_id", "service_id", "channel", "outcome", "segments", "due_at", "started_at")


def key_of(tenant_id: str, office_id: str, interaction_id: str) -> int:
    """A key for tests alone: 64 bits of a hash."""
    text = "\0".join((tenant_id, office_id, interaction_id)).encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "big")


def situations(history: History) -> Counter[str]:
    """Situation → how often it occurs in ``history``, in its order of arrival."""
    events = [normalised(event) for event in history.events()]
    wanted = expected(history.events(), key_of)
    return Counter(
        [
            *_arrivals(history, events),
            *_contents(events),
            *_corrections(events),
            *_limits(events, wanted),
            *_desks(events),
            *_settled(wanted),
            *_matches_in_time(events, wanted),
            *_rows(wanted),
        ]
    )


def _own_time(event: Event) -> int:
    time = event["completed_at" if event["type"] == "completion" else "voted_at"]
    assert isinstance(time, int)
    return time


def _office(event: Event) -> tuple[str, str]:
    return event["tenant_id"], event["office_id"]


def _identity(event: Event) -> tuple[str, ...]:
    desk = event["desk_id"] if event["interaction_id"] is None else ""
    return (event["type"], *_office(event), event["interaction_id"] or "", desk, event["event_id"])


def _month(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m")


def _arrivals(history: History, events: list[Event]) -> Iterator[str]:
    seen: set[str] = set()
    values: set[bytes] = set()
    greatest = {"completion": 0, "vote": 0}
    for record, event in zip(history.records, events, strict=True):
        text, own = content(event), _own_time(event)
        behind = min(greatest.values()) - own
        beyond = behind > history.horizon_ms + HOUR
        if text in seen:
            yield "duplicate beyond the horizon" if beyond else "duplicate within the horizon"
            if record.value not in values:
                yield "duplicate in another text"
        elif beyond:
            yield f"{event['type']} late beyond the horizon"
        if record.timestamp_ms - own > 26 * HOUR:
            yield "more than 26 h on its way"
        seen.add(text)
        values.add(record.value)
        greatest[event["type"]] = max(greatest[event["type"]], own)


def _contents(events: list[Event]) -> Iterator[str]:
    """Different contents under one identity; one id in several identities."""
    distinct = {content(event): event for event in events}
    under: dict[tuple[str, ...], list[Event]] = defaultdict(list)
    twins: dict[tuple[str, ...], set[bool]] = defaultdict(set)
    places: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for event in distinct.values():
        under[_identity(event)].append(event)
        named = event["interaction_id"] is not None
        twins[(*_office(event), event["desk_id"], event["event_id"])].add(named)
        if event["type"] == "completion":
            places[event["interaction_id"]].add(_office(event))
    for (kind, *_), contents in under.items():
        for one, other in combinations(contents, 2):
            same = _own_time(one) == _own_time(other)
            yield f"two contents of one {kind}, {'same' if same else 'other'} own time"
            if kind == "vote":
                yield from _tests_among(one, other)
    for both in twins.values():
        if len(both) == 2:
            yield "one event id with and without interaction"
    for offices in places.values():
        if len(offices) > 1:
            yield "one interaction id in two offices"


def _tests_among(one: Event, other: Event) -> Iterator[str]:
    if one["test"] != other["test"]:
        same = _own_time(one) == _own_time(other)
        yield f"a vote and a test in one, {'same' if same else 'other'} own time"
        if content(one | {"test": None}) == content(other | {"test": None}):
            yield "a vote and a test that are else the same"


def _corrections(events: list[Event]) -> Iterator[str]:
    first_seen: dict[tuple[str, ...], list[Event]] = defaultdict(list)
    for event in events:
        if event["type"] == "completion":
            versions = first_seen[(*_office(event), event["interaction_id"])]
            if event not in versions:
                versions.append(event)
    for versions in first_seen.values():
        if len(versions) > 2:
            yield "several corrections"
        for earlier, later in combinations(versions, 2):
            yield from _moves(earlier, later)


def _moves(earlier: Event, later: Event) -> Iterator[str]:
    old, new = earlier["completed_at"], later["completed_at"]
    if (new, later["event_id"]) < (old, earlier["event_id"]):
        yield "correction comes before what it corrects"
    yield from (f"correction of {name}" for name in MOVABLE if earlier[name] != later[name])
    if old == new:
        yield "correction at the same time"
    elif old // HOUR == new // HOUR:
        yield "correction within the hour"
    else:
        yield "correction to another hour"
    if _month(old) != _month(new):
        yield "correction to another month"


def _limits(events: list[Event], wanted: Expected) -> Iterator[str]:
    """Votes with an interaction, on and beside the bounds of its join window."""
    for (tenant, office, key, _, _), vote in wanted.votes.items():
        completion = wanted.interactions.get((tenant, office, key))
        if completion is None:
            continue
        away = vote["voted_at"] - completion["completed_at"]
        last = two_hours(completion["channel"], completion["completed_at"])
        if away < 0 and vote["match"] == "exact":
            yield "vote before its completion"
        yield from _beside("earliest exact vote", away, -EARLIEST_EXACT)
        yield from _beside("latest exact vote", away, last)
        if _month(vote["voted_at"]) != _month(completion["completed_at"]):
            yield "vote in another month than its completion"
    for event in events:
        if event["type"] == "completion":
            yield from _beside("hour", event["completed_at"] % HOUR, 0)
            yield from _beside("hour", event["completed_at"] % HOUR, HOUR)


def _beside(what: str, value: int, bound: int) -> Iterator[str]:
    if -1 <= value - bound <= 1:
        yield f"{what}: {('1 ms before', 'exactly', '1 ms after')[value - bound + 1]}"


def _desks(events: list[Event]) -> Iterator[str]:
    """Votes without interaction, and the completions about their desk and time."""
    completions, votes = _counting(events)
    for vote in votes:
        near = [
            (vote["voted_at"] - c["completed_at"], c)
            for c in completions
            if _office(c) == _office(vote) and c["desk_id"] == vote["desk_id"]
        ]
        for away, _ in near:
            yield from _beside("earliest desk vote", away, -DESK_AHEAD)
            yield from _beside("latest desk vote", away, DESK_BACK)
        inside = [c for away, c in near if -DESK_AHEAD <= away <= DESK_BACK]
        if any(c["outcome"] == "abandoned" for c in inside):
            yield "desk vote near an abandoned completion"
        able = [c for c in inside if c["outcome"] != "abandoned"]
        if len(able) > 1:
            yield "desk vote with several completions in reach"
            able.sort(key=lambda c: (c["completed_at"], c["event_id"]))
            one, other = able[-2:]
            if one["completed_at"] == other["completed_at"]:
                same = one["event_id"] == other["event_id"]
                yield f"desk vote decided by {'interaction key' if same else 'event id'}"


def _counting(events: list[Event]) -> tuple[list[Event], list[Event]]:
    """The completions that count, and votes without interaction."""
    best: dict[tuple[str, ...], Event] = {}
    votes = {}
    for event in events:
        if event["type"] == "completion":
            name = (*_office(event), event["interaction_id"])
            rank = (event["completed_at"], event["event_id"], content(event))
            was = best.get(name)
            if was is None or rank > (was["completed_at"], was["event_id"], content(was)):
                best[name] = event
        elif event["interaction_id"] is None:
            votes[content(event)] = event
    return list(best.values()), list(votes.values())


def _settled(wanted: Expected) -> Iterator[str]:
    of: dict[tuple[str, str, int], list[Row]] = defaultdict(list)
    for vote in wanted.votes.values():
        yield f"{vote['kind']} {vote['match'] or 'vote'}"
        if vote["kind"] == "test":
            yield f"test {'with' if vote['interaction_key'] else 'without'} interaction"
        if vote["rated_key"]:
            of[vote["tenant_id"], vote["office_id"], vote["rated_key"]].append(vote)
    for votes in of.values():
        votes.sort(key=lambda v: (v["voted_at"], v["event_id"], v["match"] == "desk"))
        for vote in votes[1:]:
            away = vote["voted_at"] - votes[0]["voted_at"]
            yield from _beside("correction period", away, CORRECTION_PERIOD)
        for one, other in combinations(votes, 2):
            if one["voted_at"] == other["voted_at"]:
                same = one["event_id"] == other["event_id"]
                yield f"two votes at one time, {'exact before desk' if same else 'by event id'}"
        if len({vote["match"] for vote in votes}) == 2:
            yield "exact and desk votes for one interaction"


def _matches_in_time(events: list[Event], wanted: Expected) -> Iterator[str]:
    """Votes that found or lost their completion as events came in."""
    final = {name: row["rated_key"] for name, row in wanted.votes.items()}
    halfway = expected(_raw(events[: len(events) // 2]), key_of)
    for name, row in halfway.votes.items():
        was, now = row["rated_key"], final[name]
        if was != now:
            yield f"vote {'re-matched' if was and now else 'matched later' if now else 'lost'}"


def _raw(events: list[Event]) -> Iterator[Event]:
    times = ("completed_at", "voted_at", "arrived_at", "started_at", "due_at")
    for event in events:
        said = {name: value for name, value in event.items() if value is not None}
        for name in times:
            if name in said:
                moment = datetime.fromtimestamp(said[name] // 1000, UTC)
                text = f"{moment:%Y-%m-%dT%H:%M:%S}.{said[name] % 1000:03}Z"
                assert instant(text) == said[name]
                said[name] = text
        yield said


def _rows(wanted: Expected) -> Iterator[str]:
    for row in wanted.interactions.values():
        yield f"outcome {row['outcome']}"
        yield f"channel {row['channel']}"
        yield f"{len(row['segments'])} segments"
        if row["scale"]:
            yield f"score {row['score']} of {row['scale']}"
            if row["outcome"] != "completed":
                yield f"counted vote on {row['outcome']}"
        if row["arrived_at"] is not None and row["started_at"] is not None:
            yield "wait unknown: negative" if row["wait_seconds"] is None else "wait known"
        if row["due_at"] is not None:
            overdue = "overdue" if row["overdue"] else "in time"
            yield "due to the millisecond" if row["due_at"] == row["completed_at"] else overdue
    starts = {row["completed_at"] // MINUTE for row in wanted.interactions.values()}
    if len({start // (24 * 60) for start in starts}) > 2:
        yield "more than two days"
    if len({_month(start * MINUTE) for start in starts}) > 1:
        yield "two months"
