"""What the terminals of a simulated town say of themselves at a moment.

Pure: the caller says when. A terminal whose desk has lost it says nothing.
"""

import zlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from models.heartbeats import Heard
from sources.simulator.plan import MINUTE, Plan

VERSION = "simulated-1"


def heartbeats(plans: Sequence[Plan], at_ms: int) -> Iterator[Heard]:
    """One of each terminal that lives at ``at_ms`` (since 1970). Programs begin at local midnight;
    clocks are off by up to 0.3 s."""
    for plan in plans:
        local = datetime.fromtimestamp(at_ms / 1000, ZoneInfo(plan.town.time_zone))
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
        since_midnight = at_ms - int(midnight.timestamp() * 1000)
        lost = plan.incident_spans(local.date(), "lost")
        terminals: dict[str, list[int]] = {}
        for number, desk in enumerate(plan.desks):
            terminals.setdefault(desk.terminal_id, []).append(number)
        for terminal_id, desks in terminals.items():
            spans = [span for number in desks for span in lost.get(number, ())]
            if any(since <= since_midnight < until for since, until, _ in spans):
                continue
            yield Heard(
                plan.tenant.id,
                plan.office.id,
                terminal_id,
                tuple(plan.desks[number].id for number in desks),
                VERSION,
                max(since_midnight, MINUTE) // 1000,
                0,
                zlib.crc32(terminal_id.encode()) % 601 - 300,
                at_ms,
            )
