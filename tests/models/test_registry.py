"""What `semko.toml` may say, what it is refused for, and what the registry answers."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from models.errors import CallError
from models.registry import DEFAULT_JOIN_WINDOW_MS, Registry
from models.registry_file import duration_seconds
from models.registry_rows import KEYS, registry_rows

EXAMPLE = Path(__file__).parents[2] / "docs" / "example" / "semko.toml"

TOWN = """
[[tenants]]
id = "town"
name = { bg = "Град", en = "Town" }
"""
OFFICE = """
[[offices]]
tenant_id = "town"
id = "centre"
name = { bg = "Център", en = "Centre" }
"""
DESK = """
[[desks]]
tenant_id = "town"
office_id = "centre"
id = "d1"
name = { bg = "Гише 1", en = "Desk 1" }
"""


def ms(text: str) -> int:
    return int(datetime.fromisoformat(text).astimezone(UTC).timestamp() * 1000)


def problem_of(text: str) -> str:
    with pytest.raises(CallError) as refusal:
        Registry.parse(text, "town.toml")
    return str(refusal.value)


def test_the_example_registers_a_town_with_twelve_desks_and_ten_services() -> None:
    rows = registry_rows(Registry.load(EXAMPLE))
    assert len(rows["registry_desks"]) == 12
    assert len(rows["registry_services"]) == 10
    assert len(rows["registry_offices"]) == 2


def test_names_come_in_both_languages() -> None:
    registry = Registry.load(EXAMPLE)
    assert registry.name("desk", ("demo", "centre", "d01"), "bg") == "Гише 1"
    assert registry.name("desk", ("demo", "centre", "d01"), "en") == "Desk 1"
    assert registry.name("segment_value", ("demo", "age_band", "60-plus"), "en") == "60 and over"


def test_an_id_without_entry_is_its_own_name() -> None:
    assert Registry.empty().name("desk", ("town", "centre", "d9"), "bg") == "d9"


def test_the_newest_name_of_a_renamed_desk_counts_whatever_the_order_in_the_file() -> None:
    renamed = DESK.replace("Desk 1", "Fast lane") + "valid_from = 2026-05-01\n"
    for text in (TOWN + OFFICE + DESK + renamed, TOWN + OFFICE + renamed + DESK):
        assert Registry.parse(text).name("desk", ("town", "centre", "d1"), "en") == "Fast lane"


def test_an_empty_registry_answers_with_the_defaults() -> None:
    registry = Registry.empty()
    assert registry.join_window_ms("any", "counter", 0) == DEFAULT_JOIN_WINDOW_MS == 7_200_000
    assert registry.join_window_versions("any", "counter") == ((), (7_200_000,))
    assert registry.time_zone("any") == "Europe/Sofia"
    assert registry_rows(registry) == {table: [] for table in KEYS}


def test_a_tenant_without_a_time_zone_has_that_of_the_file() -> None:
    registry = Registry.parse('default_time_zone = "Europe/Warsaw"\n' + TOWN)
    assert registry.time_zone("town") == "Europe/Warsaw"
    assert registry_rows(registry)["registry_tenants"][0]["time_zone"] == "Europe/Warsaw"


def test_a_join_window_changes_at_local_midnight_of_the_day_it_is_from() -> None:
    registry = Registry.parse(
        TOWN + 'time_zone = "Europe/Sofia"\njoin_windows.phone = ['
        '{ from = 2026-07-01, window = "1h30m" }, { from = 2025-01-01, window = "4h" }]\n'
    )
    before, at = ms("2026-06-30T23:59:59+03:00"), ms("2026-07-01T00:00:00+03:00")
    assert registry.join_window_ms("town", "phone", before) == 4 * 3_600_000
    assert registry.join_window_ms("town", "phone", at) == 5_400_000
    hours = [2 * 3_600_000, 4 * 3_600_000, 5_400_000]
    versions = registry.join_window_versions("town", "phone")
    assert [list(each) for each in versions] == [[ms("2025-01-01T00:00:00+02:00"), at], hours]
    long_ago = ms("2024-12-31T23:59:59+02:00")
    assert registry.join_window_ms("town", "phone", long_ago) == DEFAULT_JOIN_WINDOW_MS
    assert registry.join_window_ms("town", "counter", at) == DEFAULT_JOIN_WINDOW_MS


@pytest.mark.parametrize(
    ("text", "seconds"), [("2h", 7200), ("90m", 5400), ("1d12h", 129_600), ("45s", 45)]
)
def test_durations_are_read_in_days_hours_minutes_and_seconds(text: str, seconds: int) -> None:
    assert duration_seconds(text) == seconds


@pytest.mark.parametrize("text", ["", "2", "2 h", "h", "-2h", "1.5h", "2w"])
def test_what_is_no_duration_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match='such as "2h"'):
        duration_seconds(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[[tenants]\n", "town.toml: is no valid TOML"),
        ("[[tenant]]\n", 'town.toml: tenant: is not known; "tenants" is meant?'),
        ('[[tenants]]\nid = "t"\n', 'town.toml: tenants[0] ("t").name: is missing; add it'),
        (
            TOWN.replace(', en = "Town"', ""),
            'town.toml: tenants[0] ("town").name.en: is missing',
        ),
        (TOWN.replace('"town"', '"to wn"'), "must be 1 to 64 printable characters without blanks"),
        (TOWN.replace('"town"', '"to/wn"'), "must not contain '/'"),
        (TOWN + 'time_zone = "Europe/Sofa"', '"Europe/Sofa" is no IANA time zone; use'),
        (TOWN + 'join_windows.fax = [{ from = 2026-01-01, window = "2h" }]', "join_windows.fax"),
        (
            TOWN + 'join_windows.phone = [{ from = 2026-01-01, window = "2 hours" }]',
            'join_windows.phone[0].window: "2 hours" is no duration',
        ),
        (
            TOWN + 'join_windows.phone = [{ from = 2026-01-01, windo = "2h" }]',
            'join_windows.phone[0].windo: is not known; "window" is meant?',
        ),
        (TOWN + OFFICE.replace('"town"', '"twon"'), 'there is no tenant "twon"; add it under'),
        (TOWN + DESK, 'desks[0] ("d1").office_id: there is no office "centre" of tenant "town"'),
        (TOWN + OFFICE + DESK + 'services = ["visa"]', 'there is no service "visa"'),
        (
            TOWN + OFFICE + '[[terminals]]\ntenant_id = "town"\noffice_id = "centre"\n'
            'id = "t1"\ndesks = ["d1"]',
            'terminals[0] ("t1").desks: there is no desk "d1" of office "centre"',
        ),
        (TOWN + TOWN, "tenants[1]: says the same as tenants[0]; remove one, or give"),
        (
            TOWN + OFFICE + 'opening_hours.monday = ["17:00-09:00"]',
            'opening_hours.monday[0]: "17:00-09:00" must open before it closes',
        ),
        (
            TOWN + OFFICE + 'opening_hours.monday = ["9-17"]',
            "'9-17' are no hours; write them as \"08:30-17:30\"",
        ),
        (
            TOWN + '[[segments]]\ntenant_id = "town"\ndimension = "a=b"\n'
            'name = { bg = "а", en = "a" }\nvalues = []',
            "must not contain '='",
        ),
    ],
)
def test_a_wrong_entry_is_refused_by_file_and_key_with_the_remedy(text: str, expected: str) -> None:
    assert expected in problem_of(text)


def test_all_problems_are_named_at_once() -> None:
    problem = problem_of(TOWN + 'time_zone = "x"\ncolour = "red"\n[[offices]]\nid = 3\n')
    assert len(re.findall(r"^town\.toml: ", problem, re.MULTILINE)) >= 4


def test_a_missing_or_unreadable_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(CallError, match=r"none\.toml: No such file"):
        Registry.load(tmp_path / "none.toml")
    (tmp_path / "old.toml").write_bytes("име".encode("cp1251"))
    with pytest.raises(CallError, match=r"old\.toml: is not UTF-8"):
        Registry.load(tmp_path / "old.toml")


def test_every_row_has_its_key_columns() -> None:
    for table, rows in registry_rows(Registry.load(EXAMPLE)).items():
        keys = [tuple(row[column] for column in KEYS[table]) for row in rows]
        assert rows, table
        assert len(set(keys)) == len(keys), table


def test_opening_hours_are_rows_of_minutes_by_weekday() -> None:
    rows = registry_rows(Registry.load(EXAMPLE))["registry_opening_hours"]
    spans = [
        (row["weekday"], row["opens_minute"], row["closes_minute"])
        for row in rows
        if row["office_id"] == "mobile"
    ]
    assert spans == [(2, 540, 720), (2, 780, 960), (4, 540, 720), (4, 780, 960)]
