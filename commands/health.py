"""A door for operators alone: life, readiness and metrics of a process that takes no events."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager

from aiohttp import web

from models.errors import WorldError
from sources.gateway.meters import Meters
from sources.gateway.operate import Health


@asynccontextmanager
async def health_door(
    address: tuple[str, int],
    ready: Callable[[], Mapping[str, object]],
    metrics: Callable[[], str],
) -> AsyncIterator[str]:
    """Answer ``/healthz``, ``/readyz`` and ``/metrics`` at host and port; gives the address.

    ``ready`` raises ``SemkoError`` with the reason while it is not. Raises ``WorldError`` where the
    port is taken.
    """

    async def answer() -> Mapping[str, object]:
        return ready()

    health = Health(answer, Meters(), metrics)
    app = web.Application()
    app.add_routes(
        [
            web.get("/healthz", health.alive),
            web.get("/readyz", health.ready),
            web.get("/metrics", health.metrics),
        ]
    )
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=0.5)
    await runner.setup()
    try:
        host, port = address
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as problem:
            raise WorldError(
                f"cannot listen on {host}:{port}: {problem.strerror}; stop what listens there or"
                " choose another address with --http"
            ) from None
        shown = f"[{host}]" if ":" in host else host
        yield f"http://{shown}:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
