"""The mapping file: which column of a table becomes which field of an event.

Holds its shape and checks it, against itself and against the columns of a table. How a rule is
worked out on the rows is in ``sources.cells``.
"""

from datetime import UTC, datetime
from pathlib import Path
from string import Formatter
from typing import Annotated, NamedTuple, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from models.fields import Dimension
from models.registry_file import Zone
from models.toml_checks import parsed, problems_of, refusal, text_of

UNIX_FORMATS = {"unix": 1000, "unix_ms": 1}
"""Formats of times that are numbers: how many milliseconds one is."""


class Piece(NamedTuple):
    """A part of a template: ``literal``, then the cell of ``column``, if any, as ``spec`` says."""

    literal: str
    column: str | None
    spec: str


def pieces(template: str) -> list[Piece]:
    """``template`` taken apart. Raises ``ValueError`` where its braces do not match."""
    try:
        parts = list(Formatter().parse(template))
    except ValueError as error:
        raise ValueError(f'"{template}" is no template: {error}; write "{{column}}"') from None
    for _, column, spec, conversion in parts:
        if column == "" or conversion or (spec and not spec.startswith("%")):
            raise ValueError(
                f'"{template}" is no template; write "{{column}}", or "{{column:%Y-%m-%d}}"'
                " for a part of a time"
            )
    return [Piece(literal, column, spec or "") for literal, column, spec, _ in parts]


def _template(text: str) -> str:
    pieces(text)
    return text


def _time_format(text: str) -> str:
    if text in UNIX_FORMATS:
        return text
    moment = datetime(2001, 2, 3, 4, 5, 6, tzinfo=UTC)
    try:
        if "%" not in text:
            raise ValueError
        datetime.strptime(moment.strftime(text), text)  # noqa: DTZ007  only whether it can be read
    except ValueError:
        raise ValueError(
            f'"{text}" is no format of a time; write it such as "%d.%m.%Y %H:%M", or "unix",'
            ' or "unix_ms"'
        ) from None
    return text


def _encoding(text: str) -> str:
    try:
        "a".encode(text)
    except LookupError:
        raise ValueError(f'"{text}" is no encoding; use "utf-8", "cp1251" or "cp1250"') from None
    return text


Template = Annotated[str, AfterValidator(_template)]
TimeFormat = Annotated[str, AfterValidator(_time_format)]
Encoding = Annotated[str, AfterValidator(_encoding)]
Character = Annotated[str, Field(min_length=1, max_length=1)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Source(_Part):
    """How the table is written. ``columns`` names them where the file has no line of names;
    ``time_zone`` is that of times without an offset, ``time_format`` theirs unless a rule says."""

    separator: Character = ","
    encoding: Encoding = "utf-8"
    decimal: Character = "."
    time_zone: Zone | None = None
    time_format: TimeFormat | None = None
    columns: list[str] | None = None


class _Rule(_Part):
    column: str | None = None

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        origins = [name for name in ("column", "template", "constant") if hasattr(self, name)]
        if sum(getattr(self, name) is not None for name in origins) != 1:
            raise ValueError(f"must have exactly one of {', '.join(origins)}")
        return self


class TextRule(_Rule):
    """A text: ``map`` by the whole cell, ``default`` where the cell is empty or not in ``map``."""

    template: Template | None = None
    constant: str | None = None
    slug: bool = False
    map: dict[str, str] = {}
    default: str | None = None


class NumberRule(_Rule):
    """A whole number, with ``map`` and ``default`` as for texts."""

    constant: int | None = None
    map: dict[str, int] = {}
    default: int | None = None


class TimeRule(_Rule):
    """A time, and minutes (a number, or the column that holds them) after or before it."""

    template: Template | None = None
    constant: str | None = None
    format: TimeFormat | None = None
    time_zone: Zone | None = None
    plus_minutes: float | str | None = None
    minus_minutes: float | str | None = None


class ListRule(_Rule):
    """Codes in one cell, parted by ``split``."""

    constant: list[str] | None = None
    split: str = Field(default=",", min_length=1)


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


OneOrMore = Annotated[list[str], BeforeValidator(_as_list)]


class Condition(_Part):
    """Which rows are taken: where the cell is one of ``equals``, none of ``differs``, or ``empty``
    or not."""

    column: str
    equals: OneOrMore | None = None
    differs: OneOrMore | None = None
    empty: bool | None = None

    @model_validator(mode="after")
    def _one_test(self) -> Self:
        tests = (self.equals, self.differs, self.empty)
        if sum(each is not None for each in tests) != 1:
            raise ValueError("must have exactly one of equals, differs, empty")
        return self


def _as_constant(value: object) -> object:
    return {"constant": value} if isinstance(value, str | int | list) else value


Text = Annotated[TextRule, BeforeValidator(_as_constant)]
Number = Annotated[NumberRule, BeforeValidator(_as_constant)]
Time = Annotated[TimeRule, BeforeValidator(_as_constant)]
Codes = Annotated[ListRule, BeforeValidator(_as_constant)]
AnyRule = TextRule | NumberRule | TimeRule | ListRule


class CompletionRules(_Part):
    """Rules of a completion, by the fields of the contract; ``when``: all must hold."""

    when: list[Condition] = []
    event_id: Text
    tenant_id: Text
    office_id: Text
    desk_id: Text
    service_id: Text
    interaction_id: Text
    completed_at: Time
    channel: Text | None = None
    outcome: Text | None = None
    arrived_at: Time | None = None
    started_at: Time | None = None
    due_at: Time | None = None
    segments: dict[Dimension, Text] = {}


class VoteRules(_Part):
    """Rules of a vote, by the fields of the contract; ``when``: all must hold."""

    when: list[Condition] = []
    event_id: Text
    tenant_id: Text
    office_id: Text
    desk_id: Text
    terminal_id: Text
    score: Number
    voted_at: Time
    interaction_id: Text | None = None
    scale: Number | None = None
    reasons: Codes | None = None


class MappingFile(_Part):
    """The whole of a mapping file."""

    source: Source = Source()
    completion: CompletionRules | None = None
    vote: VoteRules | None = None

    @model_validator(mode="after")
    def _some_event(self) -> Self:
        if self.completion is None and self.vote is None:
            raise ValueError("names no event; add a section [completion] or [vote]")
        return self


class Mapping(NamedTuple):
    """A checked mapping; ``name`` is that of its file, for messages."""

    name: str
    source: Source
    completion: CompletionRules | None
    vote: VoteRules | None


def load(path: Path) -> Mapping:
    """The mapping at ``path``. Raises ``CallError`` that lists what to mend."""
    return parse(text_of(path), str(path))


def parse(text: str, name: str = "mapping") -> Mapping:
    """The mapping in ``text``; ``name`` stands for its file in messages."""
    document = parsed(text, name)
    try:
        file = MappingFile.model_validate(document)
    except ValidationError as error:
        raise refusal(name, problems_of(error, document, MappingFile)) from None
    return Mapping(name, file.source, file.completion, file.vote)
