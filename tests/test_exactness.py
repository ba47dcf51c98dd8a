"""Generated histories, in any order, through crashes: the store equals the oracle row by row."""

import os
import random

from tests.compare import differences
from tests.histories import orders
from tests.lives import HASHER, Lives
from tests.oracle import expected

SEEDS = int(os.environ.get("SEMKO_HISTORIES", "60"))
"""Histories of one run; ``SEMKO_HISTORIES=2000`` is the full proof."""
FIRST = int(os.environ.get("SEMKO_FIRST_HISTORY", "0"))


def run(seed: int) -> list[bool]:
    """All orders of one history through lives with three crashes each; the cuts that were made."""
    cuts: list[bool] = []
    wanted = None
    for number, history in enumerate(orders(seed)):
        wanted = wanted or expected(history.events(), HASHER.interaction_key)
        lives = Lives(history, random.Random(f"{seed}/{number}"))
        lives.run(crashes=3)
        store = lives.store
        found = differences(
            wanted,
            store.rows("interactions"),
            store.rows("votes"),
            store.rows("window_metrics"),
        )
        assert not found, f"seed {seed}, order {number}: {found[:5]}"
        cuts += lives.cuts
    return cuts


def test_every_order_and_every_crash_give_the_rows_of_the_oracle() -> None:
    cuts = [cut for seed in range(FIRST, FIRST + SEEDS) for cut in run(seed)]
    assert sum(cuts) * 2 >= len(cuts), "too few cuts after hours had left memory"
