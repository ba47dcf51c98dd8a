"""Events for hand-written tables, as short as they can be told, and what became of them."""

from typing import Any

from tests.oracle import Event, Expected, expected

TEN = 1_743_501_600_000  # 2025-04-01T10:00:00Z
KEYS = {"i1": 11, "i2": 22, "i3": 33}


def key(tenant: str, office: str, interaction: str) -> int:
    return KEYS[interaction] + (0 if (tenant, office) == ("t", "o") else 1000)


def at(moment: str) -> str:
    """``10:00:00`` on 1 April 2025 in UTC, or with a date before it."""
    return f"{moment if 'T' in moment else '2025-04-01T' + moment}Z"


def done(interaction: str, moment: str, event: str = "c1", **more: Any) -> Event:
    """A completion at desk d1."""
    ids = {"tenant_id": "t", "office_id": "o", "desk_id": "d1", "service_id": "s1"}
    own = {"type": "completion", "event_id": event, "interaction_id": interaction}
    return ids | own | {"completed_at": at(moment)} | more


def vote(interaction: str | None, moment: str, event: str = "v1", **more: Any) -> Event:
    """A vote of 4 of 5 at desk d1."""
    ids = {"tenant_id": "t", "office_id": "o", "desk_id": "d1", "terminal_id": "p1"}
    named = {"interaction_id": interaction} if interaction else {}
    own = {"type": "vote", "event_id": event, "score": 4, "voted_at": at(moment)}
    return ids | named | own | more


def result(*events: Event) -> Expected:
    return expected(events, key)


def fate(events: Expected, event: str = "v1") -> tuple[str, str, int]:
    """Kind, match and rated key of the one vote with this event id."""
    (row,) = [row for row in events.votes.values() if row["event_id"] == event]
    return row["kind"], row["match"], row["rated_key"]
