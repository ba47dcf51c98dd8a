"""Stored facts on their way back into memory: the SELECTs behind ``streams.shell.ports.Store``.

A tombstone counts as a row here, which ``FINAL`` would hide; so the newest revision of a sort key
is chosen by hand, always among all revisions of the key. Knows the tables, not the engine.
"""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator
from dataclasses import fields
from operator import itemgetter
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from models.facts import DeskSpan, Facts, Needs, Office, OfficeHour, Progress, VoteIdentity
from models.identity import DESK_VOTE_KEY_SQL
from models.tables import INTERACTIONS, VOTES, Kind
from sinks.database import Database, instant, listed

_Item = TypeVar("_Item", bound=tuple[Any, ...])

_HOUR_MS = 3_600_000
KEYS_A_SELECT = 20_000
"""Bounds the statement and the memory of one SELECT; more needs make more SELECTs."""

_INTERACTION = "tenant_id, office_id, toStartOfHour(completed_at), interaction_key"
_VOTE = "tenant_id, office_id, interaction_key, if(interaction_key = 0, desk_id, ''), event_id"


def _selected(kinds: dict[str, Kind]) -> str:
    """Every column, times as milliseconds, for a SELECT that has no condition of its own: there a
    name would mean the number and no longer the column."""
    ways = {
        Kind.INSTANT: "toUnixTimestamp64Milli({0}) AS {0}",
        Kind.INSTANT_OR_NULL: "toUnixTimestamp64Milli({0}) AS {0}",
        Kind.INSTANTS: "arrayMap(t -> toUnixTimestamp64Milli(t), {0}) AS {0}",
        Kind.PLACES: (
            "arrayMap(p -> (toUnixTimestamp64Milli(p.1), p.2, p.3, p.4, p.5), {0}) AS {0}"
        ),
    }
    return ", ".join(ways.get(kind, "{0}").format(name) for name, kind in kinds.items())


def _newest(table: str, where: str, keep: str = "1") -> str:
    """The newest row of every sort key that ``where`` finds; of these, those that ``keep`` wants.

    ``where`` must hold for all rows of a sort key or for none. Sorted by the key the rows come as
    they are stored, which takes a third of the time.
    """
    kinds, key = (INTERACTIONS, _INTERACTION) if table == "interactions" else (VOTES, _VOTE)
    newest = _once(", ".join(kinds), table, where, key)
    return f"SELECT {_selected(kinds)} FROM (SELECT * FROM ({newest}) WHERE {keep})"


def _once(columns: str, table: str, where: str, key: str) -> str:
    return (
        f"SELECT {columns} FROM semko.{table} WHERE {where}"
        f" ORDER BY {key}, revision DESC LIMIT 1 BY {key}"
    )


def _of(offices: Collection[Office]) -> str:
    return f"(tenant_id, office_id) IN ({listed(sorted(offices))})"


def offices(database: Database) -> dict[Office, int]:
    """See ``Store.offices``."""
    found = database.columns(
        "SELECT tenant_id, office_id, sum(n) AS n FROM ("
        " SELECT tenant_id, office_id, count() AS n FROM semko.interactions GROUP BY ALL UNION ALL"
        " SELECT tenant_id, office_id, count() AS n FROM semko.votes GROUP BY ALL)"
        " GROUP BY tenant_id, office_id"
    )
    named = map(Office, found["tenant_id"], found["office_id"])
    return dict(zip(named, found["n"], strict=True))


def latest(database: Database, among: Collection[Office]) -> tuple[int, int] | None:
    """See ``Store.latest``."""
    if not among:
        return None
    completed = _greatest(database, "interactions", "completed_at", among)
    voted = _greatest(database, "votes", "voted_at", among)
    known = [at for at in (completed, voted) if at is not None]
    return (known[0], known[-1]) if known else None


def _greatest(database: Database, table: str, column: str, among: Collection[Office]) -> int | None:
    found = database.columns(
        f"SELECT maxOrNull(toUnixTimestamp64Milli({column})) AS at FROM semko.{table}"
        f" WHERE {_of(among)}"
    )
    at: int | None = found["at"][0]
    return at


