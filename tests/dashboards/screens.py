"""A small server of real pages with real snapshots of a real engine, and a browser to look at it.

The server runs in a thread of its own, so that a test can stop it, start it again on the same
port, or make it fall silent without closing a connection.
"""

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

from aiohttp import web
from playwright.sync_api import Browser, Page, sync_playwright

from sources.gateway.live import Broadcaster
from sources.gateway.meters import Meters
from tests.requirements import need_browser

Routes = Iterable[web.AbstractRouteDef]


class ScreenServer:
    """Serves ``routes``, ``/v1/live`` and ``/v1/scores`` on 127.0.0.1; ``snapshot`` may block."""

    def __init__(self, routes: Routes, snapshot: Callable[[], dict[str, Any]]) -> None:
        self._routes = list(routes)
        self._snapshot = snapshot
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._port = 0
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Serve, on the same port as before."""
        self._run(self._start())

    def stop(self) -> None:
        """Cut all connections and listen no more."""
        self._run(self._stop())

    def fall_silent(self, seconds: float) -> None:
        """Send nothing for a while, with all connections open."""
        self._loop.call_soon_threadsafe(time.sleep, seconds)

    def close(self) -> None:
        """Stop for good."""
        self.stop()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    def _run(self, work: Any) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _start(self) -> None:
        async def snapshot() -> dict[str, Any]:
            return self._snapshot()

        self._screens = Broadcaster(snapshot, lambda: time.time_ns() // 1_000_000, Meters())
        app = web.Application()
        app.add_routes(self._routes)
        app.router.add_get("/v1/live", self._screens.live)
        app.router.add_get("/v1/scores", self._screens.scores)
        self._runner = web.AppRunner(app, shutdown_timeout=0.2)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port, reuse_address=True)
        await site.start()
        self._port = self._runner.addresses[0][1]
        await self._screens.start()

    async def _stop(self) -> None:
        await self._screens.stop()
        await self._runner.cleanup()


@contextmanager
def browser() -> Iterator[Browser]:
    """A headless browser; skips where there is none."""
    path = need_browser()
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=path,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield started
        started.close()


class Watch:
    """What a page asked for and complained about."""

    def __init__(self, page: Page) -> None:
        self.requests: list[str] = []
        self.complaints: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on(
            "console",
            lambda said: self.complaints.append(said.text) if said.type != "log" else None,
        )
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
