"""Whether places that somebody typed stand in the registry: a slip of the pen makes no terminal of
a desk that does not exist unnoticed. Nothing depends on the registry, so this refuses nothing."""

import os
from collections.abc import Collection
from pathlib import Path

from commands.options import DEFAULT_STORE
from commands.setup import Setup
from commands.terminal import say


def note_unregistered(tenant: str, office: str, desks: Collection[str] = ()) -> None:
    """Say which of these the registry does not name, where there is one that names any."""
    named = os.environ.get("SEMKO_REGISTRY")
    entries = Setup.of(DEFAULT_STORE, registry=Path(named) if named else None).registry().entries
    offices = {(each.tenant_id, each.id) for each in entries.offices}
    if offices and (tenant, office) not in offices:
        known = ", ".join("/".join(each) for each in sorted(offices))
        say(f"note: the registry names no office {tenant}/{office}; it names {known}")
        return
    there = {d.id for d in entries.desks if (d.tenant_id, d.office_id) == (tenant, office)}
    unknown = [desk for desk in desks if desk not in there] if there else []
    if unknown:
        known = ", ".join(sorted(there))
        say(f"note: the registry names no desk {', '.join(unknown)} there; it names {known}")
