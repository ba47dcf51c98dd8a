"""Kinds of fields that the published contract is made of: ids, instants, segments.

Each judges a value, says in a sentence what would be right, and shows its form in the JSON Schema.
"""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, WithJsonSchema
from pydantic_core import PydanticCustomError

from models.instants import format_instant, parse_instant
from models.limits import ID_LENGTH_AT_MOST, REASONS_AT_MOST, SEGMENTS_AT_MOST, is_id


def _id(text: str) -> str:
    if is_id(text):
        return text
    raise PydanticCustomError(
        "id",
        "must be 1 to {limit} printable characters without blanks",
        {"limit": ID_LENGTH_AT_MOST},
    )


def _id_without(forbidden: str, why: str) -> AfterValidator:
    def check(text: str) -> str:
        if forbidden not in text:
            return text
        raise PydanticCustomError(
            "id", "must not contain '{forbidden}': {why}", {"forbidden": forbidden, "why": why}
        )

    return AfterValidator(check)


def _instant(value: object) -> int:
    if not isinstance(value, str):
        raise PydanticCustomError(
            "instant", "must be a text that holds a time such as 2026-11-23T15:28:00Z"
        )
    try:
        return parse_instant(value)
    except ValueError as error:
        raise PydanticCustomError("instant", "{problem}", {"problem": str(error)}) from None


def _whole(value: object) -> object:
    if type(value) is int:
        return value
    # A literal compares, so that without this 5.0 would do for 5.
    raise PydanticCustomError("int_type", "must be a whole number")


def _id_form(pattern: str) -> dict[str, Any]:
    return {"type": "string", "minLength": 1, "maxLength": ID_LENGTH_AT_MOST, "pattern": pattern}


Id = Annotated[str, AfterValidator(_id), WithJsonSchema(_id_form(r"^\S+$"))]
OfficeId = Annotated[
    str,
    AfterValidator(_id),
    _id_without("/", "the record key is tenant_id/office_id"),
    WithJsonSchema(_id_form(r"^[^\s/]+$")),
]
Dimension = Annotated[
    str, AfterValidator(_id), _id_without("=", "it parts a dimension from its value")
]
Instant = Annotated[
    int,
    BeforeValidator(_instant),
    PlainSerializer(format_instant, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
"""RFC 3339 outside, whole milliseconds since 1970 inside."""

Segments = Annotated[
    dict[Dimension, Id],
    Field(max_length=SEGMENTS_AT_MOST),
    WithJsonSchema(
        {
            "type": "object",
            "maxProperties": SEGMENTS_AT_MOST,
            "propertyNames": _id_form(r"^[^\s=]+$"),
            "additionalProperties": _id_form(r"^\S+$"),
        }
    ),
]
Scale = Annotated[Literal[3, 4, 5], BeforeValidator(_whole)]
Reasons = Annotated[list[Id], Field(max_length=REASONS_AT_MOST)]
