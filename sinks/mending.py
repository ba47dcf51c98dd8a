"""Which facts must be settled again so that those that contradict each other agree.

What the facts cannot say is left out: an interaction that carries a vote which is not among the
votes, and votes that count for an interaction which is not there. To settle those again would
wipe out the last that is known of them. Only reads.
"""

from collections.abc import Sequence
from typing import NamedTuple

from models.facts import Needs, Office, VoteIdentity
from sinks.database import Database, listed

Place = tuple[str, str, int]
"""Tenant, office and key of an interaction."""


class _Vote(NamedTuple):
    """``key`` 0: sent without an interaction; ``rated`` 0: it rates none."""

    tenant: str
    office: str
    key: int
    desk: str
    event: str
    rated: int

    @property
    def identity(self) -> VoteIdentity:
        return VoteIdentity(self.tenant, self.office, self.desk, self.event)


class _Carried(NamedTuple):
    """What a live row of an interaction says of its vote; without one ``event`` is empty."""

    tenant: str
    office: str
    key: int
    desk: str
    event: str
    match: str

    @property
    def place(self) -> Place:
        return self.tenant, self.office, self.key


def damaged_facts(database: Database, places: Sequence[Place]) -> Needs:
    """Interactions at ``places`` and the votes that are theirs or claim to be, as far as the facts
    can say what is right."""
    if not places:
        return Needs()
    carried = _carried(database, places)
    votes = _votes(database, places, carried)
    sayable = {row.place for row in carried} - _lost(carried, votes)
    needs = Needs()
    bearing = {_free(row) for row in carried if row.match == "desk" and row.place in sayable}
    needs.votes |= bearing
    for vote in votes:
        if (vote.tenant, vote.office, vote.rated) in sayable:
            if vote.key:
                needs.keys.setdefault(Office(vote.tenant, vote.office), set()).add(vote.key)
            else:
                needs.votes.add(vote.identity)
    for tenant, office, key in sayable:
        needs.keys.setdefault(Office(tenant, office), set()).add(key)
    return needs


def without_their_votes(database: Database, places: Sequence[Place]) -> set[Place]:
    """Those of ``places`` whose interaction carries a vote that is not among the votes."""
    if not places:
        return set()
    carried = _carried(database, places)
    return _lost(carried, _votes(database, places, carried))


def _lost(carried: list[_Carried], votes: list[_Vote]) -> set[Place]:
    exact = {(vote.tenant, vote.office, vote.key, vote.event) for vote in votes if vote.key}
    free = {vote.identity for vote in votes if not vote.key}
    return {row.place for row in carried if not _is_there(row, exact, free)}


def _free(row: _Carried) -> VoteIdentity:
    return VoteIdentity(row.tenant, row.office, row.desk, row.event)


def _is_there(
    row: _Carried, exact: set[tuple[str, str, int, str]], free: set[VoteIdentity]
) -> bool:
    if not row.event:
        return True
    return _free(row) in free if row.match == "desk" else (*row.place, row.event) in exact


def _carried(database: Database, places: Sequence[Place]) -> list[_Carried]:
    found = database.columns(
        "SELECT toString(tenant_id) AS tenant, toString(office_id) AS office, interaction_key,"
        " toString(desk_id) AS desk, vote_event_id, toString(match) AS how"
        f" FROM semko.interactions FINAL WHERE {_of(places)}"
        f" AND interaction_key IN ({_keys(places)})"
    )
    return list(map(_Carried, *found.values()))


def _votes(database: Database, places: Sequence[Place], carried: list[_Carried]) -> list[_Vote]:
    desks = sorted({(row.desk, row.event) for row in carried if row.match == "desk"})
    borne = f" OR interaction_key = 0 AND (desk_id, event_id) IN ({listed(desks)})" if desks else ""
    found = database.columns(
        "SELECT toString(tenant_id) AS tenant, toString(office_id) AS office, interaction_key,"
        " toString(desk_id) AS desk, event_id, rated_key FROM semko.votes FINAL"
        f" WHERE {_of(places)} AND (interaction_key IN ({_keys(places)})"
        f" OR rated_key IN ({_keys(places)}){borne})"
    )
    return list(map(_Vote, *found.values()))


def _of(places: Sequence[Place]) -> str:
    offices = sorted({(tenant, office) for tenant, office, _ in places})
    return f"(tenant_id, office_id) IN ({listed(offices)})"


def _keys(places: Sequence[Place]) -> str:
    return ", ".join(str(key) for *_, key in places)
