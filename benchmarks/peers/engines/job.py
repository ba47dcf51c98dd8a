"""The job in plain Python, the same for every engine that lets one bring dictionaries.

Joins votes to completions in either order, forgets completions after two hours of event time, and
sums one-minute windows of desks, services and age bands. Keeps nothing on disk.
"""

import gc
from collections.abc import Hashable, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

TTL_SECONDS = 7_200
POINTS_A_STEP = 2_500

Row = tuple[str, str, int, int, int, int]
"""Scope, key, start in s since 1970, completions, votes, points."""


class Band(msgspec.Struct, gc=False):
    """The only segment that is asked for."""

    age_band: str


class Completion(msgspec.Struct, gc=False):
    """Of a completion, what the job needs; the rest is skipped."""

    interaction_id: str
    desk_id: str
    service_id: str
    completed_at: str
    segments: Band


class Vote(msgspec.Struct, gc=False):
    """Of a vote, what the job needs."""

    interaction_id: str
    score: int


decode_completion = msgspec.json.Decoder(Completion).decode
decode_vote = msgspec.json.Decoder(Vote).decode


class Windows(NamedTuple):
    """One minute: counts by desk, service and age band, and the interactions that wait in it."""

    desks: dict[str, list[int]]
    services: dict[str, list[int]]
    bands: dict[str, list[int]]
    waiting: list[str]


def spare_the_collector() -> None:
    """What lives as long as the process is not looked at again; the same for every engine."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(200_000, 50, 100)


class Job:
    """Takes values of records, as many at a time as the engine hands over."""

    def __init__(self) -> None:
        self._minutes: dict[Hashable, Windows] = {}
        self._starts: dict[Hashable, int] = {}
        self._latest = 0
        self._kept: list[tuple[int, Windows]] = []
        self._open: dict[str, tuple[list[int], list[int], list[int]]] = {}
        self._early: dict[str, int] = {}

    def completions(self, values: Iterable[bytes]) -> None:
        """Take completions as JSON."""
        events = [decode_completion(value) for value in values]
        minutes = [event.completed_at[:16] for event in events]
        self.complete(events, minutes, [event.segments.age_band for event in events])

    def votes(self, values: Iterable[bytes]) -> None:
        """Take votes as JSON."""
        self.rate([decode_vote(value) for value in values])

    def complete(
        self, events: Sequence[Any], minutes: Sequence[Hashable], bands: Sequence[str]
    ) -> None:
        """Take decoded completions; ``minutes`` name their windows: the first 16 characters of
        a time in UTC, or minutes since 1970."""
        known, still_open, early = self._minutes, self._open, self._early
        for event, minute, band in zip(events, minutes, bands, strict=True):
            windows = known.get(minute) or self._begun(minute)
            desk = windows.desks.get(event.desk_id)
            if desk is None:
                desk = windows.desks[event.desk_id] = [0, 0, 0]
            service = windows.services.get(event.service_id)
            if service is None:
                service = windows.services[event.service_id] = [0, 0, 0]
            segment = windows.bands.get(band)
            if segment is None:
                segment = windows.bands[band] = [0, 0, 0]
            desk[0] += 1
            service[0] += 1
            segment[0] += 1
            interaction_id = event.interaction_id
            still_open[interaction_id] = (desk, service, segment)
            windows.waiting.append(interaction_id)
            if early and interaction_id in early:
                self._count(interaction_id, early.pop(interaction_id))

    def rate(self, events: Iterable[Any]) -> None:
        """Take decoded votes."""
        pop, early = self._open.pop, self._early
        for event in events:
            found = pop(event.interaction_id, None)
            points = (event.score - 1) * POINTS_A_STEP
            if found is None:
                early[event.interaction_id] = points
                continue
            desk, service, segment = found
            desk[1] += 1
            service[1] += 1
            segment[1] += 1
            desk[2] += points
            service[2] += points
            segment[2] += points

    def rows(self) -> list[Row]:
        """Every window so far."""
        return [
            (scope, key, self._starts[minute], *counts)  # type: ignore[misc]  # three of them
            for minute, windows in self._minutes.items()
            for scope, sums in zip(("desk", "service", "segment"), windows[:3], strict=True)
            for key, counts in sums.items()
        ]

    def _count(self, interaction_id: str, points: int) -> None:
        for counts in self._open.pop(interaction_id):
            counts[1] += 1
            counts[2] += points

    def _begun(self, minute: Hashable) -> Windows:
        windows = self._minutes[minute] = Windows({}, {}, {}, [])
        start = self._starts[minute] = start_of(minute)
        self._kept.append((start, windows))
        if start > self._latest:
            self._latest = start
            while self._kept and self._kept[0][0] < start - TTL_SECONDS:
                for interaction_id in self._kept.pop(0)[1].waiting:
                    self._open.pop(interaction_id, None)
        return windows


def start_of(minute: Hashable) -> int:
    """Seconds since 1970 of ``2026-01-05T09:00`` or of a number of minutes."""
    if isinstance(minute, int):
        return 60 * minute
    return int(datetime.fromisoformat(f"{minute}:00+00:00").timestamp())
