"""Events of an office whose desk is good for ten days and then drops: what alerts are made of.

Days are local ones of March 2026; each is a function of its arguments alone.
"""

import json
import random
from collections.abc import Iterator

BASELINE_FROM = "2026-03-11"
GOOD, BAD = (5, 5, 4, 5, 4, 5, 3, 5), (1, 2, 1, 1, 3, 1, 2, 1)


def day(number: int, scores: tuple[int, ...], votes: int = 60, first: int = 0) -> Iterator[bytes]:
    """Completions and votes at desk d1 from 8:00 UTC on, one in five minutes."""
    rng = random.Random(number)
    for at in range(first, first + votes):
        minutes = 8 * 60 + at * 5
        clock = f"2026-03-{number:02}T{minutes // 60:02}:{minutes % 60:02}"
        name = f"{number}-{at}"
        place = {"tenant_id": "town", "office_id": "hall", "desk_id": "d1", "interaction_id": name}
        yield json.dumps(
            {"type": "completion", "event_id": f"c{name}", "service_id": "s1", **place}
            | {"completed_at": f"{clock}:00Z"}
        ).encode()
        yield json.dumps(
            {"type": "vote", "event_id": f"v{name}", "terminal_id": "t1", **place}
            | {"score": rng.choice(scores), "voted_at": f"{clock}:20Z"}
        ).encode()


def history() -> list[bytes]:
    """Ten good days, enough for a baseline from the eleventh on."""
    return [event for number in range(1, 11) for event in day(number, GOOD)]
