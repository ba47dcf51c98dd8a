"""What was told already, as messages to come depend on it; and offices that were told of as one.

Pure: over the rows of ``notifications`` that are stored. Knows no routes but their names.
"""

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from models.alert_kinds import SCORE
from models.facts import Office
from models.notices import (
    BEGUN,
    ESCALATED,
    FAILED,
    INCLUDED,
    OPENED,
    PENDING,
    REOPENED,
    RESOLVED,
    SENT,
    SUMMARY,
    WITHDRAWN,
    AlertNow,
    Notice,
)
from streams.core.desk_watch import AMBER, PAGE

_GROUP = "office "
"""No id of an alert begins so: they have no blanks."""
_COUNTED = frozenset({PENDING, SENT, FAILED})
"""States of what is, was or should have been a message."""

_Place = tuple[str, Office]
"""A route, by its name, and an office."""


class History:
    """Look-ups over recorded notices."""

    def __init__(self, notices: Iterable[Notice]) -> None:
        self._told: dict[_Place, dict[str, dict[str, Notice]]] = {}
        self._begun: dict[_Place, int] = {}
        self._messages: dict[str, dict[str, int]] = {}
        self._groups: set[str] = set()
        for one in notices:
            place = one.route, one.office
            if one.event == BEGUN:
                self._begun[place] = one.first_at
                continue
            if one.state in _COUNTED:
                self._messages.setdefault(one.route, {})[one.message_id] = one.first_at
            if one.event != SUMMARY:
                alerts = self._told.setdefault(place, {})
                alerts.setdefault(one.alert_id, {})[one.message_id] = one
            if is_group(one.alert_id):
                self._groups.add(one.message_id)

    def begun(self, route: str, office: Office) -> int | None:
        """Since when (ms) a route is told of an office; None: it never was."""
        return self._begun.get((route, office))

    def told(self, route: str, office: Office, alert_id: str) -> list[Notice]:
        """One row a message about an alert, in the order of their turns."""
        found = self._told.get((route, office), {}).get(alert_id, {}).values()
        return sorted(found, key=lambda one: (one.turn, one.first_at, one.message_id))

    def messages(self, route: str, since: int) -> int:
        """How many messages a route had from ``since`` (ms) on."""
        return sum(at > since for at in self._messages.get(route, {}).values())

    def groups(self, route: str, office: Office, day: str = "") -> Iterator[str]:
        """Ids of the office as a whole, of one local day or of all that are recorded."""
        for alert_id in self._told.get((route, office), {}):
            if alert_id.startswith(_GROUP + day):
                yield alert_id

    def open_group(self, route: str, office: Office, day: str) -> str | None:
        """The message that told last that the office drops as a whole, unless that is over."""
        for group in sorted(self.groups(route, office, day), reverse=True):
            told = [one for one in self.told(route, office, group) if one.event != ESCALATED]
            if told[-1].event in {OPENED, REOPENED}:
                return told[0].message_id
        return None

    def is_in_group(self, notice: Notice) -> bool:
        """Whether an alert was told of with its office, which tells of its end too."""
        return notice.state == INCLUDED and notice.problem in self._groups

    def members(
        self, route: str, office: Office, group: str, alerts: Sequence[AlertNow]
    ) -> list[AlertNow]:
        """Which of ``alerts`` belong to a group: those it told of, and those included since."""
        first = self.told(route, office, group)[0]
        named = {
            str(one["alert_id"])
            for one in msgspec.json.decode(first.known or b'{"alerts": []}')["alerts"]
        }
        for alert_id, told in self._told.get((route, office), {}).items():
            if any(o.state == INCLUDED and o.problem == first.message_id for o in told.values()):
                named.add(alert_id)
        return [one for one in alerts if one.alert_id in named]


def group_id(day: str, number: int) -> str:
    """Id of an office as a whole: local day, and the how manieth time that day."""
    return f"{_GROUP}{day} {number}"


def is_group(alert_id: str) -> bool:
    """Whether an id is that of an office as a whole."""
    return alert_id.startswith(_GROUP)


def group_alert(group: str, members: Sequence[AlertNow]) -> AlertNow:
    """An office as one alert: open as long as one of its members is."""
    live = [one for one in members if one.is_live]
    ended = [one for one in members if one.state == RESOLVED]
    level = PAGE if any(one.level == PAGE for one in live or members) else AMBER
    return AlertNow(
        members[0].office,
        "",
        group,
        SCORE,
        level,
        "open" if live else RESOLVED if ended else WITHDRAWN,
        min(one.begun_at for one in members),
        max(one.opened_at for one in members),
        sum(one.expected for one in members) / len(members),
        sum(one.observed for one in members) / len(members),
        sum(one.drop_points for one in members) / len(members),
        None if live else max((one.resolved_at or 0 for one in ended), default=None),
    )
