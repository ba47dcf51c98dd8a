"""The registry as rows of the `registry_*` tables, so that a query can tell what an id means.

Pure. Values are texts, whole numbers, lists of texts and ``datetime.date``; the tables are those of
the migration that creates them.
"""

from collections.abc import Mapping
from typing import Any

from models.registry import Registry
from models.registry_file import WEEKDAYS, Name

Row = dict[str, Any]

KEYS: Mapping[str, tuple[str, ...]] = {
    "registry_tenants": ("tenant_id", "valid_from"),
    "registry_offices": ("tenant_id", "office_id", "valid_from"),
    "registry_services": ("tenant_id", "service_id", "valid_from"),
    "registry_desks": ("tenant_id", "office_id", "desk_id", "valid_from"),
    "registry_desk_services": ("tenant_id", "office_id", "desk_id", "service_id", "valid_from"),
    "registry_terminals": ("tenant_id", "office_id", "terminal_id", "valid_from"),
    "registry_holidays": ("tenant_id", "office_id", "date"),
    "registry_opening_hours": (
        "tenant_id",
        "office_id",
        "weekday",
        "opens_minute",
        "valid_from",
    ),
    "registry_segments": ("tenant_id", "dimension", "value", "valid_from"),
    "registry_join_windows": ("tenant_id", "channel", "valid_from"),
}
"""Every table of the registry with the columns that a row is found by."""


def registry_rows(registry: Registry) -> dict[str, list[Row]]:
    """Rows for every table of ``KEYS``, also for those that stay empty."""
    rows: dict[str, list[Row]] = {table: [] for table in KEYS}
    _tenants(registry, rows)
    _offices(registry, rows)
    _desks_and_terminals(registry, rows)
    _segments(registry, rows)
    return rows


def _tenants(registry: Registry, rows: dict[str, list[Row]]) -> None:
    for tenant in registry.entries.tenants:
        own = {"tenant_id": tenant.id, "valid_from": tenant.valid_from}
        zone = {"time_zone": registry.time_zone(tenant.id)}
        rows["registry_tenants"].append(own | zone | _named(tenant.name))
        rows["registry_join_windows"] += [
            {
                "tenant_id": tenant.id,
                "channel": channel,
                "valid_from": version.since,
                "window_seconds": version.window,
            }
            for channel, versions in tenant.join_windows.items()
            for version in versions
        ]
    rows["registry_services"] = [
        {"tenant_id": each.tenant_id, "service_id": each.id, "valid_from": each.valid_from}
        | _named(each.name)
        for each in registry.entries.services
    ]


def _offices(registry: Registry, rows: dict[str, list[Row]]) -> None:
    for office in registry.entries.offices:
        own = {
            "tenant_id": office.tenant_id,
            "office_id": office.id,
            "valid_from": office.valid_from,
        }
        rows["registry_offices"].append(own | _named(office.name))
        rows["registry_opening_hours"] += [
            own | {"weekday": weekday, "opens_minute": opens, "closes_minute": closes}
            for weekday, day in enumerate(WEEKDAYS, start=1)
            for opens, closes in (
                getattr(office.opening_hours, day) if office.opening_hours else ()
            )
        ]
    rows["registry_holidays"] = [
        {"tenant_id": each.tenant_id, "office_id": each.office_id or "", "date": each.date}
        | _named(each.name)
        for each in registry.entries.holidays
    ]


def _desks_and_terminals(registry: Registry, rows: dict[str, list[Row]]) -> None:
    for desk in registry.entries.desks:
        own = {
            "tenant_id": desk.tenant_id,
            "office_id": desk.office_id,
            "desk_id": desk.id,
            "valid_from": desk.valid_from,
        }
        rows["registry_desks"].append(own | _named(desk.name))
        rows["registry_desk_services"] += [
            own | {"service_id": service} for service in dict.fromkeys(desk.services)
        ]
    rows["registry_terminals"] = [
        {
            "tenant_id": each.tenant_id,
            "office_id": each.office_id,
            "terminal_id": each.id,
            "desks": each.desks,
            "valid_from": each.valid_from,
        }
        for each in registry.entries.terminals
    ]


def _segments(registry: Registry, rows: dict[str, list[Row]]) -> None:
    rows["registry_segments"] = [
        {
            "tenant_id": segment.tenant_id,
            "dimension": segment.dimension,
            "value": each.value,
            "valid_from": segment.valid_from,
            "dimension_bg": segment.name.bg,
            "dimension_en": segment.name.en,
        }
        | _named(each.name)
        for segment in registry.entries.segments
        for each in segment.values
    ]


def _named(name: Name) -> Row:
    return {"name_bg": name.bg, "name_en": name.en}
