"""A small town written by rule for tests of reports: interactions, and the windows that they make.

Windows are summed by the store itself from the facts, in plain SQL, so that pages can be held
against either.
"""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from dashboards.report.routes import routes
from models.registry import Registry
from tests.dashboards.store import Store

FIRST = date(2026, 2, 2)
"""A Monday."""

LAST = date(2026, 2, 27)
NOW_MS = int(datetime(2026, 2, 27, 16, 0, tzinfo=UTC).timestamp() * 1000)
CENTRE = {"tenant": "town", "office": "centre"}
LONG = "Гише 3 – Гражданска регистрация, удостоверения за раждане и наследници, адресна регистрация"

NAMES = f"""
[[tenants]]
id = "town"
name = {{ bg = "Община Търговище", en = "Municipality of Targovishte" }}
[[offices]]
tenant_id = "town"
id = "centre"
name = {{ bg = "Център за обслужване на граждани", en = "Citizen service centre" }}
[[offices]]
tenant_id = "town"
id = "idle"
name = {{ bg = "Изнесен офис", en = "Idle office" }}
[[desks]]
tenant_id = "town"
office_id = "centre"
id = "d3"
name = {{ bg = "{LONG}", en = "Desk 3 – civil registration, certificates of birth and of heirs" }}
"""

_WINDOWS = """
INSERT INTO semko.window_metrics
SELECT
    tenant_id, office_id, place.1 AS scope, place.2 AS key, 3600,
    toStartOfHour(completed_at) AS start,
    count(), count(pressed), countIf(pressed = 1), countIf(pressed = 2), countIf(pressed = 3),
    countIf(pressed = 4), countIf(pressed = 5),
    toInt64(sum(2500 * (pressed - 1))), toInt64(sum(6250000 * (pressed - 1) * (pressed - 1))),
    countIf(outcome = 'refused'), countIf(outcome = 'abandoned'), countIf(outcome = 'transferred'),
    0, 0, sum(ifNull(wait, 0)), count(wait), 1
FROM
(
    SELECT
        tenant_id, office_id, completed_at, outcome,
        toInt64(score) AS pressed, wait_seconds AS wait,
        [('office', ''), ('desk', toString(desk_id)), ('service', toString(service_id))] AS places
    FROM semko.interactions FINAL
)
ARRAY JOIN places AS place
GROUP BY tenant_id, office_id, scope, key, start
"""


def names() -> Registry:
    """The town's registry."""
    return Registry.parse(NAMES)


def fill(store: Store, office: str = "centre", desks: int = 4) -> None:
    """Working days of four weeks with a visit of each desk every 40 minutes from 9 to 17 in Sofia.

    Two of three vote; desk ``d1`` has bad Fridays; waiting grows through the day, and who waited
    ten minutes or longer presses a face less and says why.
    """
    rows: list[dict[str, Any]] = []
    for offset in range((LAST - FIRST).days + 1):
        day = FIRST + timedelta(days=offset)
        if day.weekday() < 5:
            rows += _day(office, day, desks)
    store.put_alike("interactions", rows)


def sum_up(store: Store) -> None:
    """Make the windows of all interactions."""
    store.empty("window_metrics")
    store.execute(_WINDOWS)


def fill_every_office(store: Store) -> None:
    """The town, an office of 60 desks, and one where one citizen came; all summed up."""
    fill(store)
    fill(store, "big", 60)
    lonely = {"tenant_id": "town", "office_id": "lonely", "score": 2}
    store.interaction(9_000_000, "2026-02-03 10:00:00.000", **lonely)
    sum_up(store)


def answers(store: Store, known: Registry, *urls: str) -> list[tuple[int, bytes]]:
    """What a real server answers."""

    async def ask() -> list[tuple[int, bytes]]:
        app = web.Application()
        app.add_routes(routes(store.query, known, lambda: NOW_MS))
        async with TestClient(TestServer(app)) as client:
            found = []
            for url in urls:
                answer = await client.get(url)
                found.append((answer.status, await answer.read()))
            return found

    return asyncio.run(ask())


def _day(office: str, day: date, desks: int) -> list[dict[str, Any]]:
    rows = []
    for desk in range(1, desks + 1):
        for turn in range(12):
            number = (day - FIRST).days * 10_000 + desk * 100 + turn
            at = datetime(day.year, day.month, day.day, 7, 5, desk % 60, tzinfo=UTC)
            text = (at + timedelta(minutes=40 * turn)).strftime("%Y-%m-%d %H:%M:%S.000")
            wait = 60 * turn + 7 * desk
            score = 5 - (turn + desk + day.day) % 4
            score -= (wait >= 600) + 2 * (desk == 1 and day.weekday() == 4)
            voted = number % 3 != 0
            rows.append(
                {
                    "tenant_id": "town",
                    "office_id": office,
                    "interaction_key": number + 1,
                    "desk_id": f"d{desk}",
                    "service_id": ("passport", "tax", "permit")[(desk + turn) % 3],
                    "channel": "counter",
                    "outcome": "refused" if turn == 11 else "completed",
                    "completed_at": text,
                    "wait_seconds": wait,
                    "score": max(1, score) if voted else None,
                    "scale": 5 if voted else None,
                    "voted_at": text if voted else None,
                    "reasons": ["waiting"] if voted and wait >= 600 else [],
                    "deleted": 0,
                }
            )
    return rows
