"""Judging offices: what is stored goes through the core, and what it comes to is stored.

Alerts first, then the days that they rest on, all of one judging under one revision: an alert that
a later judging of its day does not find again is thereby withdrawn. Blocks; knows no log and no
loop.
"""

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any, NamedTuple

import msgspec
import numpy as np
import structlog

from models.columns import Columns
from models.facts import Office
from streams.core.alarm_thresholds import ThresholdTable
from streams.core.desk_watch import Alert, DeskState
from streams.core.judging import (
    Case,
    DeskDay,
    DeskStates,
    Judged,
    day_of,
    first_moment,
    judge,
    local_moments,
)
from streams.core.share_watch import Quarters
from streams.core.standards import (
    HISTORY_DAYS,
    Part,
    Rated,
    Standard,
    is_whole,
    parts_of,
    standard_of,
)
from streams.shell.ports import AlertStore

logger = structlog.get_logger(__name__)

_states = msgspec.json.Decoder(dict[str, DeskState])


@dataclass(frozen=True, slots=True)
class Rules:
    """By what is judged."""

    table: ThresholdTable
    time_zone: Callable[[str], str]
    """IANA name of a tenant's."""


AGAIN_MS = 600_000
MORE_VOTES = 1.25
"""Where history comes late, as in an import beside a running process, today's baseline is
estimated again after ten minutes, and kept if there are so many times the votes."""


class _Try(NamedTuple):
    """The last time that an office's baseline was asked for: for which day, when, of how much."""

    day: int
    at: int
    votes: int


@dataclass(slots=True)
class Judge:
    """Judges offices of one store; call from one thread at a time."""

    store: AlertStore
    rules: Rules
    _tries: dict[Office, _Try] = field(default_factory=dict)
    _known: dict[Office, dict[int, tuple[list[Part], Standard]]] = field(default_factory=dict)

    def judge(self, office: Office, since: int, revision: int, now: int) -> None:
        """Judge an office's votes from the local day of ``since`` on; both times in ms.

        A version of the baseline that is due is estimated first, from the days before.
        """
        zone = self.rules.time_zone(office.tenant_id)
        today = day_of(now, zone)
        day = day_of(since, zone)
        standards = self._versions(office, day)
        newest = max((one.valid_from for one in standards), default=0)
        if self._is_due(office, newest, day, today, now):
            new = self.estimate(office, today, revision, now)
            if new is not None:
                standards = [one for one in standards if one.valid_from != today] + [new]
                day = min(day, today)  # what is of later than today may have been judged before
        if not standards:
            return
        day = max(day, standards[0].valid_from)
        judged = judge(self.case(office, day, zone, standards), self.rules.table)
        self._store(office, judged, revision, zone)

    def _is_due(self, office: Office, newest: int, day: int, today: int, now: int) -> bool:
        last = self._tries.get(office)
        if last is None or last.day != today:
            return newest < today
        return day < today and now - last.at > AGAIN_MS

    def estimate(self, office: Office, day: int, revision: int, now: int = 0) -> Standard | None:
        """Estimate and store the version that holds from ``day`` on, at ``now`` (ms).

        None where history is short, or hardly longer than at the last try of that day.
        """
        zone = self.rules.time_zone(office.tenant_id)
        since, until = first_moment(day - HISTORY_DAYS, zone), first_moment(day, zone)
        votes = _rated(self.store.rated(office, since, until))
        last, self._tries[office] = self._tries.get(office), _Try(day, now, len(votes))
        if last is not None and last.day == day and len(votes) < MORE_VOTES * last.votes:
            self._tries[office] = last._replace(at=now)
            return None
        quarters = _quarters(self.store.quarters(office, since, until))
        counted = quarters, local_moments(quarters.start, zone).day
        moments = local_moments(votes.completed_at, zone)
        found = Standard.estimated(day, votes, moments, counted)
        if found is not None:
            self.store.write("baselines", _baseline_rows(office, found, revision))
            logger.info("baseline estimated", **office._asdict(), votes=len(votes))
        return found

    def forget(self, office: Office, since: int, revision: int) -> None:
        """Have an office judged anew from the hour ``since`` (ms) on, by its next owner."""
        before = self.store.judged_since([office]).get(office, since)
        columns = {**_of(office, 1, revision), "since": np.array([min(since, before)], np.int64)}
        self.store.write("judged", columns)

    def case(self, office: Office, day: int, zone: str, standards: Sequence[Standard]) -> Case:
        """All that is stored and matters for judging an office from a local day on."""
        last, since = self.store.last_days(office, day), first_moment(day, zone)
        before = {desk: _states.decode(state) for desk, state in zip(*last.values(), strict=True)}
        lain = zip(*self.store.places(office, since).values(), strict=True)
        places = {DeskDay(desk, day_of(hour, zone)) for desk, hour in lain}
        votes = _rated(self.store.rated(office, since))
        quarters = _quarters(self.store.quarters(office, since))
        closed = self.store.closings(office)
        return Case(votes, quarters, day, zone, before, places, standards, closed)

    def _versions(self, office: Office, day: int) -> list[Standard]:
        stored = zip(*self.store.baselines(office, day).values(), strict=True)
        known, found = self._known.get(office, {}), {}
        for number, rows in itertools.groupby(stored, itemgetter(0)):
            parts = [Part(*row) for _, *row in rows]
            before, standard = known.get(number, ([], None))
            if standard is None or parts != before:
                standard = standard_of(number, parts) if is_whole(parts) else None
            if standard is not None:
                found[number] = parts, standard
        self._known[office] = found
        return [standard for _, standard in found.values()]

    def _store(self, office: Office, judged: Judged, revision: int, zone: str) -> None:
        if judged.alerts:
            rows = _alert_rows(office, list(judged.alerts.values()), revision, zone)
            self.store.write("alerts", rows)
        if judged.states:
            self.store.write("desk_days", _day_rows(office, judged.states, revision))


