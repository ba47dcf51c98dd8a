"""An office made ready for drawing: its declarations as arrays, looked up once.

Pure: no clock and no randomness; minutes became milliseconds since local midnight.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import product

import numpy as np
from numpy.typing import NDArray

from sources.simulator.incidents import Kind
from sources.simulator.town import Desk, Office, Tenant, Town

MINUTE = 60_000
DAY = 24 * 60 * MINUTE
STAYS_ON = 20 * MINUTE
"""How long after the end of its staffed hours a desk still calls those who wait."""

Floats = NDArray[np.float64]
Spans = list[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Segments:
    """Every combination of segment values: its share, its points and its text pairs."""

    cumulative: Floats
    shift: Floats
    pairs: tuple[dict[str, str], ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What the days of one office are drawn from. A queue is a (channel, service) pair: its
    cumulative share, its service and the desks (numbers in the office) that call from it."""

    number: int
    seed_word: int
    town: Town
    tenant: Tenant
    office: Office
    desks: tuple[Desk, ...]
    key: bytes
    minutes: Floats  # the cumulative share of the day's arrivals at the end of each minute
    volume: float
    queue_cumulative: Floats
    queue_service: NDArray[np.int16]
    queue_response: Floats
    queue_desks: tuple[tuple[int, ...], ...]
    segments: Segments

    def incident_spans(self, day: date, kind: Kind) -> dict[int, list[tuple[int, int, float]]]:
        """By desk: from and until (ms since local midnight) and by how much."""
        found: dict[int, list[tuple[int, int, float]]] = {}
        for incident in self.town.incidents:
            if incident.kind != kind:
                continue
            for number, desk in enumerate(self.desks):
                if incident.meets(self.tenant.id, self.office.id, desk.id):
                    found.setdefault(number, []).extend(
                        (since * MINUTE, until * MINUTE, incident.by)
                        for since, until in incident.spans(day)
                    )
        return found

    def away(self, day: date, day_ms: int) -> list[Spans]:
        """When each desk calls nobody on a day of that length, in order; the last span has no
        end."""
        closed = self.incident_spans(day, "closed")
        return [
            sorted(
                self._unstaffed(desk, day_ms)
                + [(since, until) for since, until, _ in closed.get(n, [])]
            )
            for n, desk in enumerate(self.desks)
        ]

    def _unstaffed(self, desk: Desk, day_ms: int) -> Spans:
        never = 1000 * DAY
        if self.town.always_open or not desk.queues:
            return [(day_ms - MINUTE, never)]
        spans: Spans = []
        free_until = 0
        for since, until in sorted(desk.staffed):
            spans.append((free_until, since * MINUTE))
            free_until = until * MINUTE
        return [*spans, (free_until + STAYS_ON, never)]


def plans(town: Town) -> list[Plan]:
    """One plan an office, numbered in the order of the town."""
    segments = _segments(town)
    offices = [(tenant, office) for tenant in town.tenants for office in tenant.offices]
    return [_plan(n, town, *pair, segments) for n, pair in enumerate(offices)]


def _plan(number: int, town: Town, tenant: Tenant, office: Office, segments: Segments) -> Plan:
    weights, services, response, callers = _queues(town, office)
    minutes, volume = _day_shape(town, office)
    key = f"{tenant.id}/{office.id}".encode()
    return Plan(
        number=number,
        seed_word=zlib.crc32(key),
        town=town,
        tenant=tenant,
        office=office,
        desks=office.desks,
        key=key,
        minutes=minutes,
        volume=volume,
        queue_cumulative=_cumulative(weights),
        queue_service=np.array(services, np.int16),
        queue_response=np.array(response),
        queue_desks=tuple(callers),
        segments=segments,
    )


def _cumulative(weights: Sequence[float] | Floats) -> Floats:
    shares = np.cumsum(weights)
    shares /= shares[-1]
    shares[-1] = 1.0  # a sum of rounded parts may fall short of it, and a draw beyond
    return shares


def _queues(
    town: Town, office: Office
) -> tuple[list[float], list[int], list[float], list[tuple[int, ...]]]:
    weights, services, response, callers = [], [], [], []
    for channel, share in office.channels.items():
        mine = [n for n, desk in enumerate(office.desks) if desk.channel == channel]
        offered = {service for n in mine for service in office.desks[n].services}
        total = sum(service.weight for service in town.services if service.id in offered)
        for number, service in enumerate(town.services):
            if service.id in offered:
                weights.append(share * service.weight / total)
                services.append(number)
                response.append(town.response.by_channel.get(channel, 0.0))
                callers.append(tuple(n for n in mine if service.id in office.desks[n].services))
    return weights, services, response, callers


def _day_shape(town: Town, office: Office) -> tuple[Floats, float]:
    hours = np.repeat(np.array(town.hours), 60)
    staffed = [span for desk in office.desks for span in desk.staffed]
    opens, closes = min(span[0] for span in staffed), max(span[1] for span in staffed) - 15
    opened = np.zeros(24 * 60, bool)
    opened[opens:closes] = True
    if not town.always_open:
        weights = np.where(opened, hours, 0.0)
        return _cumulative(weights), office.daily
    # Round the clock: the pace of the opening hours, with only a breath of the day's pattern.
    weights = 0.75 + 0.25 * hours
    return _cumulative(weights), office.daily * weights.sum() / opened.sum()


def _segments(town: Town) -> Segments:
    choices = [
        [(dimension.absent, 0.0, None)]
        + [
            (segment.share * (1 - dimension.absent), segment.shift, (dimension.id, segment.value))
            for segment in dimension.values
        ]
        for dimension in town.dimensions
    ]
    combined = list(product(*choices))
    shares = [float(np.prod([choice[0] for choice in parts])) for parts in combined]
    return Segments(
        cumulative=_cumulative(shares),
        shift=np.array([sum(choice[1] for choice in parts) for parts in combined]),
        pairs=tuple(
            dict(choice[2] for choice in parts if choice[2] is not None) for parts in combined
        ),
    )
