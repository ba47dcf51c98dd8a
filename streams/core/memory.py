"""What memory holds of one partition: interactions with all their votes, found by key and desk.

Memory is a cache of stored facts. It holds everything of the hours from ``held_since`` on; of older
hours only what was loaded for a batch (``covered`` says which desks' hours are whole). Forgetting
and loading cost time and never change a result.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from streams.core.columnar import NONE, Rows
from streams.core.desks import Desks
from streams.core.interactions import Completions, Interactions
from streams.core.key_filter import KeyFilter
from streams.core.vocabulary import Vocabulary
from streams.core.votes import Ballots, Votes

HOUR_MS = 3_600_000


class Memory:
    """Interactions and votes of one partition, as far as they are in memory."""

    def __init__(self) -> None:
        self.vocabulary = Vocabulary()
        self.interactions = Interactions()
        self.votes = Votes()
        self.desks = Desks()
        self.stored_keys = KeyFilter()
        """Keys that may be stored though memory does not hold them."""
        self.held_since = NONE
        self.covered: set[tuple[int, int]] = set()
        """(desk, hour in ms) before ``held_since`` that were loaded whole."""
        self._rows: dict[int, int] = {}

    def row(self, key: int) -> int:
        """The row of an interaction, -1 where memory does not hold it."""
        return self._rows.get(key, -1)

    def row_for(self, key: int, office: int) -> int:
        """The row of an interaction, a new one where memory does not hold it."""
        return int(self._rows_of(np.array([key], np.uint64), np.array([office], np.int32))[0])

    def take_completions(self, completions: Completions) -> Rows:
        """Merge completions into memory; the row of each."""
        interactions = self.interactions
        rows = self._rows_of(completions.key, completions.office)
        unknown = rows[interactions.completed_at[rows] == NONE]
        moved = interactions.take(rows, completions, self.vocabulary)
        self._enter_interactions(np.concatenate([unknown, np.array(moved, np.int64)]))
        return rows

    def take_votes(self, ballots: Ballots) -> Rows:
        """Merge votes into memory; the row of each."""
        rows = np.full(len(ballots.key), -1, np.int64)
        keyed = np.flatnonzero(ballots.key)
        if len(keyed):
            rows[keyed] = self._take_keyed(ballots, keyed)
        for i in np.flatnonzero(ballots.key == 0).tolist():
            rows[i] = self._take_desk_vote(ballots, i)
        return rows

    def keyed_rows(self, ballots: Ballots) -> Rows:
        """The interactions' rows of votes that were sent with a key, once taken."""
        keys = ballots.key[ballots.key != 0].tolist()
        return np.array([self._rows[key] for key in keys], np.int64)

    def _rows_of(self, keys: NDArray[np.uint64], offices: NDArray[np.int32]) -> Rows:
        """The row of each key; a new row where there is none yet."""
        known, interactions = self._rows, self.interactions
        rows = np.empty(len(keys), np.int64)
        fresh: list[int] = []
        fresh_at: list[int] = []
        size = interactions.size
        for i, key in enumerate(keys.tolist()):
            row = known.get(key)
            if row is None:
                row = known[key] = size + len(fresh)
                fresh.append(key)
                fresh_at.append(i)
            rows[i] = row
        if fresh:
            first = interactions.extend(len(fresh))
            interactions.key[first : first + len(fresh)] = fresh
            interactions.office[first : first + len(fresh)] = offices[fresh_at]
        return rows

    def _take_keyed(self, ballots: Ballots, keyed: Rows) -> Rows:
        interactions, votes = self.interactions, self.votes
        owners = self._rows_of(ballots.key[keyed], ballots.office[keyed])
        first = np.zeros(len(keyed), np.bool_)
        first[np.unique(owners, return_index=True)[1]] = True
        plain = first & (interactions.first_vote[owners] < 0)
        rows = np.empty(len(keyed), np.int64)
        rows[plain] = votes.add(ballots, keyed[plain], owners[plain])
        interactions.first_vote[owners[plain]] = rows[plain]
        chains: dict[int, dict[str, int]] = {}
        for n in np.flatnonzero(~plain).tolist():
            i, owner = int(keyed[n]), int(owners[n])
            if owner not in chains:
                chain = votes.chain(int(interactions.first_vote[owner]))
                chains[owner] = {votes.event_id[vote]: vote for vote in chain}
            held, event_id = chains[owner], ballots.event_id[i]
            if event_id in held:
                rows[n] = held[event_id]
                votes.merge(held[event_id], ballots, i, self.vocabulary)
            else:
                last = next(reversed(held.values()))
                row = int(votes.add(ballots, keyed[n : n + 1], owners[n : n + 1])[0])
                rows[n] = held[event_id] = votes.next_vote[last] = row
        return rows

    def _take_desk_vote(self, ballots: Ballots, i: int) -> int:
        votes, desk = self.votes, int(ballots.desk[i])
        identity = desk, str(ballots.event_id[i])
        row = votes.by_desk.get(identity)
        if row is None:
            row = int(votes.add(ballots, np.array([i]), np.array([-1]))[0])
            votes.by_desk[identity] = row
        else:
            votes.merge(row, ballots, i, self.vocabulary)
        self.enter_desk_vote(row)
        return row

    def enter_desk_vote(self, vote: int) -> None:
        """Index a vote without interaction under its present time."""
        desk = int(self.votes.desk[vote])
        if desk not in self.desks.with_votes:
            held = self.interactions.desk[: self.interactions.size]
            self.desks.open(desk, self._times(np.flatnonzero(held == desk)))
        self.desks.votes.add(vote, desk, int(self.votes.voted_at[vote]))

    def _enter_interactions(self, rows: Rows) -> None:
        if not self.desks.with_votes:
            return
        indexed = np.array(list(self.desks.with_votes), np.int32)
        desks = self.interactions.desk[rows]
        chosen = rows[np.isin(desks, indexed)]
        for row, time in self._times(chosen):
            self.desks.interactions.add(row, int(self.interactions.desk[row]), time)

    def _times(self, rows: Rows) -> Iterable[tuple[int, int]]:
        times = self.interactions.completed_at[rows]
        known = times != NONE
        return zip(rows[known].tolist(), times[known].tolist(), strict=True)

    def last_known(self) -> NDArray[np.int64]:
        """Each interaction's ``completed_at``, or its last vote where only votes are known."""
        interactions, votes = self.interactions, self.votes
        last = interactions.completed_at[: interactions.size].copy()
        keyed = np.flatnonzero(votes.interaction[: votes.size] >= 0)
        owner = votes.interaction[keyed]
        lone = last[owner] == NONE
        np.maximum.at(last, owner[lone], votes.voted_at[keyed[lone]])
        return last

    def forget(self, before: int) -> None:
        """Drop what lies before an hour: it is stored, and is loaded again when it is needed."""
        old_interactions, old_votes = self.interactions, self.votes
        last = self.last_known()
        keep = np.flatnonzero(last >= before)
        self._note_stored(old_interactions.key[np.flatnonzero(last < before)])
        kept_vote = old_votes.voted_at[: old_votes.size] >= before
        owner = old_votes.interaction[: old_votes.size]
        keyed = owner >= 0
        kept_vote[keyed] = last[owner[keyed]] >= before
        self._forget_desk_votes(np.flatnonzero(~kept_vote & ~keyed))
        keep_votes = np.flatnonzero(kept_vote)
        self.interactions = old_interactions.only_kept(keep)
        self.votes = old_votes.only_kept(keep_votes)
        self._relink(_renumbering(keep, len(last)), _renumbering(keep_votes, old_votes.size))
        self._reindex()
        self.covered.clear()
        self.held_since = before

    def _forget_desk_votes(self, rows: Rows) -> None:
        vocabulary, votes = self.vocabulary, self.votes
        keys = [
            vocabulary.desk_vote_key(int(votes.desk[row]), votes.event_id[row])
            for row in rows.tolist()
        ]
        self._note_stored(np.array(keys, np.uint64))

    def _note_stored(self, keys: NDArray[np.uint64]) -> None:
        # What was loaded is in the filter already, and comes and goes as often as it is needed.
        self.stored_keys.add(keys[~self.stored_keys.may_hold(keys)])

    def _relink(self, new_row: NDArray[np.int32], new_vote: NDArray[np.int32]) -> None:
        interactions, votes = self.interactions, self.votes
        chained = interactions.first_vote[: interactions.size]
        chained[chained >= 0] = new_vote[chained[chained >= 0]]
        for links, renumbered in ((votes.interaction, new_row), (votes.next_vote, new_vote)):
            held = links[: votes.size]
            held[held >= 0] = renumbered[held[held >= 0]]

    def _reindex(self) -> None:
        interactions, votes = self.interactions, self.votes
        keys = interactions.key[: interactions.size].tolist()
        self._rows = dict(zip(keys, range(len(keys)), strict=True))
        self.desks = Desks()
        for vote in np.flatnonzero(votes.interaction[: votes.size] < 0).tolist():
            votes.by_desk[int(votes.desk[vote]), votes.event_id[vote]] = vote
            self.enter_desk_vote(vote)


def _renumbering(kept: Rows, size: int) -> NDArray[np.int32]:
    renumbered = np.full(size, -1, np.int32)
    renumbered[kept] = np.arange(len(kept))
    return renumbered
