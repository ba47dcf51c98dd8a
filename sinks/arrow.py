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
_TEXT, _BYTES, _CODE = pa.string(), pa.binary(), pa.int32()
_DAY = pa.date32()
_NUMBERS: Mapping[Kind, pa.DataType] = {
    Kind.KEY: pa.uint64(),
    Kind.NUMBER: pa.int64(),
    Kind.FLAG: pa.uint8(),
    Kind.SMALL_OR_NULL: pa.uint8(),
    Kind.SECONDS_OR_NULL: pa.uint32(),
    Kind.INSTANT: _INSTANT,
    Kind.INSTANT_OR_NULL: _INSTANT,
    Kind.REAL: pa.float64(),
    Kind.DAY: _DAY,
}
_PLAIN: Mapping[pa.DataType, type[np.integer[Any]] | type[np.float64]] = {
    pa.uint64(): np.uint64,
    pa.int64(): np.int64,
    pa.uint32(): np.uint32,
    pa.int32(): np.int32,
    pa.uint8(): np.uint8,
    _INSTANT: np.int64,
    pa.float64(): np.float64,
    _DAY: np.int32,
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
    if isinstance(column, Coded):
        raise TypeError("numbers do not travel coded")
    if isinstance(column, Nullable):
        return _built(column.values, of, column.null)
    if isinstance(column, np.ndarray):
        return _built(column, of)
    null = np.fromiter((value is None for value in column), np.bool_, len(column))
    known = [0 if value is None else value for value in column]
    return _built(np.array(known, _PLAIN[of]), of, null if null.any() else None)


def _built(values: NDArray[Any], of: pa.DataType, null: NDArray[np.bool_] | None = None) -> _Array:
    """Numbers as an Arrow array, by its buffers: ``pyarrow.array`` would load pandas, which costs
    half a second and 60 MB of a process that needs it for nothing else."""
    data = np.ascontiguousarray(values).astype(_PLAIN[of], copy=False)
    known = None if null is None else _buffer(np.packbits(~null, bitorder="little"))
    return pa.Array.from_buffers(of, len(data), [known, _buffer(data)])


def _buffer(values: NDArray[Any]) -> pa.Buffer:
    return pa.py_buffer(values.data)


def _text_array(texts: Sequence[Any], of: pa.DataType) -> _Array:
    """Texts or bytes as an Arrow array, by its buffers too."""
    pieces: Sequence[bytes] = texts if of == _BYTES else [text.encode() for text in texts]
    ends, data = _buffer(_ends(pieces)), pa.py_buffer(b"".join(pieces))
    return pa.Array.from_buffers(of, len(pieces), [None, ends, data])


def numbered(rows: NDArray[Any]) -> _Array:
    """Row numbers, for ``pyarrow.Table.take``."""
    return _built(rows, pa.int64())


def _seconds(column: Column) -> _Array:
    return _built(np.asarray(column, np.int64) // _SECOND_MS, pa.uint32())


def _words(column: Column) -> _Array:
    if isinstance(column, Coded):
        codes, words = _distinct(*_compact(column))
        return pa.DictionaryArray.from_arrays(_built(codes, _CODE), _text_array(words, _TEXT))
    return _text_array(_listed(column), _TEXT).dictionary_encode()


def _distinct(codes: NDArray[np.int32], words: list[Any]) -> tuple[NDArray[np.int32], list[Any]]:
    """One number a word: the core numbers a desk by its office, the engine refuses repeats."""
    distinct = list(dict.fromkeys(words))
    if len(distinct) == len(words):
        return codes, words
    number = {word: n for n, word in enumerate(distinct)}
    return np.array([number[word] for word in words], np.int32)[codes], distinct


def _texts(of: pa.DataType) -> Callable[[Column], _Array]:
    def texts(column: Column) -> _Array:
        if isinstance(column, Coded):
            codes, words = _compact(column)
            return _text_array(words, of).take(_built(codes, _CODE))
        return _text_array(_listed(column), of)

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
            return build(words).take(_built(codes, _CODE))
        return build(_listed(column))

    return spread


def _listed(column: Column) -> list[Any]:
    if isinstance(column, list):
        return column
    if isinstance(column, np.ndarray):
        listed: list[Any] = column.tolist()
        return listed
    raise TypeError(f"{type(column).__name__} where texts or lists belong")


def _ends(rows: Sequence[Any]) -> NDArray[np.int32]:
    ends = np.zeros(len(rows) + 1, np.int32)
    np.cumsum(np.fromiter(map(len, rows), np.int32, len(rows)), out=ends[1:])
    return ends


def _lists_of(rows: Sequence[Any], values: _Array) -> _Array:
    return pa.ListArray.from_arrays(_built(_ends(rows), _CODE), values)


def _word_lists(rows: Sequence[Sequence[str]]) -> _Array:
    return _lists_of(rows, _text_array(list(chain.from_iterable(rows)), _TEXT))


def _instant_lists(rows: Sequence[Sequence[int]]) -> _Array:
    return _lists_of(rows, _numbers(list(chain.from_iterable(rows)), _INSTANT))


def _pairs(rows: Sequence[Mapping[str, str]]) -> _Array:
    names = _text_array(list(chain.from_iterable(rows)), _TEXT)
    values = _text_array(list(chain.from_iterable(row.values() for row in rows)), _TEXT)
    return pa.MapArray.from_arrays(_built(_ends(rows), _CODE), names, values)


_PLACE = ("completed_at", "desk_id", "service_id", "channel", "segments")


def _places(rows: Sequence[Sequence[tuple[int, str, str, str, Mapping[str, str]]]]) -> _Array:
    places = list(chain.from_iterable(rows))
    parts = [
        _numbers([place[0] for place in places], _INSTANT),
        *(_text_array([place[part] for place in places], _TEXT) for part in (1, 2, 3)),
        _pairs([place[4] for place in places]),
    ]
    return _lists_of(rows, pa.StructArray.from_arrays(parts, list(_PLACE)))


_OTHERS: Mapping[Kind, Callable[[Column], _Array]] = {
    Kind.WORD: _words,
    Kind.TEXT: _texts(_TEXT),
    Kind.BYTES: _texts(_BYTES),
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
    """Columns as plain lists: maps as dicts, structs as tuples, instants as numbers, days as dates.

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
        return [words[code] for code in _integers(array.indices).tolist()]
    if pa.types.is_map(array.type):
        return _dicts(array)
    if pa.types.is_list(array.type):
        return _lists(array)
    if pa.types.is_struct(array.type):
        return list(zip(*map(_values, array.flatten()), strict=True))
    if pa.types.is_timestamp(array.type):
        array = array.view(pa.int64())
    plain = array.null_count == 0 and pa.types.is_integer(array.type)
    values: list[Any] = _integers(array).tolist() if plain else array.to_pylist()
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
    offsets = _integers(array.offsets)
    rows = np.flatnonzero(offsets[1:] > offsets[:-1])
    return zip(rows.tolist(), offsets[rows].tolist(), offsets[rows + 1].tolist(), strict=True)


def _integers(array: _Array) -> NDArray[Any]:
    """Whole numbers without null as they lie; ``Array.to_numpy`` would load pandas too."""
    data = array.buffers()[1]
    if data is None:
        return np.zeros(0, np.int64)
    return np.frombuffer(data, str(array.type))[array.offset : array.offset + len(array)]
