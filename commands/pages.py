"""What people open in a browser, put together for whichever process serves it."""

from aiohttp import web

from commands.engine import clock_ms
from dashboards.desk import routes as desk_routes
from dashboards.kiosk import routes as kiosk_routes
from dashboards.pages import page_routes
from dashboards.report.routes import routes as report_routes
from dashboards.shift import shift_routes
from dashboards.wall import routes as wall_routes
from models.registry import Registry
from sinks.store import ClickHouseStore


def pages(store: ClickHouseStore, registry: Registry) -> list[web.AbstractRouteDef]:
    """Pages with the files that they are made of; who may see which the gateway knows."""
    return [
        *wall_routes(),
        *shift_routes(),
        *report_routes(store.rows, registry, clock_ms),
        *page_routes("login"),
        *kiosk_routes(),
        *desk_routes(),
    ]
