"""What stored facts come to when they are counted afresh, as a store must do it.

Knows rows and the oracle's rules of counting, no store.
"""

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from models.facts import Office, OfficeHour
from models.tables import COUNTERS
from tests import compare
from tests.oracle import HOUR, SECOND, WINDOW_SECONDS, Row, WindowId, counts, scopes

QUARTER = 900 * SECOND

Place = tuple[int, str, str, str, dict[str, str]]


def recomputed_windows(
    windows: Iterable[Row],
    interactions: Iterable[Row],
    hours: Collection[OfficeHour],
    revision: int,
) -> list[Row]:
    """Every window of ``hours`` that is among ``windows`` or that a fact ever lay in."""
    wanted = set(hours)
    sums: dict[WindowId, dict[str, int]] = {}
    for row in windows:
        if OfficeHour(*office_of(row), hour_of(row["window_start"])) in wanted:
            sums[compare.window_id(row)] = dict.fromkeys(COUNTERS, 0)
    for row in interactions:
        _add(row, wanted, sums)
    return [_window_row(name, values, revision) for name, values in sums.items()]


def counted_quarters(interactions: Iterable[Row]) -> dict[str, list[Any]]:
    """Interactions by desk and quarter of an hour, as ``AlertStore.quarters`` must give them."""
    found: dict[tuple[str, int], list[int]] = {}
    for row in interactions:
        counts = found.setdefault(
            (row["desk_id"], row["completed_at"] // QUARTER * QUARTER), [0] * 4
        )
        at_counter = row["channel"] == "counter"
        answered = at_counter and row["score"] is not None
        unfinished = row["outcome"] in {"refused", "abandoned"}
        for at, one in enumerate((True, unfinished, at_counter, answered)):
            counts[at] += one
    names = ("desk_id", "start", "completed", "unfinished", "at_counter", "answered")
    rows = [(*place, *counts) for place, counts in sorted(found.items())]
    return {name: [row[at] for row in rows] for at, name in enumerate(names)}


def hour_of(moment: int) -> int:
    """The beginning of the hour of an instant, both in microseconds."""
    return moment // HOUR * HOUR


def office_of(row: Row) -> Office:
    return Office(row["tenant_id"], row["office_id"])


def _add(row: Row, wanted: set[OfficeHour], sums: dict[WindowId, dict[str, int]]) -> None:
    """Count a stored row in the windows of its place, and name those of its former places."""
    office = row["tenant_id"], row["office_id"]
    own = tuple(row[c] for c in ("completed_at", "desk_id", "service_id", "channel", "segments"))
    for place in (own, *row["former"]):
        if (*office, hour_of(place[0])) in wanted:
            for name in _windows_of(office, place):
                sums.setdefault(name, dict.fromkeys(COUNTERS, 0))
    if not row["deleted"] and (*office, hour_of(own[0])) in wanted:
        for name in _windows_of(office, own):
            for counter, amount in counts(row).items():
                sums[name][counter] += amount


def _windows_of(office: tuple[str, str], place: Place) -> Iterator[WindowId]:
    completed_at, desk, service, channel, segments = place
    for seconds in WINDOW_SECONDS:
        start = completed_at // (seconds * SECOND) * (seconds * SECOND)
        for scope, key in scopes(desk, service, channel, segments):
            yield (*office, scope, key, seconds, start)


def _window_row(name: WindowId, sums: dict[str, int], revision: int) -> Row:
    columns = ("tenant_id", "office_id", "scope", "key", "window_seconds", "window_start")
    return dict(zip(columns, name, strict=True)) | sums | {"revision": revision}
