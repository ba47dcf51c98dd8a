"""The stored tables: which columns each has, and of what kind.

The SQL of the migrations must agree (a test holds them together); the core fills these columns and
a store writes them, so neither needs to know the other.
"""

from enum import StrEnum


class Kind(StrEnum):
    """What a column holds, whatever the store makes of it."""

    WORD = "text of few different values"
    TEXT = "text"
    BYTES = "bytes, whatever they are"
    KEY = "unsigned 64 bit number"
    NUMBER = "signed 64 bit number"
    FLAG = "0 or 1"
    SMALL_OR_NULL = "unsigned 8 bit number or null"
    SECONDS_OR_NULL = "whole seconds or null"
    INSTANT = "milliseconds since 1970"
    INSTANT_OR_NULL = "milliseconds since 1970 or null"
    SECOND = "milliseconds since 1970, whole seconds"
    PAIRS = "mapping from text to text"
    WORDS = "list of texts"
    INSTANTS = "list of milliseconds since 1970"
    PLACES = "list of (completed_at, desk_id, service_id, channel, segments)"
    REAL = "64 bit floating point number"
    DAY = "days since 1970"


INTERACTIONS: dict[str, Kind] = {
    "tenant_id": Kind.WORD,
    "office_id": Kind.WORD,
    "interaction_key": Kind.KEY,
    "desk_id": Kind.WORD,
    "service_id": Kind.WORD,
    "channel": Kind.WORD,
    "outcome": Kind.WORD,
    "segments": Kind.PAIRS,
    "event_id": Kind.TEXT,
    "completed_at": Kind.INSTANT,
    "arrived_at": Kind.INSTANT_OR_NULL,
    "started_at": Kind.INSTANT_OR_NULL,
    "due_at": Kind.INSTANT_OR_NULL,
    "wait_seconds": Kind.SECONDS_OR_NULL,
    "service_seconds": Kind.SECONDS_OR_NULL,
    "overdue": Kind.SMALL_OR_NULL,
    "score": Kind.SMALL_OR_NULL,
    "scale": Kind.SMALL_OR_NULL,
    "reasons": Kind.WORDS,
    "voted_at": Kind.INSTANT_OR_NULL,
    "vote_event_id": Kind.TEXT,
    "match": Kind.WORD,
    "former": Kind.PLACES,
    "revision": Kind.KEY,
    "deleted": Kind.FLAG,
}
"""One row an interaction that has a completion, with its counted vote or none (``match`` is
``exact``, ``desk`` or empty). ``former``: every other place that it ever had."""

VOTES: dict[str, Kind] = {
    "tenant_id": Kind.WORD,
    "office_id": Kind.WORD,
    "desk_id": Kind.WORD,
    "terminal_id": Kind.WORD,
    "interaction_key": Kind.KEY,
    "event_id": Kind.TEXT,
    "score": Kind.SMALL_OR_NULL,
    "scale": Kind.SMALL_OR_NULL,
    "reasons": Kind.WORDS,
    "voted_at": Kind.INSTANT,
    "rated_key": Kind.KEY,
    "match": Kind.WORD,
    "kind": Kind.WORD,
    "former": Kind.INSTANTS,
    "revision": Kind.KEY,
    "deleted": Kind.FLAG,
}
"""One row a vote event. ``interaction_key`` 0: sent without one; ``rated_key`` 0: rates none now.
``kind`` is ``counted``, ``corrected``, ``repeat``, ``unmatched`` or ``test``, and that alone says
which vote is a test. ``former``: other ``voted_at`` that it ever had."""

COUNTERS = (
    "completions",
    "votes",
    "v1",
    "v2",
    "v3",
    "v4",
    "v5",
    "points",
    "points_squared",
    "refused",
    "abandoned",
    "transferred",
    "overdue",
    "due_known",
    "wait_seconds",
    "wait_known",
)
"""What a window counts, in the order of the core's matrix of sums."""

WINDOW_METRICS: dict[str, Kind] = {
    "tenant_id": Kind.WORD,
    "office_id": Kind.WORD,
    "scope": Kind.WORD,
    "key": Kind.WORD,
    "window_seconds": Kind.NUMBER,
    "window_start": Kind.SECOND,
    **dict.fromkeys(COUNTERS, Kind.NUMBER),
    "revision": Kind.KEY,
}
"""One row a (tenant, office, scope, key, window); ``key`` is empty for the scope ``office``."""

DIRTY_HOURS: dict[str, Kind] = {
    "tenant_id": Kind.WORD,
    "office_id": Kind.WORD,
    "hour": Kind.SECOND,
    "partition": Kind.NUMBER,
    "dirty": Kind.FLAG,
    "revision": Kind.KEY,
}
"""Hours whose windows must be recomputed from the stored facts."""

