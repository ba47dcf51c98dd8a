"""What every store must do (``streams.shell.ports.Store``), whatever holds its rows.

A test class takes these over and gives two fixtures: ``store``, empty, and ``counted``, which
reads the windows that count something. Knows no implementation.
"""

from collections.abc import Callable, Collection

import numpy as np
import pytest

from models.columns import Coded, Nullable
from models.facts import Needs, Office, OfficeHour
from models.tables import TABLES
from streams.shell.ports import Store
from tests.compare import differences, live_interactions, live_votes
from tests.histories import history
from tests.oracle import HOUR, MINUTE, Row, WindowId, expected
from tests.situations import key_of
from tests.store_rows import (
    OFFICE,
    TEN,
    columns,
    interaction,
    keys,
    put,
    rows_of,
    vote,
)

Counted = Callable[[], dict[WindowId, dict[str, int]]]


class StoreContract:
    def test_every_value_comes_back_as_it_went_in(self, store: Store) -> None:
        place = (TEN - HOUR, "д'\\1", "s", "phone", {"възраст": "60+"})
        whole = interaction(
            2**64 - 1,
            TEN + 123,
            desk_id="гише \\'7\"",
            segments={"age_band": "18-30", "град": "Търговище"},
            event_id="e\\t'1",
            arrived_at=TEN - 2,
            started_at=None,
            due_at=TEN + 1,
            wait_seconds=0,
            service_seconds=2**32 - 1,
            overdue=1,
            score=5,
            scale=5,
            reasons=["slow", "бавно"],
            voted_at=TEN + 7,
            vote_event_id="v",
            match="exact",
            former=[place, (TEN, "d", "", "counter", {})],
            revision=2**64 - 2,
        )
        put(store, "interactions", whole, interaction(1))
        pressed = vote(3, "v", TEN + 1, former=[TEN, TEN - 1], rated_key=3, kind="repeat")
        put(store, "votes", pressed, vote(0, "w", score=4, reasons=["x"], deleted=1))
        facts = store.recent([OFFICE], 0)
        loaded = {row["interaction_key"]: row for row in rows_of(facts.interactions)}
        assert list(facts.interactions) == list(TABLES["interactions"])
        assert list(facts.votes) == list(TABLES["votes"])
        assert {name: loaded[2**64 - 1][name] for name in whole} == whole
        assert loaded[1]["score"] is None
        assert (loaded[1]["segments"], loaded[1]["former"], loaded[1]["reasons"]) == ({}, [], [])
        first, second = sorted(rows_of(facts.votes), key=lambda row: str(row["event_id"]))
        assert {name: first[name] for name in pressed} == pressed
        assert (second["score"], second["scale"], second["deleted"]) == (4, None, 1)

    def test_columns_of_every_shape_are_taken(self, store: Store) -> None:
        shaped = columns("interactions", [interaction(1), interaction(2), interaction(3)])
        shaped |= {
            "interaction_key": np.array([1, 2**63 + 1, 3], np.uint64),
            "desk_id": Coded(np.array([5, 0, 5], np.int32), [f"d{n}" for n in range(100)]),
            "event_id": Coded(np.array([1, 0, 1], np.int32), ["a", "b"]),
            "segments": Coded(np.array([0, 1, 1], np.int32), [{}, {"age": "60+"}]),
            "reasons": Coded(np.array([2, 0, 2], np.int32), [["a"], ["never"], []]),
            "former": Coded(np.array([1, 1, 0], np.int32), [[(1, "d", "s", "c", {"a": "b"})], []]),
            "score": Nullable(np.array([4, -128, 1], np.int8), np.array([False, True, False])),
            "due_at": Nullable(np.array([TEN, -(2**63), 1]), np.array([False, True, False])),
            "wait_seconds": Nullable(np.array([-1, 5, 6]), np.array([True, False, False])),
            "completed_at": np.array([TEN, TEN + 40 * 24 * HOUR, TEN - 1]),
            "deleted": np.array([0, 1, 0], np.int8),
        }
        store.write("interactions", shaped)
        names = ("interaction_key", "desk_id", "event_id", "segments", "reasons", "former")
        more = ("score", "due_at", "wait_seconds", "completed_at", "deleted")
        loaded = sorted(
            tuple(row[name] for name in (*names, *more))
            for row in rows_of(store.recent([OFFICE], 0).interactions)
        )
        former, later = [(1, "d", "s", "c", {"a": "b"})], TEN + 40 * 24 * HOUR
        assert loaded == [
            (1, "d5", "b", {}, [], [], 4, TEN, None, TEN, 0),
            (3, "d5", "b", {"age": "60+"}, [], former, 1, 1, 6, TEN - 1, 0),
            (2**63 + 1, "d0", "a", {"age": "60+"}, ["a"], [], None, None, 5, later, 1),
        ]

    def test_no_rows_are_no_trouble(self, store: Store) -> None:
        for table in TABLES:
            store.write(table, columns(table, []))
        assert store.offices() == {}
        assert store.latest([OFFICE]) is None
        assert (store.progress(), store.kept_since()) == ([], 0)
        facts = store.older(Needs())
        assert (facts.interactions["score"], facts.votes["score"]) == ([], [])
        for nobody in ([], [OFFICE]):
            assert keys(store.recent(nobody, 0)) == []
            assert sum(map(len, store.known_keys(nobody))) == 0
            assert store.dirty_hours(nobody) == set()
        store.recompute([], 1)

    @pytest.mark.parametrize("wrong", [{"nope": [1]}, {"score": None}])
    def test_columns_unlike_the_table_are_refused(self, store: Store, wrong: Row) -> None:
        rows = columns("votes", [vote(1, "v")]) | wrong
        with pytest.raises((TypeError, ValueError)):
            store.write("votes", {name: column for name, column in rows.items() if column})
        assert store.offices() == {}

    def test_the_greatest_revision_counts_in_whatever_order_it_comes(self, store: Store) -> None:
        for revision in (2, 3, 1, 3):
            desk = f"desk of {revision}"
            put(store, "interactions", interaction(1, revision=revision, desk_id=desk))
            put(store, "votes", vote(1, "v", revision=revision, terminal_id=desk))
        facts = store.recent([OFFICE], 0)
        assert facts.interactions["desk_id"] == ["desk of 3"]
        assert facts.votes["terminal_id"] == ["desk of 3"]
        facts = store.older(Needs(keys={OFFICE: {1}}))
        assert facts.interactions["desk_id"] == ["desk of 3"]
        assert facts.votes["terminal_id"] == ["desk of 3"]

    def test_rows_of_one_write_replace_each_other_too(self, store: Store) -> None:
        put(store, "interactions", *(interaction(1, TEN + n, revision=n) for n in (5, 9, 7)))
        assert keys(store.recent([OFFICE], 0)) == [(1, TEN + 9)]

    def test_a_move_within_the_hour_replaces_and_to_another_hour_does_not(
        self, store: Store
    ) -> None:
        put(store, "interactions", interaction(1), interaction(1, TEN + HOUR - 1, revision=2))
        assert keys(store.recent([OFFICE], 0)) == [(1, TEN + HOUR - 1)]
        put(store, "interactions", interaction(1, TEN + HOUR, revision=3))
        assert keys(store.recent([OFFICE], 0)) == [(1, TEN + HOUR - 1), (1, TEN + HOUR)]

    def test_votes_are_found_by_interaction_or_else_by_desk(self, store: Store) -> None:
        keyed = [vote(1, "v", desk_id="a"), vote(1, "v", desk_id="b", revision=2)]
        put(store, "votes", *keyed, vote(0, "v", desk_id="a"), vote(0, "v", desk_id="b"))
        votes = store.recent([OFFICE], 0).votes
        found = sorted(zip(votes["interaction_key"], votes["desk_id"], strict=True))
        assert found == [(0, "a"), (0, "b"), (1, "b")]

    def test_offices_are_known_from_either_kind_of_fact(self, store: Store) -> None:
        put(store, "interactions", interaction(1), interaction(1, tenant_id="u", deleted=1))
        put(store, "votes", vote(1, "v", office_id="p"), vote(1, "v"))
        assert store.offices().keys() == {OFFICE, Office("u", "o"), Office("t", "p")}

    def test_the_latest_times_stand_in_for_each_other(self, store: Store) -> None:
        put(store, "votes", vote(0, "v", TEN + 1), vote(0, "w"))
        assert store.latest([OFFICE]) == (TEN + 1, TEN + 1)
        put(store, "interactions", interaction(1, TEN - 1), interaction(2, TEN - 2))
        put(store, "interactions", interaction(1, TEN + HOUR, office_id="p"))
        assert store.latest([OFFICE]) == (TEN - 1, TEN + 1)
        assert store.latest([Office("t", "p")]) == (TEN + HOUR, TEN + HOUR)
        assert store.latest([Office("t", "q")]) is None


