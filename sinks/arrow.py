"""Columns of the core as Arrow tables, and Arrow results as plain columns.

Shapes are those of ``models.columns`` on the way in and of ``models.facts`` on the way out. Knows
kinds, not what tables mean; does no I/O.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from models.columns import Coded, Column, Columns, Nullable
from models.tables import TABLES, Kind

_Array = Any
"""Any Arrow array: pyarrow has no annotations and its stubs refuse nested arrays built in parts."""

_INSTANT = pa.timestamp("ms", "UTC")
_WORD = pa.dictionary(pa.int32(), pa.string())
_NUMBERS: Mapping[Kind, pa.DataType] = {
    Kind.KEY: pa.uint64(),
    Kind.NUMBER: pa.int64(),
    Kind.FLAG: pa.uint8(),
    Kind.SMALL_OR_NULL: pa.uint8(),
    Kind.SECONDS_OR_NULL: pa.uint32(),
    Kind.INSTANT: _INSTANT,
    Kind.INSTANT_OR_NULL: _INSTANT,
}
_SECOND_MS = 1000


def to_arrow(table: str, columns: Columns) -> pa.Table:
    """Rows of ``table`` for its columns, in the table's order.

    Raises ``ValueError`` where columns are missing, unknown or of unequal length.
    """
    kinds = TABLES.get(table)
    if kinds is None:
        raise ValueError(f"there is no table {table!r}")
    unlike = sorted(kinds.keys() ^ columns.keys())
    if unlike:
        raise ValueError(f"{table}: columns missing or unknown: {', '.join(unlike)}")
    return pa.table({name: _array(kind, columns[name]) for name, kind in kinds.items()})


def _array(kind: Kind, column: Column) -> _Array:
    if kind in _NUMBERS:
        return _numbers(column, _NUMBERS[kind])
    return _OTHERS[kind](column)


def _numbers(column: Column, of: pa.DataType) -> _Array:
    if isinstance(column, Nullable):
        plain = _plain(of)
        values = np.ascontiguousarray(column.values).astype(plain.to_pandas_dtype(), copy=False)
        return pa.array(values, plain, mask=column.null).view(of)
    if isinstance(column, np.ndarray):
        plain = _plain(of)
        values = np.ascontiguousarray(column).astype(plain.to_pandas_dtype(), copy=False)
        return pa.array(values, plain).view(of)
    if isinstance(column, Coded):
        raise TypeError("numbers do not travel coded")
    return pa.array(column, _plain(of)).view(of)


def _plain(of: pa.DataType) -> pa.DataType:
    return pa.int64() if of == _INSTANT else of


def _seconds(column: Column) -> _Array:
    return pa.array(np.asarray(column, np.int64) // _SECOND_MS, pa.uint32(), safe=True)


def _words(column: Column) -> _Array:
    if isinstance(column, Coded):
        codes, words = _distinct(*_compact(column))
        return pa.DictionaryArray.from_arrays(pa.array(codes, pa.int32()), pa.array(words, _TEXT))
    return pa.array(_listed(column), _TEXT).dictionary_encode()


def _distinct(codes: NDArray[np.int32], words: list[Any]) -> tuple[NDArray[np.int32], list[Any]]:
    """One number a word: the core numbers a desk by its office, the engine refuses repeats."""
    distinct = list(dict.fromkeys(words))
    if len(distinct) == len(words):
        return codes, words
    number = {word: n for n, word in enumerate(distinct)}
    return np.array([number[word] for word in words], np.int32)[codes], distinct


_TEXT = pa.string()


def _texts(of: pa.DataType) -> Callable[[Column], _Array]:
    def texts(column: Column) -> _Array:
        if isinstance(column, Coded):
            codes, words = _compact(column)
            return pa.array(words, of).take(pa.array(codes, pa.int32()))
        return pa.array(_listed(column), of)

    return texts


def _compact(column: Coded) -> tuple[NDArray[np.int32], list[Any]]:
    """Only the words that occur: a batch of an hour must not carry the words of a year."""
    used = np.flatnonzero(np.bincount(column.codes, minlength=len(column.words)))
    numbers = np.zeros(len(column.words), np.int32)
    numbers[used] = np.arange(len(used))
    return numbers[column.codes], [column.words[code] for code in used.tolist()]


def _spread(build: Callable[[Sequence[Any]], _Array]) -> Callable[[Column], _Array]:
    """Lists or mappings: built once a word where they are coded, then taken by number."""

    def spread(column: Column) -> _Array:
        if isinstance(column, Coded):
            codes, words = _compact(column)
            return build(words).take(pa.array(codes, pa.int32()))
        return build(_listed(column))

    return spread


def _listed(column: Column) -> list[Any]:
    if isinstance(column, list):
        return column
    if isinstance(column, np.ndarray):
        listed: list[Any] = column.tolist()
        return listed
    raise TypeError(f"{type(column).__name__} where texts or lists belong")


def _offsets(rows: Sequence[Any]) -> _Array:
    ends = np.zeros(len(rows) + 1, np.int32)
    np.cumsum(np.fromiter(map(len, rows), np.int32, len(rows)), out=ends[1:])
    return pa.array(ends)


def _word_lists(rows: Sequence[Sequence[str]]) -> _Array:
    words = list(chain.from_iterable(rows))
    return pa.ListArray.from_arrays(_offsets(rows), pa.array(words, _TEXT))


def _instant_lists(rows: Sequence[Sequence[int]]) -> _Array:
    instants = pa.array(list(chain.from_iterable(rows)), pa.int64()).view(_INSTANT)
    return pa.ListArray.from_arrays(_offsets(rows), instants)


def _pairs(rows: Sequence[Mapping[str, str]]) -> _Array:
    names = list(chain.from_iterable(rows))
    values = list(chain.from_iterable(row.values() for row in rows))
    return pa.MapArray.from_arrays(_offsets(rows), pa.array(names, _TEXT), pa.array(values, _TEXT))


_PLACE = ("completed_at", "desk_id", "service_id", "channel", "segments")


def _places(
    rows: Sequence[Sequence[tuple[int, str, str, str, Mapping[str, str]]]],
) -> _Array:
    places = list(chain.from_iterable(rows))
    parts: list[_Array] = [
        pa.array([place[0] for place in places], pa.int64()).view(_INSTANT),
        *(pa.array([place[part] for place in places], _TEXT) for part in (1, 2, 3)),
        _pairs([place[4] for place in places]),
    ]
    structs: _Array = pa.StructArray.from_arrays(parts, list(_PLACE))
    return pa.ListArray.from_arrays(_offsets(rows), structs)


_OTHERS: Mapping[Kind, Callable[[Column], _Array]] = {
    Kind.WORD: _words,
    Kind.TEXT: _texts(_TEXT),
    Kind.BYTES: _texts(pa.binary()),
    Kind.SECOND: _seconds,
    Kind.PAIRS: _spread(_pairs),
    Kind.WORDS: _spread(_word_lists),
    Kind.INSTANTS: _spread(_instant_lists),
    Kind.PLACES: _spread(_places),
}


def to_bytes(table: pa.Table) -> bytes:
    """``table`` as an Arrow stream."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    return sink.getvalue().to_pybytes()


