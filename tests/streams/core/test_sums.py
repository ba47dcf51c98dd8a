"""Windows as sums of signed contributions: aligned, exact after every change, forgotten whole."""

from collections import defaultdict
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.tables import COUNTERS
from streams.core.sums import MINUTE_MS, Sums, coarser, grouped, scopes_and_starts
from tests.oracle import HOUR, MINUTE
from tests.streams.core.office import ms

_MINUTE_BITS = 27


class Change(NamedTuple):
    """An amount for one scope and minute."""

    scope: int
    minute: int
    amount: int


def keys_of(changes: list[Change]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array([c.scope << _MINUTE_BITS | c.minute for c in changes], np.int64)


def counts_of(changes: list[Change]) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    amounts = np.array([c.amount for c in changes], np.int64)
    return np.repeat(amounts[:, None], len(COUNTERS), axis=1)


START = ms("10:00") // MINUTE_MS
CHANGE = st.builds(
    Change, st.integers(0, 3), st.integers(START - 61, START + 61), st.integers(-3, 3)
)
BATCHES = st.lists(st.lists(CHANGE, max_size=12), max_size=6)


def change(sums: Sums, batch: list[Change]) -> dict[tuple[int, int, int], list[int]]:
    """(minutes, scope, start in ms) → counters, of the windows that a batch touches."""
    touched = {}
    for windows in sums.change(keys_of(batch), np.arange(len(batch)), counts_of(batch)):
        scopes, starts = scopes_and_starts(windows.keys)
        for scope, start, counts in zip(
            scopes.tolist(), starts.tolist(), windows.counts.tolist(), strict=True
        ):
            touched[windows.minutes, scope, start] = counts
    return touched


@given(BATCHES)
def test_a_window_holds_the_sum_of_all_that_fell_into_it(batches: list[list[Change]]) -> None:
    sums = Sums()
    wanted: dict[tuple[int, int, int], int] = defaultdict(int)
    for batch in batches:
        touched = change(sums, batch)
        names = set()
        for scope, minute, amount in batch:
            for size in (1, 15, 60):
                name = size, scope, minute // size * size * MINUTE
                names.add(name)
                wanted[name] += amount
        assert touched == {name: [wanted[name]] * len(COUNTERS) for name in names}


@given(BATCHES, st.integers(START - 61, START + 61))
def test_forgetting_older_hours_changes_no_window_of_the_others(
    batches: list[list[Change]], hour: int
) -> None:
    frontier = hour // 60 * 60
    one, other = Sums(), Sums()
    for batch in batches:
        later = [c for c in batch if c.minute >= frontier]
        change(one, batch)
        change(other, batch)
        one.forget(frontier * MINUTE)
        assert change(one, later) == change(other, later)


def test_windows_of_forgotten_hours_are_not_kept() -> None:
    sums = Sums()
    old = [Change(scope, START - 120, 1) for scope in range(50)]
    change(sums, [*old, Change(0, START, 1)])
    sums.forget(ms("10:00"))
    assert change(sums, old[:1])[1, 0, ms("8:00")] == [1] * len(COUNTERS)
    assert change(sums, [Change(0, START, 0)])[60, 0, ms("10:00")] == [1] * len(COUNTERS)


@pytest.mark.parametrize(
    ("at", "minutes", "start"),
    [
        ("10:14:59", 1, "10:14"),
        ("10:14:59", 15, "10:00"),
        ("10:15", 15, "10:15"),
        ("10:59:59.999", 60, "10:00"),
        ("11:00", 60, "11:00"),
    ],
)
def test_windows_are_half_open_and_aligned_to_the_epoch(at: str, minutes: int, start: str) -> None:
    key = np.array([5 << _MINUTE_BITS | ms(at) // MINUTE_MS], np.int64)
    scopes, starts = scopes_and_starts(coarser(key, minutes))
    assert (scopes.tolist(), starts.tolist()) == ([5], [ms(start)])


def test_scopes_and_years_to_come_do_not_run_into_each_other() -> None:
    last = 4_102_444_799_999 // MINUTE_MS  # the last minute of 2099
    key = np.array([2**31 - 1, 1], np.int64) << _MINUTE_BITS | last
    scopes, starts = scopes_and_starts(key)
    assert scopes.tolist() == [2**31 - 1, 1]
    assert starts.tolist() == [last * MINUTE_MS] * 2


@given(st.lists(CHANGE, max_size=20))
def test_grouping_sums_the_counts_of_equal_keys(changes: list[Change]) -> None:
    amounts = range(-3, 4)
    owner = np.array([amounts.index(c.amount) for c in changes], np.int64)
    each = counts_of([Change(0, 0, amount) for amount in amounts])
    keys, counts = grouped(keys_of(changes), owner, each)
    wanted: dict[int, int] = defaultdict(int)
    for key, amount in zip(keys_of(changes).tolist(), (c.amount for c in changes), strict=True):
        wanted[key] += amount
    assert keys.tolist() == sorted(wanted)
    assert counts[:, 0].tolist() == [wanted[key] for key in sorted(wanted)]


def test_large_windows_do_not_overflow() -> None:
    sums = Sums()
    for _ in range(3):
        touched = change(sums, [Change(1, START, 2**40)])
    assert touched[60, 1, START * MINUTE // HOUR * HOUR] == [3 * 2**40] * len(COUNTERS)
