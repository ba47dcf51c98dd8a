"""The embedded store as analysts ask it: each statement read-only, within limits, and stoppable.

What a statement may touch is in ``sinks.analysts``. Knows no HTTP.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from secrets import token_hex

from models.errors import CallError
from models.questions import Answer, Question, Refusal
from sinks.analysts import Catalogue, check
from sinks.chdb_database import ChdbDatabase
from sinks.database import identifier, quoted
from sinks.native_flags import FROM_REVISION, with_flags
from sinks.problems import code_of, sentence
from sinks.reading import format_of, refuse_writing

SECONDS, ROWS = 60, 1_000_000
LIMITS = {
    "max_execution_time": SECONDS,
    "max_result_rows": ROWS,
    "max_result_bytes": 256 << 20,
    "max_memory_usage": 1 << 30,
    "max_threads": 1,
}
"""Seconds, rows and bytes of a result, bytes of memory, threads: each may be asked for lower."""

_READ_ONLY: dict[str, int | str] = {
    "readonly": 1,
    "timeout_overflow_mode": "'throw'",
    "result_overflow_mode": "'throw'",
}
_UNKNOWN = 1002
_PASSED_ON = re.compile(
    r"output_format_\w+|date_time_output_format|session_timezone|join_use_nulls|extremes"
    r"|format_\w+|low_cardinality_allow_in_native_format|cast_keep_nullable"
    r"|prefer_column_name_to_alias|cast_string_to_date_time_mode|use_client_time_zone"
)
_WITHOUT_EFFECT = re.compile(
    r"http_\w+|send_\w+|network_\w+|log_\w+|buffer_size|wait_end_of_query|readonly"
    r"|cancel_http_readonly_queries_on_client_close"
)
"""Settings of transport, which drivers send along: nothing comes of them. What would change a
result and is not passed on is refused."""


class Analysts:
    """Answers questions, from any number of threads; ``stop`` ends those that run."""

    def __init__(self, database: ChdbDatabase) -> None:
        self._database = database
        self._catalogue = _catalogue(database)
        self._run = token_hex(8)
        self.version, self.zone = _engine(database)

    def answer(self, question: Question, mark: str) -> Answer:
        """The result. ``mark``, letters and digits, is what ``stop`` takes.

        Raises ``Refusal`` with the engine's code and sentence where there is none.
        """
        sql = question.sql.strip().rstrip("; \n\t")
        _refuse_writing(sql)
        form = format_of(sql) or question.form
        settings = _settings(question.settings) | {"log_comment": quoted(self._comment(mark))}
        texts = dict(question.parameters)
        with _as_the_engine_says(), self._database.apart(settings) as session:
            session.query(f"USE {identifier(question.database)}")
            tree = session.query(f"EXPLAIN AST {sql}", "TSVRaw", params=texts).bytes().decode()
            check(tree, self._catalogue, question.database)
            result = session.query(sql, form, params=texts)
            body: bytes = result.bytes()
        with _as_the_engine_says():
            if form == "Native" and question.revision >= FROM_REVISION and body:
                body = with_flags(self._database, body, ROWS)
        return Answer(body, form, result.rows_read(), result.bytes_read(), result.elapsed())

    def stop(self, mark: str) -> None:
        """End the question that runs under ``mark``; nothing happens where none does."""
        self._kill(f"= {quoted(self._comment(mark))}")

    def stop_all(self) -> None:
        """End whatever runs."""
        self._kill(f"LIKE {quoted(self._comment('%'))}")

    def _comment(self, mark: str) -> str:
        return f"analyst {self._run} {mark}"

    def _kill(self, which: str) -> None:
        with self._database.apart({}) as session:
            session.query(f"KILL QUERY WHERE Settings['log_comment'] {which} ASYNC")


def _engine(database: ChdbDatabase) -> tuple[str, str]:
    """Version and time zone."""
    found = database.columns("SELECT version() AS version, timezone() AS zone")
    return found["version"][0], found["zone"][0]


def _catalogue(database: ChdbDatabase) -> Catalogue:
    there = "SELECT name, engine = 'View' AS view FROM system.tables WHERE database = 'semko'"
    found = database.columns(there)
    named = list(zip(found["name"], found["view"], strict=True))
    functions = database.columns("SELECT name FROM system.table_functions")["name"]
    return Catalogue(
        frozenset(name for name, view in named if view),
        frozenset(name for name, view in named if not view),
        frozenset(functions),
    )


def _refuse_writing(sql: str) -> None:
    try:
        refuse_writing(sql)
    except CallError as error:
        raise Refusal(164, "READONLY", str(error)) from None


def _settings(asked: Mapping[str, str]) -> dict[str, int | str]:
    """What a session is opened with: our limits, lower where that is asked for."""
    chosen: dict[str, int | str] = {**LIMITS, **_READ_ONLY}
    for name, text in asked.items():
        if name in LIMITS:
            chosen[name] = _lowered(name, text)
        elif _PASSED_ON.fullmatch(name):
            chosen[name] = int(text) if text.isdigit() else quoted(text)
        elif not _WITHOUT_EFFECT.fullmatch(name):
            problem = f"Cannot modify '{name}' setting in readonly mode."
            raise Refusal(164, "READONLY", problem)
    return chosen


def _lowered(name: str, text: str) -> int:
    most = LIMITS[name]
    try:
        wanted = int(float(text))
    except ValueError:
        raise Refusal(27, "CANNOT_PARSE_INPUT", f"{name} must be a number, not {text!r}.") from None
    if not 0 <= wanted <= most:
        problem = f"Setting {name} shouldn't be greater than {most}; it is asked for as {wanted}."
        raise Refusal(452, "SETTING_CONSTRAINT_VIOLATION", problem)
    return wanted or most  # 0 stands for no limit of one's own


@contextmanager
def _as_the_engine_says() -> Iterator[None]:
    try:
        yield
    except RuntimeError as error:
        message = str(error)
        found = re.search(r" \(([A-Z][A-Z_]+)\)", message)
        name = found[1] if found else "UNKNOWN_EXCEPTION"
        problem = sentence(message).split(f" ({name})", 1)[0]
        raise Refusal(code_of(message) or _UNKNOWN, name, problem) from error
