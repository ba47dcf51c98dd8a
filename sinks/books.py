"""The two books side by side, as SQL over one piece: what is stored, what the facts give.

Each comparison gives one row: ``compared``, ``total`` that differ, ``differing`` (the first of
them), ``newest`` (their greatest revision) and ``places`` (where they lie). Knows the tables, not
the engine; only reads.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from models.facts import OfficeHour
from models.tables import COUNTERS
from sinks.database import Database, instant, listed
from sinks.mending import without_their_votes
from sinks.portions import Piece
from sinks.recompute import KEYS, counted_windows

NAMED_AT_MOST = 1_000
"""Rows that differ are named so often; all of them are counted."""
PLACES_AT_ONCE = 20_000
"""So many hours or interactions are repaired at once; what is left comes with the next reading."""

WINDOWS, FACTS = "window_metrics", "interactions"
_EPOCH_BITS = 40
_LOST = "it carries a vote that is not among the votes: the facts cannot say what is right"
_VOTE = ("vote_event_id", "score", "scale", "voted_at", "match", "reasons")


class Difference(NamedTuple):
    """One value that two books have differently, and ``why`` as far as it can be told.

    ``key`` says of which row, in the order of the table's columns; a time is in seconds since 1970.
    """

    table: str
    key: tuple[str | int, ...]
    column: str
    stored: str | int
    expected: str | int
    why: str


class Reading(NamedTuple):
    """What one comparison found. ``differing`` holds (key, revision, stored, expected, live rows);
    ``places`` (tenant, office, hour in seconds) of windows, (tenant, office, key) of facts."""

    compared: int
    total: int
    differing: list[Any]
    newest: int
    places: list[tuple[str, str, int]]


@dataclass(frozen=True, slots=True)
class Check:
    """A comparison over one piece of a table."""

    table: str
    rows: int
    sql: str

    def read(self, database: Database) -> Reading:
        """Compare now."""
        found = {name: values[0] for name, values in database.columns(self.sql).items()}
        return Reading(
            found["compared"],
            found["total"],
            sorted(found["differing"]),
            found["newest"],
            found["places"],
        )


def facts_check(piece: Piece) -> Check:
    """Every interaction has one live row, and carries the vote that counts for it.

    ``piece`` is one by key.
    """
    said = ("toString(score)", "toString(scale)", "toString(voted_at)", "toString(match)")
    values = ", ".join([*(f"ifNull({text}, '')" for text in said), "toString(reasons)"])
    rows = (
        "SELECT tenant_id, office_id, interaction_key, max(written) AS revision,"
        " countIf(NOT of_vote) AS live,"
        " groupArrayArrayIf(said, NOT of_vote) AS stored,"
        " groupArrayArrayIf(said, of_vote) AS expected,"
        " live != 1 OR stored != expected AS differs FROM ("
        "SELECT tenant_id, office_id, interaction_key, revision AS written, 0 AS of_vote,"
        f" if(score IS NULL, [], [vote_event_id, {values}]) AS said FROM semko.interactions FINAL"
        f" WHERE {piece.where.format('interaction_key')} UNION ALL"
        " SELECT tenant_id, office_id, rated_key AS interaction_key, revision AS written,"
        f" 1 AS of_vote, [event_id, {values}] AS said FROM semko.votes FINAL"
        f" WHERE {piece.where.format('rated_key')} AND kind = 'counted')"
        " GROUP BY tenant_id, office_id, interaction_key"
    )
    key = "toString(tenant_id), toString(office_id), interaction_key"
    return Check(FACTS, piece.rows, _comparison(rows, key, key, "countIf(live > 0)"))


def windows_check(piece: Piece) -> Check:
    """Every window counts what the facts of its time give. ``piece`` is one by time."""
    keys, none = ", ".join(KEYS), ", ".join(["toInt64(0)"] * len(COUNTERS))
    counters = ", ".join(COUNTERS)
    rows = (
        f"SELECT {keys}, max(written) AS revision, sumForEach(was) AS stored,"
        " sumForEach(should) AS expected, 1 AS live, stored != expected AS differs"
        f" FROM (SELECT {keys}, revision AS written,"
        f" [{counters}] AS was, [{none}] AS should FROM semko.window_metrics FINAL"
        f" WHERE {piece.where.format('window_start')} UNION ALL"
        f" SELECT {keys}, toUInt64(0) AS written, [{none}] AS was, [{counters}] AS should"
        f" FROM ({counted_windows(piece.where.format('completed_at'))})) GROUP BY {keys}"
    )
    names = [f"toString({name})" for name in KEYS[:4]]
    key = ", ".join([*names, "window_seconds", "toUnixTimestamp(window_start)"])
    hour = "toInt64(toUnixTimestamp(toStartOfHour(window_start)))"
    return Check(
        WINDOWS, piece.rows, _comparison(rows, key, f"{names[0]}, {names[1]}, {hour}", "count()")
    )


def _comparison(rows: str, key: str, place: str, compared: str) -> str:
    """``rows`` gives ``revision``, ``live``, ``differs`` and the arrays ``stored`` and
    ``expected``."""
    return (
        f"SELECT {compared} AS compared, countIf(differs) AS total,"
        f" groupArrayIf({NAMED_AT_MOST})((({key}), revision, stored, expected, live), differs)"
        f" AS differing, maxIf(revision, differs) AS newest,"
        f" groupUniqArrayIf({PLACES_AT_ONCE})(({place}), differs) AS places FROM ({rows})"
    )


def named(database: Database, check: Check, rows: list[Any]) -> Iterator[Difference]:
    """The values in which rows of a reading differ."""
    if check.table == WINDOWS:
        waiting = _waiting(database, [key for key, *_ in rows])
        for key, revision, stored, expected, _ in rows:
            why = _why_window(revision, expected, waits=_hour_of(key) in waiting)
            for column, was, should in _apart(COUNTERS, stored, expected):
                yield Difference(WINDOWS, tuple(key), column, was, should, why)
        return
    lost = without_their_votes(database, [tuple(key) for key, *_ in rows])
    for key, _, stored, expected, live in rows:
        if live != 1:
            yield Difference(FACTS, tuple(key), "live rows", live, 1, _why_live(live))
        elif len(stored) == len(expected) == len(_VOTE):
            why = "what it carries and the vote that counts for it differ"
            for column, was, should in _apart(_VOTE, stored, expected):
                yield Difference(FACTS, tuple(key), column, was, should, why)
        else:
            texts = " ".join(stored), " ".join(expected)
            carries, count = len(stored) // len(_VOTE), len(expected) // len(_VOTE)
            why = _LOST if tuple(key) in lost else _why_votes(carries, count)
            yield Difference(FACTS, tuple(key), "vote", *texts, why)


def _apart(
    columns: Sequence[str], stored: list[Any], expected: list[Any]
) -> Iterator[tuple[str, Any, Any]]:
    for column, was, should in zip(columns, stored, expected, strict=True):
        if was != should:
            yield column, was, should


def _hour_of(key: Sequence[Any]) -> OfficeHour:
    return OfficeHour(key[0], key[1], key[5] // 3600 * 3_600_000)


def _waiting(database: Database, keys: list[Any]) -> set[OfficeHour]:
    """Hours of windows that are marked dirty."""
    hours = {_hour_of(key) for key in keys}
    if not hours:
        return set()
    pairs = [(tenant, office) for tenant, office, _ in hours]
    since, until = min(hour for *_, hour in hours), max(hour for *_, hour in hours)
    found = database.columns(
        "SELECT toString(tenant_id) AS t, toString(office_id) AS o,"
        " toInt64(toUnixTimestamp(hour)) * 1000 AS h FROM semko.dirty_hours FINAL"
        f" WHERE dirty = 1 AND (tenant_id, office_id) IN ({listed(sorted(set(pairs)))})"
        f" AND hour >= {instant(since)} AND hour <= {instant(until)}"
    )
    return set(map(OfficeHour, *found.values()))


def _why_window(revision: int, expected: list[int], *, waits: bool) -> str:
    if waits:
        return "its hour waits to be recomputed: the next start of the worker does it"
    if revision == 0:
        return "it was never written"
    if not any(expected):
        return "no fact stands behind it"
    epoch, sequence = divmod(revision, 1 << _EPOCH_BITS)
    return f"it was last written under epoch {epoch}, as number {sequence}, from other facts"


def _why_live(live: int) -> str:
    if live == 0:
        return "a vote counts for it, and it has no row: its completion is lost"
    return "it lies in several hours at once: a former place has no tombstone"


def _why_votes(carries: int, count: int) -> str:
    if count == 0:
        return "it carries a vote that does not count among the votes"
    if carries == 0:
        return "a vote counts for it that it does not carry"
    return f"{count} votes count for it at once"
