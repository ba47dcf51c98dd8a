"""Events as the parts of SEMKO hand them on: valid, complete, times in milliseconds since 1970.

Whoever holds one need not check it again. ``models.codec`` reads them; here they are written.
"""

import json
from typing import Any

import msgspec

from models.instants import format_instant


class CompletionEvent(msgspec.Struct, frozen=True, gc=False):
    """A completion. ``segments`` is ``None`` rather than empty."""

    event_id: str
    tenant_id: str
    office_id: str
    desk_id: str
    service_id: str
    interaction_id: str
    channel: str
    outcome: str
    segments: dict[str, str] | None
    completed_at: int
    arrived_at: int | None
    started_at: int | None
    due_at: int | None


class VoteEvent(msgspec.Struct, frozen=True, gc=False):
    """A vote. ``reasons`` is ``None`` rather than empty."""

    event_id: str
    tenant_id: str
    office_id: str
    desk_id: str
    terminal_id: str
    interaction_id: str | None
    score: int
    scale: int
    reasons: list[str] | None
    voted_at: int
    test: bool = False


Event = CompletionEvent | VoteEvent

_INSTANTS = ("completed_at", "arrived_at", "started_at", "due_at", "voted_at")


def encode(event: Event) -> bytes:
    """``event`` as JSON of the contract, without the fields that it lacks."""
    said = _fields(event)
    fields = {name: each for name, each in said.items() if each is not None and each is not False}
    for name in _INSTANTS:
        if name in fields:
            fields[name] = format_instant(fields[name])
    return msgspec.json.encode(fields)


def normalised(event: Event) -> str:
    """The content by which two events that differ under one id are ordered, by code point.

    Both sides of such a tie have the same interaction, so both may also leave it empty.
    """
    return json.dumps(_fields(event), sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _fields(event: Event) -> dict[str, Any]:
    kind = "vote" if isinstance(event, VoteEvent) else "completion"
    return {"type": kind, **msgspec.structs.asdict(event)}
