"""An engine with its doors open: gateway, wall and operators' pages on one port.

While it serves, a run file beside the store tells other commands where to ask (`commands.running`).
"""

import asyncio
import os
import secrets
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import msgspec

from commands.alert_side import alert_side
from commands.engine import Engine, Parts, clock_ms, started
from commands.indicating import Added, add_to
from commands.letters import Asked, Desk
from commands.notifying import notifying
from commands.options import host_and_port
from commands.pages import pages
from commands.running import Running, announced
from commands.stopping import Stop
from commands.summary import comparison
from commands.terminal_side import terminal_side
from dashboards.desk import desk_of, desks_of
from dashboards.shift import DeskHours
from dashboards.wall import Wall
from models.errors import CallError, WorldError
from models.facts import Damage
from models.records import EventRecord
from models.registry import Registry
from sinks.freezing import freeze
from sinks.reconcile import reconcile
from sinks.store import ClickHouseStore
from sinks.terminals import maintenance
from sources.gateway import (
    BROADCASTER,
    GatewaySettings,
    check_exposure,
    make_app,
    serving,
)
from sources.gateway.along import Tell
from sources.gateway.keys import read_keys
from sources.gateway.operate import StoreSide
from streams.shell.notifier import Telling
from streams.shell.reading import READING, ReadingSettings
from streams.shell.settings import WorkerSettings


@dataclass(frozen=True, slots=True)
class Doors:
    """Where the gateway listens, and who may come in."""

    host: str
    port: int
    keys_path: Path | None = None
    names: frozenset[str] = frozenset()

    @classmethod
    def checked(
        cls,
        address: str,
        keys_path: Path | None = None,
        names: frozenset[str] = frozenset(),
        option: str = "--http",
    ) -> "Doors":
        """Doors that can be opened as they are now, so that nothing is begun in vain.

        ``option`` is the one that names the address.

        Raises CallError for an address, keys or names amiss, WorldError where the port is taken.
        """
        doors = cls(*host_and_port(address), keys_path, names)
        check_exposure(doors.host, doors.settings(""))
        if keys_path is not None:
            read_keys(keys_path)
        try:
            with socket.create_server((doors.host, doors.port), family=doors.family()):
                pass
        except OSError as problem:
            raise WorldError(
                f"cannot listen on {address}: {problem.strerror}; stop what listens there or choose"
                f" another address with {option}"
            ) from None
        return doors

    def family(self) -> socket.AddressFamily:
        """Of which kind the address is."""
        return socket.AF_INET6 if ":" in self.host else socket.AF_INET

    def settings(self, token: str) -> GatewaySettings:
        """As the gateway takes them; ``token`` opens every door."""
        return GatewaySettings(self.host, self.port, self.keys_path, token, self.names)

    def shown(self, port: int) -> str:
        """The address of the pages, for a browser on this machine."""
        host = "127.0.0.1" if self.host in {"0.0.0.0", "::", "localhost"} else self.host
        return f"http://{f'[{host}]' if ':' in host else host}:{port}"


@asynccontextmanager
async def served(
    parts: Parts,
    settings: WorkerSettings,
    doors: Doors,
    reading: ReadingSettings = READING,
    telling: Telling | None = None,
    telling_clock: Callable[[], int] = clock_ms,
) -> AsyncIterator[tuple[Engine, str]]:
    """A running engine behind its gateway; gives the engine and the address of the pages.

    ``telling``: how people are told of alerts, where they are; ``telling_clock``: by which time.
    """
    token = secrets.token_urlsafe(32)
    gateway = doors.settings(token)
    screens = Screens(parts.store, parts.registry)
    async with (
        started(parts, settings, screens.wake, reading) as engine,
        notifying(telling, parts.store.database, telling_clock) as told,
    ):
        app = make_app(
            engine.publish,
            gateway,
            screens.snapshot,
            now=clock_ms,
            kept_since=screens.kept_since,
            ready=lambda: _ready(engine),
            store=StoreSide(
                screens.query,
                partial(_reconcile, engine),
                partial(answer_letters, engine.store, engine.publish),
                partial(_freeze, engine),
                partial(answer_indicators, engine.store),
            ),
            alerts=alert_side(engine.store),
            terminals=terminal_side(engine.store.database),
            voted=screens.voted,
            desk_of=partial(desk_of, parts.registry),
            desks=partial(desks_of, parts.registry),
            more_metrics=lambda: engine.worker.metrics.text() + told.metrics(),
            hours=screens.by_hours,
            routes=pages(parts.store, parts.registry),
        )
        screens.wakes = [app[BROADCASTER].wake, told.wake]
        async with serving(app, gateway) as real_port:
            url = doors.shown(real_port)
            with announced(parts.setup.run_file, Running(os.getpid(), url, token)):
                yield engine, url


