"""Stages follow each other; what stands in one stage may go side by side, and nothing is left
under way."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from models.columns import Columns
from models.errors import StoreUnavailable
from streams.shell.storing import Stage, Write, store_together


def rows(*numbers: int) -> Columns:
    return {"n": np.array(numbers, np.int64)}


def batch(first: int) -> list[Stage]:
    return [
        [Write("interactions", rows(first)), Write("votes", rows(first + 1))],
        [Write("windows", rows(first + 2)), Write("dirty", {})],
        [Write("progress", rows(first + 3))],
    ]


class Writer:
    """Notes what is written; a write of a table takes as long as is said, or fails."""

    def __init__(self, refused: str = "", **seconds: float) -> None:
        self.written: list[tuple[str, list[int]]] = []
        self.threads: dict[str, str] = {}
        self._refused, self._seconds = refused, seconds

    def write(self, table: str, columns: Columns) -> None:
        time.sleep(self._seconds.get(table, 0.0))
        if table == self._refused:
            raise StoreUnavailable("away")
        self.threads[table] = threading.current_thread().name
        self.written.append((table, np.asarray(columns["n"]).tolist()))


def test_each_stage_of_all_batches_is_stored_before_the_next() -> None:
    writer = Writer()
    store_together([batch(0), batch(10)], writer)
    assert writer.written == [
        ("interactions", [0, 10]),
        ("votes", [1, 11]),
        ("windows", [2, 12]),
        ("progress", [3, 13]),
    ]


def test_writes_of_a_stage_go_side_by_side_and_all_of_them_before_the_next_stage() -> None:
    writer = Writer(votes=0.1)
    with ThreadPoolExecutor(1, "side") as side:
        store_together([batch(0)], writer, side)
    assert [table for table, _ in writer.written] == [
        "interactions",
        "votes",
        "windows",
        "progress",
    ]
    assert writer.threads["votes"].startswith("side")
    assert not writer.threads["interactions"].startswith("side")


@pytest.mark.parametrize(
    ("refused", "slow"), [("interactions", "votes"), ("votes", "interactions")]
)
def test_what_fails_is_raised_once_no_write_is_under_way_and_no_stage_follows(
    refused: str, slow: str
) -> None:
    writer = Writer(refused, **{slow: 0.1})
    with ThreadPoolExecutor(1, "side") as side:
        with pytest.raises(StoreUnavailable):
            store_together([batch(0)], writer, side)
        assert [table for table, _ in writer.written] == [slow]
