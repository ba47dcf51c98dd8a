"""What a terminal says of itself every minute, and what becomes of it. Pure.

A heartbeat is no event: only the newest of a terminal is kept, and one that is lost does no harm.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from models.diagnosis import judged
from models.fields import Id, Instant, OfficeId
from models.limits import DESKS_AT_MOST
from models.terminals import SILENT_SECONDS

EVERY_SECONDS = 60
"""How often a terminal is to be heard."""

_MOST = 10**9


class Heartbeat(BaseModel):
    """A terminal lives. Sent every minute, never queued: `sent_at` is the clock of this attempt."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")

    tenant_id: OfficeId = Field(title="Municipality", examples=["targovishte"])
    office_id: OfficeId = Field(title="Office", examples=["center"])
    desks: list[Id] = Field(
        default=[],
        max_length=DESKS_AT_MOST,
        title="Desks",
        description="The desks that it stands at. Left out: those of its key, else the registry's.",
        examples=[["G-07"]],
    )
    version: Id = Field(title="Version", description="Of its program.", examples=["1.4.2"])
    uptime_seconds: int = Field(
        ge=0,
        le=_MOST,
        title="Uptime",
        description=(
            "Since its program began. After a silence it tells a terminal that was off from one"
            " that had no network."
        ),
        examples=[86400],
    )
    queue_length: int = Field(
        ge=0,
        le=_MOST,
        title="Queue",
        description="Votes that it holds and the server has not taken yet.",
        examples=[0],
    )
    sent_at: Instant = Field(
        title="Sent",
        description="Its clock now, with an offset. The server compares it with its own.",
        examples=["2026-11-23T15:28:21+02:00"],
    )


class Heard(NamedTuple):
    """A heartbeat as it was taken; ``received_at`` in ms since 1970 by the server's clock."""

    tenant_id: str
    office_id: str
    terminal_id: str
    desks: tuple[str, ...]
    version: str
    uptime_seconds: int
    queue_length: int
    clock_offset_ms: int
    received_at: int

    @property
    def terminal(self) -> tuple[str, str, str]:
        """Which terminal."""
        return self.tenant_id, self.office_id, self.terminal_id


class Gap(NamedTuple):
    """The last time that a terminal was silent and came back, as its next heartbeat explains it:
    ``was`` is ``off`` or ``no network``, or empty where there was none; ``ended_at`` in ms."""

    was: str = ""
    seconds: int = 0
    ended_at: int = 0


def taken(terminal_id: str, body: Mapping[str, Any], received_at: int) -> Heard:
    """What a terminal said at ``received_at``; raises ``Refused`` about the first wrong field."""
    said = judged(Heartbeat, body)
    return Heard(
        said.tenant_id,
        said.office_id,
        terminal_id,
        tuple(said.desks),
        said.version,
        said.uptime_seconds,
        said.queue_length,
        said.sent_at - received_at,
        received_at,
    )


def gap_before(heard: Heard, previous_at: int) -> Gap | None:
    """The silence that ``heard`` ends, where it was one, since ``previous_at`` (ms).

    A program that has run all the while was cut off; one that has begun since was off.
    """
    seconds = (heard.received_at - previous_at) // 1000
    if seconds <= SILENT_SECONDS:
        return None
    ran_through = heard.uptime_seconds >= seconds
    return Gap("no network" if ran_through else "off", seconds, heard.received_at)
