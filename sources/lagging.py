"""Lagging series from files of CSV: period, office and value, one a line.

What spreadsheets write is read as it is: commas, semicolons or tabs between cells, and a decimal
comma where cells are not parted by one. Every line that is wrong is told by its number; nobody
adds half a file. Knows no store: which offices there are, and the day, are arguments.
"""

import csv
import zlib
from collections.abc import Collection, Iterator
from datetime import date
from io import TextIOWrapper
from math import isfinite
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

from models.errors import CallError
from models.periods import Cadence, Period, parse_period
from sources.files import broken_off, opened

COLUMNS = ("period", "office", "value")
VALUES_AT_MOST = 50_000
_SEPARATORS = ",;\t"
_EXAMPLE = "period,office,value, and below them lines such as 2025-W14,centre,12"


class Value(NamedTuple):
    """What a series says of an office in a period."""

    period: Period
    office: str
    value: float


class Flawed(NamedTuple):
    """A line that is wrong: ``line`` counts from 1, the names of the columns included."""

    line: int
    field: str
    value: str
    problem: str
    remedy: str


class Lagging(NamedTuple):
    """What a file says, in periods of one cadence, and what in it is wrong; one is not empty."""

    values: list[Value]
    flaws: list[Flawed]


def read_lagging(path: Path, offices: Collection[str], today: date) -> Lagging:
    """The values of ``path``, which must be of ``offices`` and of periods begun by ``today``.

    Raises ``CallError`` where it is no such table at all, or has more than ``VALUES_AT_MOST``.
    """
    judge = _Judge(offices, today)
    with opened(path) as file:
        text = TextIOWrapper(cast(BinaryIO, file), "utf-8-sig", newline="")
        for line, cells in _rows(path, text):
            judge.take(line, cells)
            if len(judge.values) > VALUES_AT_MOST:
                raise CallError(f"{path}: has more than {VALUES_AT_MOST} values; split the file")
    if not judge.values and not judge.flaws:
        raise CallError(f"{path}: holds no values; write the columns {_EXAMPLE}")
    return Lagging(judge.values, judge.flaws)


def _rows(path: Path, text: TextIOWrapper) -> Iterator[tuple[int, dict[str, str]]]:
    """Rows that are not blank, by the line on which each ends; ``","`` of a row is its separator
    where that can be no decimal comma."""
    reader = None
    try:
        head = text.readline()
        separator = max(_SEPARATORS, key=head.count)
        names = [name.strip().lower() for name in next(csv.reader([head], delimiter=separator), [])]
        missing = [name for name in COLUMNS if name not in names]
        if missing:
            raise CallError(
                f"{path}: its first line lacks the column {', '.join(missing)}; write the columns"
                f" {_EXAMPLE}"
            )
        reader = csv.reader(text, delimiter=separator)
        for row in reader:
            cells = [cell.strip() for cell in row]
            if any(cells):
                cells += [""] * (len(names) - len(cells))
                told = dict(zip(names, cells, strict=False))
                if separator != ",":
                    told["value"] = told["value"].replace(",", ".")
                yield reader.line_num + 1, told
    except UnicodeDecodeError:
        raise CallError(f"{path}: is not UTF-8; save it as UTF-8") from None
    except (EOFError, zlib.error, OSError) as error:
        raise CallError(broken_off(path, reader.line_num if reader else 0, error)) from None
    except csv.Error as error:
        line = reader.line_num + 1 if reader else 1
        raise CallError(f"{path}: cannot be read on after line {line}: {error}") from None


class _Judge:
    """Looks at line after line and remembers what they must agree with."""

    def __init__(self, offices: Collection[str], today: date) -> None:
        self._offices = offices
        self._today = today
        self._lines: dict[tuple[Period, str], int] = {}
        self._cadence: Cadence | None = None
        self.values: list[Value] = []
        self.flaws: list[Flawed] = []

    def take(self, line: int, cells: dict[str, str]) -> None:
        """Keep what a line says, or what is wrong with it, all of it."""
        wrong = len(self.flaws)
        period = self._period(line, cells["period"])
        office = self._office(line, cells["office"])
        value = self._value(line, cells["value"])
        if period is None or value is None or len(self.flaws) > wrong:
            return
        before = self._lines.setdefault((period, office), line)
        if before != line:
            where = f"{period} of {office} stands in line {before} too"
            self._flaw(line, "period", cells["period"], where, "leave one of them")
            return
        self.values.append(Value(period, office, value))

    def _period(self, line: int, text: str) -> Period | None:
        try:
            period = parse_period(text)
        except ValueError as problem:
            said, _, remedy = str(problem).partition("; ")
            self._flaw(line, "period", text, said, remedy)
            return None
        self._cadence = self._cadence or period.cadence
        if period.cadence is not self._cadence:
            said = f"is a {period.cadence}, and the file begins with a {self._cadence}"
            self._flaw(line, "period", text, said, "give each length of period a file of its own")
        elif period.start > self._today:
            said = "has not begun yet"
            self._flaw(line, "period", text, said, "leave it out until there is something to say")
        return period

    def _office(self, line: int, text: str) -> str:
        if text not in self._offices:
            known = ", ".join(sorted(self._offices)[:5]) or "none"
            said = "is no office of this tenant" if text else "is empty"
            more = " and others" if len(self._offices) > 5 else ""
            self._flaw(line, "office", text, said, f"write its id; the store knows {known}{more}")
        return text

    def _value(self, line: int, text: str) -> float | None:
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if "_" in text or not isfinite(value):
            said = "is no number" if text else "is empty"
            remedy = "write a number such as 12 or 0.5, or leave the line out"
            self._flaw(line, "value", text, said, remedy)
            return None
        return value

    def _flaw(self, line: int, field: str, value: str, problem: str, remedy: str) -> None:
        self.flaws.append(Flawed(line, field, value, problem, remedy))
