"""What is wrong with a `semko.toml`, said so that its author can mend it.

Pure: it takes the parsed document and gives the checked one or a ``CallError`` that lists every
problem with file, key path, what is wrong and what to do.
"""

from collections.abc import Hashable, Iterable, Iterator
from difflib import get_close_matches
from typing import Any, NamedTuple

from pydantic import BaseModel, ValidationError

from models.errors import CallError
from models.registry_file import RegistryFile

MAX_SHOWN = 20


class Problem(NamedTuple):
    """``path`` is the key path within the file, ``problem`` names the remedy too."""

    path: str
    problem: str


def checked(document: dict[str, Any], source: str) -> RegistryFile:
    """The registry of a parsed document; ``source`` names the file in messages.

    Raises ``CallError`` that lists the problems.
    """
    try:
        registry = RegistryFile.model_validate(document)
    except ValidationError as error:
        problems = [_from_pydantic(dict(each), document) for each in error.errors()]
        raise _refusal(source, problems) from None
    if problems := [*_unknown_references(registry), *_double_entries(registry)]:
        raise _refusal(source, problems)
    return registry


def _refusal(source: str, problems: list[Problem]) -> CallError:
    lines = [f"{source}: {path}: {problem}" for path, problem in problems[:MAX_SHOWN]]
    if len(problems) > MAX_SHOWN:
        lines.append(f"{source}: and {len(problems) - MAX_SHOWN} more")
    return CallError("\n".join(lines))


def _from_pydantic(error: dict[str, Any], document: dict[str, Any]) -> Problem:
    location = tuple(part for part in error["loc"] if part != "[key]")
    path = _path(location, document)
    match error["type"]:
        case "missing":
            return Problem(path, "is missing; add it")
        case "extra_forbidden":
            return Problem(path, _unknown_key(location))
        case "value_error":
            return Problem(path, str(error["ctx"]["error"]))
        case "id":
            return Problem(path, f"{error['msg']}; it is {error['input']!r}")
        case "literal_error":
            return Problem(path, f"is {error['input']!r}; use {error['ctx']['expected']}")
        case _:
            problem = error["msg"].removeprefix("Input ").lower()
            return Problem(path, f"{problem}; it is {error['input']!r}")


def _path(location: tuple[Any, ...], document: dict[Any, Any]) -> str:
    """``desks[3] ("d04").office_id``: the key path, with the id by which people know the entry."""
    parts = [f"[{part}]" if isinstance(part, int) else f".{part}" for part in location]
    if len(location) > 1 and isinstance(location[1], int):
        entry = document[location[0]][location[1]]
        named = entry.get("id", entry.get("dimension")) if isinstance(entry, dict) else None
        parts[1] += f' ("{named}")' if named else ""
    return "".join(parts).lstrip(".")


def _unknown_key(location: tuple[int | str, ...]) -> str:
    model: Any = RegistryFile
    for part in location[:-1]:
        if part in model.model_fields:  # not a position in a list, nor a key such as a channel
            model = _model_in(model.model_fields[part].annotation)
    known = sorted(field.alias or name for name, field in model.model_fields.items())
    close = get_close_matches(str(location[-1]), known, n=1)
    meant = f'; "{close[0]}" is meant?' if close else ""
    return f"is not known{meant}; known here: {', '.join(known)}"


def _model_in(annotation: Any) -> Any:
    """The model inside ``list[Model]``, ``Model | None`` or ``dict[str, list[Model]]``."""
    for inner in getattr(annotation, "__args__", ()):
        found = _model_in(inner)
        if isinstance(found, type) and issubclass(found, BaseModel):
            return found
    return annotation


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
