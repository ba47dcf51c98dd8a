"""Reports gathered from the store's views: everything that a page shows and an export holds.

Asks through a query function, as the wall does; knows neither HTML nor which store answers.
"""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import structlog

from dashboards.asking import Query
from dashboards.report import sql
from dashboards.report.asked import DAYS_AT_MOST, Asked, Unknown, Wrong
from dashboards.report.counts import Counts, Estimate, share, together
from models.errors import SemkoError
from models.registry import Registry

Row = Mapping[str, Any]
_DEFAULT_ZONE = "Europe/Sofia"
"""That of the store's views for a tenant that is not registered."""
_KEPT_MS = 30_000
_KEPT_AT_MOST = 64

logger = structlog.get_logger(__name__)


class OfficeLine(NamedTuple):
    """One office of the list."""

    tenant_id: str
    office_id: str
    counts: Counts
    alerts: int


@dataclass(frozen=True, slots=True)
class Overview:
    """All offices over the same days."""

    asked: Asked
    offices: Sequence[OfficeLine]


@dataclass(frozen=True, slots=True)
class Report:
    """What is known of an office, a desk or a service over whole local days.

    ``others``: desks and services of an office, services of a desk, desks of a service, by
    (scope, id). ``waits`` by the place of its span in ``sql.WAITS``, from 0.
    """

    asked: Asked
    zone: str
    total: Counts
    previous: Counts
    days: Mapping[date, Counts]
    hours: Mapping[tuple[int, int], Counts]
    waits: Mapping[int, Counts]
    reasons: Mapping[str, Counts]
    explained: int
    """Votes that named at least one reason."""
    others: Mapping[tuple[str, str], Counts]
    alerts: Sequence[Row]
    compared: Mapping[str, "Future[list[dict[str, Any]]]"]
    """Rows of ``semko.comparison_between`` by scope, as they come."""

    @property
    def comparison(self) -> Mapping[str, Sequence[Row]]:
        """``compared``, once it is there. Raises as the query does."""
        return {unit: rows.result() for unit, rows in self.compared.items()}

    @property
    def is_whole(self) -> bool:
        """False where a part of it could not be had."""
        return not any(rows.done() and rows.exception() for rows in self.compared.values())

    def reason_share(self, counts: Counts) -> Estimate | None:
        """The share of votes that named a reason, of all that named any."""
        return share(counts.votes, self.explained)


