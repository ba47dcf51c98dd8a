"""A mapping's rules worked out on the cells of a table, a whole column at a time.

Each different text is looked at once, however many rows hold it. What cannot be worked out is told
as a flaw and stands in the event as ``{"unreadable": text}``, which no contract accepts: so a row
is never sent as something that it does not say.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sources.flaws import Flaw
from sources.local_times import Instants, parse_times
from sources.mapping import (
    AnyRule,
    Condition,
    ListRule,
    NumberRule,
    Source,
    TextRule,
    TimeRule,
    pieces,
)
from sources.slugs import slug
from sources.table_rows import Chunk

Cells = NDArray[np.object_]


class Values(NamedTuple):
    """A field on every row: a text, a number, a list, or ``None`` where it is left out. ``flaws``
    are by position in the chunk; ``ms`` are times since 1970 where ``known``, else empty."""

    values: Cells
    flaws: dict[int, Flaw]
    instants: Instants | None = None


def values_of(rule: AnyRule, chunk: Chunk, source: Source) -> Values:
    """``rule`` on every row of ``chunk``."""
    match rule:
        case TimeRule():
            return _times(rule, chunk, source)
        case TextRule():
            cells, flaws = _origin(rule, chunk, source)
            return _with(_judged(cells, lambda cell: _text(rule, cell)), flaws)
        case NumberRule():
            if rule.constant is not None:
                return Values(_constant(rule.constant, chunk), {})
            return _judged(_column(rule, chunk), lambda cell: _number(rule, cell, source.decimal))
        case ListRule():
            if rule.constant is not None:
                return Values(_constant(rule.constant, chunk), {})
            return _judged(_column(rule, chunk), lambda cell: _codes(rule, cell))


def taken(conditions: Sequence[Condition], chunk: Chunk) -> NDArray[np.bool_]:
    """Which rows of ``chunk`` meet all ``conditions``."""
    result = np.ones(len(chunk.numbers), dtype=bool)
    for condition in conditions:
        cells = pd.Series(chunk.columns[condition.column], dtype=object)
        if condition.empty is not None:
            result &= cells.eq("").to_numpy() == condition.empty
        elif condition.equals is not None:
            result &= cells.isin(condition.equals).to_numpy()
        else:
            result &= ~cells.isin(condition.differs or []).to_numpy()
    return result


def _constant(value: object, chunk: Chunk) -> Cells:
    return _objects([value] * len(chunk.numbers))


def _objects(values: Sequence[object]) -> Cells:
    return np.fromiter(values, dtype=object, count=len(values))  # assigning would unpack lists


def _column(rule: AnyRule, chunk: Chunk) -> Cells:
    return chunk.columns[str(rule.column)]


def _origin(
    rule: TextRule | TimeRule, chunk: Chunk, source: Source
) -> tuple[Cells, dict[int, Flaw]]:
    """The texts that a rule starts from, and where they cannot be put together."""
    if rule.constant is not None:
        return _constant(rule.constant, chunk), {}
    if rule.column is not None:
        return _column(rule, chunk), {}
    return _joined(str(rule.template), chunk, source)


def _joined(template: str, chunk: Chunk, source: Source) -> tuple[Cells, dict[int, Flaw]]:
    parts: list[Sequence[str]] = []
    flaws: dict[int, Flaw] = {}
    for literal, column, spec in pieces(template):
        parts.append([literal] * len(chunk.numbers))
        if column is None:
            continue
        cells = chunk.columns[column]
        if spec:
            formatted = _formatted(column, spec, chunk, source)
            flaws |= formatted.flaws
            cells = formatted.values
        for position in np.flatnonzero(cells == ""):
            problem = f'needs column "{column}", which is empty here'
            remedy = "leave such rows out by `when`, or take another column"
            flaws.setdefault(int(position), Flaw("", problem, remedy))
        parts.append(list(cells))
    return _objects(["".join(row) for row in zip(*parts, strict=True)]), flaws


def _formatted(column: str, spec: str, chunk: Chunk, source: Source) -> Values:
    """Times of ``column`` as local texts; ``""`` where the cell is empty or no time."""
    codes, texts = pd.factorize(chunk.columns[column])
    written = None if column in chunk.iso else source.time_format
    instants, flaws = parse_times(list(texts), written, source.time_zone)
    moments = pd.to_datetime(pd.Series(instants.ms), unit="ms", utc=True)
    local = moments.dt.tz_convert(source.time_zone or "UTC").dt.strftime(spec)
    outcomes = [text if known else "" for text, known in zip(local, instants.known, strict=True)]
    return _spread(codes, outcomes, flaws)


def _judged(cells: Cells, judge: Callable[[str], object]) -> Values:
    """``judge`` on every different text of ``cells``; it gives the value or a ``Flaw``."""
    codes, texts = pd.factorize(cells)
    outcomes = [judge(text) for text in texts]
    flaws = {index: each for index, each in enumerate(outcomes) if isinstance(each, Flaw)}
    return _spread(
        codes, [each.raw if isinstance(each, Flaw) else each for each in outcomes], flaws
    )


def _spread(codes: NDArray[np.intp], outcomes: Sequence[object], flaws: dict[int, Flaw]) -> Values:
    values = _objects(outcomes)
    if not flaws:
        return Values(values[codes], {})
    flawed = np.flatnonzero(np.isin(codes, list(flaws)))
    return Values(values[codes], {int(each): flaws[int(codes[each])] for each in flawed})


def _with(values: Values, flaws: dict[int, Flaw]) -> Values:
    for position, flaw in flaws.items():
        values.values[position] = flaw.raw
    return values._replace(flaws=values.flaws | flaws)


def _text(rule: TextRule, cell: str) -> object:
    if rule.map:
        return _mapped(rule, cell)
    if not cell:
        return rule.default
    if not rule.slug:
        return cell
    problem = "has no letter or digit of which to make an id"
    return slug(cell) or Flaw(cell, problem, "name it by `map`")


def _mapped(rule: TextRule | NumberRule, cell: str) -> object:
    if cell in rule.map:
        return rule.map[cell]
    if rule.default is not None or not cell:
        return rule.default
    return Flaw(cell, "is not in `map`", "add it there, or say a `default`")


def _number(rule: NumberRule, cell: str, decimal: str) -> object:
    if rule.map:
        return _mapped(rule, cell)
    if not cell:
        return rule.default
    number = _float(cell, decimal)
    if number is None or not number.is_integer():
        return Flaw(cell, "is no whole number", "say by `map` which number it stands for")
    return int(number)


def _float(cell: str, decimal: str) -> float | None:
    try:
        number = float(cell.replace(decimal, "."))
    except ValueError:
        return None
    return number if np.isfinite(number) else None


def _codes(rule: ListRule, cell: str) -> object:
    return [code.strip() for code in cell.split(rule.split) if code.strip()] or None


def _times(rule: TimeRule, chunk: Chunk, source: Source) -> Values:
    cells, flaws = _origin(rule, chunk, source)
    codes, texts = pd.factorize(cells)
    written = None if rule.column in chunk.iso else rule.format or source.time_format
    zone = rule.time_zone or source.time_zone
    (unique_ms, unique_known), unique_flaws = parse_times(list(texts), written, zone)
    instants = Instants(unique_ms[codes], unique_known[codes])
    if unique_flaws:
        flawed = np.flatnonzero(np.isin(codes, list(unique_flaws)))
        flaws = {int(each): unique_flaws[int(codes[each])] for each in flawed} | flaws
    for minutes, sign in ((rule.plus_minutes, 1), (rule.minus_minutes, -1)):
        if minutes is not None:
            added, amiss = _minutes(minutes, chunk, source.decimal)
            shifted = instants.ms + sign * np.rint(np.nan_to_num(added) * 60_000).astype(np.int64)
            instants = Instants(shifted, instants.known & ~np.isnan(added))
            flaws = amiss | flaws
    if flaws:
        instants.known[list(flaws)] = False
    texts_of_times = np.datetime_as_string(instants.ms.astype("datetime64[ms]"), timezone="UTC")
    values = texts_of_times.astype(object)
    values[~instants.known] = None
    for position, flaw in flaws.items():
        values[position] = flaw.raw
    return Values(values, flaws, instants)


def _minutes(
    minutes: float | str, chunk: Chunk, decimal: str
) -> tuple[NDArray[np.float64], dict[int, Flaw]]:
    """Minutes on every row, not a number where the cell is empty."""
    if not isinstance(minutes, str):
        return np.full(len(chunk.numbers), float(minutes)), {}
    cells = chunk.columns[minutes]
    codes, texts = pd.factorize(cells)
    unique = [_float(text, decimal) for text in texts]
    numbers = np.array([np.nan if each is None else each for each in unique], dtype=float)[codes]
    problem, remedy = f'needs minutes in column "{minutes}"', "mend the cell, or empty it"
    return numbers, {
        int(position): Flaw(str(cells[position]), problem, remedy)
        for position in np.flatnonzero(np.isnan(numbers) & (cells != ""))
    }
