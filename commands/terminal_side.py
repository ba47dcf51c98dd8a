"""What the gateway asks of the store about terminals, beside the loop."""

import asyncio
from collections.abc import Mapping, Sequence

from commands.engine import clock_ms
from models.heartbeats import Heard
from models.instants import format_instant
from models.maintenance import Maintenance, Order
from sinks.database import Database
from sinks.terminals import maintenance, order_maintenance, store_heartbeats
from sources.gateway import TerminalSide


def terminal_side(database: Database) -> TerminalSide:
    """Heartbeats and maintenance of ``database``."""

    async def keep(heard: Sequence[Heard]) -> None:
        await asyncio.to_thread(store_heartbeats, database, heard)

    async def read() -> Maintenance:
        return await asyncio.to_thread(maintenance, database)

    async def order(wanted: Order) -> Mapping[str, object]:
        return await asyncio.to_thread(ordered, database, wanted)

    return TerminalSide(keep, read, order)


def ordered(database: Database, wanted: Order) -> dict[str, object]:
    """Begin or end the maintenance of a terminal now; what there is to say of it."""
    span = order_maintenance(database, wanted, clock_ms())
    return {
        "tenant": wanted.tenant_id,
        "office": wanted.office_id,
        "terminal": wanted.terminal_id,
        "maintenance": wanted.on,
        "since": format_instant(span.since),
        "until": None if span.until is None else format_instant(span.until),
    }
