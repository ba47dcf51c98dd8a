"""The stored registry says what the file says, remembers what left it, and shows strangers."""

from pathlib import Path
from typing import Any

import pytest

from models.errors import CallError
from models.registry import Registry
from models.registry_rows import KEYS, registry_rows
from sinks.registry import store_registry
from tests.sinks.opened import Opened

EXAMPLE = Path(__file__).parents[2] / "docs" / "example" / "semko.toml"
TEXT = EXAMPLE.read_text(encoding="utf-8")

FACT = (
    "INSERT INTO semko.interactions (tenant_id, office_id, interaction_key, desk_id, service_id,"
    " completed_at, revision) VALUES ({})"
)
VOTE = (
    "INSERT INTO semko.votes (tenant_id, office_id, desk_id, terminal_id, event_id, voted_at,"
    " revision) VALUES ({})"
)


def entries(store: Opened, table: str) -> list[dict[str, Any]]:
    return store.rows(
        f"SELECT * EXCEPT (removed, revision) FROM semko.{table} FINAL WHERE removed = 0"
    )


def strangers(store: Opened) -> set[tuple[str, str, str, str, int]]:
    rows = store.rows("SELECT * FROM semko.not_registered")
    return {
        (each["kind"], each["tenant_id"], each["office_id"], each["id"], int(each["events"]))
        for each in rows
    }


def test_every_entry_of_the_file_is_in_the_store(store: Opened) -> None:
    registry = Registry.load(EXAMPLE)
    expected = registry_rows(registry)
    assert store_registry(store.database, registry, 1) == sum(map(len, expected.values()))
    for table, rows in expected.items():
        stored = sorted(map(str, (sorted(row.items()) for row in entries(store, table))))
        told = [
            {
                name: value if isinstance(value, str | int | list) else value.isoformat()
                for name, value in row.items()
            }
            for row in rows
        ]
        assert stored == sorted(map(str, (sorted(row.items()) for row in told))), table


def test_storing_the_same_file_again_writes_nothing(store: Opened) -> None:
    store_registry(store.database, Registry.load(EXAMPLE), 1)
    assert store_registry(store.database, Registry.load(EXAMPLE), 2) == 0


def test_a_changed_name_replaces_the_former_also_when_the_clock_has_gone_back(
    store: Opened,
) -> None:
    store_registry(store.database, Registry.parse(TEXT), 1_000)
    renamed = Registry.parse(TEXT.replace('en = "Desk 1"', 'en = "Fast lane"'))
    assert store_registry(store.database, renamed, 5) == 1
    names = {each["desk_id"]: each["name_en"] for each in entries(store, "registry_desks")}
    assert names["d01"] == "Fast lane"
    assert len(names) == 12


def test_entries_that_left_the_file_are_marked_removed_and_come_back(store: Opened) -> None:
    store_registry(store.database, Registry.parse(TEXT), 1)
    store_registry(store.database, Registry.empty(), 2)
    assert all(not entries(store, table) for table in KEYS)
    (kept,) = store.rows("SELECT count() AS n FROM semko.registry_desks FINAL WHERE removed = 1")
    assert int(kept["n"]) == 12
    store_registry(store.database, Registry.parse(TEXT), 3)
    assert len(entries(store, "registry_desks")) == 12


def test_ids_in_events_that_are_in_no_entry_are_listed(store: Opened) -> None:
    store_registry(store.database, Registry.load(EXAMPLE), 1)
    time = "'2026-03-02 08:00:00'"
    for values in (
        f"'demo', 'centre', 1, 'd01', 'cadastre', {time}, 1",
        f"'demo', 'centre', 2, 'd99', 'visas', {time}, 1",
        f"'demo', 'mobile', 3, 'd01', 'visas', {time}, 1",
        f"'other', 'centre', 4, 'd01', 'cadastre', {time}, 1",
    ):
        store.database.execute(FACT.format(values))
    store.database.execute(VOTE.format(f"'demo', 'centre', 'd01', 't-99', 'e1', {time}, 1"))
    store.database.execute(VOTE.format(f"'demo', 'centre', 'd01', 't-d01', 'e2', {time}, 1"))
    assert strangers(store) == {
        ("desk", "demo", "centre", "d99", 1),
        ("service", "demo", "centre", "visas", 1),
        ("service", "demo", "mobile", "visas", 1),
        ("desk", "demo", "mobile", "d01", 1),
        ("tenant", "other", "", "other", 1),
        ("office", "other", "centre", "centre", 1),
        ("service", "other", "centre", "cadastre", 1),
        ("desk", "other", "centre", "d01", 1),
        ("terminal", "demo", "centre", "t-99", 1),
    }


def test_every_column_of_the_registry_says_what_it_is(store: Opened) -> None:
    silent = store.rows(
        "SELECT table, name FROM system.columns WHERE database = 'semko'"
        " AND startsWith(table, 'registry_') AND comment = ''"
    )
    assert silent == []


def test_a_store_that_has_a_registry_is_not_emptied_for_want_of_the_file(store: Opened) -> None:
    assert store_registry(store.database, None, 1) == 0
    written = store_registry(store.database, Registry.load(EXAMPLE), 2)
    with pytest.raises(CallError, match=f"registry of {written} entries, .* --registry"):
        store_registry(store.database, None, 3)
    assert store_registry(store.database, Registry.empty(), 4) == written
    assert store_registry(store.database, None, 5) == 0
