"""Portions hold neighbours, all of them, and never too much where it can be helped."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from models.portions import portions


def test_neighbours_go_together_until_the_next_would_be_too_much() -> None:
    sized = [("a", 3), ("b", 4), ("c", 4), ("d", 20), ("e", 1)]
    assert list(portions(sized, 10)) == [["a", "b"], ["c"], ["d"], ["e"]]


@given(st.lists(st.integers(0, 30)), st.integers(1, 40))
def test_everything_is_in_one_portion_and_in_order(sizes: list[int], most: int) -> None:
    numbered = list(enumerate(sizes))
    found = list(portions(numbered, most))
    assert [item for some in found for item in some] == list(range(len(sizes)))
    for some in found:
        assert sum(sizes[item] for item in some) <= most or len(some) == 1
    for some, following in pairwise(found):
        assert sum(sizes[item] for item in some) + sizes[following[0]] > most
