"""The built-in towns: a village of 5 desks, a town of 12, a city of 60, a country of any size.

Declarations put together from names; characters of desks follow from their numbers, so that the
same preset is the same town everywhere.
"""

from dataclasses import dataclass

from models.errors import CallError
from models.limits import Channel
from models.registry_file import Name
from sources.simulator.names import (
    DIMENSIONS,
    EVERYTHING,
    OFFICES,
    SERVICES,
    SUBJECTS,
    holidays,
    name,
    town_names,
)
from sources.simulator.town import Desk, Office, Tenant, Town

HOLIDAY_YEARS = range(2024, 2029)

_CHARACTERS = (2.0, 4.0, -1.0, 0.0, -6.0, 1.0, -3.0, 5.0, 0.0, -9.0, 3.0)
"""Points by which desks differ, in turn: most a little, one in eleven a good deal worse."""
_SPEEDS = (0.9, 1.0, 1.1, 1.0, 0.95, 1.15, 1.0)
_LUNCH = (12 * 60, 12 * 60 + 30, 13 * 60)


@dataclass(frozen=True, slots=True)
class _Shape:
    """An office in numbers; ``pace`` multiplies all durations, so that the desks keep up."""

    daily: float
    counters: int = 0
    phones: int = 0
    mobiles: int = 0
    web: int = 0
    post: int = 0
    pace: float = 1.0


def village() -> Town:
    """5 desks, one office, about 150 interactions a day."""
    return _town(name("Липополе", "Lipopole"), [_Shape(150, counters=4, phones=1)])


def town() -> Town:
    """12 desks in two offices, about 1,100 interactions a day."""
    shapes = [
        _Shape(800, counters=7, phones=1, web=1, pace=0.85),
        _Shape(300, counters=3, pace=0.85),
    ]
    return _town(name("Речоград", "Rechograd"), shapes)


def city() -> Town:
    """60 desks in five offices, about 8,000 interactions a day."""
    return _town(name("Каменоград", "Kamenograd"), _city_shapes())


def country(n_towns: int) -> Town:
    """``n_towns`` municipalities, of which one in fifty is a city, one in three a town and the
    rest are villages of half the size: 265 of them make about 200,000 interactions a day.

    Raises ``CallError`` where there are not that many names.
    """
    names = town_names()
    if not 1 <= n_towns <= len(names):
        raise CallError(f"a country of {n_towns} towns is not built in; ask for 1 to {len(names)}")
    tenants = []
    for number, label in enumerate(names[:n_towns]):
        if number % 50 == 0:
            shapes = _city_shapes()
        elif number % 3 == 0:
            shapes = [_Shape(1000, counters=9, phones=1, web=1, pace=0.85)]
        else:
            shapes = [_Shape(420, counters=4, phones=1, web=1)]
        tenants.append(_tenant(label, shapes))
    return _of(name("Страна", "Country"), tenants)


PRESETS = {"village": village, "town": town, "city": city}
"""The towns that have a name of their own; ``preset`` also knows ``country:N``."""


def preset(wanted: str) -> Town:
    """The town called ``wanted``: one of ``PRESETS`` or ``country:N``. Raises ``CallError``."""
    kind, _, size = wanted.partition(":")
    if kind == "country" and size.isdecimal():
        return country(int(size))
    if wanted not in PRESETS:
        known = ", ".join(PRESETS)
        raise CallError(f'there is no town "{wanted}"; choose {known}, country:N or a file')
    return PRESETS[wanted]()


def _city_shapes() -> list[_Shape]:
    branch = _Shape(1450, counters=11, phones=1, pace=0.75)
    center = _Shape(2900, counters=14, phones=2, web=1, post=1, pace=0.62)
    return [center, branch, branch, branch, _Shape(600, mobiles=6, pace=0.9)]


def _town(label: Name, shapes: list[_Shape]) -> Town:
    return _of(label, [_tenant(label, shapes)])


def _of(label: Name, tenants: list[Tenant]) -> Town:
    return Town(
        name=label,
        tenants=tuple(tenants),
        services=SERVICES,
        dimensions=DIMENSIONS,
        holidays=holidays(HOLIDAY_YEARS),
    )


def _tenant(label: Name, shapes: list[_Shape]) -> Tenant:
    offices = []
    number = 1  # desks are numbered through the whole town: "desk 4" is one of them
    for shape, (office_id, office_name) in zip(shapes, OFFICES, strict=False):
        desks = _desks(shape, number)
        number += len(desks)
        offices.append(
            Office(
                id=office_id,
                name=office_name,
                daily=shape.daily,
                desks=tuple(desks),
                channels=_channels(shape),
            )
        )
    return Tenant(id=label.en.lower(), name=label, offices=tuple(offices))


def _channels(shape: _Shape) -> dict[Channel, float]:
    shares: dict[Channel, float] = {}
    if shape.phones:
        shares["phone"] = 0.8 / (shape.counters + shape.phones) * shape.phones
    if shape.web:
        shares["online"] = 0.1
    if shape.post:
        shares["post"] = 0.02
    if shape.mobiles:
        shares["mobile"] = 1.0
    if shape.counters:
        shares["counter"] = 1.0 - sum(shares.values())
    return shares


def _desks(shape: _Shape, first: int) -> list[Desk]:
    channels: list[Channel] = ["counter"] * shape.counters
    channels += ["phone"] * shape.phones
    channels += ["mobile"] * shape.mobiles
    channels += ["online"] * shape.web
    channels += ["post"] * shape.post
    return [
        _desk(channel, place, first + place, shape.pace) for place, channel in enumerate(channels)
    ]


_PLACES: dict[Channel, Name] = {
    "phone": name("Телефон", "Phone line"),
    "mobile": name("Мобилен пост", "Mobile post"),
    "online": name("Електронни услуги", "Online services"),
    "post": name("Поща", "Letters"),
}


def _desk(channel: Channel, place: int, number: int, pace: float) -> Desk:
    lunch = _LUNCH[place % 2]
    staffed = ((8 * 60 + 30, lunch), (lunch + 30, 17 * 60))
    if channel == "counter":
        subject, services = SUBJECTS[place % len(SUBJECTS)]
        label = name(f"Гише {number} – {subject.bg}", f"Desk {number} - {subject.en}")
    else:
        label = name(f"{_PLACES[channel].bg} {number}", f"{_PLACES[channel].en} {number}")
        services = EVERYTHING
    return Desk(
        id=f"desk-{number:02d}",
        name=label,
        services=services,
        channel=channel,
        staffed=staffed if channel == "counter" else ((8 * 60 + 30, 17 * 60),),
        speed=pace * _SPEEDS[number % len(_SPEEDS)],
        character=_CHARACTERS[(number - 1) % len(_CHARACTERS)],
        queues=channel not in ("online", "post"),
        terminal_id=f"t-{number:02d}",
        scale=4 if channel == "online" else 3 if number == 3 else 5,
        knows_ticket=channel != "counter" or number % 5 != 2,
    )
