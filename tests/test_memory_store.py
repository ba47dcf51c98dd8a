"""The store in memory and the comparison with the oracle: what tests of the worker stand on."""

import random
from collections.abc import Sequence

import numpy as np
import pytest

from models.columns import Coded, Nullable
from models.facts import DeskSpan, Needs, Office, OfficeHour, Progress, VoteIdentity
from models.identity import desk_vote_key
from models.tables import TABLES
from streams.shell.ports import Store
from tests.compare import TwoLiveRowsError, differences
from tests.crashing_store import Crashing
from tests.histories import history
from tests.memory_store import MemoryStore
from tests.oracle import HOUR, MINUTE, Expected, Row, expected
from tests.situations import key_of
from tests.store_rows import TEN, columns, interaction, vote

OFFICE = Office("t", "o")


def filled(interactions: Sequence[Row] = (), votes: Sequence[Row] = ()) -> MemoryStore:
    store = MemoryStore()
    store.write("interactions", columns("interactions", interactions))
    store.write("votes", columns("votes", votes))
    return store


def stored(rows: Expected) -> MemoryStore:
    """The facts that the oracle expects, without windows."""
    some = {"revision": 1}
    return filled(
        [row | some for row in rows.interactions.values()],
        [row | some for row in rows.votes.values()],
    )


def test_both_stores_of_the_tests_offer_the_port_of_the_worker() -> None:
    stores: list[Store] = [MemoryStore(), Crashing(MemoryStore(), random.Random(1), after=9)]
    assert all(store.progress() == [] and store.kept_since() == 0 for store in stores)


def test_every_shape_of_column_arrives() -> None:
    store = MemoryStore()
    shaped = columns("votes", [vote(1, "v1"), vote(2, "v2")])
    shaped["desk_id"] = Coded(np.array([1, 0], dtype=np.int32), ["d1", "d2"])
    shaped["score"] = Nullable(np.array([4, 0], dtype=np.uint8), np.array([False, True]))
    shaped["interaction_key"] = np.array([2**64 - 1, 7], dtype=np.uint64)
    shaped["reasons"] = Coded(np.array([1, 0], dtype=np.int32), [[], ["slow"]])
    store.write("votes", shaped)
    seen = [
        (name[2], row["desk_id"], row["score"], row["reasons"])
        for name, row in store.rows("votes").items()
    ]
    assert seen == [(2**64 - 1, "d2", 4, ["slow"]), (7, "d1", None, [])]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("completed_at", None),
        ("interaction_key", -1),
        ("interaction_key", 2**64),
        ("deleted", 2),
        ("score", 256),
        ("wait_seconds", -1),
        ("segments", {"age": None}),
        ("reasons", "slow"),
        ("former", [(TEN, "d1", "s1", "counter")]),
        ("desk_id", None),
    ],
)
def test_a_value_that_its_column_excludes_is_refused_by_name(column: str, value: object) -> None:
    wrong = columns("interactions", [interaction(1)]) | {column: [value]}
    with pytest.raises(TypeError, match=rf"interactions\.{column}"):
        MemoryStore().write("interactions", wrong)


def test_a_missing_or_unequal_column_is_refused() -> None:
    whole = columns("interactions", [interaction(1)])
    with pytest.raises(TypeError, match="match"):
        MemoryStore().write("interactions", {n: c for n, c in whole.items() if n != "match"})
    with pytest.raises(TypeError, match="different lengths"):
        MemoryStore().write("interactions", whole | {"match": ["", ""]})


def test_the_greatest_revision_stays_and_of_equal_ones_the_last() -> None:
    store = filled([interaction(1, revision=5, desk_id="first")])
    for revision, desk, kept in ((4, "old", "first"), (5, "same", "same"), (6, "new", "new")):
        row = interaction(1, revision=revision, desk_id=desk)
        store.write("interactions", columns("interactions", [row]))
        assert store.rows("interactions")["t", "o", 1]["desk_id"] == kept


def test_a_move_within_the_hour_replaces_and_to_another_hour_does_not() -> None:
    store = filled([interaction(1), interaction(1, TEN + HOUR - 1, revision=2)])
    assert store.rows("interactions")["t", "o", 1]["completed_at"] == TEN + HOUR - 1
    store.write("interactions", columns("interactions", [interaction(1, TEN + HOUR, revision=3)]))
    with pytest.raises(TwoLiveRowsError):
        store.rows("interactions")
    grave = interaction(1, TEN, revision=4, deleted=1)
    store.write("interactions", columns("interactions", [grave]))
    assert store.rows("interactions")["t", "o", 1]["completed_at"] == TEN + HOUR


