"""The gateway put together: routes, guard, screens, and the server that runs them.

Knows its neighbours as callables alone; whoever wires them decides what stands behind.
"""

import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from importlib.metadata import version

from aiohttp import web

from models.errors import WorldError
from sources.gateway.alerts import AlertDesk, AlertSide
from sources.gateway.answers import json_answer
from sources.gateway.clerks import Clerks, DeskOf, Desks, unnamed
from sources.gateway.counters import Counters
from sources.gateway.docs_page import CONTENT_SECURITY_POLICY, page
from sources.gateway.events import Append, Intake
from sources.gateway.guard import Guard
from sources.gateway.heartbeats import Heartbeats, TerminalSide
from sources.gateway.hours import Hours, hours_routes
from sources.gateway.keys import KeyRing
from sources.gateway.links import Links, Voted, not_known
from sources.gateway.live import Broadcaster, Snapshot
from sources.gateway.login import Login
from sources.gateway.meters import Meters
from sources.gateway.openapi import document
from sources.gateway.operate import Desk, Health, Ready, StoreSide
from sources.gateway.pairing import PairingDoor
from sources.gateway.settings import GatewaySettings, check_exposure

BROADCASTER = web.AppKey("broadcaster", Broadcaster)
"""``app[BROADCASTER].wake()`` tells the screens of a change at once."""

_SHUTDOWN_SECONDS = 3.0  # for events that the log is writing; streams end on their own at once


def wall_clock() -> int:
    """Milliseconds since 1970 by this machine's clock."""
    return time.time_ns() // 1_000_000


async def always_ready() -> Mapping[str, object]:
    """A gateway with nothing behind it but the log."""
    return {}


def make_app(  # noqa: PLR0913  # one argument a neighbour, all but three with a default
    append: Append,
    settings: GatewaySettings,
    snapshot: Snapshot,
    *,
    now: Callable[[], int] = wall_clock,
    kept_since: Callable[[], int] = lambda: 0,
    ready: Ready = always_ready,
    store: StoreSide | None = None,
    alerts: AlertSide | None = None,
    terminals: TerminalSide | None = None,
    hours: Hours | None = None,
    voted: Voted = not_known,
    desk_of: DeskOf = unnamed,
    desks: Desks = tuple,
    more_metrics: Callable[[], str] = str,
    routes: Iterable[web.AbstractRouteDef] = (),
) -> web.Application:
    """The application, to be run by ``serving``.

    ``now`` is the server's clock and ``kept_since`` the first instant kept, in milliseconds since
    1970. ``store``, ``terminals`` and ``hours`` are there where this process has the store,
    ``alerts`` where it reads the alert book. ``more_metrics`` is Prometheus text of other parts.
    ``routes`` are pages, such as the wall; they take the right to read. Raises ``CallError`` for a
    wrong key file.
    """
    meters = Meters()
    ring = KeyRing(settings.keys_path, settings.run_token)
    guard = Guard(settings, ring, meters, now)
    screens = Broadcaster(snapshot, now, meters, clients_at_most=settings.clients_live)
    beats = Heartbeats(terminals, now) if terminals is not None else None
    tests = beats.tests if beats is not None else lambda _: False
    counters = Counters(now)
    intake = Intake(append, settings, meters, now, kept_since, tests, counters.note)
    health = Health(ready, meters, more_metrics)

    app = web.Application(middlewares=[guard.errors, guard.door])
    app[BROADCASTER] = screens
    app.on_response_prepare.append(guard.headers)
    app.on_startup.append(lambda _: screens.start())
    app.on_shutdown.append(lambda _: screens.stop())
    app.on_shutdown.append(lambda _: counters.stop())
    if beats is not None:
        app.add_routes(beats.routes())
        app.on_startup.append(lambda _: beats.start())
        app.on_cleanup.append(lambda _: beats.stop())
    app.add_routes(
        [
            web.get("/", _to_the_wall),
            *_doors(ring, now, counters),
            *Links(ring, intake, voted, now).routes(),
            *Clerks(intake, desk_of, desks).routes(),
            web.post("/v1/events", intake.post),
            *_numbers(screens, health),
            *_description(
                with_store=store is not None,
                with_alerts=alerts is not None,
                with_terminals=beats is not None,
                with_hours=hours is not None,
            ),
            *(Desk(store).routes() if store is not None else ()),
            *(hours_routes(hours) if hours is not None else ()),
            *(AlertDesk(alerts, intake.appended, now).routes() if alerts is not None else ()),
            *routes,
        ]
    )
    return app


@asynccontextmanager
async def serving(
    app: web.Application,
    settings: GatewaySettings,
    *,
    option: str = "--http",
    stop_with_client: bool = False,
) -> AsyncIterator[int]:
    """Serve ``app`` in this loop; gives the port, which is a free one where the setting is 0.

    ``option`` is what people name the address by. ``stop_with_client``: what works for a client
    that has gone is cancelled.

    Raises ``CallError`` where ``check_exposure`` refuses, ``WorldError`` where the port is taken.
    """
    check_exposure(settings.host, settings)
    runner = web.AppRunner(
        app,
        access_log=None,  # the guard logs, without paths as asked
        auto_decompress=False,  # the intake unpacks, within its own bounds
        handle_signals=False,
        handler_cancellation=stop_with_client,
        keepalive_timeout=75,
        shutdown_timeout=_SHUTDOWN_SECONDS,
    )
    await runner.setup()
    try:
        site = web.TCPSite(runner, settings.host, settings.port)
        try:
            await site.start()
        except OSError as error:
            where = f"{settings.host}:{settings.port}"
            remedy = f"stop what listens there or choose another address with {option}"
            raise WorldError(f"cannot listen on {where}: {error.strerror}; {remedy}") from None
        yield int(runner.addresses[0][1])
    finally:
        await runner.cleanup()


def _numbers(screens: Broadcaster, health: Health) -> list[web.RouteDef]:
    return [
        web.get("/v1/scores", screens.scores),
        web.get("/v1/live", screens.live, allow_head=False),
        web.get("/healthz", health.alive),
        web.get("/readyz", health.ready),
        web.get("/metrics", health.metrics),
    ]


def _doors(ring: KeyRing, now: Callable[[], int], counters: Counters) -> list[web.RouteDef]:
    return [*Login(ring).routes(), *PairingDoor(ring, now).routes(), *counters.routes()]


def _description(
    *, with_store: bool, with_alerts: bool, with_terminals: bool, with_hours: bool
) -> list[web.RouteDef]:
    described = document(
        version("semko"),
        with_store=with_store,
        with_alerts=with_alerts,
        with_terminals=with_terminals,
        with_hours=with_hours,
    )
    html = page(described)

    async def openapi(_: web.Request) -> web.Response:
        return json_answer(described)

    async def docs(_: web.Request) -> web.Response:
        headers = {"Content-Security-Policy": CONTENT_SECURITY_POLICY}
        return web.Response(text=html, content_type="text/html", headers=headers)

    return [web.get("/openapi.json", openapi), web.get("/docs", docs)]


async def _to_the_wall(_: web.Request) -> web.StreamResponse:
    raise web.HTTPFound("/wall")
