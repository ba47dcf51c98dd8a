"""Repair: what the facts give is written over what is wrong, under a revision that is right.

Neither do stale rows win over it, nor does it win over what the owner writes afterwards; and what
the facts cannot say is left as it is.
"""

import random

import pytest

from models.errors import CallError
from models.facts import Damage
from sinks.embedded import EmbeddedStore
from sinks.reconcile import reconcile
from streams.shell.owner import SEQUENCE_BITS
from streams.shell.repairing import Repairer
from streams.shell.settings import WorkerSettings
from tests.compare import differences, live_interactions, live_votes, rows_of
from tests.damages import SAYABLE, UNSAYABLE, damage
from tests.histories import orders
from tests.life import HASHER, Life
from tests.lives import join_window_ms, join_window_versions
from tests.oracle import HOUR, Expected, expected
from tests.sinks.conftest import opened_embedded
from tests.sinks.opened import counted, emptied
from tests.test_exactness_embedded import EmbeddedLives

__all__ = ["opened_embedded"]  # a fixture

SEED = 3
OF_AN_OWNER_TO_COME = "windows of an owner to come"


class Filled:
    """A store that one life has filled to the end, and what it must hold."""

    def __init__(self, store: EmbeddedStore) -> None:
        rng = random.Random(f"repairing {SEED}")
        self.store = emptied(store)
        self.lives = EmbeddedLives(orders(SEED)[0], rng, store)
        self.life = Life(self.lives.world, mortal=False)
        self.wanted = expected(self.lives.events(), HASHER.interaction_key, join_window_ms)


@pytest.fixture(scope="module")
def opened(opened_embedded: EmbeddedStore) -> EmbeddedStore:
    return opened_embedded


@pytest.fixture(scope="module")
def filled(opened: EmbeddedStore) -> Filled:
    made = Filled(opened)
    made.life.live(until=None)
    return made


def wrong(store: EmbeddedStore, wanted: Expected) -> list[str]:
    facts = store.recent(store.offices(), 0)
    return differences(
        wanted,
        live_interactions(rows_of(facts.interactions)),
        live_votes(rows_of(facts.votes)),
        counted(store),
    )


def former_places(store: EmbeddedStore) -> set[tuple[int, int]]:
    """Interaction and moment of every place that one had before its present one."""
    found = store.database.columns(
        "SELECT interaction_key AS key, toUnixTimestamp64Milli(arrayJoin(former.1)) AS at"
        " FROM semko.interactions FINAL"
    )
    return set(zip(found["key"], found["at"], strict=True))


@pytest.mark.parametrize("kind", SAYABLE)
def test_a_store_alone_is_repaired_to_what_the_oracle_says(filled: Filled, kind: str) -> None:
    store, places = filled.store, former_places(filled.store)
    damage(store.database, SAYABLE[kind])
    found = reconcile(store.database).total
    assert found > 0
    report = reconcile(store.database, repair=Repairer(store, join_window_versions).repair)
    assert (report.differences, report.total) == ([], 0)
    assert 0 < report.repaired <= found
    assert report.mended
    assert wrong(store, filled.wanted) == []
    assert reconcile(store.database).total == 0
    assert places <= former_places(store)


def test_a_repair_takes_an_epoch_that_later_owners_exceed(opened: EmbeddedStore) -> None:
    made = Filled(opened)
    made.life.live(until=None)
    store, before = made.store, made.store.progress()
    damage(store.database, SAYABLE[OF_AN_OWNER_TO_COME])
    reconcile(store.database, repair=Repairer(store, join_window_versions).repair)
    newest = store.database.columns("SELECT max(revision) AS r FROM semko.window_metrics")["r"][0]
    after = store.progress()
    assert {row.epoch for row in after} == {newest >> SEQUENCE_BITS}
    assert newest >> SEQUENCE_BITS > max(row.epoch for row in before)
    assert [(r.topic, r.log_id, r.offset) for r in after] == [
        (r.topic, r.log_id, r.offset) for r in before
    ]
    life = Life(made.lives.world, mortal=False)
    life.live(until=None)
    assert life.owners[0].epoch > newest >> SEQUENCE_BITS
    assert wrong(store, made.wanted) == []


@pytest.mark.parametrize("horizon_hours", [0, 100_000])
def test_an_owner_repairs_between_batches_and_its_later_events_count(
    opened: EmbeddedStore, horizon_hours: int
) -> None:
    made = Filled(opened)
    made.lives.world.settings = lambda: WorkerSettings(horizon_ms=horizon_hours * HOUR)
    life, store = Life(made.lives.world, mortal=False), made.store
    total = len(made.lives.history.records)
    for share, kinds in enumerate(([*SAYABLE][2:6], [*SAYABLE][6:], [*SAYABLE][:1]), start=1):
        life.live(until=share * total // 4)
        life.catch_up()
        (owner,) = life.owners
        owner.settle((), 0, idle=True)
        assert reconcile(store.database).total == 0
        damage(store.database, *(SAYABLE[kind] for kind in kinds))
        assert reconcile(store.database).total > 0
        report = reconcile(store.database, repair=owner.repair)
        assert (report.differences, report.total) == ([], 0)
    life.live(until=None)
    assert wrong(store, made.wanted) == []
    assert reconcile(store.database).total == 0


def test_an_owner_does_not_write_in_vain_under_rows_of_a_greater_epoch(
    opened: EmbeddedStore,
) -> None:
    made = Filled(opened)
    made.life.live(until=100)
    made.life.catch_up()
    (owner,) = made.life.owners
    damage(made.store.database, SAYABLE[OF_AN_OWNER_TO_COME])
    with pytest.raises(CallError, match=r"epoch 77.*stop it and repair the store alone"):
        reconcile(made.store.database, repair=owner.repair)


def test_an_owner_leaves_the_damage_of_other_partitions_to_their_owners(
    opened: EmbeddedStore,
) -> None:
    made = Filled(opened)
    made.life.live(until=100)
    made.life.catch_up()
    (owner,) = made.life.owners
    damage(made.store.database, SAYABLE["windows that are lost"])
    asked: list[Damage] = []
    reconcile(made.store.database, repair=asked.append)
    owner.partition = 1  # of one: no office is its own
    owner.repair(asked[0])
    assert reconcile(made.store.database).total > 0
    owner.partition = 0
    owner.repair(asked[0])
    assert reconcile(made.store.database).total == 0


@pytest.mark.parametrize("kind", UNSAYABLE)
def test_what_the_facts_cannot_say_is_named_and_left(opened: EmbeddedStore, kind: str) -> None:
    made = Filled(opened)
    made.life.live(until=None)
    store = made.store
    damage(store.database, UNSAYABLE[kind])
    before = store.recent(store.offices(), 0)
    report = reconcile(store.database, repair=Repairer(store, join_window_versions).repair)
    left = {(d.table, d.why) for d in report.differences}
    assert report.total > 0
    if kind.startswith("votes"):
        why = "it carries a vote that is not among the votes: the facts cannot say what is right"
    else:
        why = "a vote counts for it, and it has no row: its completion is lost"
    assert left == {("interactions", why)}
    after = store.recent(store.offices(), 0)
    assert (before.interactions, before.votes) == (after.interactions, after.votes)