_VOTED = """SELECT 1 AS there FROM semko.votes
WHERE tenant_id = {tenant:String} AND office_id = {office:String} AND event_id = {event:String}
LIMIT 1"""


class Screens:
    """What the gateway asks of the store, beside the loop."""

    def __init__(self, store: ClickHouseStore, registry: Registry) -> None:
        self._store = store
        self.wall = Wall(store.rows, registry)
        self.hours = DeskHours(store.rows, registry)
        self.wakes: list[Callable[[], None]] = []
        self._kept_since = store.kept_since()

    def wake(self) -> None:
        for wake in self.wakes:
            wake()

    def kept_since(self) -> int:
        return self._kept_since

    async def snapshot(self) -> Mapping[str, object]:
        return await asyncio.to_thread(self.wall.snapshot, clock_ms())

    async def voted(self, tenant: str, office: str, event_id: str) -> bool:
        named = {"tenant": tenant, "office": office, "event": event_id}
        return bool(await asyncio.to_thread(self._store.rows, _VOTED, named))

    async def query(self, sql: str, form: str) -> bytes:
        return await asyncio.to_thread(self._store.query, sql, form)

    async def by_hours(self, tenant: str, office: str) -> Mapping[str, object]:
        return await asyncio.to_thread(self.hours.of, tenant, office, clock_ms())


async def _ready(engine: Engine) -> Mapping[str, object]:
    if not engine.worker.ready:
        raise WorldError("the worker is still loading what it owns")
    return {"records": engine.worker.counts.records}


async def _reconcile(engine: Engine, tell: Tell, repair: bool) -> Mapping[str, object]:
    await engine.worker.recompute()  # an hour that waits to be recomputed is no difference
    loop, books = asyncio.get_running_loop(), engine.store.database

    def at_rest() -> None:
        """Late events make hours dirty all the time, and a busy worker leaves them for later."""
        asyncio.run_coroutine_threadsafe(engine.worker.recompute(), loop).result()

    def by_its_owner(damage: Damage) -> None:
        asyncio.run_coroutine_threadsafe(engine.worker.repair(damage), loop).result()

    report = await asyncio.to_thread(
        reconcile,
        books,
        settle=at_rest,
        progress=tell,
        repair=by_its_owner if repair else None,
    )
    return comparison(report)


Publish = Callable[[list[EventRecord]], Awaitable[None]]
"""Resolves once the log has the records."""


async def answer_letters(
    store: ClickHouseStore, publish: Publish, body: bytes, tell: Tell
) -> Mapping[str, object]:
    """What is asked about dead letters; ``publish`` sends corrected ones again."""
    try:
        asked = msgspec.json.decode(body, type=Asked)
    except msgspec.ValidationError as problem:
        raise CallError(f"what is asked about dead letters is wrong: {problem}") from None
    loop = asyncio.get_running_loop()

    def append(records: list[EventRecord]) -> None:
        asyncio.run_coroutine_threadsafe(_awaited(publish(records)), loop).result()

    spans = maintenance(store.database)
    desk = Desk(store.database, append, clock_ms, store.kept_since(), tell, spans)
    return await asyncio.to_thread(desk.answer, asked)


async def answer_indicators(store: ClickHouseStore, body: bytes) -> Mapping[str, object]:
    """A lagging series named and its values stored; raises ``CallError`` where nothing is."""
    try:
        added = msgspec.json.decode(body, type=Added)
    except msgspec.ValidationError as problem:
        raise CallError(f"what is to be added is wrong: {problem}") from None
    return await asyncio.to_thread(add_to, store, added, clock_ms())


async def _awaited(append: Awaitable[None]) -> None:
    await append


async def _freeze(engine: Engine) -> Mapping[str, object]:
    reached = await asyncio.to_thread(freeze, engine.store.database, engine.setup.folder)
    return {"progress": [asdict(row) for row in reached]}


async def until_stopped(engine: Engine, stop: Stop, seconds: float | None = None) -> None:
    """Wait for a signal, the end of ``seconds``, or a failure of the engine, which is raised."""
    ended = asyncio.ensure_future(engine.app.wait_until_ended())
    told = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({ended, told}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if ended.done():
            await ended
    finally:
        ended.cancel()
        told.cancel()