def test_votes_are_found_by_interaction_or_else_by_desk() -> None:
    votes = [vote(1, "v1", desk_id="a"), vote(1, "v1", desk_id="b", revision=2)]
    desk_votes = [vote(0, "v1", desk_id="a"), vote(0, "v1", desk_id="b")]
    names = set(filled(votes=votes + desk_votes).rows("votes"))
    assert names == {("t", "o", 1, "", "v1"), ("t", "o", 0, "a", "v1"), ("t", "o", 0, "b", "v1")}


def test_the_latest_times_stand_in_for_each_other_where_a_table_is_empty() -> None:
    assert filled().latest([OFFICE]) is None
    assert filled([interaction(1)]).latest([OFFICE]) == (TEN, TEN)
    assert filled(votes=[vote(0, "a", TEN + 1), vote(0, "b")]).latest([OFFICE]) == (TEN + 1,) * 2
    both = filled([interaction(1), interaction(2, TEN + HOUR)], [vote(1, "a")])
    assert both.latest([OFFICE]) == (TEN + HOUR, TEN)
    assert both.latest([Office("t", "other")]) is None


def test_recent_gives_tombstones_and_all_keyed_votes_of_recent_interactions() -> None:
    store = filled(
        [interaction(1), interaction(2, TEN - 1), interaction(3, TEN + HOUR, deleted=1)],
        [
            vote(1, "before", TEN - 5 * HOUR),
            vote(2, "before", TEN - 1),
            vote(2, "after"),
            vote(0, "before", TEN - 1),
            vote(0, "after"),
        ],
    )
    facts = store.recent([OFFICE], TEN)
    assert sorted(facts.interactions["interaction_key"]) == [1, 3]
    assert facts.interactions.keys() == TABLES["interactions"].keys()
    seen = zip(facts.votes["interaction_key"], facts.votes["event_id"], strict=True)
    assert sorted(seen) == [(0, "after"), (1, "before"), (2, "after")]
    assert store.recent([Office("t", "other")], TEN).interactions["interaction_key"] == []


def test_older_finds_by_key_by_desk_and_by_vote() -> None:
    store = filled(
        [
            interaction(1),
            interaction(2, TEN + MINUTE),
            interaction(2, TEN + HOUR, desk_id="d2"),
            interaction(3, TEN + MINUTE + 1),
            interaction(4, TEN + MINUTE, desk_id="d2"),
        ],
        [vote(1, "a"), vote(2, "b", TEN - HOUR), vote(3, "c"), vote(0, "d"), vote(0, "e", 0)],
    )
    near = Needs(desks={DeskSpan("t", "o", "d1", TEN + 1, TEN + MINUTE)})
    facts = store.older(near)
    assert facts.interactions["interaction_key"] == [2, 2]
    assert facts.votes["event_id"] == ["b"]
    near = Needs(desks={DeskSpan("t", "o", "d1", TEN - 1, TEN)})
    assert store.older(near).votes["event_id"] == ["a", "d"]
    facts = store.older(Needs(keys={OFFICE: {3}}, votes={VoteIdentity("t", "o", "d1", "e")}))
    assert facts.interactions["interaction_key"] == [3]
    assert facts.votes["event_id"] == ["c", "e"]


def test_what_a_reader_does_to_loaded_facts_does_not_reach_the_store() -> None:
    place = (TEN, "d1", "s1", "counter", {"age": "60+"})
    store = filled([interaction(1, segments={"age": "60+"}, former=[place])])
    facts = store.recent([OFFICE], 0)
    facts.interactions["segments"][0]["age"] = "18"
    facts.interactions["former"][0][0][4]["age"] = "18"
    facts.interactions["former"][0].clear()
    again = store.recent([OFFICE], 0).interactions
    assert (again["segments"], again["former"]) == ([{"age": "60+"}], [[place]])


def test_the_filter_is_told_of_interactions_lone_votes_and_desk_votes() -> None:
    store = filled([interaction(1), interaction(2, deleted=1)], [vote(3, "v"), vote(0, "w")])
    keys = np.concatenate(list(store.known_keys([OFFICE])))
    assert set(keys.tolist()) == {1, 2, 3, desk_vote_key("t", "o", "d1", "w")}