def recent(database: Database, among: Collection[Office], since: int) -> Facts:
    """See ``Store.recent``."""
    if not among:
        return Facts(_empty(INTERACTIONS), _empty(VOTES))
    hour = since // _HOUR_MS * _HOUR_MS
    within = f"{_of(among)} AND completed_at >= {instant(hour)}"
    interactions = _newest("interactions", within, f"completed_at >= {instant(since)}")
    young = f"{_of(among)} AND voted_at >= {instant(since)}"
    newest = _once("interaction_key, completed_at", "interactions", within, _INTERACTION)
    rated = f"SELECT interaction_key FROM ({newest}) WHERE completed_at >= {instant(since)}"
    keyed = f"SELECT interaction_key FROM semko.votes WHERE {young} AND interaction_key != 0"
    free = f"SELECT desk_id, event_id FROM semko.votes WHERE {young} AND interaction_key = 0"
    votes = _newest(
        "votes",
        f"{_of(among)} AND (interaction_key IN ({rated} UNION DISTINCT {keyed})"
        f" OR interaction_key = 0 AND (desk_id, event_id) IN ({free}))",
        f"voted_at >= {instant(since)} OR interaction_key IN ({rated})",
    )
    return Facts(database.columns(interactions), database.columns(votes))


def older(database: Database, needs: Needs) -> Facts:
    """See ``Store.older``."""
    spans = _Spans(needs.desks)
    keys = {(*office, key) for office, wanted in needs.keys.items() for key in wanted}
    votes_at = set(needs.votes)
    for hours in _pieces(spans.hours(), KEYS_A_SELECT):
        keys |= _interactions_at(database, spans, hours)
    for desks in _pieces(spans.desks(), KEYS_A_SELECT):
        votes_at |= _free_votes_at(database, spans, desks)
    interactions, votes = _empty(INTERACTIONS), _empty(VOTES)
    for piece in _pieces(keys, KEYS_A_SELECT):
        where = _with_keys(piece)
        _extend(interactions, database.columns(_newest("interactions", where)))
        _extend(votes, database.columns(_newest("votes", f"interaction_key != 0 AND {where}")))
    for identities in _pieces(votes_at, KEYS_A_SELECT):
        where = f"interaction_key = 0 AND ({_VOTE_IDENTITY}) IN ({listed(identities)})"
        _extend(votes, database.columns(_newest("votes", where)))
    return Facts(interactions, votes)


_VOTE_IDENTITY = ", ".join(VoteIdentity._fields)


