"""Which messages about alerts are due: a function of the alert book, of what is recorded, and time.

Each alert has one message at most of each turn of its life on each route, known by an id that is
made of nothing else; whoever works it out again comes to the same. Where a whole office drops there
is one message for it, and where a route would take more than its limit the rest is summed up.
Pure.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from models.alert_kinds import SCORE
from models.facts import Office
from models.notices import (
    BEGUN,
    ESCALATED,
    INCLUDED,
    OPENED,
    PENDING,
    REOPENED,
    RESOLVED,
    SUMMARY,
    SUPPRESSED,
    WITHDRAWN,
    AlertNow,
    Notice,
    message_id,
)
from models.notify_file import Route
from streams.core.desk_watch import AMBER, PAGE
from streams.core.notice_history import History, group_alert, group_id, is_group
from streams.core.notice_times import MINUTE_MS, TRIED_MS, NoticeRules

BEFORE_MS = 60 * MINUTE_MS
"""An alert that opened so long before a route was first told of its office is not told."""
GROUP_DESKS = 3
"""From so many desks on with a score drop, if they are half of those with votes, an office drops as
a whole."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A message that is due, or why there is none."""

    route: Route
    office: Office
    alert_id: str
    event: str
    level: str
    turn: int
    alerts: tuple[AlertNow, ...]
    """What it tells of."""
    events: tuple[str, ...] = ()
    """Of a summary: what happened to each of them."""
    desks: int = 0
    """Of an office: how many desks have votes today."""
    state: str = PENDING
    problem: str = ""

    @property
    def message_id(self) -> str:
        """The same whenever and by whomever it is worked out."""
        if self.event == SUMMARY:
            parts = [f"{one.office}{one.alert_id}" for one in self.alerts]
            return message_id(self.route.name, SUMMARY, self.turn, *sorted(parts), *self.events)
        return message_id(*self.office, self.alert_id, self.event, self.turn, self.route.name)

    @property
    def order(self) -> tuple[bool, bool, int, str]:
        """The most urgent first."""
        first = min((one.opened_at for one in self.alerts), default=0)
        return self.level != PAGE, self.event != OPENED, first, self.alert_id


Desks = Callable[[Office], frozenset[str]]
"""The desks of an office that have votes of today."""


@dataclass(frozen=True, slots=True)
class Scene:
    """All that messages depend on; ``now`` in ms."""

    rules: NoticeRules
    book: Mapping[Office, Sequence[AlertNow]]
    history: History
    desks: Desks
    now: int


def due(scene: Scene) -> tuple[list[Draft], int]:
    """What is to be recorded now and, if pending, sent; and how many messages wait for their time.

    What one round comes to may make more due: ask again until nothing is.
    """
    found: list[Draft] = []
    held = 0
    for route in scene.rules.file.routes:
        drafts: list[Draft] = []
        for office in scene.book:
            if route.meets(*office):
                some, waiting = _of_office(scene, route, office)
                drafts += some
                held += waiting
        told, late = _limited(scene, route, drafts)
        found += told
        held += late
    return found, held


def _of_office(scene: Scene, route: Route, office: Office) -> tuple[list[Draft], int]:
    found: list[Draft] = []
    begun = scene.history.begun(route.name, office)
    if begun is None:
        found.append(Draft(route, office, "", BEGUN, "", 1, (), state=SUPPRESSED))
        begun = scene.now
    drafts = [
        draft
        for alert in _subjects(scene, route, office)
        if (draft := _wanted(scene, route, alert, begun)) is not None
    ]
    sendable = [one for one in drafts if one.state == SUPPRESSED or _may_send(scene, one)]
    return found + _grouped(scene, route, office, sendable), len(drafts) - len(sendable)


def _subjects(scene: Scene, route: Route, office: Office) -> Iterable[AlertNow]:
    """The alerts of an office, and the office itself where it was told of as one."""
    alerts = scene.book[office]
    yield from alerts
    for group in scene.history.groups(route.name, office):
        members = scene.history.members(route.name, office, group, alerts)
        if members:
            yield group_alert(group, members)


def _may_send(scene: Scene, draft: Draft) -> bool:
    desk = "" if is_group(draft.alert_id) else draft.alerts[0].desk
    return scene.rules.may_send(draft.route, draft.office, desk, draft.level, scene.now)


def _wanted(scene: Scene, route: Route, alert: AlertNow, begun: int) -> Draft | None:
    """What is to be told next of one alert."""
    told = scene.history.told(route.name, alert.office, alert.alert_id)
    if not told:
        return _opening(scene, route, alert, begun)
    if told[0].state == SUPPRESSED or scene.history.is_in_group(told[0]):
        return None
    event = _next_event(alert, told)
    if event is None or (event not in route.events and event != REOPENED):
        return None
    turn = told[-1].turn + 1
    return Draft(
        route, alert.office, alert.alert_id, event, alert.level, turn, _told_of(scene, route, alert)
    )


