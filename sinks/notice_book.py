"""Alerts as they are told, and what was told of them: SELECTs and writes behind the notifier.

Implements ``streams.shell.notice_ports.Book`` over any database; knows the tables, not what is due.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from models.alert_actions import PENDING
from models.alert_kinds import SCORE
from models.columns import Columns
from models.facts import Office
from models.notices import AlertNow, Notice, Score
from sinks.alert_book import MEASURED
from sinks.database import Database, instant, listed, quoted

_LIVE = f"state IN ({', '.join(map(quoted, PENDING))})"
SCORES_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class NoticeBook:
    """The alert book and ``notifications`` of one database. Any thread may call at any time."""

    database: Database

    def alerts(self, since: int) -> dict[Office, list[AlertNow]]:
        """By office: alerts that are open, or opened from ``since`` on (ms); judged offices that
        have none too."""
        judged = self.database.columns("SELECT tenant_id, office_id FROM semko.judged FINAL")
        book: dict[Office, list[AlertNow]] = {
            Office(*place): [] for place in zip(*judged.values(), strict=True)
        }
        found = self.database.columns(
            "SELECT tenant_id, office_id, desk_id, alert_id, kind, level, state,"
            f" {_ms('begun_at')} AS begun, {_ms('opened_at')} AS opened,"
            " expected, observed, drop_points,"
            f" {_ms('resolved_at')} AS resolved, resolved_by FROM semko.alert_book"
            f" WHERE {_LIVE} OR opened_at >= {instant(since)} ORDER BY opened_at, alert_id"
        )
        for tenant, office, *rest in zip(*found.values(), strict=True):
            place = Office(tenant, office)
            book.setdefault(place, []).append(AlertNow(place, *rest))
        return book

    def notices(self, since: int, alerts: Collection[AlertNow]) -> list[Notice]:
        """What is recorded from ``since`` on (ms), of ``alerts``, or not sent yet; and since when
        routes are told of offices."""
        older = {(*one.office, one.alert_id) for one in alerts if one.opened_at < since}
        among = f" OR (tenant_id, office_id, alert_id) IN ({listed(older)})" if older else ""
        return self.recorded(
            f"first_at >= {instant(since)} OR state = 'pending' OR event = 'begun'{among}"
        )

    def recorded(self, where: str, limit: int | None = None) -> list[Notice]:
        """Rows of ``notifications`` that meet a condition, oldest first; of many the newest."""
        newest = "" if limit is None else f" ORDER BY first_at DESC LIMIT {limit}"
        found = self.database.columns(
            "SELECT tenant_id, office_id, message_id, target, alert_id, event, route, level, turn,"
            f" state, known, {_ms('first_at')} AS first, attempts, {_ms('tried_at')} AS tried,"
            f" {_ms('sent_at')} AS sent, problem FROM semko.notifications FINAL WHERE {where}"
            f"{newest}"
        )
        rows = [
            Notice(Office(tenant, office), *rest)
            for tenant, office, *rest in zip(*found.values(), strict=True)
        ]
        return sorted(rows, key=lambda one: (one.first_at, one.turn, one.message_id, one.target))

    def desks(self, office: Office, since: int) -> frozenset[str]:
        """The desks of an office with votes of services completed from ``since`` (ms) on."""
        found = self.database.columns(
            "SELECT DISTINCT desk_id FROM semko.interactions FINAL"
            f" WHERE {_of(office)} AND completed_at >= {instant(since)}"
            " AND deleted = 0 AND score IS NOT NULL"
        )
        return frozenset(found["desk_id"])

    def scores(self, alerts: Sequence[AlertNow]) -> dict[tuple[Office, str], Score]:
        """How desks scored from the beginning of score drops on, until they were over."""
        scores: dict[tuple[Office, str], Score] = {}
        alerts = [one for one in alerts if one.kind == SCORE]
        for at in range(0, len(alerts), SCORES_AT_ONCE):
            some = alerts[at : at + SCORES_AT_ONCE]
            numbered = " UNION ALL ".join(_score(n, one) for n, one in enumerate(some))
            found = self.database.columns(numbered)
            for n, *measured in zip(*found.values(), strict=True):
                scores[some[n].office, some[n].alert_id] = Score(*measured)
        return scores

    def write(self, notices: Sequence[Notice]) -> None:
        """Store rows: all of them or, where it raises, perhaps none."""
        self.database.insert("notifications", _columns(notices))


def _score(number: int, alert: AlertNow) -> str:
    until = (
        "" if alert.resolved_at is None else f" AND completed_at <= {instant(alert.resolved_at)}"
    )
    return (
        f"SELECT toInt64({number}) AS number, {MEASURED} FROM semko.interactions FINAL"
        f" WHERE {_of(alert.office)} AND desk_id = {quoted(alert.desk)} AND deleted = 0"
        f" AND score IS NOT NULL AND completed_at >= {instant(alert.begun_at)}{until}"
    )


def _columns(notices: Sequence[Notice]) -> Columns:
    def texts(name: str) -> list[Any]:
        return [getattr(one, name) for one in notices]

    def numbers(name: str) -> "np.ndarray[Any, np.dtype[np.int64]]":
        return np.array(texts(name), np.int64)

    words = ("message_id", "target", "alert_id", "event", "route", "level", "state", "known")
    return {
        "tenant_id": [one.office.tenant_id for one in notices],
        "office_id": [one.office.office_id for one in notices],
        **{name: texts(name) for name in (*words, "problem")},
        **{name: numbers(name) for name in ("turn", "first_at", "attempts", "tried_at")},
        "sent_at": texts("sent_at"),
        "revision": np.array(texts("revision"), np.uint64),
    }


def _ms(column: str) -> str:
    return f"toUnixTimestamp64Milli({column})"


def _of(office: Office) -> str:
    return f"tenant_id = {quoted(office.tenant_id)} AND office_id = {quoted(office.office_id)}"
