"""The shift manager's page: desks by hours of today, beside what the wall and the alert book tell.

Reads the view ``semko.desk_hours_at`` through a query function, gets names from the registry;
knows neither the store nor the gateway.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import web

from dashboards.asking import Query
from dashboards.pages import page_routes
from models.registry import Registry

_HOURS = """
SELECT desk_id, hour, completions, votes, score, score_low, score_high
FROM semko.desk_hours_at(now = fromUnixTimestamp64Milli({now:Int64}, 'UTC'))
WHERE tenant_id = {tenant:String} AND office_id = {office:String}
ORDER BY desk_id, hour
"""


class DeskHours:
    """What each desk of an office did in each hour of today."""

    def __init__(self, query: Query, registry: Registry) -> None:
        self._query = query
        self._registry = registry

    def of(self, tenant_id: str, office_id: str, now_ms: int) -> dict[str, Any]:
        """The local day, its hours from the first to the last with a citizen, and a cell for each
        desk and hour: null where nobody came. Blocks."""
        asked = {"now": now_ms, "tenant": tenant_id, "office": office_id}
        rows = self._query(_HOURS, asked)
        zone = ZoneInfo(self._registry.time_zone(tenant_id))
        day = datetime.fromtimestamp(now_ms / 1000, UTC).astimezone(zone).date()
        cells = {(row["desk_id"], row["hour"]): _cell(row) for row in rows}
        some = [row["hour"] for row in rows]
        hours = list(range(min(some), max(some) + 1)) if some else []
        known = [
            desk.id
            for desk in self._registry.entries.desks
            if (desk.tenant_id, desk.office_id) == (tenant_id, office_id) and desk.valid_from <= day
        ]
        desks = dict.fromkeys([*known, *(row["desk_id"] for row in rows)])
        return {
            "day": day.isoformat(),
            "hours": hours,
            "desks": [
                {
                    "desk_id": desk,
                    "name": {
                        language: self._registry.name(
                            "desk", (tenant_id, office_id, desk), language
                        )
                        for language in ("bg", "en")
                    },
                    "cells": [cells.get((desk, hour)) for hour in hours],
                }
                for desk in desks
            ],
        }


def _cell(row: Mapping[str, Any]) -> dict[str, Any]:
    cell = {"completions": row["completions"], "votes": row["votes"], "score": None}
    if row["score"] is not None:
        value, low, high = (round(row[name], 2) for name in ("score", "score_low", "score_high"))
        face = min(4, int(row["score"] / 25 + 0.5)) + 1
        cell["score"] = {"value": value, "low": low, "high": high, "face": face}
    return cell


def shift_routes() -> list[web.AbstractRouteDef]:
    """``GET /shift`` and what the page is made of."""
    return page_routes("shift")
