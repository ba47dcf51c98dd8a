"""Two books that must agree: the metrics against the facts, and the facts among themselves (I8).

Works in pieces of bounded size, so that memory does not grow with the store. Knows the tables, not
the engine; reads and never writes.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, NamedTuple

from models.tables import COUNTERS
from sinks.database import Database, instant, quoted
from sinks.recompute import KEYS, counted_windows

ROWS_A_PIECE = 500_000
"""Stored rows that are compared at once; a day of one tenant is never cut."""

NAMED_AT_MOST = 1_000
READINGS_AT_MOST = 20

_VOTE = ("vote_event_id", "score", "scale", "voted_at", "match", "reasons")


_Values = tuple[str, str | int, str | int]


class Difference(NamedTuple):
    """One value that two books have differently.

    ``key`` says of which row, in the order of the table's columns; a time is in seconds since 1970.
    """

    table: str
    key: tuple[str | int, ...]
    column: str
    stored: str | int
    expected: str | int


@dataclass(slots=True)
class Report:
    """What was compared: ``differences`` names the first rows that differ, ``total`` counts all."""

    differences: list[Difference] = field(default_factory=list)
    total: int = 0
    windows_compared: int = 0
    facts: int = 0

    @property
    def agrees(self) -> bool:
        """Whether there is no difference at all."""
        return self.total == 0


@dataclass(frozen=True, slots=True)
class _Check:
    """A SELECT of ``compared``, ``total`` and ``differing`` rows (see ``_comparison``)."""

    table: str
    columns: tuple[str, ...]
    sql: str

    def read(self, database: Database) -> "_Reading":
        found = database.columns(self.sql)
        return _Reading(found["compared"][0], found["total"][0], sorted(found["differing"][0]))


class _Reading(NamedTuple):
    compared: int
    total: int
    differing: list[Any]
    """``(key, newest revision, stored values, expected values)`` of the rows that differ."""


def reconcile(
    database: Database,
    *,
    settle: Callable[[], None] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Report:
    """Compare every stored window with the facts, and the facts among themselves.

    Every interaction has one live row, and the votes that count are those that it carries.

    While events flow, a window may be read between its facts and itself. ``settle`` waits a while:
    what differs is then read again until two readings in a row are the same, revisions included.
    Without it the first reading counts. ``progress`` is told how many pieces are done, of how many.
    """
    report, checks = Report(), list(_checks(database))
    for done, check in enumerate(checks):
        if progress:
            progress(done, len(checks))
        _add(report, check, _settled(database, check, settle))
    if progress:
        progress(len(checks), len(checks))
    return report


def _settled(database: Database, check: _Check, settle: Callable[[], None] | None) -> _Reading:
    reading = check.read(database)
    for _ in range(READINGS_AT_MOST if settle else 0):
        if settle is None or not reading.total:
            break
        settle()
        before, reading = reading, check.read(database)
        if reading.differing == before.differing:
            break
    return reading


def _add(report: Report, check: _Check, reading: _Reading) -> None:
    report.total += reading.total
    if check.table == "window_metrics":
        report.windows_compared += reading.compared
    elif check.columns == _LIVE:
        report.facts += reading.compared
    room = max(0, NAMED_AT_MOST - len(report.differences))
    for key, _, stored, expected in reading.differing[:room]:
        report.differences += [
            Difference(check.table, tuple(key), column, was, should)
            for column, was, should in _apart(check.columns, stored, expected)
            if was != should
        ]


def _apart(columns: Sequence[str], stored: list[Any], expected: list[Any]) -> Iterable[_Values]:
    if len(stored) == len(expected) == len(columns):
        return zip(columns, stored, expected, strict=True)
    # One of the books has no vote here, or more than one.
    return [("vote", " ".join(stored), " ".join(expected))]


def _checks(database: Database) -> Iterator[_Check]:
    days = database.columns(
        "SELECT tenant_id, toYYYYMM(day) AS month, toUnixTimestamp(day) AS since, sum(n) AS n FROM"
        " (SELECT tenant_id, toStartOfDay(completed_at) AS day, count() AS n"
        " FROM semko.interactions GROUP BY tenant_id, day UNION ALL"
        " SELECT tenant_id, toStartOfDay(window_start) AS day, count() AS n"
        " FROM semko.window_metrics GROUP BY tenant_id, day)"
        " GROUP BY tenant_id, day ORDER BY tenant_id, day"
    )
    rows = list(zip(*days.values(), strict=True))
    for (tenant, _), month in groupby(rows, key=lambda row: row[:2]):
        for since, until in _bounded([(since, n) for *_, since, n in month]):
            yield _windows(tenant, since, until)
    facts = database.columns(
        "SELECT tenant_id, sum(n) AS n FROM"
        " (SELECT tenant_id, count() AS n FROM semko.interactions GROUP BY tenant_id UNION ALL"
        " SELECT tenant_id, count() AS n FROM semko.votes GROUP BY tenant_id)"
        " GROUP BY tenant_id ORDER BY tenant_id"
    )
    for tenant, n in zip(facts["tenant_id"], facts["n"], strict=True):
        pieces = n // ROWS_A_PIECE + 1
        for piece in range(pieces):
            yield _live_once(tenant, f"{{}} % {pieces} = {piece}")
            yield _counted_votes(tenant, f"{{}} % {pieces} = {piece}")


def _bounded(days: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Runs of days, as seconds from and up to, that hold not too many rows each."""
    start, rows = days[0][0], 0
    for since, n in days:
        if rows and rows + n > ROWS_A_PIECE:
            yield start, since
            start, rows = since, 0
        rows += n
    yield start, days[-1][0] + 86_400