def _rated(stored: dict[str, list[Any]]) -> Rated:
    desks, desk = _coded(stored["desk_id"])
    services, service = _coded(stored["service_id"])
    numbers = (np.array(stored[name], np.int64) for name in ("at", "score", "scale"))
    return Rated(desks, services, desk, service, *numbers)


def _quarters(stored: dict[str, list[Any]]) -> Quarters:
    desks, desk = _coded(stored["desk_id"])
    names = ("start", "completed", "unfinished", "at_counter", "answered")
    return Quarters(desks, desk, *(np.array(stored[name], np.int64) for name in names))


def _coded(words: list[str]) -> tuple[list[str], "np.ndarray[Any, np.dtype[np.intp]]"]:
    names = sorted(set(words))
    number = {name: at for at, name in enumerate(names)}
    return names, np.array([number[word] for word in words], np.intp)


def _of(office: Office, count: int, revision: int) -> dict[str, Any]:
    return {
        "tenant_id": [office.tenant_id] * count,
        "office_id": [office.office_id] * count,
        "revision": np.full(count, revision, np.uint64),
    }


def _baseline_rows(office: Office, standard: Standard, revision: int) -> Columns:
    factors, desks, keys, values = zip(*parts_of(standard), strict=True)
    return {
        **_of(office, len(values), revision),
        "valid_from": np.full(len(values), standard.valid_from, np.int64),
        "factor": list(factors),
        "desk_id": list(desks),
        "key": list(keys),
        "value": np.array(values, np.float64),
    }


def _day_rows(office: Office, states: Mapping[DeskDay, DeskStates], revision: int) -> Columns:
    return {
        **_of(office, len(states), revision),
        "desk_id": [one.desk for one in states],
        "day": np.array([one.day for one in states], np.int64),
        "state": [msgspec.json.encode(state).decode() for state in states.values()],
    }


def _alert_rows(office: Office, alerts: list[Alert], revision: int, zone: str) -> Columns:
    def numbers(name: str) -> "np.ndarray[Any, np.dtype[np.int64]]":
        return np.array([getattr(alert, name) for alert in alerts], np.int64)

    def reals(name: str) -> "np.ndarray[Any, np.dtype[np.float64]]":
        return np.array([getattr(alert, name) for alert in alerts], np.float64)

    return {
        **_of(office, len(alerts), revision),
        "alert_id": [alert.alert_id for alert in alerts],
        "desk_id": [alert.desk for alert in alerts],
        "day": np.array([day_of(alert.opened_at, zone) for alert in alerts], np.int64),
        "kind": [alert.kind for alert in alerts],
        "level": [alert.level for alert in alerts],
        "opened_at": numbers("opened_at"),
        "begun_at": numbers("begun_at"),
        "drop_points": reals("drop"),
        "expected": reals("expected"),
        "observed": reals("observed"),
        "alarms": numbers("alarms"),
        "last_alarm_at": numbers("last_alarm_at"),
        "resolved_at": [alert.resolved_at for alert in alerts],
        "resolved_by": [alert.resolved_by for alert in alerts],
    }