class RecomputeContract:
    @pytest.mark.parametrize("seed", range(4))
    def test_recomputed_windows_are_those_of_the_oracle(
        self, store: Store, counted: Counted, seed: int
    ) -> None:
        wanted = expected(history(seed).events(), key_of)
        put(store, "interactions", *(row | {"revision": 1} for row in wanted.interactions.values()))
        put(store, "votes", *(row | {"revision": 1} for row in wanted.votes.values()))
        hours = {OfficeHour(*name[:2], name[5]) for name in wanted.windows if name[4] == 3600}
        store.recompute(hours, 2)
        offices: Collection[Office] = store.offices()
        facts = store.recent(offices, 0)
        stored = live_interactions(rows_of(facts.interactions)), live_votes(rows_of(facts.votes))
        assert differences(wanted, *stored, counted()) == []

    def test_the_first_and_the_last_millisecond_of_an_hour_belong_to_it(
        self, store: Store, counted: Counted
    ) -> None:
        start = 1_746_054_000_000  # 2025-04-30T23:00:00Z, the last hour of a month
        moments = (start - 1, start, start + HOUR - 1, start + HOUR)
        put(store, "interactions", *(interaction(n, at) for n, at in enumerate(moments, 1)))
        store.recompute([OfficeHour("t", "o", start)], 2)
        windows = {name[4:]: row["completions"] for name, row in counted().items()}
        assert windows[3600, start] == 2
        assert windows[60, start] == windows[60, start + HOUR - MINUTE] == 1
        assert len(windows) == 5

    def test_only_the_hours_asked_for_are_recomputed(self, store: Store, counted: Counted) -> None:
        put(store, "interactions", interaction(1), interaction(2, TEN + HOUR))
        put(store, "interactions", interaction(3, office_id="p"))
        store.recompute([OfficeHour("t", "o", TEN), OfficeHour("t", "none", TEN)], 5)
        assert {(name[1], name[5]) for name in counted() if name[4] == 3600} == {("o", TEN)}

    def test_a_window_that_lost_its_last_interaction_counts_nothing(
        self, store: Store, counted: Counted
    ) -> None:
        segments = {"age": "60+"}
        put(store, "interactions", interaction(1, segments=segments), interaction(2, desk_id="d2"))
        store.recompute([OfficeHour("t", "o", TEN)], 2)
        assert counted()["t", "o", "segment", "age=60+", 60, TEN]["completions"] == 1
        put(store, "interactions", interaction(1, segments=segments, deleted=1, revision=3))
        store.recompute([OfficeHour("t", "o", TEN)], 4)
        left = {name[2:4] for name in counted()}
        assert left == {
            ("office", ""),
            ("desk", "d2"),
            ("service", "s1"),
            ("channel", "counter"),
        }
        assert counted()["t", "o", "office", "", 3600, TEN]["completions"] == 1

    def test_a_recomputation_does_not_undo_what_a_later_owner_wrote(
        self, store: Store, counted: Counted
    ) -> None:
        put(store, "interactions", interaction(1))
        store.recompute([OfficeHour("t", "o", TEN)], 2**40 + 7)
        put(store, "interactions", interaction(1, deleted=1, revision=2))
        store.recompute([OfficeHour("t", "o", TEN)], 7)
        assert counted()["t", "o", "office", "", 60, TEN]["completions"] == 1