class Reports:
    """Gathers reports from one store. Blocks; may be used by several threads.

    A report is kept for half a minute, so that its exports hold what the page has shown.
    """

    def __init__(self, query: Query, registry: Registry) -> None:
        self._query = query
        self._registry = registry
        self._kept: dict[Asked, tuple[int, Report]] = {}
        # Comparisons take longer than all else together: a page shows the rest before.
        self._beside = ThreadPoolExecutor(2, "report")

    def overview(self, wanted: Asked, now_ms: int) -> Overview:
        """All offices, registered ones without votes too."""
        settled = self._settled(wanted, self._registry.entries.default_time_zone, now_ms)
        found = {
            (row["tenant_id"], row["office_id"]): Counts.of(row)
            for row in self._query(sql.OFFICES, _days(settled))
        }
        alerts = {
            (row["tenant_id"], row["office_id"]): row["alerts"]
            for row in self._query(sql.OPEN_ALERTS, {})
        }
        ever = sorted((row["tenant_id"], row["office_id"]) for row in self._query(sql.EVER, {}))
        registered = [(each.tenant_id, each.id) for each in self._registry.entries.offices]
        return Overview(
            settled,
            [
                OfficeLine(*office, found.get(office, Counts()), alerts.get(office, 0))
                for office in dict.fromkeys([*registered, *ever])
            ],
        )

    def report(self, wanted: Asked, now_ms: int) -> Report:
        """The report that is ``wanted``; its days default to the last 28 open ones.

        Raises ``Unknown`` where neither registry nor store knows what is asked for, ``Wrong`` for
        days that cannot be.
        """
        made_ms, found = self._kept.get(_plain(wanted), (0, None))
        if found is None or not found.is_whole or not 0 <= now_ms - made_ms < _KEPT_MS:
            found = self._gathered(wanted, now_ms)
            if len(self._kept) >= _KEPT_AT_MOST:
                self._kept.clear()
            for asked in (wanted, found.asked):
                self._kept[_plain(asked)] = now_ms, found
        looks = {"lang": wanted.lang, "theme": wanted.theme, "signed_in": wanted.signed_in}
        return replace(found, asked=replace(found.asked, **looks))  # type: ignore[arg-type]

    def _gathered(self, wanted: Asked, now_ms: int) -> Report:
        if not self._is_known(wanted):
            raise Unknown(f"there is no {wanted.scope} {wanted.key or wanted.office}")
        zones = self._query(sql.ZONE, {"tenant": wanted.tenant})
        zone = zones[0]["time_zone"] if zones else _DEFAULT_ZONE
        asked = self._settled(wanted, zone, now_ms)
        values = _values(asked, zone)
        hours = self._query(sql.HOURS, values)
        before = self._query(sql.HOURS, _values(asked.moved(-1), zone))
        facts = self._facts(values)
        return Report(
            asked,
            zone,
            together(map(Counts.of, hours)),
            together(map(Counts.of, before)),
            _summed((date.fromisoformat(row["local_day"]), row) for row in hours),
            _summed((_hour_of_week(row), row) for row in hours),
            {int(item) - 1: counts for item, counts in facts.get("wait", {}).items()},
            facts.get("reason", {}),
            together(facts.get("explained", {}).values()).votes,
            self._others(asked, values, facts),
            self._alerts(asked, values),
            self._comparison(asked, values),
        )

    def _is_known(self, wanted: Asked) -> bool:
        entries, office = self._registry.entries, (wanted.tenant, wanted.office)
        if wanted.scope == "office":
            if any((each.tenant_id, each.id) == office for each in entries.offices):
                return True
        elif wanted.scope == "desk" and any(
            (each.tenant_id, each.office_id, each.id) == (*office, wanted.key)
            for each in entries.desks
        ):
            return True
        place = {"tenant": wanted.tenant, "office": wanted.office}
        return bool(self._query(sql.KNOWN, place | {"scope": str(wanted.scope), "key": wanted.key}))

    def _settled(self, wanted: Asked, zone: str, now_ms: int) -> Asked:
        """With both days: those of the last 28 open days where the address says none."""
        today = datetime.fromtimestamp(now_ms / 1000, UTC).astimezone(ZoneInfo(zone)).date()
        until = wanted.until or max(today, wanted.since or today)
        since = wanted.since
        if since is None:
            where = {"tenant": wanted.tenant, "office": wanted.office, "last": until.isoformat()}
            found = [row["open_day"] for row in self._query(sql.OPEN_DAYS, where)]
            since = until - timedelta(days=27)
            if found and (until - date.fromisoformat(found[-1])).days < DAYS_AT_MOST:
                since = date.fromisoformat(found[-1])
        if (until - since).days >= DAYS_AT_MOST:
            raise Wrong("tooLong", "from", since.isoformat())
        return replace(wanted, since=since, until=until, today=today)

    def _facts(self, values: Mapping[str, object]) -> dict[str, dict[str, Counts]]:
        found: dict[str, dict[str, Counts]] = {}
        for row in self._query(sql.FACTS, values):
            found.setdefault(row["part"], {})[row["item"]] = Counts.of(row)
        return found

    def _others(
        self, asked: Asked, values: Mapping[str, object], facts: Mapping[str, Mapping[str, Counts]]
    ) -> dict[tuple[str, str], Counts]:
        if asked.scope == "office":
            rows = self._query(sql.UNITS, values)
            found = {(row["part"], row["item"]): Counts.of(row) for row in rows}
            for desk in self._registry.entries.desks:
                if (desk.tenant_id, desk.office_id) == (asked.tenant, asked.office):
                    found.setdefault(("desk", desk.id), Counts())
            return found
        other = "service" if asked.scope == "desk" else "desk"
        return {(other, item): counts for item, counts in facts.get(other, {}).items()}

    def _alerts(self, asked: Asked, values: Mapping[str, object]) -> list[dict[str, Any]]:
        if asked.scope == "service":
            return []
        desk = asked.key if asked.scope == "desk" else ""
        return self._query(sql.ALERTS, {**values, "desk": desk})

    def _comparison(
        self, asked: Asked, values: Mapping[str, object]
    ) -> dict[str, "Future[list[dict[str, Any]]]"]:
        units = ["desk", "service"] if asked.scope == "office" else [str(asked.scope)]
        return {
            unit: self._beside.submit(self._compared, {**values, "unit": unit}) for unit in units
        }

    def _compared(self, values: Mapping[str, object]) -> list[dict[str, Any]]:
        try:
            return self._query(sql.COMPARED, values)
        except SemkoError as problem:
            logger.warning("units could not be compared", problem=str(problem), **values)
            raise


def _plain(asked: Asked) -> Asked:
    return replace(asked, lang="bg", theme="", signed_in=False, today=None)


def _days(asked: Asked) -> dict[str, object]:
    return {"first": str(asked.since), "last": str(asked.until)}


def _values(asked: Asked, zone: str) -> dict[str, object]:
    return {
        **_days(asked),
        "since": f"{asked.since} 00:00:00",
        "until": f"{asked.until} 00:00:00",
        "tenant": asked.tenant,
        "office": asked.office,
        "scope": str(asked.scope),
        "key": asked.key,
        "zone": zone,
    }


def _hour_of_week(row: Row) -> tuple[int, int]:
    """Weekday, 0 for Monday, and local hour."""
    return date.fromisoformat(row["local_day"]).weekday(), int(row["local_hour"])


def _summed(rows: Iterable[tuple[Any, Row]]) -> dict[Any, Counts]:
    groups: dict[Any, list[Counts]] = {}
    for key, row in rows:
        groups.setdefault(key, []).append(Counts.of(row))
    return {key: together(groups[key]) for key in sorted(groups)}
