"""The store in memory and the real ones answer alike after the same random writes.

What is proven of the worker over the one then holds over the other.
"""

import random
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.facts import DeskSpan, Facts, Needs, Office, OfficeHour, VoteIdentity
from models.tables import COUNTERS, TABLES
from sinks.opening import open_store
from sinks.store import ClickHouseStore
from tests.facade.running import facade
from tests.histories import history
from tests.memory_store import MemoryStore
from tests.oracle import HOUR, MINUTE, Row, expected
from tests.situations import key_of

Rows = dict[str, list[Row]]
Either = MemoryStore | ClickHouseStore


@pytest.fixture(scope="module", params=["embedded", "served"])
def stored(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ClickHouseStore]:
    folder: Path = tmp_path_factory.mktemp("agree")
    with ExitStack() as started:
        url = f"chdb://{folder}/store"
        if request.param == "served":
            url = started.enter_context(facade(folder / "store")).url()
        store = open_store(url, may_migrate=True)
        yield store
        store.close()


@pytest.fixture(params=range(3))
def rng(request: pytest.FixtureRequest) -> random.Random:
    return random.Random(request.param)


@pytest.fixture
def rows(rng: random.Random) -> Rows:
    """Facts as they might be written while a history comes in: in any order of revisions, some as
    tombstones, some interactions under several sort keys."""
    events = history(rng.randrange(1000)).events()
    drawn: Rows = {"interactions": [], "votes": []}
    for known in (40, 90, 150, len(events)):
        wanted = expected(events[:known], key_of)
        for row in wanted.interactions.values():
            changed = {"former": _former(rng, row), "deleted": int(rng.random() < 0.2)}
            drawn["interactions"].append(row | changed)
        drawn["votes"] += [row | {"former": [], "deleted": 0} for row in wanted.votes.values()]
    for table, some in drawn.items():
        # No two alike: of equal revisions either may stay, as a worker writes equal rows then.
        revisions = rng.sample(range(1, 10_000), k=len(some))
        drawn[table] = [
            row | {"revision": n}
            for row, n in zip(some, revisions, strict=True)
            if rng.random() < 0.7
        ]
        rng.shuffle(drawn[table])
    return drawn


@pytest.fixture
def both(rows: Rows, stored: ClickHouseStore) -> list[Either]:
    """Both stores, with the rows written in several blocks."""
    for table in TABLES:
        stored.database.execute(f"TRUNCATE TABLE semko.{table}")
    stores: list[Either] = [MemoryStore(), stored]
    for table, some in rows.items():
        for start in range(0, len(some), 100):
            block = some[start : start + 100]
            columns = {name: [row[name] for row in block] for name in TABLES[table]}
            for store in stores:
                store.write(table, columns)
    return stores


def _former(rng: random.Random, row: Row) -> list[Any]:
    return [
        (row["completed_at"] + rng.choice((-HOUR, 0, MINUTE)), desk, "s", "post", {"age": "9"})
        for desk in ("d1", "x")
        if rng.random() < 0.3
    ]


def _in_order(columns: dict[str, list[Any]]) -> list[str]:
    rows = zip(*(columns[name] for name in sorted(columns)), strict=True)
    return sorted(repr([_plain(value) for value in row]) for row in rows)


def _plain(value: Any) -> Any:
    """``value`` without the difference between a tuple and a list or of the order of a mapping."""
    if isinstance(value, dict):
        return sorted(value.items())
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value


def _alike(one: Facts, other: Facts) -> bool:
    return _in_order(one.interactions) == _in_order(other.interactions) and (
        _in_order(one.votes) == _in_order(other.votes)
    )


def _offices(rows: Iterable[Row]) -> list[Office]:
    return sorted({Office(row["tenant_id"], row["office_id"]) for row in rows})


def test_both_know_the_same_offices_keys_and_latest_times(both: list[Either], rows: Rows) -> None:
    memory, real = both
    offices = _offices(rows["interactions"] + rows["votes"])
    assert memory.offices().keys() == real.offices().keys() == set(offices)
    for some in (offices, offices[:1]):
        assert memory.latest(some) == real.latest(some)
        keys = [set(np.concatenate(list(s.known_keys(some))).tolist()) for s in both]
        assert keys[0] == keys[1]


def test_both_load_the_same_recent_facts(
    both: list[Either], rows: Rows, rng: random.Random
) -> None:
    memory, real = both
    for row in rng.sample(rows["interactions"], k=5):
        offices = rng.sample(_offices(rows["interactions"]), k=2)
        since = row["completed_at"] // HOUR * HOUR  # memory begins with a whole hour
        assert _alike(memory.recent(offices, since), real.recent(offices, since))


def test_both_load_the_same_facts_that_are_needed(
    both: list[Either], rows: Rows, rng: random.Random
) -> None:
    memory, real = both
    for _ in range(5):
        needs = Needs()
        for row in rng.sample(rows["interactions"], k=rng.randrange(4)):
            office = Office(row["tenant_id"], row["office_id"])
            needs.keys.setdefault(office, set()).add(row["interaction_key"])
        for row in rng.sample(rows["interactions"], k=rng.randrange(4)):
            reach = rng.choice((0, 1, 21 * MINUTE))
            span = (row["completed_at"] - reach, row["completed_at"] + reach)
            needs.desks.add(DeskSpan(row["tenant_id"], row["office_id"], row["desk_id"], *span))
        for row in rng.sample(rows["votes"], k=rng.randrange(4)):
            names = (row[name] for name in VoteIdentity._fields)
            needs.votes.add(VoteIdentity(*names))
        assert _alike(memory.older(needs), real.older(needs))


def test_both_recompute_the_same_windows(
    both: list[Either], rows: Rows, rng: random.Random
) -> None:
    memory, real = both
    hours = {
        OfficeHour(row["tenant_id"], row["office_id"], row["completed_at"] // HOUR * HOUR + off)
        for row in rows["interactions"]
        for off in (0, -HOUR)
    }
    for revision in (5, 9):
        some = rng.sample(sorted(hours), k=len(hours) * 2 // 3)
        for store in both:
            store.recompute(some, revision)
    counted = [
        {row for row in windows if any(row[-len(COUNTERS) :])}
        for windows in (_memory_windows(memory), _stored_windows(real))
    ]
    assert counted[0]
    assert counted[0] == counted[1]


def _memory_windows(store: Either) -> set[tuple[Any, ...]]:
    assert isinstance(store, MemoryStore)
    return {(*name, *window.values()) for name, window in store.rows("window_metrics").items()}


def _stored_windows(store: Either) -> set[tuple[Any, ...]]:
    assert isinstance(store, ClickHouseStore)
    names = "tenant_id, office_id, scope, key, window_seconds"
    found = store.database.columns(
        f"SELECT {names}, toInt64(toUnixTimestamp(window_start)) * 1000 AS at,"
        f" {', '.join(COUNTERS)} FROM semko.window_metrics FINAL"
    )
    return set(zip(*found.values(), strict=True))
