"""Tables become events row by row; a bad row costs only itself and is never lost."""

import csv
import gzip
import json
import os
import tracemalloc
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.codec import decode_completion, decode_vote
from models.errors import CallError, Refused
from models.instants import parse_instant
from models.records import EventRecord
from sources import mapping
from sources.table_check import check
from sources.tables import events, read_drafts

HEAD = "id;desk;service;done;minutes;status;face;age;why\n"
MAPPING = """
[source]
separator = ";"
decimal = ","
time_zone = "Europe/Sofia"
time_format = "%d.%m.%Y %H:%M"

[completion]
when = [{ column = "status", differs = ["left", "test"] }, { column = "id", empty = false }]
event_id = { column = "id" }
tenant_id = "town"
office_id = "centre"
desk_id = { template = "desk-{desk}" }
service_id = { column = "service", slug = true }
interaction_id = { template = "{done:%Y%m%d}-{id}" }
channel = { column = "status", map = { "тел" = "phone" }, default = "counter" }
completed_at = { column = "done" }
started_at = { column = "done", minus_minutes = "minutes" }
due_at = { column = "done", plus_minutes = 30 }

[completion.segments]
age_band = { column = "age", map = { "1" = "under-30", "2" = "30-59" } }
visit = "first"

[vote]
when = [{ column = "face", empty = false }]
event_id = { template = "v-{id}" }
tenant_id = "town"
office_id = "centre"
desk_id = { template = "desk-{desk}" }
terminal_id = { template = "t-{desk}" }
interaction_id = { template = "{done:%Y%m%d}-{id}" }
score = { column = "face", map = { ":)" = 5, ":|" = 3, ":(" = 1 } }
reasons = { column = "why", split = "," }
voted_at = { column = "done", plus_minutes = 1.5 }
"""
GOOD = "A1;7;Адресна регистрация;02.03.2026 10:05;4,5;тел;:);1;wait, form\n"


def table(tmp_path: Path, rows: str, head: str = HEAD) -> Path:
    path = tmp_path / "day.csv"
    path.write_text(head + rows, encoding="utf-8")
    return path


def records(path: Path, text: str = MAPPING) -> list[EventRecord]:
    return [each for batch in events(path, mapping.parse(text)) for each in batch]


def bodies(path: Path, text: str = MAPPING) -> list[dict[str, Any]]:
    return [json.loads(each.value) for each in records(path, text)]


def test_a_row_becomes_a_completion_and_its_vote_with_every_kind_of_rule(tmp_path: Path) -> None:
    completion, vote = records(table(tmp_path, GOOD))
    done = decode_completion(completion.value)
    assert (done.event_id, done.desk_id, done.channel) == ("A1", "desk-7", "phone")
    assert (done.service_id, done.interaction_id) == ("adresna-registratsia", "20260302-A1")
    assert done.segments == {"age_band": "under-30", "visit": "first"}
    assert done.completed_at == parse_instant("2026-03-02T08:05:00Z")
    assert done.started_at == parse_instant("2026-03-02T08:00:30Z")
    assert done.due_at == parse_instant("2026-03-02T08:35:00Z")
    rated = decode_vote(vote.value)
    assert (rated.score, rated.reasons) == (5, ["wait", "form"])
    assert rated.interaction_id == done.interaction_id
    assert rated.voted_at == parse_instant("2026-03-02T08:06:30Z")


def test_records_are_placed_by_their_office_and_own_time(tmp_path: Path) -> None:
    completion, vote = records(table(tmp_path, GOOD))
    assert (completion.topic, vote.topic) == ("completions", "votes")
    assert completion.key == vote.key == b"town/centre"
    assert completion.timestamp_ms == parse_instant("2026-03-02T08:05:00Z")
    assert vote.timestamp_ms == parse_instant("2026-03-02T08:06:30Z")


def test_rows_that_no_rule_takes_make_no_event(tmp_path: Path) -> None:
    rows = GOOD + GOOD.replace("тел", "left").replace(":)", "") + GOOD.replace("A1", "")
    report = check(table(tmp_path, rows), mapping.parse(MAPPING))
    assert (report.rows, report.completions, report.silent) == (3, 1, 1)
    kinds = [each["type"] for each in bodies(table(tmp_path, rows))]
    assert kinds == ["completion", "vote", "vote"]  # a row without id still holds a vote, a bad one


