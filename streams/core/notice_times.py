"""When a message may be sent, and when again: quiet hours, maintenance, pauses between attempts.

Pure; hours are those of the tenant's time zone.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from models.facts import Office
from models.notices import Notice
from models.notify_file import Maintenance, NotifyFile, Quiet, Route
from models.registry_file import WEEKDAYS
from streams.core.desk_watch import PAGE

SECOND_MS, MINUTE_MS = 1_000, 60_000
FIRST_PAUSE_MS, LONGEST_PAUSE_MS = 5 * SECOND_MS, 15 * MINUTE_MS
"""The pause after a failed attempt doubles from one to the other."""
TRIED_MS = 24 * 60 * MINUTE_MS
"""So long a message is tried."""


@dataclass(frozen=True, slots=True)
class NoticeRules:
    """Who is told of what, and in which zones people's clocks are."""

    file: NotifyFile
    time_zone: Callable[[str], str]
    """IANA name of a tenant's."""

    def local(self, tenant_id: str, now: int) -> datetime:
        """A moment (ms) on the tenant's clocks."""
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=now)
        return moment.astimezone(ZoneInfo(self.time_zone(tenant_id)))

    def may_send(self, route: Route, office: Office, desk: str, level: str, now: int) -> bool:
        """Whether a message may go out at ``now`` (ms); ``desk`` empty: of the whole office."""
        local = self.local(office.tenant_id, now)
        loud = level == PAGE
        quiet = any(_is_within(one, local) for one in route.quiet if not (loud and one.pages))
        return not quiet and not self.in_maintenance(office, desk, now)

    def in_maintenance(self, office: Office, desk: str, at: int) -> bool:
        """Whether the desk was, is or will be in maintenance at a moment (ms)."""
        local = self.local(office.tenant_id, at)
        return any(one.meets(*office, desk) and _lasts(one, local) for one in self.file.maintenance)


def _is_within(quiet: Quiet, local: datetime) -> bool:
    begin, end = quiet.hours
    minute, weekday = local.hour * 60 + local.minute, local.weekday()
    today = WEEKDAYS[weekday] in quiet.days
    if begin < end:
        return today and begin <= minute < end
    yesterday = WEEKDAYS[weekday - 1] in quiet.days
    return (today and minute >= begin) or (yesterday and minute < end)


def _lasts(one: Maintenance, local: datetime) -> bool:
    moment = local.replace(tzinfo=None) if one.begin.tzinfo is None else local
    return one.begin <= moment < one.end


def next_try(notice: Notice) -> int:
    """From when on (ms) a pending message is to be sent, or sent again."""
    if not notice.attempts:
        return notice.first_at
    pause = FIRST_PAUSE_MS << min(notice.attempts - 1, 20)
    return notice.tried_at + min(pause, LONGEST_PAUSE_MS)


def is_hopeless(notice: Notice, now: int) -> bool:
    """Whether it was tried for so long that nobody would thank for it any more."""
    return notice.attempts > 0 and now - notice.first_at >= TRIED_MS
