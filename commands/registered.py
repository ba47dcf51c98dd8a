"""Whether places that somebody typed stand in the registry. Nothing depends on it, so this refuses
nothing: it says what may be a slip of the pen.
"""

from collections.abc import Collection

from commands.terminal import say
from models.registry import Registry


def note_unregistered(
    registry: Registry, tenant: str, office: str, desks: Collection[str] = ()
) -> None:
    """Say which of these ``registry`` does not name, where it names others of their kind."""
    entries = registry.entries
    offices = {f"{each.tenant_id}/{each.id}" for each in entries.offices}
    if offices and f"{tenant}/{office}" not in offices:
        known = ", ".join(sorted(offices))
        say(f"note: the registry names no office {tenant}/{office}; it names {known}")
        return
    there = {d.id for d in entries.desks if (d.tenant_id, d.office_id) == (tenant, office)}
    unknown = ", ".join(desk for desk in desks if desk not in there)
    if there and unknown:
        known = ", ".join(sorted(there))
        say(f"note: the registry names no desk {unknown} there; it names {known}")
