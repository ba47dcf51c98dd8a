"""Rows as the bytes of the event contract, and broken where they are meant to be.

Writes the contract, reads nothing; how rows come about is not known here.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from functools import lru_cache

import msgspec
import numpy as np
from numpy.typing import NDArray

from models.limits import OUTCOMES
from models.records import EventRecord
from sources.simulator.opinions import REASONS
from sources.simulator.plan import Plan
from sources.simulator.rows import NONE, Role, Rows

_EPOCH = date(1970, 1, 1)


class Completion(msgspec.Struct, tag_field="type", tag="completion", omit_defaults=True):
    """A completion in the field order of the contract; what is empty is left out."""

    event_id: str
    tenant_id: str
    office_id: str
    desk_id: str
    service_id: str
    interaction_id: str
    completed_at: str
    channel: str = "counter"
    outcome: str = "completed"
    segments: dict[str, str] | None = None
    arrived_at: str | None = None
    started_at: str | None = None
    due_at: str | None = None


class Vote(msgspec.Struct, tag_field="type", tag="vote", omit_defaults=True):
    """A vote in the field order of the contract; what is empty is left out."""

    event_id: str
    tenant_id: str
    office_id: str
    desk_id: str
    terminal_id: str
    score: int
    voted_at: str
    interaction_id: str | None = None
    scale: int = 5
    reasons: tuple[str, ...] = ()


_encode = msgspec.json.Encoder().encode
_REASONS = [
    tuple(code for bit, code in enumerate(REASONS) if bits >> bit & 1)
    for bits in range(1 << len(REASONS))
]


@lru_cache(maxsize=1024)
def _day_text(day: int) -> str:
    return (_EPOCH + timedelta(days=day)).strftime("%Y%m%d")


def _instants(times: NDArray[np.int64]) -> list[str | None]:
    """RFC 3339 in UTC with milliseconds; ``None`` where there is no time."""
    texts: list[str | None] = np.datetime_as_string(
        times.astype("datetime64[ms]"), unit="ms", timezone="UTC"
    ).tolist()
    for place in np.flatnonzero(times == NONE).tolist():
        texts[place] = None
    return texts


def encode(rows: Rows, plans: Sequence[Plan]) -> list[EventRecord]:
    """One record a row, in the order of the rows."""
    records: list[EventRecord | None] = [None] * len(rows)
    is_vote = rows["voted"] != NONE
    for places, make in (
        (np.flatnonzero(~is_vote), _completions),
        (np.flatnonzero(is_vote), _votes),
    ):
        for place, record in zip(places.tolist(), make(rows[places], plans), strict=True):
            records[place] = record
    made = [record for record in records if record is not None]
    for place in np.flatnonzero(rows["role"] >= Role.NO_JSON).tolist():
        made[place] = _broken(made[place], Role(int(rows["role"][place])))
    return made


def _completions(rows: Rows, plans: Sequence[Plan]) -> list[EventRecord]:
    records = []
    for number, day, ticket, event, desk, service, outcome, pairs, at, *times in zip(
        *(
            rows[name].tolist()
            for name in (
                *("office", "day", "ticket", "event", "desk", "service", "outcome"),
                *("segments", "arrival"),
            )
        ),
        *(_instants(rows[name]) for name in ("arrived", "started", "completed", "due")),
        strict=True,
    ):
        plan = plans[number]
        where = plan.desks[desk]
        interaction = f"{_day_text(day)}-{ticket:04d}"
        value = _encode(
            Completion(
                f"{interaction}-{event}",
                plan.tenant.id,
                plan.office.id,
                where.id,
                plan.town.services[service].id,
                interaction,
                times[2],
                where.channel,
                OUTCOMES[outcome],
                plan.segments.pairs[pairs] or None,
                times[0] if where.queues else None,
                times[1],
                times[3],
            )
        )
        records.append(EventRecord("completions", plan.key, value, at))
    return records


def _votes(rows: Rows, plans: Sequence[Plan]) -> list[EventRecord]:
    records = []
    for number, day, ticket, event, desk, score, reasons, at, voted in zip(
        *(
            rows[name].tolist()
            for name in (
                *("office", "day", "ticket", "event", "desk", "score", "reasons", "arrival"),
            )
        ),
        _instants(rows["voted"]),
        strict=True,
    ):
        plan = plans[number]
        where = plan.desks[desk]
        day_text = _day_text(day)
        value = _encode(
            Vote(
                f"v{day_text}-{event:05d}",
                plan.tenant.id,
                plan.office.id,
                where.id,
                where.terminal_id,
                score,
                voted or "",
                None if ticket == NONE else f"{day_text}-{ticket:04d}",
                where.scale,
                _REASONS[reasons],
            )
        )
        records.append(EventRecord("votes", plan.key, value, at))
    return records


def _broken(record: EventRecord, role: Role) -> EventRecord:
    """The record with the fault that its role promises."""
    if role is Role.NO_JSON:
        return record._replace(value=record.value[: len(record.value) // 2])
    if role is Role.MISROUTED:
        return record._replace(key=record.key + b"-2")
    body = msgspec.json.decode(record.value, type=dict[str, object])
    body["desk_id"] = "desk 4"  # an id has no blanks
    return record._replace(value=_encode(body))
