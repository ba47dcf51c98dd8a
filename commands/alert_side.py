"""The alert book of a store, as the gateway asks for it: beside the loop."""

import asyncio
from collections.abc import Sequence

from sinks import alert_book
from sinks.alert_book import Row, Wanted
from sinks.store import ClickHouseStore
from sources.gateway.alerts import AlertSide


def alert_side(store: ClickHouseStore) -> AlertSide:
    """What a gateway over ``store`` answers about alerts."""

    async def find(states: tuple[str, ...], tenant: str, office: str) -> Sequence[Row]:
        wanted = Wanted(states, tenant, office)
        return await asyncio.to_thread(alert_book.alerts, store.rows, wanted)

    async def whole(tenant: str, office: str, alert: str) -> Row | None:
        return await asyncio.to_thread(alert_book.whole, store.rows, tenant, office, alert)

    async def state(tenant: str, office: str, alert: str) -> str | None:
        return await asyncio.to_thread(alert_book.state, store.rows, tenant, office, alert)

    return AlertSide(find, whole, state)
