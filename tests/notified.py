"""Votes that make desks drop, and a receiver of signed webhooks that remembers all it took.

Knows the event contract and the webhook's form; must not know how messages are decided upon.
"""

import asyncio
import json
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from sinks.notifiers import verified

SECRET = "a-secret-of-some-letters"
TENANT = "town"
DAY_MS = 86_400_000
HISTORY_DAYS, VOTES_A_DAY = 8, 14
DROP_VOTES = 25


def visit(office: str, desk: str, number: str, at: int, score: int) -> Iterator[bytes]:
    """A completion at ``at`` (ms) and the vote of its citizen."""
    moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at // 1000)) + f".{at % 1000:03d}Z"
    common = {
        "tenant_id": TENANT,
        "office_id": office,
        "desk_id": desk,
        "interaction_id": f"{desk}-{number}",
    }
    completion = {
        "type": "completion",
        "event_id": f"c-{desk}-{number}",
        "service_id": "address",
        "completed_at": moment,
    }
    vote = {
        "type": "vote",
        "event_id": f"v-{desk}-{number}",
        "terminal_id": "t",
        "score": score,
        "voted_at": moment,
    }
    yield json.dumps(common | completion).encode()
    yield json.dumps(common | vote).encode()


def history(office: str, desk: str, now: int) -> Iterator[bytes]:
    """Days of good votes before today, at whole hours of the day, and some of today."""
    for day in range(1, HISTORY_DAYS + 1):
        for n in range(VOTES_A_DAY):
            at = now - day * DAY_MS - n * DAY_MS // (VOTES_A_DAY + 1)
            yield from visit(office, desk, f"{day}-{n}", at, (5, 4, 5, 3)[n % 4])


def drop(office: str, desk: str, now: int, votes: int = DROP_VOTES) -> Iterator[bytes]:
    """As many of the worst votes in the last seconds: more than any desk has by chance."""
    for n in range(votes):
        yield from visit(office, desk, f"bad-{n}", now - (votes - n) * 200, 1)


def recovery(office: str, desk: str, now: int, votes: int = DROP_VOTES) -> Iterator[bytes]:
    """The best votes, from ``now`` on."""
    for n in range(votes):
        yield from visit(office, desk, f"good-{n}", now + n * 10, 5)


@dataclass
class Received:
    """A message that came, at ``at`` s by the clock."""

    at: float
    headers: dict[str, str]
    body: bytes

    @property
    def message(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found

    @property
    def message_id(self) -> str:
        return self.headers["Idempotency-Key"]


Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


async def taken(_: web.Request) -> web.StreamResponse:
    return web.Response(status=204)


@dataclass
class Receiver:
    """A web server on loopback, on a thread of its own; takes all unless told otherwise."""

    answer: Answer = taken
    received: list[Received] = field(default_factory=list)
    url: str = ""
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    _runner: web.AppRunner | None = None

    def __enter__(self) -> "Receiver":
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self.url = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)
        return self

    def __exit__(self, *_: object) -> None:
        if self._runner is not None:
            asyncio.run_coroutine_threadsafe(self._runner.cleanup(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _listen(self) -> str:
        app = web.Application()
        app.router.add_post("/{tail:.*}", self._take)
        self._runner = web.AppRunner(app, access_log=None, handle_signals=False)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def _take(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        self.received.append(Received(time.time(), dict(request.headers), body))
        return await self.answer(request)

    def all_signed(self) -> bool:
        """Whether each came from who knows the secret, when it says."""
        return all(
            verified(SECRET, one.headers["X-Semko-Signature"], one.body, one.at)
            for one in self.received
        )

    def ids(self) -> list[str]:
        return [one.message_id for one in self.received]


def notify_toml(url: str, more: str = "") -> str:
    """A `notify.toml` with one webhook."""
    return (
        f'[[routes]]\nname = "hook"\nlanguage = "en"\n'
        f'webhook = {{ url = "{url}/alerts", secret = "{SECRET}" }}\n'
        f'limit = {{ messages = 1000, within = "1h" }}\n{more}'
    )