class _Spans:
    """Desks with spans of time, brought into order once."""

    def __init__(self, desks: Collection[DeskSpan]) -> None:
        self._of: dict[tuple[str, str, str], list[tuple[int, int]]] = {}
        for tenant, office, desk, since, until in sorted(desks):
            spans = self._of.setdefault((tenant, office, desk), [])
            if spans and since <= spans[-1][1]:
                spans[-1] = spans[-1][0], max(until, spans[-1][1])
            else:
                spans.append((since, until))

    def desks(self) -> list[tuple[str, str, str]]:
        return list(self._of)

    def hours(self) -> list[tuple[str, str, int]]:
        """Office and hour, in seconds, of every hour that a span touches."""
        return sorted(
            {
                (tenant, office, hour * 3600)
                for (tenant, office, _), spans in self._of.items()
                for since, until in spans
                for hour in range(since // _HOUR_MS, until // _HOUR_MS + 1)
            }
        )

    def reach(self, desks: Collection[tuple[str, str, str]]) -> tuple[int, int]:
        """From the first to the last moment of any span of ``desks``."""
        return min(self._of[desk][0][0] for desk in desks), max(
            self._of[desk][-1][1] for desk in desks
        )

    def hold(self, tenant: str, office: str, desk: str, instant: int) -> bool:
        spans = self._of.get((tenant, office, desk), [])
        at = bisect_right(spans, instant, key=itemgetter(0)) - 1
        return at >= 0 and instant <= spans[at][1]


def _interactions_at(
    database: Database, spans: _Spans, hours: list[tuple[str, str, int]]
) -> set[tuple[str, str, int]]:
    """Interactions of which a newest row, tombstones too, lies at a desk within a span."""
    seconds = [hour for _, _, hour in hours]
    columns = (
        "tenant_id, office_id, interaction_key, desk_id, toUnixTimestamp64Milli(completed_at) AS at"
    )
    where = (
        f"(tenant_id, office_id, toStartOfHour(completed_at)) IN ({listed(hours)})"
        f" AND completed_at >= {instant(min(seconds) * 1000)}"
        f" AND completed_at < {instant(max(seconds) * 1000 + _HOUR_MS)}"
    )
    found = database.columns(_once(columns, "interactions", where, _INTERACTION))
    rows = zip(*found.values(), strict=True)
    return {
        (tenant, office, key)
        for tenant, office, key, desk, at in rows
        if spans.hold(tenant, office, desk, at)
    }


def _free_votes_at(
    database: Database, spans: _Spans, desks: list[tuple[str, str, str]]
) -> set[VoteIdentity]:
    """Votes without interaction of which a row lies at a desk within a span.

    A row that a newer one has replaced may be among them: what is loaded is the newer one.
    """
    since, until = spans.reach(desks)
    found = database.columns(
        f"SELECT {_VOTE_IDENTITY}, toUnixTimestamp64Milli(voted_at) AS at FROM semko.votes"
        f" WHERE interaction_key = 0 AND (tenant_id, office_id, desk_id) IN ({listed(desks)})"
        f" AND voted_at >= {instant(since)} AND voted_at <= {instant(until)}"
    )
    rows = zip(*found.values(), strict=True)
    return {
        VoteIdentity(tenant, office, desk, event)
        for tenant, office, desk, event, at in rows
        if spans.hold(tenant, office, desk, at)
    }


def _with_keys(keys: list[tuple[str, str, int]]) -> str:
    places = {Office(tenant, office) for tenant, office, _ in keys}
    return f"{_of(places)} AND interaction_key IN ({', '.join(str(key) for *_, key in keys)})"


def _pieces(items: Iterable[_Item], size: int) -> Iterator[list[_Item]]:
    ordered = sorted(items)
    for start in range(0, len(ordered), size):
        yield ordered[start : start + size]


def _empty(kinds: dict[str, Kind]) -> dict[str, list[Any]]:
    return {name: [] for name in kinds}


def _extend(columns: dict[str, list[Any]], more: dict[str, list[Any]]) -> None:
    for name, values in more.items():
        columns[name] += values


def known_keys(database: Database, among: Collection[Office]) -> Iterator[NDArray[np.uint64]]:
    """See ``Store.known_keys``. A key may come more than once: a filter does not mind."""
    if not among:
        return
    where = f"FROM semko.{{}} WHERE {_of(among)}"
    yield from database.numbers(f"SELECT interaction_key {where.format('interactions')}")
    votes = where.format("votes")
    yield from database.numbers(
        f"SELECT if(interaction_key = 0, {DESK_VOTE_KEY_SQL}, interaction_key) {votes}"
    )


def dirty_hours(database: Database, among: Collection[Office]) -> set[OfficeHour]:
    """See ``Store.dirty_hours``."""
    if not among:
        return set()
    found = database.columns(
        "SELECT tenant_id, office_id, toInt64(toUnixTimestamp(hour)) * 1000 AS at"
        f" FROM semko.dirty_hours FINAL WHERE {_of(among)} AND dirty = 1"
    )
    return set(map(OfficeHour, *found.values()))


def progress(database: Database) -> list[Progress]:
    """See ``Store.progress``."""
    names = ", ".join(field.name for field in fields(Progress))
    found = database.columns(f"SELECT {names} FROM semko.progress FINAL ORDER BY topic, partition")
    return list(map(Progress, *found.values()))


def kept_since(database: Database) -> int:
    """See ``Store.kept_since``."""
    found = database.columns(
        "SELECT max(toUnixTimestamp64Milli(kept_since)) AS since FROM semko.retention"
    )
    since: int = found["since"][0]
    return since
