"""Lagging series from files: what spreadsheets write, and every wrong line by its number."""

import gzip
from datetime import date
from pathlib import Path

import pytest

from models.errors import CallError
from models.periods import Period, parse_period
from sources import lagging
from sources.lagging import Lagging, read_lagging

OFFICES = {"centre", "north"}
TODAY = date(2025, 4, 9)


def read(folder: Path, text: str | bytes) -> Lagging:
    path = folder / "complaints.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_lagging(path, OFFICES, TODAY)


def values(told: Lagging) -> list[tuple[Period, str, float]]:
    assert told.flaws == []
    return [(each.period, each.office, each.value) for each in told.values]


WEEK, NEXT = parse_period("2025-W14"), parse_period("2025-W15")
EXPECTED = [(WEEK, "centre", 12.0), (NEXT, "north", 1.5)]


@pytest.mark.parametrize(
    "text",
    [
        "period,office,value\n2025-W14,centre,12\n2025-W15,north,1.5\n",
        "\ufeffperiod;office;value\r\n2025-W14;centre;12\r\n2025-W15;north;1,5\r\n",
        "Period\tOffice\tValue\n2025-W14\tcentre\t12\n2025-W15\tnorth\t1,5\n",
        'note,value,office,period\n"a, b",12,centre,2025-W14\n\n,1.5,north,2025-W15\n',
    ],
)
def test_tables_as_spreadsheets_write_them_say_the_same(tmp_path: Path, text: str) -> None:
    assert values(read(tmp_path, text)) == EXPECTED


def test_a_packed_file_is_read_as_it_is(tmp_path: Path) -> None:
    text = "period,office,value\n2025-W14,centre,12\n2025-W15,north,1.5\n"
    assert values(read(tmp_path, gzip.compress(text.encode()))) == EXPECTED


BAD: list[tuple[str, int, str, str, str]] = [
    ("2025-W60,centre,1", 3, "period", "is in no calendar", "2025-W14"),
    ("week 14,centre,1", 3, "period", "is no period", "2025-W14"),
    ("2025-04,centre,1", 3, "period", "is a month, and the file begins with a week", "of its own"),
    ("2025-W16,centre,1", 3, "period", "has not begun yet", "leave it out"),
    ("2025-W14,centre,9", 3, "period", "2025-W14 of centre stands in line 2 too", "leave one"),
    ("2025-W15,south,1", 3, "office", "is no office of this tenant", "centre, north"),
    ("2025-W15,,1", 3, "office", "is empty", "centre, north"),
    ("2025-W15,centre,", 3, "value", "is empty", "or leave the line out"),
    ("2025-W15,centre,many", 3, "value", "is no number", "write a number"),
    ("2025-W15,centre,nan", 3, "value", "is no number", "write a number"),
    ("2025-W15,centre,1_000", 3, "value", "is no number", "write a number"),
    ("2025-W15,centre", 3, "value", "is empty", "or leave the line out"),
]


@pytest.mark.parametrize(("line", "number", "field", "problem", "remedy"), BAD)
def test_a_wrong_line_is_told_with_number_field_problem_and_remedy(
    tmp_path: Path, line: str, number: int, field: str, problem: str, remedy: str
) -> None:
    told = read(tmp_path, f"period,office,value\n2025-W14,centre,12\n{line}\n")
    (flaw,) = told.flaws
    assert (flaw.line, flaw.field, flaw.problem) == (number, field, problem)
    assert remedy in flaw.remedy


def test_all_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    told = read(tmp_path, "period,office,value\nx,y,z\n\n2025-W14,centre,12\n2025-W15,y,1\n")
    wrong = [(flaw.line, flaw.field) for flaw in told.flaws]
    assert wrong == [(2, "period"), (2, "office"), (2, "value"), (5, "office")]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (b"", "lacks the column period, office, value"),
        (b"period,value\n2025-W14,12\n", "lacks the column office"),
        (b"period,office,value\n", "holds no values"),
        ("period,office,value\n2025-W14,Центр,1\n".encode("cp1251"), "is not UTF-8"),
        (b'period,office,value\n2025-W14,"centre,1\n' + b"x" * 200_000, "cannot be read on"),
        (gzip.compress(b"period,office,value\n" * 9_000)[:-20], "breaks off"),
    ],
)
def test_what_is_no_such_table_is_refused_whole(tmp_path: Path, text: bytes, problem: str) -> None:
    with pytest.raises(CallError, match=problem):
        read(tmp_path, text)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CallError, match=r"none\.csv"):
        read_lagging(tmp_path / "none.csv", OFFICES, TODAY)


def test_a_file_of_too_many_values_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lagging, "VALUES_AT_MOST", 1)
    with pytest.raises(CallError, match="more than 1 values"):
        read(tmp_path, "period,office,value\n2025-W14,centre,12\n2025-W15,centre,1\n")


def test_the_file_that_the_page_shows_is_one(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "indicator.md").read_text("utf-8")
    text = page.split("```csv\n")[1].split("```")[0]
    assert len(values(read(tmp_path, text))) == 3
