"""What passes between whoever asks in SQL and the store: a question, its answer, or a refusal.

As a client of ClickHouse words them. Knows neither HTTP nor an engine.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Question:
    """One statement with what belongs to it.

    ``form`` is a format of ClickHouse, ``parameters`` are values of ``{name:Type}`` as the format
    TabSeparated escapes them, ``settings`` those that the client asks for, ``revision`` that
    of the client's protocol, 0 for none: the format Native depends on it.
    """

    sql: str
    form: str = "TabSeparated"
    database: str = "semko"
    parameters: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)
    revision: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """The bytes of a result, in which format, and what was read for it (rows, bytes, seconds)."""

    body: bytes
    form: str
    rows_read: int = 0
    bytes_read: int = 0
    seconds: float = 0.0


def escaped(text: str) -> str:
    """``text`` as the format TabSeparated escapes it, and so as a parameter has it."""
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n")


NULL = "\\N"
"""What that format writes for no value."""


class Refusal(Exception):
    """A statement that is not answered: ClickHouse's code and name of such an error, and why."""

    def __init__(self, code: int, name: str, problem: str) -> None:
        super().__init__(f"Code: {code}. DB::Exception: {problem} ({name})")
        self.code = code
        self.name = name
