"""The alert book read: which alerts there are, how their scores are since, what was done.

The one place of this SQL, for commands and for HTTP. Knows the tables, not who answers: ``Ask``
does, in this process or another. Times come as RFC 3339.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from models.alert_kinds import SCORE
from models.errors import CallError
from models.instants import parse_instant
from sinks.database import instant, quoted

Row = dict[str, Any]
Ask = Callable[[str], list[Row]]
"""The result of one SELECT, a dict a row."""

ALERTS_AT_MOST = 1_000
_TIMES = ("begun_at", "opened_at", "last_alarm_at", "resolved_at", "acknowledged_at", "acted_at")
_PLACE = ("tenant_id", "office_id", "desk_id")

_POINTS = "100 * (score - 1) / (scale - 1)"
_CENTRE = f"((sum({_POINTS}) + 125) / (count() + 2.5))"
_SQUARES = f"((sum(pow({_POINTS}, 2)) + 9375) / (count() + 2.5))"
MEASURED = (
    f"toInt64(count()) AS votes, avg({_POINTS}) AS mean,"
    f" if(count() = 0, NULL, sqrt(3.841458820694124 * ({_SQUARES} - pow({_CENTRE}, 2))"
    " / (count() + 3.5))) AS reach"
)
"""Of votes of ``interactions``: how many, their mean score, half of its 95 % interval's width, as
in ``semko.hourly_scores``: votes that are all alike have one too."""


class Wanted(NamedTuple):
    """Which alerts: those that agree with all that is not empty."""

    states: tuple[str, ...] = ()
    tenant: str = ""
    office: str = ""
    alert: str = ""

    def where(self) -> str:
        """As a condition on the view."""
        named = {"tenant_id": self.tenant, "office_id": self.office, "alert_id": self.alert}
        conditions = [f"{name} = {quoted(value)}" for name, value in named.items() if value]
        if self.states:
            conditions.append(f"state IN ({', '.join(map(quoted, self.states))})")
        return " AND ".join(conditions) or "1"


def alerts(ask: Ask, wanted: Wanted) -> list[Row]:
    """Alerts with the score since the drop began, the newest first."""
    return _told(ask(_book(wanted.where())))


def state(ask: Ask, tenant: str, office: str, alert: str) -> str | None:
    """How an alert stands; None where there is none."""
    where = Wanted(tenant=tenant, office=office, alert=alert).where()
    found = ask(f"SELECT state FROM semko.alert_book WHERE {where}")
    return str(found[0]["state"]) if found else None


def the_one(ask: Ask, alert: str, tenant: str = "", office: str = "") -> Row:
    """Place and state of the alert that is named so. Raises ``CallError`` where there is none, or
    one in several offices."""
    where = Wanted(tenant=tenant, office=office, alert=alert).where()
    found = ask(
        f"SELECT tenant_id, office_id, desk_id, alert_id, state FROM semko.alert_book WHERE {where}"
    )
    if not found:
        raise CallError(f"there is no alert {alert!r}; `semko alerts list --all` names them")
    if len(found) > 1:
        raise CallError(f"{len(found)} offices have an alert {alert!r}: say --tenant and --office")
    return found[0]


def whole(ask: Ask, tenant: str, office: str, alert: str) -> Row | None:
    """One alert with the score since, where the drop sits (``sits_in``), and what people did
    (``actions``), what became of the score after (``recovery``); None where there is none."""
    found = alerts(ask, Wanted(tenant=tenant, office=office, alert=alert))
    if not found:
        return None
    one = found[0]
    known: Row = {"sits_in": [], "recovery": None, "actions": _told(ask(_actions(one)))}
    if one["kind"] == SCORE:
        known["sits_in"] = ask(_sits_in(one))
        known["recovery"] = next(iter(recoveries(ask, Wanted((), tenant, office, alert))), None)
    return one | known


def recoveries(ask: Ask, wanted: Wanted, since: int = 0) -> list[Row]:
    """What became of scores after the first action on their drop: `semko.alert_recovery` of alerts
    that opened from ``since`` (ms) on, oldest first."""
    where = f"{wanted.where()} AND opened_at >= {instant(since)}"
    return _told(ask(f"SELECT * FROM semko.alert_recovery WHERE {where} ORDER BY opened_at"))


def _told(rows: Sequence[Row]) -> list[Row]:
    return [
        row | {name: _time(row[name]) for name in _TIMES if row.get(name) is not None}
        for row in rows
    ]


def _time(text: str) -> str:
    return f"{text.replace(' ', 'T')}Z"


def _book(where: str) -> str:
    """With a 95 % interval of the mean."""
    found = f"(SELECT * FROM semko.alert_book WHERE {where} ORDER BY opened_at DESC, alert_id"
    found += f" LIMIT {ALERTS_AT_MOST})"
    return f"""
        WITH wanted AS {found}
        SELECT alert.*, since.votes AS votes, since.mean AS now, since.reach AS reach
        FROM wanted AS alert
        LEFT JOIN
        (
            SELECT tenant_id, office_id, alert_id, {MEASURED}
            FROM
            (
                SELECT tenant_id, office_id, desk_id, completed_at, score, scale
                FROM semko.interactions FINAL
                WHERE (tenant_id, office_id) IN (SELECT tenant_id, office_id FROM wanted)
                    AND completed_at >= (SELECT min(begun_at) FROM wanted)
                    AND score IS NOT NULL
            ) AS fact
            INNER JOIN wanted AS drop
                ON drop.tenant_id = fact.tenant_id AND drop.office_id = fact.office_id
                AND drop.desk_id = fact.desk_id AND drop.kind = 'score'
            WHERE fact.completed_at >= drop.begun_at
                AND (drop.resolved_at IS NULL OR fact.completed_at <= drop.resolved_at)
            GROUP BY tenant_id, office_id, alert_id
        ) AS since
            ON since.tenant_id = alert.tenant_id AND since.office_id = alert.office_id
            AND since.alert_id = alert.alert_id
        ORDER BY opened_at DESC, alert_id"""


def _sits_in(alert: Row) -> str:
    """Services, hours and reasons of the votes since the drop began."""
    of = " AND ".join(f"{name} = {quoted(alert[name])}" for name in _PLACE)
    of += f" AND completed_at >= {instant(parse_instant(alert['begun_at']))}"
    if alert["resolved_at"] is not None:
        of += f" AND completed_at <= {instant(parse_instant(alert['resolved_at']))}"
    return f"""
        SELECT kind, key, count() AS votes, round(avg(points), 1) AS mean
        FROM
        (
            SELECT {_POINTS} AS points, arrayJoin(arrayConcat(
                [('service', toString(service_id)), ('hour', formatDateTime(completed_at, '%H'))],
                arrayMap(one -> ('reason', toString(one)), reasons))) AS part,
                part.1 AS kind, part.2 AS key
            FROM semko.interactions FINAL
            WHERE {of} AND score IS NOT NULL
        )
        GROUP BY kind, key
        ORDER BY kind DESC, votes * ({alert["expected"]} - mean) DESC
        LIMIT 3 BY kind"""


def _actions(alert: Row) -> str:
    of = " AND ".join(
        f"{name} = {quoted(alert[name])}" for name in ("tenant_id", "office_id", "alert_id")
    )
    return (
        "SELECT event_id, action, acted_at, who, note FROM semko.alert_actions FINAL"
        f" WHERE {of} ORDER BY acted_at, event_id"
    )
