"""Files of tables, whole and damaged, of any encoding, form and size."""

import gzip
import json
import os
import tracemalloc
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.errors import CallError
from models.records import EventRecord
from sources import mapping
from sources.table_check import check
from sources.tables import events, read_drafts
from tests.sources.tables_at_work import GOOD, HEAD, MAPPING, bodies, records, table


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_a_table_or_refused_by_name(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.mktemp("any") / "day.csv"
    for head in (b"", b"\x1f\x8b\x08", b"PAR1", HEAD.encode()):
        path.write_bytes(head + content)
        problem = ""
        try:
            records(path)
        except CallError as refusal:
            problem = str(refusal)
        assert not problem or str(path) in problem


def test_bytes_of_another_encoding_cost_their_row_and_name_the_remedy(tmp_path: Path) -> None:
    path = tmp_path / "old.csv"
    path.write_bytes(HEAD.encode() + GOOD.encode("cp1251") + GOOD.encode())
    report = check(path, mapping.parse(MAPPING))
    assert (report.completions, report.votes, report.bad) == (1, 1, 1)
    assert 'encoding = "cp1251"' in report.causes[0].remedy


def test_a_table_in_an_old_encoding_is_read_as_it_says(tmp_path: Path) -> None:
    path = tmp_path / "old.csv"
    path.write_bytes((HEAD + GOOD).encode("cp1251"))
    told = MAPPING.replace("[source]", '[source]\nencoding = "cp1251"')
    assert bodies(path, told) == bodies(table(tmp_path, GOOD))


def test_a_table_without_a_line_of_names_is_named_by_the_mapping(tmp_path: Path) -> None:
    names = json.dumps(HEAD.strip().split(";"))
    told = MAPPING.replace("[source]", f"[source]\ncolumns = {names}")
    assert bodies(table(tmp_path, GOOD, head=""), told) == bodies(table(tmp_path, GOOD))


def test_parquet_gives_the_same_events_as_csv(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "id": ["A1"],
            "desk": [7],
            "service": ["Адресна регистрация"],
            "done": pd.to_datetime(["2026-03-02 10:05"]),
            "minutes": [4.5],
            "status": ["тел"],
            "face": [":)"],
            "age": pd.array([1], dtype="Int64"),
            "why": [["wait", "form"]],
        }
    )
    told = MAPPING.replace('decimal = ","', 'decimal = "."')
    frame.to_parquet(tmp_path / "day.table")
    expected = bodies(table(tmp_path, GOOD))
    assert bodies(tmp_path / "day.table", told) == expected
    frame["done"] = frame["done"].dt.tz_localize("Europe/Sofia").dt.tz_convert("America/New_York")
    frame["age"] = pd.array([None], dtype="Int64")
    frame.to_parquet(tmp_path / "day.table")
    completion, vote = bodies(tmp_path / "day.table", told)
    assert completion["completed_at"] == expected[0]["completed_at"]
    assert completion["segments"] == {"visit": "first"}
    assert vote == expected[1]


def test_identical_rows_of_the_hours_around_a_change_of_clocks_get_their_own_hours(
    tmp_path: Path,
) -> None:
    times = ("25.10.2026 02:30", "25.10.2026 03:30", "25.10.2026 04:30", "29.03.2026 03:30")
    rows = "".join(
        GOOD.replace("02.03.2026 10:05", time).replace("A1", f"A{n}")
        for n, time in enumerate(times)
    )
    made = [each for each in bodies(table(tmp_path, rows)) if each["type"] == "completion"]
    assert [each["completed_at"] for each in made] == [
        "2026-10-24T23:30:00.000Z",
        "2026-10-25T00:30:00.000Z",
        "2026-10-25T02:30:00.000Z",
        "2026-03-29T01:30:00.000Z",
    ]


def test_a_report_shows_first_events_and_groups_problems_by_cause(tmp_path: Path) -> None:
    wrong = "".join(GOOD.replace("A1", f"W {n}").replace(":)", "") for n in range(40))
    report = check(table(tmp_path, GOOD * 2 + wrong), mapping.parse(MAPPING), rows=1)
    assert [each["type"] for each in report.first] == ["completion", "vote"]
    (cause,) = report.causes
    assert (cause.event, cause.field, cause.rows) == ("completion", "event_id", 40)
    assert [(each.row, each.value) for each in cause.examples] == [
        (3, "W 0"),
        (4, "W 1"),
        (5, "W 2"),
    ]
    assert (report.completions, report.interactions) == (2, 1)


def test_chunks_of_any_size_give_the_same_events(tmp_path: Path) -> None:
    path = table(tmp_path, "".join(GOOD.replace("A1", f"A{n}") for n in range(50)) + "short\n")
    told = mapping.parse(MAPPING)
    whole, parts = (
        [draft for _, drafts in read_drafts(path, told, size) for draft in drafts]
        for size in (1_000, 7)
    )
    assert whole == parts
    assert len(whole) == 101


def test_a_packed_table_that_breaks_off_gives_its_rows_and_then_says_so(tmp_path: Path) -> None:
    path = tmp_path / "day.csv.gz"
    rows = "".join(GOOD.replace("A1", os.urandom(12).hex()) for _ in range(3_000))
    path.write_bytes(gzip.compress((HEAD + rows).encode())[:-20_000])
    taken: list[EventRecord] = []
    batches = events(path, mapping.parse(MAPPING))
    with pytest.raises(CallError, match=r"day\.csv\.gz: the gzip breaks off after line \d+;"):
        taken.extend(record for batch in batches for record in batch)
    assert len(taken) > 1_000


def test_a_parquet_file_damaged_in_its_middle_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "day.parquet"
    names = HEAD.strip().split(";")
    frame = pd.DataFrame({name: [os.urandom(20).hex() for _ in range(5_000)] for name in names})
    frame.to_parquet(path)
    content = bytearray(path.read_bytes())
    for position in range(1_000, len(content) // 2, 50):
        content[position] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(CallError, match=r"day\.parquet: is no whole Parquet file"):
        records(path)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "is empty; a table begins with the names of its columns"),
        (b"PK\x03\x04rest", "is a workbook or a zip; save the sheet as CSV"),
        (b"PAR1rest", "is no whole Parquet file"),
        ((HEAD + 'A1;"open' + "x" * 200_000).encode(), "see whether a quote is opened"),
    ],
)
def test_what_is_no_table_is_refused_by_name(tmp_path: Path, content: bytes, expected: str) -> None:
    path = tmp_path / "day.csv"
    path.write_bytes(content)
    with pytest.raises(CallError) as refusal:
        records(path)
    assert str(path) in str(refusal.value)
    assert expected in str(refusal.value)


def test_a_wrong_mapping_is_refused_before_the_first_record(tmp_path: Path) -> None:
    path = table(tmp_path, GOOD, head=HEAD.replace("face", "smile"))
    with pytest.raises(CallError, match=r'vote\.score: there is no column "face"'):
        next(events(path, mapping.parse(MAPPING)))


def test_a_big_table_is_read_in_bounded_memory(tmp_path: Path) -> None:
    path = tmp_path / "year.csv.gz"
    with gzip.open(path, "wt", encoding="utf-8", compresslevel=1) as file:
        file.write(HEAD)
        for start in range(0, 8_000, 1_000):
            file.write("".join(GOOD.replace("A1", f"A{start + n}") for n in range(1_000)))
    told = mapping.parse(MAPPING)
    tracemalloc.start()
    try:
        count = sum(len(drafts) for _, drafts in read_drafts(path, told, rows_at_once=500))
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert count == 16_000
    assert peak_bytes < 5_000_000  # the drafts of all rows take 15 MB