def _comparison(key: str, rows: str) -> str:
    """``rows`` gives ``revision`` and the arrays ``stored`` and ``expected`` for each ``key``."""
    return (
        "SELECT count() AS compared, countIf(differs) AS total,"
        f" groupArrayIf({NAMED_AT_MOST})((({key}), revision, stored, expected), differs)"
        f" AS differing FROM (SELECT *, stored != expected AS differs FROM ({rows}))"
    )


def _windows(tenant: str, since: int, until: int) -> _Check:
    within = (
        f"tenant_id = {quoted(tenant)} AND {{0}} >= {instant(since * 1000)}"
        f" AND {{0}} < {instant(until * 1000)}"
    )
    keys, none = ", ".join(KEYS), ", ".join(["toInt64(0)"] * len(COUNTERS))
    counters = ", ".join(COUNTERS)
    rows = (
        f"SELECT {keys}, max(written) AS revision, sumForEach(was) AS stored,"
        f" sumForEach(should) AS expected FROM (SELECT {keys}, revision AS written,"
        f" [{counters}] AS was, [{none}] AS should FROM semko.window_metrics FINAL"
        f" WHERE {within.format('window_start')} UNION ALL"
        f" SELECT {keys}, toUInt64(0) AS written, [{none}] AS was, [{counters}] AS should"
        f" FROM ({counted_windows(within.format('completed_at'))})) GROUP BY {keys}"
    )
    names = [f"toString({name})" for name in KEYS[:4]]
    key = ", ".join([*names, "window_seconds", "toUnixTimestamp(window_start)"])
    return _Check("window_metrics", COUNTERS, _comparison(key, rows))


_FACT = "toString(tenant_id), toString(office_id), interaction_key"
_LIVE = ("live rows",)


def _live_once(tenant: str, part: str) -> _Check:
    rows = (
        "SELECT tenant_id, office_id, interaction_key, max(revision) AS revision,"
        " [count()] AS stored, [toUInt64(1)] AS expected FROM semko.interactions FINAL"
        f" WHERE tenant_id = {quoted(tenant)} AND {part.format('interaction_key')}"
        " GROUP BY tenant_id, office_id, interaction_key"
    )
    return _Check("interactions", _LIVE, _comparison(_FACT, rows))


def _counted_votes(tenant: str, part: str) -> _Check:
    """What interactions say of their votes, against the votes that count for them."""
    said = ("toString(score)", "toString(scale)", "toString(voted_at)", "toString(match)")
    values = ", ".join([*(f"ifNull({text}, '')" for text in said), "toString(reasons)"])
    of = f"tenant_id = {quoted(tenant)} AND {part}"
    rows = (
        "SELECT tenant_id, office_id, interaction_key, max(written) AS revision,"
        " groupArrayArrayIf(said, NOT of_vote) AS stored,"
        " groupArrayArrayIf(said, of_vote) AS expected FROM ("
        "SELECT tenant_id, office_id, interaction_key, revision AS written, 0 AS of_vote,"
        f" [vote_event_id, {values}] AS said FROM semko.interactions FINAL"
        f" WHERE {of.format('interaction_key')} AND score IS NOT NULL UNION ALL"
        " SELECT tenant_id, office_id, rated_key AS interaction_key, revision AS written,"
        f" 1 AS of_vote, [event_id, {values}] AS said FROM semko.votes FINAL"
        f" WHERE {of.format('rated_key')} AND kind = 'counted')"
        " GROUP BY tenant_id, office_id, interaction_key"
    )
    return _Check("interactions", _VOTE, _comparison(_FACT, rows))
