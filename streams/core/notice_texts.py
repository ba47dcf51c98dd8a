"""What a message says, in Bulgarian and in English: one JSON object, with a text for people in it.

Pure. It says what is known and how sure it is; scores are whole numbers, times the tenant's.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from models.alert_kinds import RESPONSE, SCORE, UNFINISHED
from models.facts import Office
from models.notices import OPENED, REOPENED, RESOLVED, SUMMARY, TEST, AlertNow, Score
from models.registry import Language, Registry
from streams.core.notice_due import Draft
from streams.core.notice_history import is_group

Scores = Mapping[tuple[Office, str], Score]
"""Of alerts, by office and id."""

_TITLES: Mapping[Language, Mapping[str, str]] = {
    "bg": {
        "opened": "Спад на оценката",
        "escalated": "Спадът вече е спешен",
        "resolved": "Спадът отмина",
        "withdrawn": "Оттеглено: по-късни гласове отмениха спада",
        "reopened": "Спадът отново е в сила: по-късни гласове го върнаха",
        "office": "{office}: спад на {count} от {desks} гишета",
        "office_again": "{office}: спадът на {count} гишета",
        "summary": "Още {count} съобщения",
        "page": "Спешно: ",
        "test": "Проба: това не е спад, само проверка на пътя",
    },
    "en": {
        "opened": "Score drop",
        "escalated": "The score drop is urgent now",
        "resolved": "The score drop is over",
        "withdrawn": "Withdrawn: later votes undid the drop",
        "reopened": "The drop holds again: later votes brought it back",
        "office": "{office}: {count} of {desks} desks dropped",
        "office_again": "{office}: the drop of {count} desks",
        "summary": "And {count} more",
        "page": "Urgent: ",
        "test": "Test: no drop, only a trial of the way",
    },
}
_OF_SHARES: Mapping[Language, Mapping[str, tuple[str, str]]] = {
    "bg": {
        RESPONSE: ("По-малко хора гласуват", "Гласува се отново както обикновено"),
        UNFINISHED: ("Повече хора остават необслужени", "Необслужените са отново както обикновено"),
    },
    "en": {
        RESPONSE: ("Fewer people vote", "As many people vote as usual again"),
        UNFINISHED: ("More people leave unserved", "No more people leave unserved than usual"),
    },
}
"""Of other kinds: while it lasts, and when it is over."""
_TURNS: Mapping[Language, Mapping[str, str]] = {
    "bg": {
        "opened": "{what}",
        "escalated": "{what}: вече е спешно",
        "withdrawn": "Оттеглено: {what}",
        "reopened": "Отново в сила: {what}",
    },
    "en": {
        "opened": "{what}",
        "escalated": "{what}: urgent now",
        "withdrawn": "Withdrawn: {what}",
        "reopened": "Holds again: {what}",
    },
}
_WORDS: Mapping[Language, Mapping[str, str]] = {
    "bg": {
        "votes": "от {votes} гласа",
        "vote": "от 1 глас",
        "since": "от {since}",
        "until": "до {until}",
        "hand": "затворен ръчно",
        "expected": "очаквано {expected:.0f}",
    },
    "en": {
        "votes": "of {votes} votes",
        "vote": "of 1 vote",
        "since": "since {since}",
        "until": "until {until}",
        "hand": "closed by hand",
        "expected": "{expected:.0f} expected",
    },
}


@dataclass(frozen=True, slots=True)
class Writer:
    """Words for what is known of ``registry``; ``public_url`` is the wall's, or empty."""

    registry: Registry
    public_url: str
    zone: Callable[[str], str]

    def message(self, draft: Draft, scores: Scores, now: int) -> str:
        """The whole message of a draft, as JSON."""
        language = draft.route.language
        events = draft.events or (draft.event,) * len(draft.alerts)
        facts = [
            _facts(alert, event, scores.get((alert.office, alert.alert_id)))
            for alert, event in zip(draft.alerts, events, strict=True)
        ]
        lines = [
            self._line(alert, event if draft.event == SUMMARY else "", scores, now, language)
            for alert, event in zip(draft.alerts, events, strict=True)
        ]
        links = self._links(draft.alerts)
        return _json(
            {
                "message_id": draft.message_id,
                "event": draft.event,
                "route": draft.route.name,
                "level": draft.level,
                "at": _iso(now),
                "tenant_id": draft.office.tenant_id,
                "office_id": draft.office.office_id,
                "alert_id": draft.alert_id,
                "title": self._title(draft),
                "text": "\n".join([*lines, *links.values()]),
                "links": links,
                "alerts": facts,
            }
        )

    def test(self, route: str, language: Language, message: str, now: int) -> str:
        """A message that says that it is none."""
        title = _TITLES[language][TEST]
        links = {"wall": f"{self.public_url}/wall"} if self.public_url else {}
        return _json(
            {
                "message_id": message,
                "event": TEST,
                "route": route,
                "at": _iso(now),
                "title": f"SEMKO: {title}",
                "text": "\n".join([f"{title}.", *links.values()]),
                "links": links,
                "alerts": [],
            }
        )

    def _title(self, draft: Draft) -> str:
        titles = _TITLES[draft.route.language]
        urgent = titles["page"] if draft.level == "page" and draft.event in _URGENT else ""
        if draft.event == SUMMARY:
            return f"SEMKO: {urgent}{titles[SUMMARY].format(count=len(draft.alerts))}"
        if not is_group(draft.alert_id):
            return f"SEMKO: {urgent}{_said(draft.alerts[0], draft.event, draft.route.language)}"
        told = {
            "office": self.registry.name("office", tuple(draft.office), draft.route.language),
            "count": len(draft.alerts),
            "desks": draft.desks,
        }
        if draft.event == OPENED:
            return f"SEMKO: {urgent}{titles['office'].format(**told)}"
        again = titles["office_again"].format(**told)
        return f"SEMKO: {titles[draft.event]} ({again})"

    def _line(
        self, alert: AlertNow, event: str, scores: Scores, now: int, language: Language
    ) -> str:
        """``Гише 4 (Център): 72 → 41 ± 9 от 23 гласа, от 10:35``."""
        words, place = _WORDS[language], tuple(alert.office)
        desk = self.registry.name("desk", (*place, alert.desk), language)
        office = self.registry.name("office", place, language)
        score = scores.get((alert.office, alert.alert_id))
        parts = [_measured(alert, score, words)]
        parts.append(words["since"].format(since=self._time(alert, alert.begun_at, now)))
        if alert.resolved_at is not None:
            parts.append(words["until"].format(until=self._time(alert, alert.resolved_at, now)))
        parts += [words["hand"]] if alert.resolved_by == "hand" else []
        what = f"{_said(alert, event, language)}: " if event else ""
        return f"{what}{desk} ({office}): {', '.join(parts)}"

    def _time(self, alert: AlertNow, at: int, now: int) -> str:
        zone = ZoneInfo(self.zone(alert.office.tenant_id))
        local, today = (_moment(one).astimezone(zone) for one in (at, now))
        return local.strftime("%H:%M" if local.date() == today.date() else "%d.%m. %H:%M")

    def _links(self, alerts: Sequence[AlertNow]) -> dict[str, str]:
        links: dict[str, str] = {}
        offices = {one.office for one in alerts}
        if self.public_url:
            links["wall"] = f"{self.public_url}/wall"
            if len(offices) == 1:
                tenant, office = offices.pop()
                place = urlencode({"tenant": tenant, "office": office})
                links["wall"] += f"?{place}"
                links["shift"] = f"{self.public_url}/shift?{place}"
        if len(alerts) == 1:
            (one,) = alerts
            tenant, office = one.office
            links["show"] = f"semko alerts show {one.alert_id} --tenant {tenant} --office {office}"
        elif alerts:
            links["show"] = "semko alerts list"
        return links


