"""The events of the job: drawn from a seed, in the published contract, as our gateway writes them.

40 offices of 10 desks, 12 services, 4 age bands; 100 completions a second of event time, and two in
five are rated 5 to 120 s later. Knows no Kafka.
"""

import heapq
import random
from collections.abc import Iterator
from typing import NamedTuple

from models.events import CompletionEvent, Event, VoteEvent, encode
from models.partitioning import record_key

BEGIN_MS = 1_767_603_600_000
"""2026-01-05T09:00:00Z."""
STEP_MS = 10
TENANT = "bg-town"
OFFICES, DESKS, SERVICES = 40, 10, 12
AGE_BANDS = ("18-29", "30-44", "45-64", "65+")
RATED = 0.4
SCORES, WEIGHTS = (1, 2, 3, 4, 5), (5, 7, 13, 30, 45)


class Sent(NamedTuple):
    """An event and the record that carries it."""

    topic: str
    key: bytes
    value: bytes
    timestamp: int
    event: Event


def drawn(completions: int, seed: int = 7) -> Iterator[Sent]:
    """So many completions and their votes, by event time."""
    rng = random.Random(seed)
    waiting: list[tuple[int, int, VoteEvent]] = []
    for number in range(completions):
        now = BEGIN_MS + number * STEP_MS
        while waiting and waiting[0][0] <= now:
            yield _sent(heapq.heappop(waiting)[2])
        completion = _completion(number, now, rng)
        yield _sent(completion)
        if rng.random() < RATED:
            vote = _vote(number, completion, rng)
            heapq.heappush(waiting, (vote.voted_at, number, vote))
    while waiting:
        yield _sent(heapq.heappop(waiting)[2])


def _completion(number: int, now: int, rng: random.Random) -> CompletionEvent:
    office = rng.randrange(OFFICES)
    return CompletionEvent(
        event_id=f"c-{number:010}",
        tenant_id=TENANT,
        office_id=f"office-{office:02}",
        desk_id=f"o{office:02}-desk-{rng.randrange(DESKS):02}",
        service_id=f"service-{rng.randrange(SERVICES):02}",
        interaction_id=f"A{number:09}",
        channel="counter",
        outcome="completed",
        segments={"age_band": rng.choice(AGE_BANDS)},
        completed_at=now,
        arrived_at=now - 600_000,
        started_at=now - 180_000,
        due_at=None,
    )


def _vote(number: int, completion: CompletionEvent, rng: random.Random) -> VoteEvent:
    return VoteEvent(
        event_id=f"v-{number:010}",
        tenant_id=completion.tenant_id,
        office_id=completion.office_id,
        desk_id=completion.desk_id,
        terminal_id=f"t-{completion.desk_id}",
        interaction_id=completion.interaction_id,
        score=rng.choices(SCORES, WEIGHTS)[0],
        scale=5,
        reasons=None,
        voted_at=completion.completed_at + rng.randint(5_000, 120_000),
    )


def _sent(event: Event) -> Sent:
    key = record_key(event.tenant_id, event.office_id)
    if isinstance(event, CompletionEvent):
        return Sent("completions", key, encode(event), event.completed_at, event)
    return Sent("votes", key, encode(event), event.voted_at, event)
