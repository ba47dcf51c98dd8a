"""An engine with its doors open: gateway, wall and operators' pages on one port.

While it serves, a run file beside the store tells other commands where to ask (`commands.running`).
"""

import asyncio
import os
import secrets
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from commands.engine import Engine, Parts, clock_ms, started
from commands.options import host_and_port
from commands.running import Running, announced
from commands.stopping import Stop
from commands.summary import comparison
from dashboards.wall import Wall
from dashboards.wall import routes as wall_routes
from models.errors import WorldError
from sinks.reconcile import reconcile
from sources.gateway import BROADCASTER, GatewaySettings, make_app, serving
from streams.shell.settings import WorkerSettings


@dataclass(frozen=True, slots=True)
class Doors:
    """Where the gateway listens, and who may come in."""

    address: str
    keys_path: Path | None = None
    names: frozenset[str] = frozenset()


@asynccontextmanager
async def served(
    parts: Parts, settings: WorkerSettings, doors: Doors
) -> AsyncIterator[tuple[Engine, str]]:
    """A running engine behind its gateway; gives the engine and the address of the pages."""
    token = secrets.token_urlsafe(32)
    host, port = host_and_port(doors.address)
    gateway = GatewaySettings(
        host=host, port=port, keys_path=doors.keys_path, run_token=token, names=doors.names
    )
    screens = _Screens(parts)
    async with started(parts, settings, screens.wake) as engine:
        app = make_app(
            engine.publish,
            gateway,
            screens.snapshot,
            now=clock_ms,
            kept_since=screens.kept_since,
            ready=lambda: _ready(engine),
            query=screens.query,
            reconcile=lambda: _reconcile(engine),
            more_metrics=lambda: _metrics(engine),
            routes=wall_routes(),
        )
        screens.wakes = [app[BROADCASTER].wake]
        async with serving(app, gateway) as real_port:
            shown = "127.0.0.1" if host in {"0.0.0.0", "::", "localhost"} else host
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


async def _reconcile(engine: Engine) -> Mapping[str, object]:
    await engine.worker.work_off()  # an hour that waits to be recomputed is no difference
    books = engine.store.database
    return comparison(await asyncio.to_thread(reconcile, books, settle=lambda: time.sleep(1)))


def _metrics(engine: Engine) -> str:
    counts = engine.worker.counts
    waiting = sum(end - engine.worker.offset(tp) for tp, end in engine.log.ends().items())
    lines = {
        "semko_records_total": ("counter", "records handled since the start", counts.records),
        "semko_dead_letters_total": ("counter", "records that were no events", counts.dead_letters),
        "semko_batches_total": ("counter", "batches handled since the start", counts.batches),
        "semko_lag_records": ("gauge", "records in the log that are not handled yet", waiting),
        "semko_dirty_hours": ("gauge", "hours that wait to be recomputed", counts.dirty_hours),
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