_URGENT = {OPENED, REOPENED, SUMMARY}
"""Titles that do not say it themselves, of what is not over."""


def _said(alert: AlertNow, event: str, language: Language) -> str:
    """What happened, in words."""
    if alert.kind == SCORE:
        return _TITLES[language][event]
    lasting, over = _OF_SHARES[language][alert.kind]
    return over if event == RESOLVED else _TURNS[language][event].format(what=lasting)


def _measured(alert: AlertNow, score: Score | None, words: Mapping[str, str]) -> str:
    if alert.kind != SCORE:
        return f"{alert.expected:.0f} % → {alert.observed:.0f} %"
    if score is None or score.mean is None:
        return words["expected"].format(expected=alert.expected)
    reach = "" if score.reach is None else f" ± {score.reach:.0f}"
    count = "vote" if score.votes == 1 else "votes"
    told = words[count].format(votes=score.votes)
    return f"{alert.expected:.0f} → {score.mean:.0f}{reach} {told}"


def _facts(alert: AlertNow, event: str, score: Score | None) -> dict[str, Any]:
    votes, mean, reach = score or Score(0, None, None)
    return {
        "tenant_id": alert.office.tenant_id,
        "office_id": alert.office.office_id,
        "desk_id": alert.desk,
        "alert_id": alert.alert_id,
        "event": event,
        "kind": alert.kind,
        "level": alert.level,
        "state": alert.state,
        "begun_at": _iso(alert.begun_at),
        "opened_at": _iso(alert.opened_at),
        "resolved_at": None if alert.resolved_at is None else _iso(alert.resolved_at),
        "resolved_by": alert.resolved_by,
        "expected": round(alert.expected, 1),
        "observed": round(alert.observed, 1),
        "drop_points": alert.drop_points,
        "now": None if mean is None else round(mean, 1),
        "reach": None if reach is None else round(reach, 1),
        "votes": votes,
    }


def _json(message: Mapping[str, object]) -> str:
    return json.dumps(message, ensure_ascii=False, separators=(",", ":"))


def _moment(at: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=at)


def _iso(at: int) -> str:
    return _moment(at).isoformat(timespec="milliseconds").replace("+00:00", "Z")
