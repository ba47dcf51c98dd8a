"""The filter of stored keys: never a false "no", seldom a false "perhaps"."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.identity import desk_vote_key
from streams.core.key_filter import FIRST_CAPACITY, KeyFilter, Keys

KEYS = st.lists(st.integers(0, 2**64 - 1), max_size=40)


def some_keys(count: int, seed: int) -> Keys:
    return np.random.default_rng(seed).integers(0, 2**64, count, np.uint64, endpoint=False)


def desk_vote_keys(count: int, office: str) -> Keys:
    keys = [desk_vote_key("t", office, "d1", f"event-{n}") for n in range(count)]
    return np.array(keys, np.uint64)


@given(st.lists(KEYS, max_size=5))
def test_what_was_added_is_never_denied(batches: list[list[int]]) -> None:
    held = KeyFilter()
    for batch in batches:
        held.add(np.array(batch, np.uint64))
        for earlier in batches[: batches.index(batch) + 1]:
            assert held.may_hold(np.array(earlier, np.uint64)).all()


def test_the_least_and_the_greatest_key_are_keys_as_others() -> None:
    held = KeyFilter()
    edges = np.array([0, 1, 2**63 - 1, 2**63, 2**64 - 1], np.uint64)
    assert not held.may_hold(edges).any()
    held.add(edges[:2])
    assert held.may_hold(edges).tolist() == [True, True, False, False, False]
    held.add(edges[2:])
    assert held.may_hold(edges).all()


@pytest.mark.parametrize("count", [1_000, FIRST_CAPACITY, 5 * FIRST_CAPACITY])
def test_few_of_other_keys_are_held_perhaps_however_many_there_are(count: int) -> None:
    held, added = KeyFilter(), some_keys(count, seed=1)
    for start in range(0, count, 10_000):
        held.add(added[start : start + 10_000])
    assert held.may_hold(added).all()
    assert held.may_hold(some_keys(50_000, seed=2)).mean() < 0.02


def test_keys_of_votes_are_told_apart_although_they_share_half_of_their_bits() -> None:
    held, added = KeyFilter(), desk_vote_keys(FIRST_CAPACITY, "o")
    held.add(added)
    assert held.may_hold(added).all()
    assert held.may_hold(desk_vote_keys(20_000, "another")).mean() < 0.02


def test_a_batch_greater_than_a_layer_goes_in_whole() -> None:
    held, added = KeyFilter(), some_keys(3 * FIRST_CAPACITY, seed=3)
    held.add(added)
    assert held.may_hold(added).all()
    assert held.may_hold(some_keys(50_000, seed=4)).mean() < 0.02


def test_an_empty_filter_holds_nothing_and_takes_nothing() -> None:
    held = KeyFilter()
    held.add(np.empty(0, np.uint64))
    assert not held.may_hold(some_keys(1_000, seed=5)).any()
    assert held.may_hold(np.empty(0, np.uint64)).shape == (0,)
