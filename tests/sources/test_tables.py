"""Tables become events row by row; a bad row costs only itself and is never lost."""

import csv
import gzip
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.codec import decode_completion, decode_vote
from models.errors import Refused
from models.instants import parse_instant
from sources import mapping
from sources.table_check import check
from sources.tables import read_drafts
from tests.sources.tables_at_work import GOOD, HEAD, MAPPING, bodies, records, table


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