def test_dirty_hours_and_progress_are_those_of_the_newest_revision() -> None:
    store = MemoryStore()
    hour = {"tenant_id": "t", "office_id": "o", "hour": TEN}
    marked, nothing = {OfficeHour("t", "o", TEN)}, set[OfficeHour]()
    for revision, dirty, seen in ((1, 1, marked), (3, 0, nothing), (2, 1, nothing), (4, 1, marked)):
        row = hour | {"dirty": dirty, "revision": revision}
        store.write("dirty_hours", columns("dirty_hours", [row]))
        assert store.dirty_hours([OFFICE]) == seen
    said = {"topic": "votes", "partition": 1, "partitions": 4, "log_id": "log", "epoch": 2}
    for revision, offset in ((2, 9), (1, 7)):
        row = said | {"offset": offset, "revision": revision}
        store.write("progress", columns("progress", [row]))
    assert store.progress() == [Progress("votes", 1, 4, "log", 9, 2)]


def test_recomputed_windows_are_those_of_the_oracle() -> None:
    for seed in range(10):
        wanted = expected(history(seed).events(), key_of)
        store = stored(wanted)
        hours = {OfficeHour(*name[:2], name[5]) for name in wanted.windows if name[4] == 3600}
        for hour in sorted(hours):
            store.recompute([hour], revision=2)
        got = [store.rows(table) for table in ("interactions", "votes", "window_metrics")]
        assert differences(wanted, *got) == []


def test_recomputing_zeroes_what_is_stored_and_what_a_former_or_a_tombstone_names() -> None:
    former = [(TEN + MINUTE, "was", "s1", "counter", {"age": "1"}), (TEN - 1, "x", "y", "z", {})]
    store = filled(
        [
            interaction(1, former=former),
            interaction(2, TEN + 1, desk_id="gone", deleted=1),
            interaction(3, TEN + 9 * HOUR, former=[(TEN, "left", "s1", "counter", {})]),
        ]
    )
    ghost = {"tenant_id": "t", "office_id": "o", "scope": "desk", "key": "ghost", "revision": 1}
    span = {"window_seconds": 60, "window_start": TEN, "completions": 3}
    store.write("window_metrics", columns("window_metrics", [ghost | span]))
    rows = store.recomputed([OfficeHour("t", "o", TEN)], revision=2)
    desks = {
        (row["key"], (row["window_start"] - TEN) // MINUTE): row["completions"]
        for row in rows
        if row["scope"] == "desk" and row["window_seconds"] == 60
    }
    assert desks == {("d1", 0): 1, ("was", 1): 0, ("gone", 0): 0, ("left", 0): 0, ("ghost", 0): 0}
    assert ("segment", "age=1") in {(row["scope"], row["key"]) for row in rows}
    store.recompute([OfficeHour("t", "o", TEN)], revision=2)
    shown = {name[3] for name in store.rows("window_metrics") if name[2] == "desk"}
    assert shown == {"d1"}


def test_a_store_goes_back_to_a_snapshot_that_later_writes_do_not_touch() -> None:
    store = filled([interaction(1)])
    saved = store.snapshot()
    store.write("interactions", columns("interactions", [interaction(1, revision=2, desk_id="x")]))
    store.restore(saved)
    assert store.rows("interactions")["t", "o", 1]["desk_id"] == "d1"
    store.write("interactions", columns("interactions", [interaction(2)]))
    assert saved["interactions"].keys() == {("t", "o", TEN, 1)}


def test_differences_name_what_is_missing_too_many_or_other() -> None:
    wanted = expected(history(1).events(), key_of)
    assert differences(wanted, wanted.interactions, wanted.votes, wanted.windows) == []
    less = dict(wanted.votes)
    gone, _ = less.popitem()
    more = wanted.windows | {("t", "o", "desk", "d9", 60, 0): {"completions": 1}}
    name = next(iter(wanted.interactions))
    other = wanted.interactions | {name: wanted.interactions[name] | {"desk_id": "elsewhere"}}
    lines = differences(wanted, other, less, more)
    assert len(lines) == 3
    assert lines[0].startswith(f"interaction {name} has desk_id 'elsewhere' for ")
    assert lines[1].startswith(f"vote {gone} is missing")
    assert lines[2].startswith("window ('t', 'o', 'desk', 'd9', 60, 0) is too many")
