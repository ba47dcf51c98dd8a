"""An engine with its doors open: gateway, wall and operators' pages on one port.

While it serves, a run file beside the store tells other commands where to ask (`commands.running`).
"""

import asyncio
import os
import secrets
import socket
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import msgspec

from commands.engine import Engine, Parts, clock_ms, started
from commands.letters import Asked, Desk
from commands.options import host_and_port
from commands.running import Running, announced
from commands.stopping import Stop
from commands.summary import comparison
from dashboards.wall import Wall
from dashboards.wall import routes as wall_routes
from models.errors import CallError, WorldError
from models.facts import Damage
from models.records import EventRecord
from sinks.freezing import freeze
from sinks.reconcile import reconcile
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
        cls, address: str, keys_path: Path | None = None, names: frozenset[str] = frozenset()
    ) -> "Doors":
        """Doors that can be opened as they are now, so that nothing is begun in vain.

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
                " another address with --http"
            ) from None
        return doors

    def family(self) -> socket.AddressFamily:
        """Of which kind the address is."""
        return socket.AF_INET6 if ":" in self.host else socket.AF_INET

    def settings(self, token: str) -> GatewaySettings:
        """As the gateway takes them; ``token`` opens every door."""
        return GatewaySettings(self.host, self.port, self.keys_path, token, self.names)


@asynccontextmanager
async def served(
    parts: Parts, settings: WorkerSettings, doors: Doors, reading: ReadingSettings = READING
) -> AsyncIterator[tuple[Engine, str]]:
    """A running engine behind its gateway; gives the engine and the address of the pages."""
    token = secrets.token_urlsafe(32)
    gateway = doors.settings(token)
    screens = _Screens(parts)
    async with started(parts, settings, screens.wake, reading) as engine:
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
                partial(_dead_letters, engine),
                partial(_freeze, engine),
            ),
            more_metrics=lambda: _metrics(engine),
            routes=wall_routes(),
        )
        screens.wakes = [app[BROADCASTER].wake]
        async with serving(app, gateway) as real_port:
            shown = "127.0.0.1" if doors.host in {"0.0.0.0", "::", "localhost"} else doors.host
            url = f"http://{f'[{shown}]' if ':' in shown else shown}:{real_port}"
            with announced(parts.setup.run_file, Running(os.getpid(), url, token)):
                yield engine, url


class _Screens:
    """What the gateway asks of the store, beside the loop."""

    def __init__(self, parts: Parts) -> None:
        self._store = parts.store
        self.wall = Wall(parts.store.rows, parts.registry)
        self.wakes: list[Callable[[], None]] = []
        self._kept_since = parts.store.kept_since()

    def wake(self) -> None:
        for wake in self.wakes:
            wake()

    def kept_since(self) -> int:
        return self._kept_since

    async def snapshot(self) -> Mapping[str, object]:
        return await asyncio.to_thread(self.wall.snapshot, clock_ms())

    async def query(self, sql: str, form: str) -> bytes:
        return await asyncio.to_thread(self._store.query, sql, form)


async def _ready(engine: Engine) -> Mapping[str, object]:
    if not engine.worker.ready:
        raise WorldError("the worker is still loading what it owns")
    return {"records": engine.worker.counts.records}


async def _reconcile(engine: Engine, tell: Tell, repair: bool) -> Mapping[str, object]:
    await engine.worker.work_off()  # an hour that waits to be recomputed is no difference
    loop, books = asyncio.get_running_loop(), engine.store.database

    def by_its_owner(damage: Damage) -> None:
        asyncio.run_coroutine_threadsafe(engine.worker.repair(damage), loop).result()

    report = await asyncio.to_thread(
        reconcile,
        books,
        settle=lambda: time.sleep(1),
        progress=tell,
        repair=by_its_owner if repair else None,
    )
    return comparison(report)


async def _dead_letters(engine: Engine, body: bytes, tell: Tell) -> Mapping[str, object]:
    try:
        asked = msgspec.json.decode(body, type=Asked)
    except msgspec.ValidationError as problem:
        raise CallError(f"what is asked about dead letters is wrong: {problem}") from None
    loop = asyncio.get_running_loop()

    def append(records: list[EventRecord]) -> None:
        asyncio.run_coroutine_threadsafe(engine.publish(records), loop).result()

    desk = Desk(engine.store.database, append, clock_ms, engine.store.kept_since(), tell)
    return await asyncio.to_thread(desk.answer, asked)


async def _freeze(engine: Engine) -> Mapping[str, object]:
    reached = await asyncio.to_thread(freeze, engine.store.database, engine.setup.folder)
    return {"progress": [asdict(row) for row in reached]}


def _metrics(engine: Engine) -> str:
    counts = engine.worker.counts
    waiting = sum(end - engine.worker.offset(tp) for tp, end in engine.log.ends().items())
    lines = {
        "semko_records_total": ("counter", "records handled since the start", counts.records),
        "semko_dead_letters_total": ("counter", "records that were no events", counts.dead_letters),
        "semko_batches_total": ("counter", "batches handled since the start", counts.batches),
        "semko_lag_records": ("gauge", "records in the log that are not handled yet", waiting),
        "semko_dirty_hours": (
            "gauge",
            "hours that wait to be recomputed",
            engine.worker.dirty_hours,
        ),
        "semko_interactions_in_memory": (
            "gauge",
            "interactions held in memory",
            engine.worker.interactions_in_memory,
        ),
        "semko_watermark_seconds": (
            "gauge",
            "event time up to which both topics were read, in seconds since 1970",
            (counts.watermark_ms or 0) / 1000,
        ),
    }
    return "".join(
        f"# HELP {name} {text}\n# TYPE {name} {kind}\n{name} {value}\n"
        for name, (kind, text, value) in lines.items()
    )


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
