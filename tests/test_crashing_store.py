"""A store under a dying process: what is left of a write, and that nothing comes after death."""

import random

import pytest

from models.errors import StoreUnavailable
from models.facts import OfficeHour
from tests.crashing_store import Crashing, Killed
from tests.memory_store import MemoryStore
from tests.oracle import HOUR
from tests.store_rows import TEN, columns, interaction, vote


def test_a_crash_leaves_a_part_of_a_write_and_every_call_after_it_dies() -> None:
    sizes = set()
    for seed in range(40):
        store = MemoryStore()
        life = Crashing(store, random.Random(seed), after=2)
        rows = [interaction(key, TEN + key) for key in range(1, 30)]
        for _ in range(2):
            try:
                life.write("interactions", columns("interactions", rows))
            except Killed:
                break
        assert life.dead
        with pytest.raises(Killed):
            life.progress()
        with pytest.raises(Killed):
            life.write("votes", columns("votes", [vote(1, "v1")]))
        assert store.rows("votes") == {}
        sizes.add(len(store.rows("interactions")))
    assert len(sizes) > 10


def test_a_crash_may_come_between_two_months_of_one_write_in_any_order() -> None:
    seen = set()
    rows = [interaction(1, TEN), interaction(2, TEN - 24 * HOUR)]
    for seed in range(40):
        store = MemoryStore()
        with pytest.raises(Killed):
            Crashing(store, random.Random(seed), after=2).write(
                "interactions", columns("interactions", rows)
            )
        seen.add(tuple(sorted(name[2] for name in store.rows("interactions"))))
    assert seen == {(1,), (2,), (1, 2)}


def test_a_crash_while_hours_are_recomputed_leaves_a_part_of_their_windows() -> None:
    store = MemoryStore()
    store.write("interactions", columns("interactions", [interaction(1)]))
    with pytest.raises(Killed):
        Crashing(store, random.Random(2), after=3).recompute([OfficeHour("t", "o", TEN)], 2)
    assert 0 < len(store.rows("window_metrics")) < 12


def test_a_store_that_is_away_takes_a_write_after_some_tries() -> None:
    store = MemoryStore()
    life = Crashing(store, random.Random(3), after=10_000, unavailable=0.3)
    tries = 0
    for key in range(1, 30):
        while True:
            tries += 1
            try:
                life.write("interactions", columns("interactions", [interaction(key)]))
                break
            except StoreUnavailable:
                continue
    assert len(store.rows("interactions")) == 29
    assert tries > 29