def _next_event(alert: AlertNow, told: Sequence[Notice]) -> str | None:
    last = [one.event for one in told if one.event != ESCALATED][-1]
    if alert.is_live:
        if last in {RESOLVED, WITHDRAWN}:
            return REOPENED
        worse = alert.level == PAGE and all(one.level == AMBER for one in told)
        return ESCALATED if worse else None
    return alert.state if last != alert.state else None


def _told_of(scene: Scene, route: Route, alert: AlertNow) -> tuple[AlertNow, ...]:
    if not is_group(alert.alert_id):
        return (alert,)
    alerts = scene.book[alert.office]
    return tuple(scene.history.members(route.name, alert.office, alert.alert_id, alerts))


def _opening(scene: Scene, route: Route, alert: AlertNow, begun: int) -> Draft | None:
    if alert.level not in route.levels or alert.state == WITHDRAWN:
        return None
    draft = Draft(route, alert.office, alert.alert_id, OPENED, alert.level, 1, (alert,))
    if alert.opened_at < begun - BEFORE_MS:
        return replace(draft, state=SUPPRESSED, problem="from before the route was set up")
    if alert.is_live:
        return draft
    if alert.opened_at < scene.now - TRIED_MS:
        return replace(draft, state=SUPPRESSED, problem="over, and more than a day old")
    if scene.rules.in_maintenance(alert.office, alert.desk, alert.opened_at):
        return replace(draft, state=SUPPRESSED, problem="begun and over during maintenance")
    return draft


def _grouped(scene: Scene, route: Route, office: Office, drafts: list[Draft]) -> list[Draft]:
    """One message for the office in place of those of its desks, where it drops as a whole."""
    fresh = [one for one in drafts if one.event == OPENED and one.state == PENDING]
    fresh = [one for one in fresh if one.alerts[0].is_live and one.alerts[0].kind == SCORE]
    if not fresh:
        return drafts
    day = scene.rules.local(office.tenant_id, scene.now).strftime("%Y%m%d")
    open_group = scene.history.open_group(route.name, office, day)
    if open_group is not None:
        return [_included(one, open_group) if one in fresh else one for one in drafts]
    live = [
        one
        for one in scene.book[office]
        if one.is_live
        and one.kind == SCORE
        and one.level in route.levels
        and not scene.rules.in_maintenance(office, one.desk, scene.now)
    ]
    if len(live) < GROUP_DESKS:
        return drafts
    desks = scene.desks(office)
    live = [one for one in live if one.desk in desks]
    together = {one.alert_id for one in live}
    fresh = [one for one in fresh if one.alert_id in together]
    if len(live) < GROUP_DESKS or 2 * len(live) < len(desks) or not fresh:
        return drafts
    group = group_id(day, len(list(scene.history.groups(route.name, office, day))) + 1)
    level = PAGE if any(one.level == PAGE for one in live) else AMBER
    whole = Draft(route, office, group, OPENED, level, 1, tuple(live), desks=len(desks))
    return [whole, *(_included(one, whole.message_id) if one in fresh else one for one in drafts)]


def _included(draft: Draft, within: str) -> Draft:
    return replace(draft, state=INCLUDED, problem=within)


def _limited(scene: Scene, route: Route, drafts: list[Draft]) -> tuple[list[Draft], int]:
    """What of ``drafts`` the route takes now, and how many have to wait."""
    messages = sorted((one for one in drafts if one.state == PENDING), key=lambda one: one.order)
    others = [one for one in drafts if one.state != PENDING]
    since = scene.now - route.limit.within
    left = route.limit.messages - scene.history.messages(route.name, since)
    if len(messages) <= left:
        return others + messages, 0
    if left < 1:
        late = {one.message_id for one in messages}
        return [one for one in others if one.problem not in late], len(messages)
    single, rest = messages[: left - 1], messages[left - 1 :]
    whole = _summary(route, rest)
    return others + single + [whole, *(_included(one, whole.message_id) for one in rest)], 0


def _summary(route: Route, drafts: Sequence[Draft]) -> Draft:
    alerts = tuple(alert for one in drafts for alert in one.alerts)
    events = tuple(one.event for one in drafts for _ in one.alerts)
    level = PAGE if any(one.level == PAGE for one in drafts) else AMBER
    turn = max(one.turn for one in drafts)
    return Draft(route, drafts[0].office, "", SUMMARY, level, turn, alerts, events)
