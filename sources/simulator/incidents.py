"""Incidents of a day, in words: "desk 4 turns bad at 10:30 until 12:00", "desk 4 at +10min -30".

Says when and where something happens and how much; what it does to queue and votes is drawn
elsewhere. Minutes count from local midnight.
"""

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from models.errors import CallError

Kind = Literal["bad", "good", "slow", "closed"]
DAY_MINUTES = 24 * 60

_USUAL: dict[Kind, float] = {"bad": 40.0, "good": 15.0, "slow": 2.5, "closed": 0.0}
_KINDS: dict[str, Kind] = {
    "turns bad": "bad",
    "turns good": "good",
    "slows down": "slow",
    "closes": "closed",
}
_FORM = re.compile(
    r"(?:tenant (?P<tenant>\S+) )?(?:office (?P<office>\S+) )?desk (?P<desk>\S+) "
    r"(?P<kind>turns bad|turns good|slows down|closes)"
    r"(?: by (?P<by>\d+(?:\.\d+)?)(?: points| times)?)?"
    r" at (?P<at>\d\d:\d\d)(?: until (?P<until>\d\d:\d\d))?(?: on (?P<day>\d{4}-\d\d-\d\d))?"
)
_RELATIVE = re.compile(
    r"(?:tenant (?P<tenant>\S+) )?(?:office (?P<office>\S+) )?desk (?P<desk>\S+) "
    r"at \+(?P<minutes>\d{1,4}) ?min (?P<sign>[+-])(?P<by>\d+(?:\.\d+)?)"
)


class Incident(BaseModel):
    """A desk is ``bad`` or ``good`` by points of the mean, ``slow`` by a factor of durations, or
    ``closed``, from ``at`` until before ``until``, on one ``day`` or on each. ``desk`` is its id or
    the number in which the id ends; without tenant and office any such desk is meant."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    desk: str
    kind: Kind
    at: int = Field(ge=0, lt=DAY_MINUTES)
    until: int = Field(gt=0, le=2 * DAY_MINUTES)
    by: float = Field(ge=0)
    day: date | None = None
    office: str | None = None
    tenant: str | None = None

    def meets(self, tenant_id: str, office_id: str, desk_id: str) -> bool:
        """Whether it happens at this desk."""
        number = re.search(r"\d+$", desk_id)
        named = desk_id == self.desk or (
            number is not None and self.desk.isdigit() and int(number[0]) == int(self.desk)
        )
        return named and self.tenant in (None, tenant_id) and self.office in (None, office_id)

    def spans(self, day: date) -> Iterator[tuple[int, int]]:
        """The minutes of ``day`` in which it lasts, one begun the evening before included."""
        if self.day in (None, day):
            yield self.at, min(self.until, DAY_MINUTES)
        if self.until > DAY_MINUTES and self.day in (None, day - timedelta(days=1)):
            yield 0, self.until - DAY_MINUTES


def parse_incident(text: str, begun: datetime | None = None) -> Incident:
    """``[tenant T] [office O] desk D turns bad|turns good|slows down|closes [by N] at HH:MM
    [until HH:MM] [on YYYY-MM-DD]``; without ``until`` the day long, an earlier ``until`` is that
    of the next day. Raises ``CallError``.

    Or, where something has ``begun`` (local time): ``desk D at +Nmin -P``, so many minutes later by
    P points, for a day."""
    words = " ".join(text.split())
    later = _RELATIVE.fullmatch(words)
    if later and begun is not None:
        return _relative(later, begun)
    if later:
        raise CallError(f'"{text}": say when, as in "desk 4 turns bad at 10:30": nothing runs yet')
    found = _FORM.fullmatch(words)
    if not found:
        raise CallError(
            f'"{text}" is no incident; write it like "desk 4 turns bad at 10:30 until 12:00" '
            "(turns bad, turns good, slows down or closes)"
        )
    kind = _KINDS[found["kind"]]
    at = _minute(found["at"], text)
    until = _minute(found["until"], text) if found["until"] else DAY_MINUTES
    return Incident(
        desk=found["desk"],
        kind=kind,
        at=at,
        until=until if until > at else until + DAY_MINUTES,
        by=float(found["by"]) if found["by"] else _USUAL[kind],
        day=_day(found["day"], text),
        office=found["office"],
        tenant=found["tenant"],
    )


def _relative(found: re.Match[str], begun: datetime) -> Incident:
    start = begun + timedelta(minutes=int(found["minutes"]))
    at = start.hour * 60 + start.minute
    return Incident(
        desk=found["desk"],
        kind="bad" if found["sign"] == "-" else "good",
        at=at,
        until=at + DAY_MINUTES,
        by=float(found["by"]),
        day=start.date(),
        office=found["office"],
        tenant=found["tenant"],
    )


def _minute(clock: str, text: str) -> int:
    hours, minutes = int(clock[:2]), int(clock[3:])
    if hours > 23 or minutes > 59:
        raise CallError(f'"{text}": {clock} is no time of day; write 00:00 to 23:59')
    return hours * 60 + minutes


def _day(day: str | None, text: str) -> date | None:
    try:
        return date.fromisoformat(day) if day else None
    except ValueError:
        raise CallError(f'"{text}": {day} is no day of the calendar') from None
