"""The shape of `semko.toml`: who serves what where, checked entry by entry.

Pure: it judges a parsed document. References between entries are checked in
``models.registry_checks``, look-ups are in ``models.registry``. Ids follow the event contract.
"""

import re
from datetime import date
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from models.fields import Dimension, Id, OfficeId
from models.limits import Channel

Day = date  # a field may be called ``date`` then

BEGINNING = date(2000, 1, 1)
"""The day from which an entry holds that names none: the first day an event may have."""

MINUTES_A_DAY = 24 * 60

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

_UNIT_SECONDS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
_DURATION = re.compile(r"(?:\d+[dhms])+")
_SPAN = re.compile(r"(\d{2}):(\d{2})-(\d{2}):(\d{2})")


def duration_seconds(text: str) -> int:
    """Whole seconds of a text such as ``2h``, ``90m`` or ``1d12h``. Raises ``ValueError``."""
    if not _DURATION.fullmatch(text):
        raise ValueError(
            f'"{text}" is no duration; write whole numbers with d, h, m or s, such as "2h" or "90m"'
        )
    parts = re.findall(r"(\d+)([dhms])", text)
    return sum(int(number) * _UNIT_SECONDS[unit] for number, unit in parts)


def _zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (KeyError, OSError, ValueError):  # not found, a folder, a path outside the database
        problem = f'"{text}" is no IANA time zone; use a name such as "Europe/Sofia"'
        raise ValueError(problem) from None
    return text


def _span(text: object) -> object:
    """``"08:30-17:30"`` as minutes since midnight."""
    if not isinstance(text, str) or not (found := _SPAN.fullmatch(text)):
        raise ValueError(f'{text!r} are no hours; write them as "08:30-17:30"')
    hours = [int(part) for part in found.groups()]
    opens, closes = hours[0] * 60 + hours[1], hours[2] * 60 + hours[3]
    if max(hours[1], hours[3]) > 59 or not opens < closes <= MINUTES_A_DAY:
        raise ValueError(f'"{text}" must open before it closes, both between 00:00 and 24:00')
    return opens, closes


def _window(seconds: int) -> int:
    if not 0 < seconds <= 31 * 86_400:
        raise ValueError("a join window must be longer than 0 and at most 31d")
    return seconds


Zone = Annotated[str, AfterValidator(_zone)]
Span = Annotated[tuple[int, int], BeforeValidator(_span)]
Duration = Annotated[
    int,
    BeforeValidator(lambda value: duration_seconds(str(value))),
    AfterValidator(_window),
]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Name(_Entry):
    """What people read, in Bulgarian and in English."""

    bg: str = Field(min_length=1)
    en: str = Field(min_length=1)


class JoinWindow(_Entry):
    """From local midnight of a day on, how many seconds after its completion a vote may come."""

    since: Day = Field(alias="from")
    window: Duration


class Tenant(_Entry):
    """A municipality. ``join_windows`` by channel; a channel without one has two hours."""

    id: OfficeId
    name: Name
    time_zone: Zone | None = None
    join_windows: dict[Channel, list[JoinWindow]] = {}
    valid_from: Day = BEGINNING


class OpeningHours(_Entry):
    """Spans of minutes since local midnight for each weekday; a day without a span is closed."""

    monday: list[Span] = []
    tuesday: list[Span] = []
    wednesday: list[Span] = []
    thursday: list[Span] = []
    friday: list[Span] = []
    saturday: list[Span] = []
    sunday: list[Span] = []


class Office(_Entry):
    """A service centre, branch or mobile office; without ``opening_hours`` they are unknown."""

    tenant_id: OfficeId
    id: OfficeId
    name: Name
    opening_hours: OpeningHours | None = None
    valid_from: Day = BEGINNING


class Service(_Entry):
    """What citizens come for."""

    tenant_id: OfficeId
    id: Id
    name: Name
    valid_from: Day = BEGINNING


class Desk(_Entry):
    """Any contact point of an office, with the ids of the services it gives."""

    tenant_id: OfficeId
    office_id: OfficeId
    id: Id
    name: Name
    services: list[Id] = []
    valid_from: Day = BEGINNING


class Terminal(_Entry):
    """The device that takes votes, with the ids of the desks that it stands at."""

    tenant_id: OfficeId
    office_id: OfficeId
    id: Id
    desks: list[Id] = Field(min_length=1)
    valid_from: Day = BEGINNING


class Holiday(_Entry):
    """A day on which an office, or without ``office_id`` the whole tenant, is closed."""

    tenant_id: OfficeId
    office_id: OfficeId | None = None
    date: Day
    name: Name


class SegmentValue(_Entry):
    """One allowed value of a segment dimension."""

    value: Id
    name: Name


class Segment(_Entry):
    """A declared citizen profile dimension with its allowed values."""

    tenant_id: OfficeId
    dimension: Dimension
    name: Name
    values: list[SegmentValue] = Field(min_length=1)
    valid_from: Day = BEGINNING


class RegistryFile(_Entry):
    """The whole of `semko.toml`."""

    default_time_zone: Zone = "Europe/Sofia"
    tenants: list[Tenant] = []
    offices: list[Office] = []
    services: list[Service] = []
    desks: list[Desk] = []
    terminals: list[Terminal] = []
    holidays: list[Holiday] = []
    segments: list[Segment] = []
