"""What a simulated town is: tenants, offices, desks with characters, services, citizens, trouble.

Only declarations and their checks; nothing here draws a number or knows a clock. Points are those
of the mean score, 0 to 100; shares are between 0 and 1; minutes of a day count from local midnight.
"""

import tomllib
from datetime import date
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from models.contract import Dimension as DimensionId
from models.contract import Id, OfficeId
from models.errors import CallError
from models.limits import Channel
from models.registry_file import Name, Span, Zone
from sources.simulator.incidents import Incident, parse_incident
from sources.simulator.registry_text import registry_text

Share = Annotated[float, Field(ge=0, le=1)]

OPENING: tuple[int, int] = (8 * 60 + 30, 17 * 60)


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Service(_Part):
    """What citizens come for. ``minutes`` is the median of a lognormal duration, ``sigma`` the
    standard deviation of its logarithm; ``weight`` its part in the mix; ``base`` the points that
    an average desk gets for it; with ``due_days`` a legal deadline goes along with each case, of
    which ``overdue`` are late."""

    id: Id
    name: Name
    minutes: float = Field(gt=0, le=120)
    sigma: float = Field(default=0.5, ge=0, le=1.5)
    weight: float = Field(default=1.0, gt=0)
    base: float = Field(default=78.0, ge=0, le=100)
    due_days: int | None = Field(default=None, ge=1, le=90)
    overdue: Share = 0.06


class Desk(_Part):
    """A contact point. ``character`` shifts its mean for good, ``day_sd`` is how far it strays from
    day to day (both points); ``speed`` multiplies durations. Without ``queues`` it serves any
    number at once (a web form, a letter box) and knows no waiting."""

    id: Id
    name: Name
    services: tuple[Id, ...] = Field(min_length=1)
    channel: Channel = "counter"
    staffed: tuple[Span | tuple[int, int], ...] = (OPENING,)
    speed: float = Field(default=1.0, gt=0)
    character: float = Field(default=0.0, ge=-60, le=60)
    day_sd: float = Field(default=3.0, ge=0, le=30)
    queues: bool = True
    terminal_id: Id
    scale: int = Field(default=5, ge=3, le=5)
    knows_ticket: bool = True


class Office(_Part):
    """``daily``: interactions expected on an average working day; ``channels`` their shares."""

    id: OfficeId
    name: Name
    daily: float = Field(gt=0)
    desks: tuple[Desk, ...] = Field(min_length=1)
    channels: dict[Channel, float] = {"counter": 1.0}

    @model_validator(mode="after")
    def _each_channel_has_desks(self) -> Self:
        if missing := set(self.channels) - {desk.channel for desk in self.desks}:
            raise ValueError(f"no desk serves the channel {', '.join(sorted(missing))}")
        return self


class Tenant(_Part):
    """A municipality."""

    id: OfficeId
    name: Name
    offices: tuple[Office, ...] = Field(min_length=1)


class Segment(_Part):
    """A value of a dimension: how many citizens have it and how many points they give more."""

    value: Id
    name: Name
    share: Share
    shift: float = 0.0


class Dimension(_Part):
    """A citizen profile dimension, not known of the share ``absent``."""

    id: DimensionId
    name: Name
    values: tuple[Segment, ...] = Field(min_length=1)
    absent: Share = 0.1


class Response(_Part):
    """Who votes: the share by channel, multiplied by what the face would be (extremes answer more),
    and ``abandoned`` where the citizen left unserved."""

    by_channel: dict[Channel, Share] = {
        "counter": 0.38,
        "mobile": 0.45,
        "phone": 0.15,
        "online": 0.22,
        "post": 0.05,
    }
    by_face: tuple[float, float, float, float, float] = (1.35, 0.95, 0.75, 0.9, 1.1)
    abandoned: float = 0.3


class Trouble(_Part):
    """What goes wrong between desk and log; all shares but the last three are of the events."""

    completion_twice: Share = 0.005
    correction: Share = 0.008
    vote_twice: Share = 0.01
    second_press: Share = 0.015
    before_completion: Share = 0.06
    long_after: Share = 0.02
    too_late: Share = 0.002
    unknown_ticket: Share = 0.002
    shuffled: Share = 0.02
    invalid: Share = 0.001
    offline_day: Share = 0.03  # of the days of a terminal, one outage each
    offline_hours: float = Field(default=4.0, ge=0, le=6)  # the longest
    clock_wrong_day: Share = 0.002  # of the days of a terminal: it sends the future


CALM = Trouble(**dict.fromkeys(set(Trouble.model_fields) - {"offline_hours"}, 0.0))
"""Nothing goes wrong: for tests and for a first look."""


class Holiday(_Part):
    """A day on which every office is closed."""

    day: date
    name: Name


def _incident(value: object) -> object:
    return parse_incident(value) if isinstance(value, str) else value


class Town(_Part):
    """Everything a simulation draws from. ``weekdays`` multiply the day's arrivals (Monday first),
    ``hours`` weigh the hours of an office's day. ``always_open``: every desk is staffed round the
    clock on every day, so that a demo shows a live town whenever it starts."""

    name: Name
    tenants: tuple[Tenant, ...] = Field(min_length=1)
    services: tuple[Service, ...] = Field(min_length=1)
    dimensions: tuple[Dimension, ...] = Field(default=(), max_length=8)
    response: Response = Response()
    trouble: Trouble = Trouble()
    incidents: tuple[Annotated[Incident, BeforeValidator(_incident)], ...] = ()
    holidays: tuple[Holiday, ...] = ()
    time_zone: Zone = "Europe/Sofia"
    always_open: bool = False
    weekdays: tuple[float, float, float, float, float, float, float] = (
        *(1.25, 1.05, 0.95, 0.95, 0.8),
        *(0.0, 0.0),
    )
    hours: tuple[float, ...] = Field(
        default=(
            *(0.2, 0.2, 0.2, 0.2, 0.2, 0.3, 0.5, 0.7),
            *(0.9, 1.35, 1.4, 1.15, 0.6, 0.8, 1.0, 0.9),
            *(0.6, 0.5, 0.5, 0.4, 0.4, 0.3, 0.3, 0.2),
        ),
        min_length=24,
        max_length=24,
    )

    @model_validator(mode="after")
    def _references_hold(self) -> Self:
        known = {service.id for service in self.services}
        for tenant in self.tenants:
            for desk in (desk for office in tenant.offices for desk in office.desks):
                if unknown := set(desk.services) - known:
                    raise ValueError(f"desk {desk.id} names the unknown service {min(unknown)}")
        return self

    def with_changes(self, **changes: object) -> "Town":
        """The same town with other ``incidents``, ``trouble``, ``always_open`` or the like; texts
        stand for incidents. Raises ``CallError`` where a value does not fit."""
        fields = {name: getattr(self, name) for name in type(self).model_fields}
        return _checked({**fields, **changes})

    def registry_toml(self) -> str:
        """The text of a `semko.toml` that names everything in the events of this town."""
        return registry_text(self)


def _checked(fields: dict[str, object]) -> Town:
    try:
        return Town.model_validate(fields)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise CallError(
            f"the town's {where or 'parts'}: {first['msg'].removeprefix('Value error, ')}"
        ) from None


def parse_town(text: str) -> Town:
    """A town from TOML: the fields of ``Town``. Raises ``CallError`` naming what is wrong."""
    try:
        return _checked(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise CallError(f"the town is no TOML: {error}") from None


def load_town(path: Path) -> Town:
    """``parse_town`` of a file. Raises ``CallError`` where it cannot be read."""
    try:
        return parse_town(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise CallError(f"cannot read the town {path}: {error}") from None
