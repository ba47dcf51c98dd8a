"""The registry of a simulated town as the text of a `semko.toml`.

Writes what ``models.registry_file`` reads; draws nothing and knows no file.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from models.registry_file import WEEKDAYS, Name

if TYPE_CHECKING:
    from sources.simulator.town import Office, Tenant, Town


def registry_text(town: "Town") -> str:
    """Tenants, offices, services, desks, terminals, holidays and segments of ``town``."""
    lines = [
        "# A made-up town: names, opening hours and profiles for the simulator's events.",
        f"default_time_zone = {_text(town.time_zone)}",
    ]
    for tenant in town.tenants:
        lines += _tenant(town, tenant)
    return "\n".join(lines) + "\n"


def _tenant(town: "Town", tenant: "Tenant") -> Iterator[str]:
    whose = {"tenant_id": tenant.id}
    yield from _entry("tenants", {"id": tenant.id}, tenant.name)
    for office in tenant.offices:
        place = {**whose, "office_id": office.id}
        yield from _entry("offices", {**whose, "id": office.id}, office.name)
        yield from _opening_hours(town, office)
        for desk in office.desks:
            fields = {**place, "id": desk.id, "services": list(desk.services)}
            yield from _entry("desks", fields, desk.name)
        terminals: dict[str, list[str]] = {}
        for desk in office.desks:
            terminals.setdefault(desk.terminal_id, []).append(desk.id)
        for terminal_id, desks in terminals.items():
            yield from _entry("terminals", {**place, "id": terminal_id, "desks": desks})
    for service in town.services:
        yield from _entry("services", {**whose, "id": service.id}, service.name)
    for holiday in town.holidays:
        yield from _entry("holidays", whose, holiday.name)
        yield f"date = {holiday.day.isoformat()}"
    for dimension in town.dimensions:
        yield from _entry("segments", {**whose, "dimension": dimension.id}, dimension.name)
        values = (
            f"  {{ value = {_text(value.value)}, name = {_name(value.name)} }},"
            for value in dimension.values
        )
        yield from ("values = [", *values, "]")


def _opening_hours(town: "Town", office: "Office") -> Iterator[str]:
    spans = [span for desk in office.desks for span in desk.staffed]
    opens, closes = min(span[0] for span in spans), max(span[1] for span in spans)
    if town.always_open:
        opens, closes = 0, 24 * 60
    hours = json.dumps([f"{opens // 60:02}:{opens % 60:02}-{closes // 60:02}:{closes % 60:02}"])
    yield "[offices.opening_hours]"
    for weekday, pace in zip(WEEKDAYS, town.weekdays, strict=True):
        if pace > 0 or town.always_open:
            yield f"{weekday} = {hours}"


def _entry(
    table: str, fields: Mapping[str, str | Sequence[str]], name: Name | None = None
) -> list[str]:
    lines = ["", f"[[{table}]]", *(f"{key} = {_text(value)}" for key, value in fields.items())]
    return [*lines, f"name = {_name(name)}"] if name else lines


def _name(name: Name) -> str:
    return f"{{ bg = {_text(name.bg)}, en = {_text(name.en)} }}"


def _text(value: str | Sequence[str]) -> str:
    return json.dumps(value, ensure_ascii=False)  # a JSON string is a TOML string