PROGRESS: dict[str, Kind] = {
    "topic": Kind.WORD,
    "partition": Kind.NUMBER,
    "partitions": Kind.NUMBER,
    "log_id": Kind.TEXT,
    "offset": Kind.NUMBER,
    "epoch": Kind.NUMBER,
    "revision": Kind.KEY,
}
"""How far the stored facts go in the log: ``offset`` is the next one to read."""

DEAD_LETTERS: dict[str, Kind] = {
    "log_id": Kind.TEXT,
    "topic": Kind.WORD,
    "partition": Kind.NUMBER,
    "offset": Kind.NUMBER,
    "recorded_at": Kind.INSTANT,
    "reason": Kind.WORD,
    "field": Kind.WORD,
    "problem": Kind.TEXT,
    "raw_key": Kind.BYTES,
    "raw": Kind.BYTES,
    "revision": Kind.KEY,
}
"""Records that are no events. ``recorded_at`` is the record's timestamp."""

BASELINES: dict[str, Kind] = {
    "tenant_id": Kind.WORD,
    "office_id": Kind.WORD,
    "valid_from": Kind.DAY,
    "factor": Kind.WORD,
    "desk_id": Kind.WORD,
    "key": Kind.WORD,
    "value": Kind.REAL,
    "revision": Kind.KEY,
}
"""What scores are expected from a local day on, a number a row (``streams.core.standards``)."""

DESK_DAYS: dict[str, Kind] = {
    "tenant_id": Kind.WORD,
    "office_id": Kind.WORD,
    "desk_id": Kind.WORD,
    "day": Kind.DAY,
    "state": Kind.TEXT,
    "revision": Kind.KEY,
}
"""What is carried from a judged local day of a desk to the next, as JSON."""

ALERTS: dict[str, Kind] = {
    "tenant_id": Kind.WORD,
    "office_id": Kind.WORD,
    "alert_id": Kind.TEXT,
    "desk_id": Kind.WORD,
    "day": Kind.DAY,
    "kind": Kind.WORD,
    "level": Kind.WORD,
    "opened_at": Kind.INSTANT,
    "begun_at": Kind.INSTANT,
    "drop_points": Kind.REAL,
    "expected": Kind.REAL,
    "observed": Kind.REAL,
    "alarms": Kind.NUMBER,
    "last_alarm_at": Kind.INSTANT,
    "resolved_at": Kind.INSTANT_OR_NULL,
    "resolved_by": Kind.WORD,
    "revision": Kind.KEY,
}
"""Score drops. One whose revision is less than that of its desk's ``day`` was withdrawn."""

JUDGED: dict[str, Kind] = {
    "tenant_id": Kind.WORD,
    "office_id": Kind.WORD,
    "since": Kind.INSTANT,
    "revision": Kind.KEY,
}
"""The hour from which on an office's votes may not be judged yet."""

ALERT_ACTIONS: dict[str, Kind] = {
    "tenant_id": Kind.WORD,
    "office_id": Kind.WORD,
    "event_id": Kind.TEXT,
    "alert_id": Kind.TEXT,
    "action": Kind.WORD,
    "acted_at": Kind.INSTANT,
    "who": Kind.TEXT,
    "note": Kind.TEXT,
    "revision": Kind.KEY,
}
"""What people did about alerts; ``action`` is acknowledge, cause, action or resolve."""

NOTIFICATIONS: dict[str, Kind] = {
    "tenant_id": Kind.WORD,
    "office_id": Kind.WORD,
    "message_id": Kind.TEXT,
    "target": Kind.WORD,
    "alert_id": Kind.TEXT,
    "event": Kind.WORD,
    "route": Kind.WORD,
    "level": Kind.WORD,
    "turn": Kind.NUMBER,
    "state": Kind.WORD,
    "known": Kind.TEXT,
    "first_at": Kind.INSTANT,
    "attempts": Kind.NUMBER,
    "tried_at": Kind.INSTANT,
    "sent_at": Kind.INSTANT_OR_NULL,
    "problem": Kind.TEXT,
    "revision": Kind.KEY,
}
"""What was told of alerts, an address a row (``models.notices.Notice``)."""

TABLES: dict[str, dict[str, Kind]] = {
    "interactions": INTERACTIONS,
    "votes": VOTES,
    "window_metrics": WINDOW_METRICS,
    "dirty_hours": DIRTY_HOURS,
    "progress": PROGRESS,
    "dead_letters": DEAD_LETTERS,
    "baselines": BASELINES,
    "desk_days": DESK_DAYS,
    "alerts": ALERTS,
    "judged": JUDGED,
    "alert_actions": ALERT_ACTIONS,
    "notifications": NOTIFICATIONS,
}