def from_bytes(stream: bytes) -> pa.Table:
    """The table of an Arrow stream."""
    if not stream:
        return pa.table({})
    return pa.ipc.open_stream(stream).read_all()


def to_lists(table: pa.Table) -> dict[str, list[Any]]:
    """Columns as plain lists: maps as dicts, structs as tuples.

    Equal dicts and empty lists are one object each, which saves most of the time and memory.
    """
    return {name: _list(table.column(name)) for name in table.column_names}


def _list(column: _Array) -> list[Any]:
    if column.num_chunks == 1:
        return _values(column.chunk(0))
    return list(chain.from_iterable(map(_values, column.chunks)))


def _values(array: _Array) -> list[Any]:
    if pa.types.is_dictionary(array.type):
        words = _values(array.dictionary)
        return [words[code] for code in array.indices.to_numpy(zero_copy_only=False).tolist()]
    if pa.types.is_map(array.type):
        return _dicts(array)
    if pa.types.is_list(array.type):
        return _lists(array)
    if pa.types.is_struct(array.type):
        return list(zip(*map(_values, array.flatten()), strict=True))
    plain = array.null_count == 0 and pa.types.is_integer(array.type)
    values: list[Any] = array.to_numpy().tolist() if plain else array.to_pylist()
    return values


def _lists(array: _Array) -> list[Any]:
    inner = _values(array.values)
    empty: list[Any] = []
    lists = [empty] * len(array)
    for row, since, until in _filled(array):
        lists[row] = inner[since:until]
    return lists


def _dicts(array: _Array) -> list[Any]:
    names, values = _values(array.keys), _values(array.items)
    empty: dict[str, str] = {}
    dicts = [empty] * len(array)
    known: dict[tuple[str, ...], dict[str, str]] = {}
    for row, since, until in _filled(array):
        content = (*names[since:until], *values[since:until])
        found = known.get(content)
        if found is None:
            found = dict(zip(names[since:until], values[since:until], strict=True))
            known[content] = found
        dicts[row] = found
    return dicts


def _filled(array: _Array) -> Iterator[tuple[int, int, int]]:
    """Row, start and end of the lists or maps that are not empty."""
    offsets = array.offsets.to_numpy()
    rows = np.flatnonzero(offsets[1:] > offsets[:-1])
    return zip(rows.tolist(), offsets[rows].tolist(), offsets[rows + 1].tolist(), strict=True)