def test_empty_cells_of_optional_fields_are_left_out(tmp_path: Path) -> None:
    row = "A1;7;Кадастър;02.03.2026 10:05;;;;;\n"
    (body,) = bodies(table(tmp_path, row))
    assert "started_at" not in body
    assert body["segments"] == {"visit": "first"}
    assert body["channel"] == "counter"


def test_the_same_table_twice_gives_the_same_events_plain_or_packed(tmp_path: Path) -> None:
    plain = table(tmp_path, GOOD * 3)
    packed = tmp_path / "again"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert records(plain) == records(plain) == records(packed)


@pytest.mark.parametrize(
    ("wrong", "field", "problem"),
    [
        (GOOD.replace("02.03.2026 10:05", "31.02.2026 10:05"), "completed_at", "is no time"),
        (GOOD.replace("02.03.2026 10:05", ""), "interaction_id", 'needs column "done"'),
        (GOOD.replace("4,5", "some"), "started_at", "needs minutes"),
        (GOOD.replace("Адресна регистрация", "---"), "service_id", "has no letter or digit"),
        (GOOD.replace("Адресна регистрация", ""), "service_id", "is missing"),
        (GOOD.replace(";1;", ";9;"), "segments.age_band", "is not in `map`"),
        (GOOD.replace(":)", ":D"), "score", "is not in `map`"),
        (GOOD.replace("A1", "A 1"), "event_id", "1 to 64 printable characters without blanks"),
        (GOOD.replace("A1", "A" * 70), "event_id", "1 to 64 printable characters"),
        (GOOD.replace(";7;", ";;"), "desk_id", 'needs column "desk", which is empty here'),
        (GOOD.replace("wait, form", "a,b,c,d,e,f"), "reasons", "at most 5"),
        (GOOD.replace(";тел", ""), "", "has 8 cells where the table has 9 columns"),
        (GOOD.replace("тел", "тел;x"), "", "has 10 cells where the table has 9 columns"),
    ],
)
def test_a_bad_row_is_told_by_its_number_is_refused_by_the_worker_and_costs_only_itself(
    tmp_path: Path, wrong: str, field: str, problem: str
) -> None:
    other = GOOD.replace("A1", "B2")
    path = table(tmp_path, GOOD + wrong.replace("A1", "W1") + other)
    report = check(path, mapping.parse(MAPPING))
    cause = next(each for each in report.causes if each.field == field)
    assert problem in cause.problem
    assert cause.remedy
    assert [each.row for each in cause.examples] == [2]
    assert not report.good
    sent = records(path)
    neighbours = records(table(tmp_path, GOOD)) + records(table(tmp_path, other))
    assert [each for each in sent if each in neighbours] == neighbours
    refused = 0
    for each in sent:
        try:
            (decode_vote if each.topic == "votes" else decode_completion)(each.value)
        except Refused:
            refused += 1
    assert refused == report.bad >= 1


def test_a_row_of_which_no_cell_can_be_told_is_sent_without_its_cells(tmp_path: Path) -> None:
    (body,) = bodies(table(tmp_path, "A1;7;Иван Иванов\n"))
    assert body == {
        "type": "completion",
        "unreadable": {
            "file": "day.csv",
            "row": 1,
            "problem": "has 3 cells where the table has 9 columns",
        },
    }


ANY_CELL = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\ufffd"), max_size=12
)


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(st.lists(ANY_CELL, min_size=8, max_size=10), max_size=8),
    size=st.integers(1, 9),
)
def test_whatever_the_cells_hold_every_row_is_accounted_for_and_judged_as_the_worker_will(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], size: int
) -> None:
    path = tmp_path_factory.mktemp("any") / "day.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(HEAD.strip().split(";"))
        writer.writerows(rows)
        writer.writerow(GOOD.strip().split(";"))
    told = mapping.parse(MAPPING)
    read = list(read_drafts(path, told, size))
    drafts = [draft for _, part in read for draft in part]
    assert sum(count for count, _ in read) == len(rows) + 1
    whole = [row for row in rows if len(row) == 9]
    kept = [row for row in whole if row[5].strip() not in ("left", "test") and row[0].strip()]
    votes = [row for row in whole if row[6].strip()]
    assert len(drafts) == len(kept) + len(votes) + len(rows) - len(whole) + 2
    refused = 0
    for draft in drafts:
        try:
            (decode_vote if draft.place.topic == "votes" else decode_completion)(draft.raw)
        except Refused:
            refused += 1
        else:
            assert not draft.flaws
    assert check(path, told).bad == refused


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
