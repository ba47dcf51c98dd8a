"""The clerk's page, and what it shows of its desk: names and services of the registry. No votes."""

from collections.abc import Mapping

from aiohttp import web

from dashboards.pages import page_routes
from models.registry import Kind, Registry


def routes() -> list[web.AbstractRouteDef]:
    """``/desk`` and its files."""
    return page_routes("desk")


def desk_of(registry: Registry, tenant: str, office: str, desk: str) -> Mapping[str, object]:
    """The desk's name and the services it serves now; where it names none, those of the tenant."""

    def named(kind: Kind, *ids: str) -> dict[str, str]:
        return {"bg": registry.name(kind, ids, "bg"), "en": registry.name(kind, ids, "en")}

    entries = registry.entries
    known = [
        each
        for each in entries.desks
        if (each.tenant_id, each.office_id, each.id) == (tenant, office, desk)
    ]
    newest = max(known, key=lambda each: each.valid_from, default=None)
    of_tenant = [each.id for each in entries.services if each.tenant_id == tenant]
    services = list(newest.services) if newest is not None and newest.services else of_tenant
    return {
        "name": named("desk", tenant, office, desk),
        "services": [
            {"id": each, "name": named("service", tenant, each)} for each in dict.fromkeys(services)
        ],
    }
