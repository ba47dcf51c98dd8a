"""What must be stored for a set of events, by brute force from the rules of counting.

Slow and plain on purpose: no state, no order, no windows kept, nothing shared with the code under
test but the names of its columns. It must not know ``streams``, ``sinks`` or the project's codec.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from models.tables import COUNTERS

Row = dict[str, Any]
Event = dict[str, Any]
InteractionId = tuple[str, str, int]
"""tenant, office, interaction key."""
VoteId = tuple[str, str, int, str, str]
"""tenant, office, interaction key or 0, desk where there is no interaction or '', event."""
WindowId = tuple[str, str, str, str, int, int]
"""tenant, office, scope, key, seconds, start in ms."""

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
EARLIEST_EXACT = 10 * MINUTE  # a vote may come this long before the completion it names
DESK_BACK = 10 * MINUTE  # a vote without interaction rates a completion up to this long before it
DESK_AHEAD = 30 * SECOND  # ... or this long after it
CORRECTION_PERIOD = 60 * SECOND
WINDOW_SECONDS = (60, 900, 3600)
FACES = {3: (1, 3, 5), 4: (1, 2, 4, 5), 5: (1, 2, 3, 4, 5)}
"""Which of v1…v5 the scores 1, 2, … of a scale fill."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass
class Expected:
    """The rows that must be stored, without ``revision``, ``deleted`` and ``former``."""

    interactions: dict[InteractionId, Row] = field(default_factory=dict)
    votes: dict[VoteId, Row] = field(default_factory=dict)
    windows: dict[WindowId, dict[str, int]] = field(default_factory=dict)


def two_hours(channel: str, completed_at_ms: int) -> int:  # noqa: ARG001 (the default for all)
    """The join window where none is set, in milliseconds."""
    return 2 * HOUR


def instant(text: str | None) -> int | None:
    """Milliseconds since 1970 of an RFC 3339 time, cut (not rounded) to the millisecond."""
    if text is None:
        return None
    return (datetime.fromisoformat(text.upper()) - _EPOCH) // timedelta(milliseconds=1)


def normalised(event: Event) -> Event:
    """The fields of the contract alone: defaults filled in, times in ms, nothing said is None."""
    whole = {name: event.get(name) for name in ("event_id", "tenant_id", "office_id", "desk_id")}
    whole |= {"type": event["type"], "interaction_id": event.get("interaction_id")}
    if event["type"] == "completion":
        whole |= {
            "service_id": event["service_id"],
            "channel": event.get("channel") or "counter",
            "outcome": event.get("outcome") or "completed",
            "segments": event.get("segments") or None,
        }
        times = ("arrived_at", "started_at", "completed_at", "due_at")
        return whole | {name: instant(event.get(name)) for name in times}
    return whole | {
        "terminal_id": event["terminal_id"],
        "score": event["score"],
        "scale": event.get("scale") or 5,
        "reasons": event.get("reasons") or None,
        "test": event.get("test") or False,
        "voted_at": instant(event["voted_at"]),
    }


