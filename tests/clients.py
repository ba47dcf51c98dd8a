"""Clients that post events over and over while the server comes and goes, and know what was taken.

An event is acknowledged once it was answered with 202. What got no answer may be in or not: a
client mostly sends it again, as the contract allows, and sometimes gives it up.
"""

import asyncio
import random
import time
from collections import deque
from dataclasses import dataclass, field

import aiohttp

from tests.histories import Record, told
from tests.oracle import HOUR
from tests.town import Event, Town

EVENTS_AT_ONCE = (1, 1, 1, 2, 5, 20, 60)
PAUSE_SECONDS = 0.05


@dataclass
class Sent:
    """Bodies of events by what the server said of them, over all clients."""

    acknowledged: set[bytes] = field(default_factory=set)
    unanswered: set[bytes] = field(default_factory=set)
    requests: int = 0


def fresh_events(rng: random.Random, name: str) -> list[Record]:
    """Offices of their own in the last days, shuffled a little; some events twice."""
    drawn = Town(rng).events()
    now = time.time_ns() // 1_000_000
    moved = (now - max(own for _, own in drawn)) // HOUR * HOUR
    times = ("completed_at", "voted_at", "arrived_at", "started_at", "due_at")
    moved_events: list[tuple[Event, int]] = []
    for event, own in drawn:
        at = {each: event[each] + moved for each in times if event.get(each) is not None}
        moved_events.append((event | at | {"office_id": f"{event['office_id']}-{name}"}, own))
    records = told(rng, moved_events)
    order = sorted(range(len(records)), key=lambda at: at + rng.uniform(0, 30))
    return [records[at] for at in order]


class Client:
    """Posts events until told to end; each client has a generator of its own."""

    def __init__(self, url: str, rng: random.Random, name: str, sent: Sent) -> None:
        self._url = url
        self._rng = rng
        self._name = name
        self._sent = sent
        self._towns = 0
        self._waiting: deque[bytes] = deque()
        self.over = False

    async def run(self) -> None:
        """Post until ``over``; what is then without an answer stays so."""
        timeout = aiohttp.ClientTimeout(total=10)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            while not self.over:
                bodies = [self._next() for _ in range(self._rng.choice(EVENTS_AT_ONCE))]
                await self._post(session, bodies)
                await asyncio.sleep(self._rng.uniform(0, 2 * PAUSE_SECONDS))

    def _next(self) -> bytes:
        if not self._waiting:
            self._towns += 1
            events = fresh_events(self._rng, f"{self._name}-{self._towns}")
            self._waiting.extend(record.value for record in events)
        return self._waiting.popleft()

    async def _post(self, session: aiohttp.ClientSession, bodies: list[bytes]) -> None:
        self._sent.unanswered.update(set(bodies) - self._sent.acknowledged)
        gives_up = self._rng.random() < 0.2
        while not await self._is_taken(session, bodies):
            if self.over or gives_up:
                return
            await asyncio.sleep(PAUSE_SECONDS)
        self._sent.acknowledged.update(bodies)
        self._sent.unanswered.difference_update(bodies)

    async def _is_taken(self, session: aiohttp.ClientSession, bodies: list[bytes]) -> bool:
        lines = len(bodies) > 1 or self._rng.random() < 0.2
        kind = "application/x-ndjson" if lines else "application/json"
        try:
            async with session.post(
                f"{self._url}/v1/events",
                data=b"\n".join(bodies),
                headers={"Content-Type": kind},
            ) as answer:
                self._sent.requests += 1
                if answer.status != 202:
                    assert answer.status in {429, 503}, await answer.text()
                    return False
                found = await answer.json()
        except (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError, TimeoutError):
            return False
        assert found == {"accepted": len(bodies), "rejected": []}
        return True
