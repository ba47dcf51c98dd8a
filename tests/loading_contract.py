"""What every store must do (``streams.shell.ports.Store``) when facts are read back.

A test class takes this over and gives the fixture ``store``, empty. Knows no implementation.
"""

import numpy as np

from models.facts import DeskSpan, Needs, Office, OfficeHour, Progress, VoteIdentity
from models.identity import desk_vote_key
from streams.shell.ports import Store
from tests.oracle import HOUR, MINUTE
from tests.store_rows import OFFICE, TEN, events, interaction, keys, near, put, vote


class LoadingContract:
    def test_recent_facts_are_those_of_the_offices_from_the_moment_on(self, store: Store) -> None:
        put(store, "interactions", interaction(1), interaction(2, TEN - 1))
        put(store, "interactions", interaction(3, office_id="p"), interaction(4, TEN + 90 * HOUR))
        assert keys(store.recent([OFFICE], TEN)) == [(1, TEN), (4, TEN + 90 * HOUR)]
        assert keys(store.recent([OFFICE], TEN + 1)) == [(4, TEN + 90 * HOUR)]
        assert keys(store.recent([Office("t", "p")], 0)) == [(3, TEN)]
        both = store.recent([OFFICE, Office("t", "p"), Office("no", "facts")], TEN)
        assert keys(both) == [(1, TEN), (3, TEN), (4, TEN + 90 * HOUR)]

    def test_recent_facts_have_their_tombstones(self, store: Store) -> None:
        put(store, "interactions", interaction(1), interaction(2, deleted=1))
        put(store, "interactions", interaction(1, revision=2, deleted=1))
        loaded = store.recent([OFFICE], TEN).interactions
        assert sorted(zip(loaded["interaction_key"], loaded["deleted"], strict=True)) == [
            (1, 1),
            (2, 1),
        ]

    def test_recent_interactions_have_all_votes_of_their_key(self, store: Store) -> None:
        put(store, "interactions", interaction(1), interaction(2, TEN - 1))
        put(store, "interactions", interaction(5, TEN + 1, deleted=1))
        put(store, "votes", vote(1, "long before", TEN - 900 * HOUR), vote(1, "after", TEN + HOUR))
        put(store, "votes", vote(2, "old", TEN - 1), vote(2, "young of old"), vote(3, "lone"))
        put(store, "votes", vote(0, "free"), vote(0, "free and old", TEN - 1))
        put(store, "votes", vote(1, "other office", office_id="p"), vote(5, "of grave", 0))
        assert events(store.recent([OFFICE], TEN)) == [
            "after",
            "free",
            "lone",
            "long before",
            "of grave",
            "young of old",
        ]

    def test_what_replaced_a_recent_row_decides(self, store: Store) -> None:
        put(store, "votes", vote(0, "v"), vote(1, "w"))
        put(store, "votes", vote(0, "v", TEN - 1, revision=2), vote(1, "w", TEN - 1, revision=2))
        put(store, "interactions", interaction(1, TEN + 2), interaction(1, TEN + 1, revision=2))
        facts = store.recent([OFFICE], TEN + 2)
        assert (keys(facts), events(facts)) == ([], [])
        facts = store.recent([OFFICE], TEN + 1)
        assert (keys(facts), events(facts)) == ([(1, TEN + 1)], ["w"])

    def test_older_facts_are_found_by_key_with_every_row_and_vote(self, store: Store) -> None:
        put(store, "interactions", interaction(1), interaction(1, TEN + HOUR, deleted=1))
        put(store, "interactions", interaction(1, TEN + 900 * HOUR), interaction(2))
        put(store, "interactions", interaction(8, office_id="p"), interaction(9, office_id="p"))
        put(store, "votes", vote(1, "a", 1), vote(2, "b"), vote(3, "c"), vote(0, "d"))
        put(store, "votes", vote(8, "e", office_id="p"))
        facts = store.older(Needs(keys={OFFICE: {1, 3}}))
        assert keys(facts) == [(1, TEN), (1, TEN + HOUR), (1, TEN + 900 * HOUR)]
        assert events(facts) == ["a", "c"]
        facts = store.older(Needs(keys={OFFICE: {2}, Office("t", "p"): {8}}))
        assert keys(facts) == [(2, TEN), (8, TEN)]
        assert events(facts) == ["b", "e"]

    def test_older_facts_are_found_by_desk_and_span_both_ends_included(self, store: Store) -> None:
        put(store, "interactions", *(interaction(n, TEN + n) for n in range(1, 6)))
        put(store, "interactions", interaction(6, TEN + 3, desk_id="d2"))
        put(store, "interactions", interaction(7, TEN + 3, tenant_id="u"))
        put(store, "votes", *(vote(0, f"v{n}", TEN + n) for n in range(1, 6)))
        put(store, "votes", vote(0, "other desk", TEN + 3, desk_id="d2"), vote(9, "keyed", TEN + 3))
        facts = store.older(near("d1", TEN + 2, TEN + 4))
        assert keys(facts) == [(n, TEN + n) for n in (2, 3, 4)]
        assert events(facts) == ["v2", "v3", "v4"]

    def test_spans_may_overlap_touch_and_lie_in_many_hours(self, store: Store) -> None:
        moments = [TEN + n * 50 * MINUTE for n in range(10)]
        put(store, "interactions", *(interaction(n, at) for n, at in enumerate(moments, 1)))
        put(store, "interactions", interaction(99, TEN, desk_id="d2"))
        spans = {(0, 1), (1, 4), (2, 3), (6, 6), (8, 9)}
        desks = {DeskSpan("t", "o", "d1", moments[a], moments[b]) for a, b in spans}
        found = store.older(Needs(desks=desks | {DeskSpan("t", "o", "d2", TEN + 1, TEN + HOUR)}))
        assert [key for key, _ in keys(found)] == [1, 2, 3, 4, 5, 7, 9, 10]

    def test_an_interaction_found_at_a_desk_comes_with_its_other_places(self, store: Store) -> None:
        put(store, "interactions", interaction(1, deleted=1))
        put(store, "interactions", interaction(1, TEN + 5 * HOUR, desk_id="d9"))
        put(store, "votes", vote(1, "v", TEN + 5 * HOUR))
        facts = store.older(near("d1", TEN, TEN))
        assert keys(facts) == [(1, TEN), (1, TEN + 5 * HOUR)]
        assert events(facts) == ["v"]

    def test_a_row_replaced_within_its_hour_is_no_longer_at_its_desk(self, store: Store) -> None:
        put(store, "interactions", interaction(1), interaction(1, desk_id="d2", revision=2))
        assert keys(store.older(near("d1", TEN, TEN))) == []
        assert keys(store.older(near("d2", TEN, TEN))) == [(1, TEN)]

    def test_votes_without_interaction_are_found_by_identity(self, store: Store) -> None:
        put(store, "votes", vote(0, "v", 5), vote(0, "v", desk_id="d2"), vote(1, "v"))
        put(store, "votes", vote(0, "v", 6, revision=2))
        wanted = {VoteIdentity("t", "o", "d1", "v"), VoteIdentity("t", "o", "d1", "none")}
        assert store.older(Needs(votes=wanted)).votes["voted_at"] == [6]

    def test_needs_of_all_kinds_give_each_row_once(self, store: Store) -> None:
        put(store, "interactions", interaction(1), interaction(2))
        put(store, "votes", vote(1, "a"), vote(0, "b"))
        needs = near("d1", TEN, TEN)
        needs.keys[OFFICE] = {1, 2}
        needs.votes.add(VoteIdentity("t", "o", "d1", "b"))
        facts = store.older(needs)
        assert (keys(facts), events(facts)) == ([(1, TEN), (2, TEN)], ["a", "b"])

    def test_the_filter_is_told_of_all_that_is_stored(self, store: Store) -> None:
        put(store, "interactions", interaction(1), interaction(2**64 - 1, deleted=1))
        put(store, "interactions", interaction(7, office_id="p"))
        put(store, "votes", vote(3, "v"), vote(0, "ж\\'"), vote(0, "w", office_id="p"))
        told = np.concatenate(list(store.known_keys([OFFICE])))
        assert told.dtype == np.uint64
        assert set(told.tolist()) == {1, 2**64 - 1, 3, desk_vote_key("t", "o", "d1", "ж\\'")}

    def test_an_hour_is_dirty_as_its_newest_row_says(self, store: Store) -> None:
        hour = {"tenant_id": "t", "office_id": "o", "hour": TEN, "partition": 3}
        marked, nothing = {OfficeHour("t", "o", TEN)}, set[OfficeHour]()
        for revision, dirty, seen in (
            (1, 1, marked),
            (3, 0, nothing),
            (2, 1, nothing),
            (4, 1, marked),
        ):
            put(store, "dirty_hours", hour | {"dirty": dirty, "revision": revision})
            assert store.dirty_hours([OFFICE]) == seen
        assert store.dirty_hours([Office("t", "p")]) == set()

    def test_progress_is_the_newest_of_each_partition(self, store: Store) -> None:
        said = {"topic": "votes", "partition": 1, "partitions": 4, "log_id": "log", "epoch": 2}
        put(store, "progress", said | {"offset": 9, "revision": 2})
        put(store, "progress", said | {"offset": 7, "revision": 1})
        put(store, "progress", said | {"topic": "completions", "offset": 2**40, "revision": 1})
        put(store, "progress", said | {"log_id": "next", "partition": 0, "offset": 0})
        assert sorted(store.progress(), key=lambda p: (p.topic, p.partition)) == [
            Progress("completions", 1, 4, "log", 2**40, 2),
            Progress("votes", 0, 4, "next", 0, 2),
            Progress("votes", 1, 4, "log", 9, 2),
        ]
