"""The clerk's page, and what it shows of its desk: names and services of the registry. No votes."""

from collections.abc import Mapping

from aiohttp import web

from dashboards.pages import page_routes
from models.registry import Kind, Registry
from models.registry_file import Desk


def routes() -> list[web.AbstractRouteDef]:
    """``/desk`` and its files."""
    return page_routes("desk")


def desk_of(registry: Registry, tenant: str, office: str, desk: str) -> Mapping[str, object]:
    """The desk's name and the services it serves now; where it names none, those of the tenant.

    It is not ``known`` where the registry names desks of its office, and not this one.
    """

    def in_office(each: Desk) -> bool:
        return (each.tenant_id, each.office_id) == (tenant, office)

    entries = registry.entries
    known = [each for each in entries.desks if in_office(each) and each.id == desk]
    newest = max(known, key=lambda each: each.valid_from, default=None)
    of_tenant = [each.id for each in entries.services if each.tenant_id == tenant]
    services = list(newest.services) if newest is not None and newest.services else of_tenant
    return {
        "name": _named(registry, "desk", tenant, office, desk),
        "known": bool(known) or not any(in_office(each) for each in entries.desks),
        "services": [
            {"id": each, "name": _named(registry, "service", tenant, each)}
            for each in dict.fromkeys(services)
        ],
    }


def desks_of(registry: Registry) -> list[Mapping[str, object]]:
    """Every desk of the registry, in its order: tenant, office, desk, and what they are called."""
    places = dict.fromkeys(
        (each.tenant_id, each.office_id, each.id) for each in registry.entries.desks
    )
    return [
        {
            "tenant": tenant,
            "office": office,
            "desk": desk,
            "name": _named(registry, "desk", tenant, office, desk),
            "office_name": _named(registry, "office", tenant, office),
        }
        for tenant, office, desk in places
    ]


def _named(registry: Registry, kind: Kind, *ids: str) -> dict[str, str]:
    return {"bg": registry.name(kind, ids, "bg"), "en": registry.name(kind, ids, "en")}