def content(event: Event) -> str:
    """The text by which two contents under one id are compared."""
    return json.dumps(event, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def expected(
    events: Iterable[Event],
    keys: Callable[[str, str, str], int],
    join_window_ms: Callable[[str, int], int] = two_hours,
) -> Expected:
    """The rows for a set of valid events, given as decoded JSON objects.

    ``keys`` makes an interaction's key of tenant, office and interaction id; ``join_window_ms``
    says how long after ``completed_at`` a vote still counts, by channel and ``completed_at``.
    """
    whole = [normalised(event) for event in events]
    completions = _counting_completions([e for e in whole if e["type"] == "completion"], keys)
    votes = _counting_versions([e for e in whole if e["type"] == "vote"], keys)
    rated = {name: _match(name, vote, completions, join_window_ms) for name, vote in votes.items()}
    kinds = _settle(votes, rated)
    result = Expected()
    for name, vote in votes.items():
        result.votes[name] = _vote_row(name, vote, rated[name], kinds[name])
    counted = {rated[name]: name for name in votes if kinds[name] == "counted"}
    for place, completion in completions.items():
        vote_name = counted.get(place)
        row = _interaction_row(place, completion, result.votes[vote_name] if vote_name else None)
        result.interactions[place] = row
    result.windows = _windows(result.interactions.values())
    return result


def _counting_completions(
    events: list[Event], keys: Callable[[str, str, str], int]
) -> dict[InteractionId, Event]:
    """Rule 2: of an interaction's completions the greatest (completed_at, event_id, content)."""
    of: dict[InteractionId, list[Event]] = defaultdict(list)
    for event in events:
        tenant, office = event["tenant_id"], event["office_id"]
        of[tenant, office, keys(tenant, office, event["interaction_id"])].append(event)
    return {
        name: max(group, key=lambda e: (e["completed_at"], e["event_id"], content(e)))
        for name, group in of.items()
    }


def _counting_versions(
    events: list[Event], keys: Callable[[str, str, str], int]
) -> dict[VoteId, Event]:
    """Rule 1: of what came under one vote's identity the greatest (voted_at, content)."""
    of: dict[VoteId, list[Event]] = defaultdict(list)
    for event in events:
        tenant, office, desk = event["tenant_id"], event["office_id"], event["desk_id"]
        interaction = event["interaction_id"]
        key, desk = (keys(tenant, office, interaction), "") if interaction else (0, desk)
        of[tenant, office, key, desk, event["event_id"]].append(event)
    return {
        name: max(group, key=lambda e: (e["voted_at"], content(e))) for name, group in of.items()
    }


def _match(
    name: VoteId,
    vote: Event,
    completions: dict[InteractionId, Event],
    join_window_ms: Callable[[str, int], int],
) -> InteractionId | None:
    """Rule 3: the interaction that a vote rates, or none. A test rates none."""
    if vote["test"]:
        return None
    tenant, office, key, desk, _ = name
    voted_at = vote["voted_at"]
    if key:
        completion = completions.get((tenant, office, key))
        if completion is None:
            return None
        completed_at = completion["completed_at"]
        last = completed_at + join_window_ms(completion["channel"], completed_at)
        return (tenant, office, key) if completed_at - EARLIEST_EXACT <= voted_at <= last else None
    candidates = [
        (completion["completed_at"], completion["event_id"], place[2])
        for place, completion in completions.items()
        if place[:2] == (tenant, office)
        and completion["desk_id"] == desk
        and completion["outcome"] != "abandoned"
        and voted_at - DESK_BACK <= completion["completed_at"] <= voted_at + DESK_AHEAD
    ]
    return (tenant, office, max(candidates)[2]) if candidates else None


def _settle(
    votes: dict[VoteId, Event], rated: dict[VoteId, InteractionId | None]
) -> dict[VoteId, str]:
    """Rule 4: which of the votes that rate one interaction counts, and what the others are."""
    kinds = {name: "test" if vote["test"] else "unmatched" for name, vote in votes.items()}
    matching: dict[InteractionId, list[VoteId]] = defaultdict(list)
    for name, place in rated.items():
        if place:
            matching[place].append(name)
    for names in matching.values():
        names.sort(key=lambda n: (votes[n]["voted_at"], votes[n]["event_id"], n[2] == 0))
        end = votes[names[0]]["voted_at"] + CORRECTION_PERIOD
        in_period = [name for name in names if votes[name]["voted_at"] <= end]
        for name in names:
            kinds[name] = "corrected" if name in in_period else "repeat"
        kinds[in_period[-1]] = "counted"
    return kinds


def _vote_row(name: VoteId, vote: Event, place: InteractionId | None, kind: str) -> Row:
    copied = ("tenant_id", "office_id", "desk_id", "terminal_id", "event_id", "score", "scale")
    return {column: vote[column] for column in copied} | {
        "interaction_key": name[2],
        "reasons": vote["reasons"] or [],
        "voted_at": vote["voted_at"],
        "rated_key": place[2] if place else 0,
        "match": ("exact" if name[2] else "desk") if place else "",
        "kind": kind,
    }


def _interaction_row(place: InteractionId, completion: Event, vote: Row | None) -> Row:
    copied = ("tenant_id", "office_id", "desk_id", "service_id", "channel", "outcome", "event_id")
    times = ("completed_at", "arrived_at", "started_at", "due_at")
    due_at = completion["due_at"]
    return {column: completion[column] for column in (*copied, *times)} | {
        "interaction_key": place[2],
        "segments": completion["segments"] or {},
        "wait_seconds": _whole_seconds(completion["arrived_at"], completion["started_at"]),
        "service_seconds": _whole_seconds(completion["started_at"], completion["completed_at"]),
        "overdue": None if due_at is None else int(completion["completed_at"] > due_at),
        "score": vote["score"] if vote else None,
        "scale": vote["scale"] if vote else None,
        "reasons": vote["reasons"] if vote else [],
        "voted_at": vote["voted_at"] if vote else None,
        "vote_event_id": vote["event_id"] if vote else "",
        "match": vote["match"] if vote else "",
    }


def _whole_seconds(since: int | None, until: int | None) -> int | None:
    """Rule 6: rounded down; unknown where an end is missing or the duration negative."""
    if since is None or until is None or until < since:
        return None
    return (until - since) // SECOND


def points(score: int, scale: int) -> int:
    """0 … 10000, rounded to the nearest whole (no scale of 3, 4 or 5 comes to a half)."""
    return int(10_000 * (score - 1) / (scale - 1) + 0.5)


def scopes(
    desk: str, service: str, channel: str, segments: dict[str, str]
) -> list[tuple[str, str]]:
    """Rule 6: the (scope, key) pairs in which an interaction of this place counts."""
    own = [("office", ""), ("desk", desk), ("service", service), ("channel", channel)]
    return own + [("segment", f"{dimension}={value}") for dimension, value in segments.items()]


def counts(row: Row) -> Counter[str]:
    """Rule 6: what one interaction adds to each of its windows."""
    one = Counter(completions=1)
    if row["outcome"] != "completed":
        one[row["outcome"]] = 1
    if row["score"] is not None:
        worth = points(row["score"], row["scale"])
        face = FACES[row["scale"]][row["score"] - 1]
        one.update({"votes": 1, f"v{face}": 1, "points": worth, "points_squared": worth**2})
    if row["overdue"] is not None:
        one.update(due_known=1, overdue=row["overdue"])
    if row["wait_seconds"] is not None:
        one.update(wait_known=1, wait_seconds=row["wait_seconds"])
    return one


def _windows(interactions: Iterable[Row]) -> dict[WindowId, dict[str, int]]:
    """Rules 5 and 6: sums of whole interactions by the window of ``completed_at``."""
    sums: dict[WindowId, dict[str, int]] = {}
    for row in interactions:
        one = counts(row)
        for scope, key in scopes(
            row["desk_id"], row["service_id"], row["channel"], row["segments"]
        ):
            for seconds in WINDOW_SECONDS:
                start = row["completed_at"] // (seconds * SECOND) * (seconds * SECOND)
                name = (row["tenant_id"], row["office_id"], scope, key, seconds, start)
                window = sums.setdefault(name, dict.fromkeys(COUNTERS, 0))
                for counter, amount in one.items():
                    window[counter] += amount
    return sums
