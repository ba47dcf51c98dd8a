"""When a baseline is estimated: once a day, and again where history comes late."""

import numpy as np

from models.facts import Office
from streams.shell.judge import AGAIN_MS, Judge
from tests.memory_store import MemoryStore
from tests.oracle import HOUR, Row
from tests.simulation.alerts import RULES
from tests.store_rows import OFFICE, interaction, put
from tests.town import DAY

TODAY = 20_500
NOW = TODAY * DAY + 10 * HOUR


def days(first: int, last: int, a_day: int = 30) -> list[Row]:
    rng = np.random.default_rng(first)
    return [
        interaction(
            1000 * day + n,
            (TODAY - day) * DAY + 8 * HOUR + n * 60_000,
            score=int(rng.integers(2, 6)),
            scale=5,
        )
        for day in range(first, last)
        for n in range(a_day)
    ]


def versions(store: MemoryStore) -> set[tuple[int, int]]:
    return {(row["valid_from"], row["revision"]) for row in store.rows_newest("baselines")}


def test_a_version_is_estimated_once_a_day() -> None:
    store = MemoryStore()
    put(store, "interactions", *days(1, 20))
    judge = Judge(store, RULES)
    judge.judge(OFFICE, NOW, 1, NOW)
    judge.judge(OFFICE, NOW, 2, NOW + HOUR)
    assert versions(store) == {(TODAY, 1)}
    judge.judge(OFFICE, NOW, 3, NOW + DAY)
    assert versions(store) == {(TODAY, 1), (TODAY + 1, 3)}


def test_history_that_comes_late_is_learned_from_the_same_day() -> None:
    store = MemoryStore()
    put(store, "interactions", *days(1, 7))
    judge = Judge(store, RULES)
    judge.judge(OFFICE, NOW, 1, NOW)
    put(store, "interactions", *days(7, 30))
    late = NOW - 20 * DAY
    judge.judge(OFFICE, late, 2, NOW + AGAIN_MS - 1)
    assert versions(store) == {(TODAY, 1)}
    judge.judge(OFFICE, late, 3, NOW + AGAIN_MS + 1)
    counts = store.baselines(OFFICE, TODAY)
    assert {row["revision"] for row in store.rows_newest("baselines")} >= {3}
    assert set(counts["number"]) == {TODAY}
    put(store, "interactions", *days(30, 31))
    judge.judge(OFFICE, late, 4, NOW + 3 * AGAIN_MS)
    assert 4 not in {revision for _, revision in versions(store)}


def test_an_office_without_history_gets_a_version_once_it_has_some() -> None:
    store = MemoryStore()
    put(store, "interactions", *days(1, 3))
    judge = Judge(store, RULES)
    judge.judge(OFFICE, NOW, 1, NOW)
    assert versions(store) == set()
    put(store, "interactions", *days(3, 20))
    judge.judge(OFFICE, NOW - 10 * DAY, 2, NOW + AGAIN_MS + 1)
    assert versions(store) == {(TODAY, 2)}
    assert store.baselines(Office("t", "other"), TODAY)["number"] == []
