"""Rules 3 and 4: which interaction a vote rates, and which of its votes counts. A test rates none.

Times in milliseconds; all bounds are included. Everything is computed anew from what memory holds,
never from an earlier answer.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from streams.core.columnar import NONE, Rows
from streams.core.memory import Memory
from streams.core.vocabulary import ABANDONED

EARLY_MS = 600_000
"""A vote may come so long before the completion that it rates."""
DESK_LATE_MS = 30_000
"""A vote without interaction rates a completion at most this long after itself."""
CORRECTION_MS = 60_000
"""A citizen may change her mind so long after the first press."""
REACH_MS = EARLY_MS + DESK_LATE_MS
"""Two interactions that one vote without interaction could rate lie at most this far apart."""

KINDS = ("counted", "corrected", "repeat", "unmatched", "test")
COUNTED, CORRECTED, REPEAT, UNMATCHED, TEST = range(5)
MATCHES = ("", "exact", "desk")
NO_MATCH, EXACT, DESK_MATCH = range(3)

JoinWindows = Callable[[str, str], tuple[Sequence[int], Sequence[int]]]
"""Join windows of a tenant's channel in ms: one more than there are starts, the first of them for
what was completed before the first start (`models.registry.Registry.join_window_versions`)."""


class Verdicts(NamedTuple):
    """What became of votes, row for row: the vote, the interaction it rates (-1: none), how."""

    vote: Rows
    rates: Rows
    match: NDArray[np.int8]
    kind: NDArray[np.int8]


class Settled(NamedTuple):
    """The counted vote of each asked interaction (-1: none), and the verdicts on its votes."""

    counted: Rows
    match: NDArray[np.int8]
    verdicts: Verdicts

    def only(self, picked: Rows) -> "Settled":
        """The same for some of the asked interactions, by index."""
        return Settled(self.counted[picked], self.match[picked], self.verdicts)


def rated_by_desk_vote(memory: Memory, vote: int) -> int:
    """The interaction that a vote without interaction rates, or -1 (rule 3)."""
    votes, interactions = memory.votes, memory.interactions
    if votes.test[vote]:
        return -1
    voted_at, desk = int(votes.voted_at[vote]), int(votes.desk[vote])
    since, until = voted_at - EARLY_MS, voted_at + DESK_LATE_MS
    best, found = (NONE, "", 0), -1
    for row in memory.desks.interactions.find(desk, since, until):
        completed_at = int(interactions.completed_at[row])
        if (
            since <= completed_at <= until
            and completed_at >= best[0]
            and interactions.desk[row] == desk
            and interactions.outcome[row] != ABANDONED
        ):
            rank = completed_at, interactions.event_id[row], int(interactions.key[row])
            if rank > best:
                best, found = rank, row
    return found


def desk_votes_near(memory: Memory, desk: int, completed_at: int) -> set[int]:
    """Votes without interaction that could rate a completion."""
    since, until = completed_at - DESK_LATE_MS, completed_at + EARLY_MS
    voted_at = memory.votes.voted_at
    found = memory.desks.votes.find(desk, since, until)
    return {vote for vote in found if since <= voted_at[vote] <= until}


def settle(memory: Memory, rows: Rows, join_windows: JoinWindows) -> Settled:
    """Rules 3 and 4 over interactions.

    Most have one vote at most, sent with their key: these are judged all at once, the complicated
    ones with others, one by one. An interaction without a completion has no counted vote, and its
    votes are unmatched.
    """
    interactions, votes = memory.interactions, memory.votes
    completed_at = interactions.completed_at[rows]
    known = completed_at != NONE
    late = np.zeros(len(rows), np.int64)
    late[known] = _join_windows(memory, rows[known], join_windows)
    first = interactions.first_vote[rows].astype(np.int64)
    some = first >= 0
    near = _desk_votes_of(memory, rows)
    complicated = some & (votes.next_vote[first] >= 0)
    complicated[list(near)] = True
    plain = some & ~complicated
    vote = first[plain]
    delay = votes.voted_at[vote] - completed_at[plain]
    fits = known[plain] & (delay >= -EARLY_MS) & (delay <= late[plain]) & ~votes.test[vote]
    counted = np.full(len(rows), -1, np.int64)
    match = np.zeros(len(rows), np.int8)
    counted[plain] = np.where(fits, vote, -1)
    match[plain] = np.where(fits, EXACT, NO_MATCH)
    verdicts = [
        Verdicts(
            vote,
            np.where(fits, rows[plain], -1),
            np.where(fits, EXACT, NO_MATCH).astype(np.int8),
            np.where(fits, COUNTED, _aside(memory, vote)),
        )
    ]
    for i in np.flatnonzero(complicated).tolist():
        ballots = _matching(memory, int(rows[i]), int(late[i]), near.get(i, []))
        counted[i], match[i], judged = _settle_one(memory, int(rows[i]), ballots)
        verdicts.append(judged)
    return Settled(counted, match, joined(verdicts))


def _join_windows(memory: Memory, rows: Rows, join_windows: JoinWindows) -> NDArray[np.int64]:
    """How long after its completion a vote on each interaction may come, in ms."""
    vocabulary = memory.vocabulary
    channels, which = np.unique(memory.interactions.channel[rows], return_inverse=True)
    late = np.empty(len(rows), np.int64)
    for n, channel in enumerate(channels.tolist()):
        tenant_id, _ = vocabulary.office_of(channel)
        starts, windows = join_windows(tenant_id, vocabulary.scope_keys[channel])
        these = which == n
        since = np.searchsorted(starts, memory.interactions.completed_at[rows[these]], "right")
        late[these] = np.array(windows, np.int64)[since]
    return late


def _desk_votes_of(memory: Memory, rows: Rows) -> dict[int, list[int]]:
    """The votes without interaction that rate interactions, by index into ``rows``."""
    interactions = memory.interactions
    indexed = np.array(list(memory.desks.with_votes), np.int32)
    at_desks = np.flatnonzero(
        np.isin(interactions.desk[rows], indexed) & (interactions.completed_at[rows] != NONE)
    )
    here = rows[at_desks]
    rated: dict[int, int] = {}
    found: dict[int, list[int]] = {}
    for i, row, desk, completed_at in zip(
        at_desks.tolist(),
        here.tolist(),
        interactions.desk[here].tolist(),
        interactions.completed_at[here].tolist(),
        strict=True,
    ):
        for vote in desk_votes_near(memory, desk, completed_at):
            if vote not in rated:
                rated[vote] = rated_by_desk_vote(memory, vote)
            if rated[vote] == row:
                found.setdefault(i, []).append(vote)
    return found


def _matching(
    memory: Memory, row: int, late: int, desk_votes: list[int]
) -> list[tuple[int, str, int, int]]:
    """(voted_at, event_id, match, vote) of all that match, in the order of rule 4."""
    interactions, votes = memory.interactions, memory.votes
    completed_at = int(interactions.completed_at[row])
    if completed_at == NONE:
        return []
    found = [
        (int(votes.voted_at[vote]), votes.event_id[vote], EXACT, vote)
        for vote in votes.chain(int(interactions.first_vote[row]))
        if completed_at - EARLY_MS <= votes.voted_at[vote] <= completed_at + late
        and not votes.test[vote]
    ]
    found += [
        (int(votes.voted_at[vote]), votes.event_id[vote], DESK_MATCH, vote) for vote in desk_votes
    ]
    return sorted(found)


def _settle_one(
    memory: Memory, row: int, ballots: list[tuple[int, str, int, int]]
) -> tuple[int, int, Verdicts]:
    """Rule 4: the last vote of the correction period counts."""
    chain = memory.votes.chain(int(memory.interactions.first_vote[row]))
    matched = {vote for *_, vote in ballots}
    period = [b for b in ballots if b[0] <= ballots[0][0] + CORRECTION_MS]
    counted, match = (period[-1][3], period[-1][2]) if period else (-1, NO_MATCH)
    judged = [
        (vote, row, how, COUNTED if vote == counted else CORRECTED if n < len(period) else REPEAT)
        for n, (_, _, how, vote) in enumerate(ballots)
    ]
    rest = np.array([vote for vote in chain if vote not in matched], np.int64)
    aside = zip(rest.tolist(), _aside(memory, rest).tolist(), strict=True)
    judged += [(vote, -1, NO_MATCH, kind) for vote, kind in aside]
    return counted, match, verdicts_of(judged)


def verdicts_of(judged: list[tuple[int, int, int, int]]) -> Verdicts:
    """Verdicts from (vote, rates, match, kind)."""
    columns = np.array(judged, np.int64).reshape(-1, 4).T
    return Verdicts(columns[0], columns[1], columns[2].astype(np.int8), columns[3].astype(np.int8))


def joined(parts: list[Verdicts]) -> Verdicts:
    """Verdicts one after the other."""
    return Verdicts(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def unmatched(memory: Memory, votes: Rows, judged: Verdicts) -> Verdicts:
    """Verdicts on those of ``votes`` that rate none of the interactions settled."""
    rest = np.setdiff1d(votes, judged.vote)
    none = np.zeros(len(rest), np.int8)
    return Verdicts(rest, np.full(len(rest), -1, np.int64), none, _aside(memory, rest))


def _aside(memory: Memory, votes: Rows) -> NDArray[np.int8]:
    """What votes are that rate nothing."""
    return np.where(memory.votes.test[votes], TEST, UNMATCHED).astype(np.int8)
