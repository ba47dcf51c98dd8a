"""The ClickHouse engine in this process: sessions, inserts, results and what its errors mean.

One process a path and one path a process, and never a fork after opening (chdb's rules). Knows
nothing of what the tables mean.
"""

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from threading import Condition
from typing import Any

import chdb.session
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from models.columns import Columns
from models.errors import CallError, WorldError
from sinks.arrow import from_bytes, to_bytes, to_lists
from sinks.database import parameter, quoted
from sinks.pieces import pieces
from sinks.problems import code_of, refused_for_now, sentence

ROWS_AN_INSERT = 500_000
_MONTHS_SPLIT_AT_MOST = 4

_SETTINGS = {
    # Defaults of these changed between versions, or are for clusters.
    "async_insert": 0,
    "insert_deduplicate": 1,
    # Replacing within one insert costs half of its time; FINAL and merges do it anyway.
    "optimize_on_insert": 0,
    "max_partitions_per_insert_block": 0,
    "max_insert_block_size": ROWS_AN_INSERT,
    "min_insert_block_size_rows": ROWS_AN_INSERT,
    "mutations_sync": 1,
    # Every insert comes from a file of the same few names.
    "schema_inference_use_cache_for_file": 0,
    "max_query_size": 64 << 20,
    "max_ast_elements": 2_000_000,
    "max_expanded_ast_elements": 4_000_000,
    # A sort key holds the hour, so its rows never lie in two months.
    "do_not_merge_across_partitions_select_final": 1,
    # The engine's own default writes each expression out down to the table: of a view with many
    # steps, gigabytes.
    "explain_query_plan_default": "'legacy'",
    "output_format_arrow_low_cardinality_as_dictionary": 1,
    "output_format_arrow_use_signed_indexes_for_dictionary": 1,
}
_OPTIONS = ("max_memory_usage", "max_threads")


class ChdbDatabase:
    """A store's folder opened by the engine.

    Calls from any number of threads run side by side: each takes a session of its own for the
    time of the call, because calls on one session wait for each other.
    """

    def __init__(self, folder: Path, options: Mapping[str, str]) -> None:
        """Open ``folder``; ``options`` are ``max_memory_usage`` (bytes) and ``max_threads``.

        Raises ``CallError`` for other options, ``WorldError`` where the engine cannot open it.
        """
        strange = sorted(options.keys() - set(_OPTIONS))
        if strange:
            raise CallError(
                f"the store URL has an unknown option {strange[0]!r}: there are"
                f" {' and '.join(_OPTIONS)}."
            )
        for name, value in options.items():
            if not value.isdigit():
                raise CallError(f"the store URL's {name} must be a whole number, not {value!r}.")
        self._folder = folder
        self._settings = _SETTINGS | {name: int(value) for name, value in options.items()}
        self._free: dict[bool, list[chdb.session.Session]] = {False: [], True: []}
        self._in_use = 0
        self._change = Condition()
        self._closed = False
        with self._session():
            pass

    def close(self) -> None:
        """Wait for running calls, then close the engine; more than once does no harm."""
        with self._change:
            self._closed = True
            self._change.wait_for(lambda: self._in_use == 0)
            for session in (*self._free[False], *self._free[True]):
                session.close()
            self._free = {False: [], True: []}

    @contextmanager
    def apart(self, settings: Mapping[str, int | str]) -> Iterator[chdb.session.Session]:
        """A session with ``settings`` over those of the store, closed afterwards.

        Its errors are the engine's own, of type RuntimeError.
        """
        with self._change:
            if self._closed:
                raise RuntimeError("the store is closed")
            self._in_use += 1
        try:
            session = self._open(settings)
            try:
                yield session
            finally:
                session.close()
        finally:
            with self._change:
                self._in_use -= 1
                self._change.notify_all()

    @contextmanager
    def _session(self, *, readonly: bool = False) -> Iterator[chdb.session.Session]:
        with self._change:
            if self._closed:
                raise RuntimeError("the store is closed")
            self._in_use += 1
            session = self._free[readonly].pop() if self._free[readonly] else None
        try:
            session = session or self._open({"readonly": 1} if readonly else {})
            with _translated():
                yield session
        finally:
            with self._change:
                self._in_use -= 1
                if session is not None:
                    self._free[readonly].append(session)
                self._change.notify_all()

    def _open(self, settings: Mapping[str, int | str]) -> chdb.session.Session:
        try:
            session = chdb.session.Session(str(self._folder))
        except RuntimeError as error:
            raise WorldError(
                f"the store {self._folder} cannot be opened: {sentence(str(error))}"
            ) from error
        every = {**self._settings, **settings}
        session.query("SET " + ", ".join(f"{name} = {value}" for name, value in every.items()))
        return session

    def execute(self, sql: str) -> None:
        """See ``sinks.database.Database``."""
        with self._session() as session:
            session.query(sql)

    def columns(self, sql: str) -> dict[str, list[Any]]:
        """See ``sinks.database.Database``."""
        with self._session() as session:
            return to_lists(from_bytes(session.query(sql, "ArrowStream").bytes()))

    def numbers(self, sql: str) -> Iterator[NDArray[np.uint64]]:
        """See ``sinks.database.Database``."""
        with self._session() as session, session.send_query(sql, "RowBinary") as pieces:
            for piece in pieces:
                yield np.frombuffer(piece.bytes(), np.dtype("<u8"))

    def read(self, sql: str, form: str, params: Mapping[str, object]) -> bytes:
        """The result of ``sql`` in ClickHouse's format ``form``, in a session that cannot write."""
        texts = {name: parameter(value) for name, value in params.items()}
        try:
            with self._session(readonly=True) as session:
                result: bytes = session.query(sql, form, params=texts).bytes()
                return result
        except RuntimeError as error:
            raise CallError(f"the query was refused: {sentence(str(error))}") from error

    def insert(self, table: str, columns: Columns) -> None:
        """See ``sinks.database.Database``. Rows of a month go in together where months are few."""
        for piece in pieces(table, columns, _MONTHS_SPLIT_AT_MOST, ROWS_AN_INSERT):
            self._send(table, piece)

    def _send(self, table: str, rows: pa.Table) -> None:
        names = ", ".join(rows.column_names)
        with as_file(to_bytes(rows)) as path:
            self.execute(
                f"INSERT INTO semko.{table} ({names})"
                f" SELECT {names} FROM file({quoted(path)}, 'ArrowStream')"
            )


@contextmanager
def as_file(content: bytes) -> Iterator[str]:
    """A path under which the engine can read ``content``, in memory where the system can.

    chdb's own way in, ``send_insert``, must not be used: it reports success where a part could not
    be written, on a full disk for one (chdb 4.4; ``test_what_is_not_stored_is_not_acknowledged``).
    """
    if sys.platform == "linux":
        with os.fdopen(os.memfd_create("semko-rows"), "wb") as file:
            file.write(content)
            file.flush()
            yield f"/proc/self/fd/{file.fileno()}"
    else:
        with NamedTemporaryFile(suffix=".arrow") as file:
            file.write(content)
            file.flush()
            yield file.name


@contextmanager
def _translated() -> Iterator[None]:
    """Tell what may be done later from what is wrong with the statement."""
    try:
        yield
    except RuntimeError as error:
        message = str(error)
        later = refused_for_now(message, code_of(message))
        if later is None:
            raise
        raise later from error
