"""Generated histories, in any order, through crashes and beside zombies: the store equals the
oracle row by row."""

import logging
import os
import random
from collections.abc import Iterator

import pytest
import structlog

from tests.compare import differences
from tests.histories import History, orders
from tests.life import HASHER
from tests.lives import Lives, join_window_ms
from tests.oracle import expected

SEEDS = int(os.environ.get("SEMKO_HISTORIES", "60"))
"""Histories of one run; ``SEMKO_HISTORIES=2000`` is the full proof."""
FIRST = int(os.environ.get("SEMKO_FIRST_HISTORY", "0"))


@pytest.fixture(autouse=True)
def _stores_may_be_away_in_silence() -> Iterator[None]:
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    yield
    structlog.configure(**before)


def run(seed: int, number: int, history: History) -> tuple[list[bool], int]:
    """One order of a history through lives with three cuts: what `Lives` says of these, and how
    many zombies were refused."""
    lives = Lives(history, random.Random(f"{seed}/{number}"))
    lives.run(crashes=3)
    store = lives.store
    found = differences(
        expected(lives.events(), HASHER.interaction_key, join_window_ms),
        store.rows("interactions"),
        store.rows("votes"),
        store.rows("window_metrics"),
    )
    assert not found, f"seed {seed}, order {number}: {found[:5]}"
    kept_aside = {name: row["reason"] for name, row in store.rows("dead_letters").items()}
    assert kept_aside == lives.dead_letters(), f"seed {seed}, order {number}"
    return lives.cuts, lives.world.refused


@pytest.mark.timeout(60 + 10 * SEEDS)
def test_every_order_and_every_crash_give_the_rows_of_the_oracle() -> None:
    told = [
        run(seed, number, history)
        for seed in range(FIRST, FIRST + SEEDS)
        for number, history in enumerate(orders(seed))
    ]
    cuts = [cut for some, _ in told for cut in some]
    assert sum(cuts) * 2 >= len(cuts), "too few cuts after hours had left memory"
    refused = sum(times for _, times in told)
    assert refused * 10 >= len(told), "too few zombies that were refused"
