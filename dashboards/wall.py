"""The wall: its page, and the snapshot of numbers that its live stream carries.

Reads the views ``semko.wall_scores_at`` and ``semko.usual_scores_at`` through a query function,
and ``dashboards.terminals`` through it the terminals; gets names from the registry; knows neither
the store nor the gateway. The snapshot's shape is told in ``docs/wall.md``.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import web

from dashboards.asking import Query
from dashboards.drops import Drops, drops_at
from dashboards.pages import page_routes
from dashboards.steps import VOTES_A_STEP, StepKeeper
from dashboards.terminals import TerminalWatch
from models.registry import Kind, Registry
from models.scores import FORMULA_VERSION

Row = Mapping[str, Any]

USUAL_FOR_MS = 60_000
"""What is usual changes once a day; it is asked for again after this long."""

_SCORES = """
SELECT
    tenant_id, office_id, scope, key, time_zone, toString(day) AS day, completions, votes,
    response_rate, mean_wait_seconds,
    toUnixTimestamp64Milli(last_completed_at) AS completed_ms,
    toUnixTimestamp64Milli(last_voted_at) AS voted_ms,
    score_low, score_high,
    arrayMap(at -> toUnixTimestamp64Milli(at), steps.1) AS step_times,
    steps.2 AS step_scores,
    steps.3 AS step_votes
FROM semko.wall_scores_at(now = fromUnixTimestamp64Milli({now:Int64}, 'UTC'))
"""
_USUAL = """
SELECT tenant_id, office_id, usual
FROM semko.usual_scores_at(now = fromUnixTimestamp64Milli({now:Int64}, 'UTC'))
"""

_Office = tuple[str, str]


class Wall:
    """Takes snapshots. One instance a process: it remembers which scores it has shown."""

    def __init__(self, query: Query, registry: Registry) -> None:
        self._query = query
        self._registry = registry
        self._steps = StepKeeper()
        self._terminals = TerminalWatch(query, registry)
        self._usual: dict[_Office, float | None] = {}
        self._usual_asked_ms = -USUAL_FOR_MS
        self._drops: Drops = {}

    def snapshot(self, now_ms: int) -> dict[str, Any]:
        """The numbers of all offices at ``now_ms`` (since 1970). Blocks; not for several threads.

        Equal numbers give equal snapshots: it carries no time of its own.
        """
        if now_ms - self._usual_asked_ms >= USUAL_FOR_MS:
            rows = self._query(_USUAL, {"now": now_ms})
            self._usual = {(row["tenant_id"], row["office_id"]): row["usual"] for row in rows}
            self._usual_asked_ms = now_ms
        rows_by_office: dict[_Office, dict[tuple[str, str], Row]] = {}
        for row in self._query(_SCORES, {"now": now_ms}):
            office = (row["tenant_id"], row["office_id"])
            rows_by_office.setdefault(office, {})[row["scope"], row["key"]] = row
        self._drops = drops_at(self._query, now_ms)
        terminals = self._terminals.by_office(now_ms)
        offices = dict.fromkeys([*self._registered(now_ms), *sorted(rows_by_office)])
        return {
            "formula_version": FORMULA_VERSION,
            "votes_needed": VOTES_A_STEP,
            "offices": [
                self._office(office, rows_by_office.get(office, {}), now_ms)
                | {"terminals": terminals.get(office, [])}
                for office in offices
            ],
        }

    def _registered(self, now_ms: int) -> Iterator[_Office]:
        today = datetime.fromtimestamp(now_ms / 1000, UTC).date()
        for office in self._registry.entries.offices:
            if office.valid_from <= today:
                yield office.tenant_id, office.id

    def _office(
        self, office: _Office, rows: Mapping[tuple[str, str], Row], now_ms: int
    ) -> dict[str, Any]:
        tenant_id, office_id = office
        row = rows.get(("office", ""))
        zone = row["time_zone"] if row else self._registry.time_zone(tenant_id)
        now = datetime.fromtimestamp(now_ms / 1000, ZoneInfo(zone))
        desks = [
            desk.id
            for desk in self._registry.entries.desks
            if (desk.tenant_id, desk.office_id) == office and desk.valid_from <= now.date()
        ]
        desks += sorted(key for scope, key in rows if scope == "desk")
        services = [
            (rows[place]["completions"], place[1]) for place in rows if place[0] == "service"
        ]
        numbers = self._numbers(("office", *office, ""), row)
        usual = self._usual.get(office)
        return {
            "tenant_id": tenant_id,
            "office_id": office_id,
            "tenant_name": self._name("tenant", tenant_id),
            "name": self._name("office", tenant_id, office_id),
            "time_zone": zone,
            "day": now.date().isoformat(),
            **numbers,
            "steps": self._steps.steps(("office", *office, "")) if row else [],
            "usual": _rounded(usual),
            "trend": _trend(numbers["score"], usual),
            "desks": [
                {
                    "desk_id": desk,
                    "name": self._name("desk", tenant_id, office_id, desk),
                    **self._numbers(("desk", *office, desk), rows.get(("desk", desk))),
                    "drop": self._drops.get((*office, desk)),
                }
                for desk in dict.fromkeys(desks)
            ],
            "services": [
                {
                    "service_id": service,
                    "name": self._name("service", tenant_id, service),
                    **self._numbers(("service", *office, service), rows["service", service]),
                }
                for _, service in sorted(services, key=lambda each: (-each[0], each[1]))
            ],
        }

    def _numbers(self, place: tuple[str, str, str, str], row: Row | None) -> dict[str, Any]:
        if row is None:
            return {
                "completions": 0,
                "votes": 0,
                "response_rate": None,
                "mean_wait_seconds": None,
                "last_completed_at": None,
                "last_voted_at": None,
                "score": None,
            }
        return {
            "completions": row["completions"],
            "votes": row["votes"],
            "response_rate": _rounded(row["response_rate"], 4),
            "mean_wait_seconds": _rounded(row["mean_wait_seconds"], 0),
            "last_completed_at": _text(row["completed_ms"]),
            "last_voted_at": _text(row["voted_ms"]),
            "score": self._steps.score(place, row),
        }

    def _name(self, kind: Kind, *ids: str) -> dict[str, str]:
        return {language: self._registry.name(kind, ids, language) for language in ("bg", "en")}


def routes() -> list[web.AbstractRouteDef]:
    """``GET /wall`` and what the page is made of."""
    return page_routes("wall")


def _trend(score: Mapping[str, float] | None, usual: float | None) -> str | None:
    """A difference that chance explains is no trend: the usual score must lie outside of the
    score's 95 % interval."""
    if score is None or usual is None:
        return None
    if score["low"] > usual:
        return "higher"
    return "lower" if score["high"] < usual else "usual"


def _rounded(value: float | None, digits: int = 2) -> float | None:
    return None if value is None else round(value, digits)


def _text(instant_ms: int | None) -> str | None:
    if instant_ms is None:
        return None
    return (
        datetime.fromtimestamp(instant_ms / 1000, UTC)
        .isoformat(timespec="milliseconds")
        .replace("+00:00", "Z")
    )
