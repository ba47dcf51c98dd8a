"""What is wrong with a `semko.toml`, said so that its author can mend it.

Pure: it takes the parsed document and gives the checked one or a ``CallError`` that lists every
problem with file, key path, what is wrong and what to do.
"""

from collections.abc import Hashable, Iterable, Iterator
from typing import Any

from pydantic import ValidationError

from models.registry_file import RegistryFile
from models.toml_checks import Problem, problems_of, refusal


def checked(document: dict[str, Any], source: str) -> RegistryFile:
    """The registry of a parsed document; ``source`` names the file in messages.

    Raises ``CallError`` that lists the problems.
    """
    try:
        registry = RegistryFile.model_validate(document)
    except ValidationError as error:
        raise refusal(source, problems_of(error, document, RegistryFile)) from None
    if problems := [*_unknown_references(registry), *_double_entries(registry)]:
        raise refusal(source, problems)
    return registry


def _unknown_references(registry: RegistryFile) -> Iterator[Problem]:
    tenants = {tenant.id for tenant in registry.tenants}
    offices = {(office.tenant_id, office.id) for office in registry.offices}
    for section in ("offices", "services", "desks", "terminals", "holidays", "segments"):
        for number, entry in enumerate(getattr(registry, section)):
            path = f'{section}[{number}] ("{_own_id(entry)}")'
            office = getattr(entry, "office_id", None)
            within = f' of tenant "{entry.tenant_id}"'
            if entry.tenant_id not in tenants:
                yield _missing(f"{path}.tenant_id", "tenant", entry.tenant_id, "")
            elif office is not None and (entry.tenant_id, office) not in offices:
                yield _missing(f"{path}.office_id", "office", office, within)
    yield from _unknown_served(registry)


def _unknown_served(registry: RegistryFile) -> Iterator[Problem]:
    services = {(service.tenant_id, service.id) for service in registry.services}
    for number, desk in enumerate(registry.desks):
        path = f'desks[{number}] ("{desk.id}").services'
        for service in desk.services:
            if (desk.tenant_id, service) not in services:
                yield _missing(path, "service", service, f' of tenant "{desk.tenant_id}"')
    desks = {(desk.tenant_id, desk.office_id, desk.id) for desk in registry.desks}
    for number, terminal in enumerate(registry.terminals):
        path = f'terminals[{number}] ("{terminal.id}").desks'
        for each in terminal.desks:
            if (terminal.tenant_id, terminal.office_id, each) not in desks:
                yield _missing(path, "desk", each, f' of office "{terminal.office_id}"')


def _missing(path: str, kind: str, named: str, within: str) -> Problem:
    problem = f'there is no {kind} "{named}"{within}; add it under [[{kind}s]] or mend the id'
    return Problem(path, problem)


def _own_id(entry: Any) -> str:
    for name in ("id", "dimension", "date"):
        if (value := getattr(entry, name, None)) is not None:
            return str(value)
    return ""


def _double_entries(registry: RegistryFile) -> Iterator[Problem]:
    """An id may stand twice only with different ``valid_from``: as versions of one entry."""
    for section in ("tenants", "offices", "services", "desks", "terminals", "segments"):
        entries = getattr(registry, section)
        keys = [
            (
                getattr(entry, "tenant_id", ""),
                getattr(entry, "office_id", ""),
                _own_id(entry),
                entry.valid_from,
            )
            for entry in entries
        ]
        yield from _doubles(section, keys, "remove one, or give the newer another valid_from")
    holidays = [(each.tenant_id, each.office_id, each.date) for each in registry.holidays]
    yield from _doubles("holidays", holidays, "remove one")
    for number, tenant in enumerate(registry.tenants):
        for channel, versions in tenant.join_windows.items():
            path = f'tenants[{number}] ("{tenant.id}").join_windows.{channel}'
            yield from _doubles(path, [each.since for each in versions], "remove one")
    for number, segment in enumerate(registry.segments):
        path = f'segments[{number}] ("{segment.dimension}").values'
        yield from _doubles(path, [each.value for each in segment.values], "remove one")


def _doubles(path: str, keys: Iterable[Hashable], remedy: str) -> Iterator[Problem]:
    seen: dict[Hashable, int] = {}
    for number, key in enumerate(keys):
        if key in seen:
            yield Problem(f"{path}[{number}]", f"says the same as {path}[{seen[key]}]; {remedy}")
        seen.setdefault(key, number)
