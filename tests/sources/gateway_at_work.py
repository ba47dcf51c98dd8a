"""A gateway on a free port with a log that remembers, to be asked over real HTTP."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec

import aiohttp
from aiohttp import web

from models.records import EventRecord
from sources.gateway import GatewaySettings, make_app, serving
from sources.gateway.keys import Keys, Operator, Right, Terminal, digest, write_keys

P = ParamSpec("P")

NOON = 1_795_435_200_000
"""2026-11-23T12:00:00Z, the gateway's clock in these tests."""


def completion(**fields: object) -> dict[str, object]:
    """A sound completion at 11:59."""
    return {
        "type": "completion",
        "event_id": "c1",
        "tenant_id": "targovishte",
        "office_id": "center",
        "desk_id": "G-07",
        "service_id": "2073",
        "interaction_id": "A042",
        "completed_at": "2026-11-23T11:59:00Z",
    } | fields


def vote(**fields: object) -> dict[str, object]:
    """A sound vote at 11:59:20."""
    return {
        "type": "vote",
        "event_id": "v1",
        "tenant_id": "targovishte",
        "office_id": "center",
        "desk_id": "G-07",
        "terminal_id": "tablet-07",
        "score": 5,
        "voted_at": "2026-11-23T11:59:20Z",
    } | fields


def lines(*events: object) -> bytes:
    """NDJSON."""
    return b"".join(json.dumps(event).encode() + b"\n" for event in events)


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: Any
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


@dataclass
class Log:
    """Takes records, or fails with ``error``, or not before ``gate`` opens."""

    records: list[EventRecord] = field(default_factory=list)
    error: Exception | None = None
    gate: asyncio.Event | None = None

    async def append(self, records: list[EventRecord]) -> None:
        """As ``make_app`` wants it."""
        if self.gate is not None:
            await self.gate.wait()
        if self.error is not None:
            raise self.error
        self.records += records

    @property
    def values(self) -> list[bytes]:
        """The bytes published."""
        return [record.value for record in self.records]


@dataclass
class Gateway:
    """A running gateway and one client of it."""

    app: web.Application
    client: aiohttp.ClientSession
    log: Log
    port: int

    async def ask(
        self, method: str, path: str, body: bytes | None = None, **headers: str
    ) -> Answer:
        """One request; ``_`` in the names of headers stands for ``-``."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        async with self.client.request(
            method, path, data=body, headers=named, allow_redirects=False
        ) as answer:
            return Answer(answer.status, answer.headers, await answer.read())

    async def send(self, body: bytes, **headers: str) -> Answer:
        """``POST /v1/events``."""
        return await self.ask("POST", "/v1/events", body, **headers)


@asynccontextmanager
async def gateway(
    settings: GatewaySettings | None = None, log: Log | None = None, **neighbours: Any
) -> AsyncIterator[Gateway]:
    """A gateway at noon, with ``neighbours`` as ``make_app`` takes them."""

    async def nothing() -> dict[str, object]:
        return {}

    settings = settings or GatewaySettings(port=0)
    log = log or Log()
    arguments = {"snapshot": nothing, "now": lambda: NOON} | neighbours
    app = make_app(log.append, settings, **arguments)
    async with (
        serving(app, settings) as port,
        aiohttp.ClientSession(
            f"http://127.0.0.1:{port}", timeout=aiohttp.ClientTimeout(total=20)
        ) as client,
    ):
        yield Gateway(app, client, log, port)


def bearer(secret: str) -> dict[str, Any]:
    """The header that carries a key or token."""
    return {"Authorization": f"Bearer {secret}"}


def keys_at(folder: Path) -> Path:
    """A key file: ``tablet`` votes at G-07 and G-08, ``tickets`` also completes, ``reader`` reads,
    ``chief`` reads and operates, ``loader`` writes."""
    place: dict[str, Any] = {"tenant": "targovishte", "office": "center", "desks": ["G-07", "G-08"]}
    keys = Keys(
        terminals=[
            Terminal("tablet-07", digest("tablet"), **place),
            Terminal("tickets-1", digest("tickets"), **place, completions=True),
        ],
        operators=[
            Operator("reader", digest("reader"), [Right.READ]),
            Operator("chief", digest("chief")),
            Operator("loader", digest("loader"), [Right.WRITE]),
        ],
    )
    path = folder / "keys.toml"
    write_keys(path, keys)
    return path


def in_a_loop(
    test: Callable[P, Coroutine[Any, Any, None]],
) -> Callable[P, None]:
    """A test that awaits, as pytest wants it."""

    @wraps(test)
    def run(*arguments: P.args, **named: P.kwargs) -> None:
        asyncio.run(asyncio.wait_for(test(*arguments, **named), 30))

    return run
