"""What exactly is wrong with something that is no event: one field and one sentence.

Stands between the published contract and those who refuse in its name. Sentences never repeat an
id: they are shown and stored where ids must not appear.
"""

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from models.errors import Refused
from models.limits import DESKS_AT_MOST, REASONS_AT_MOST, SEGMENTS_AT_MOST

Event = TypeVar("Event", bound=BaseModel)

_SENTENCES = {
    "missing": "is missing",
    "string_type": "must be a text",
    "int_type": "must be a whole number",
    "bool_type": "must be true or false",
    "dict_type": "must be an object that holds texts",
    "list_type": "must be a list of texts",
    "literal_error": "must be {expected}",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
}
_TOO_MANY = {
    "segments": f"must hold at most {SEGMENTS_AT_MOST} pairs",
    "reasons": f"must hold at most {REASONS_AT_MOST} codes",
    "desks": f"must hold at most {DESKS_AT_MOST} ids",
}


def judged(model: type[Event], values: Mapping[str, Any]) -> Event:
    """``values`` as an event of ``model``; raises ``Refused`` about the first wrong field."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
    # Deeper places hold what the sender wrote: only names of the contract may become the field.
    field = str(first["loc"][0]) if first["loc"] else first["type"]
    raise Refused("contract", field, f"{_part(first['loc'])}{_sentence(first, field)}")


def _part(place: tuple[int | str, ...]) -> str:
    match place:
        case ("segments", _, "[key]"):
            return "the name of a segment "
        case ("segments", _):
            return "the value of a segment "
        case ("reasons", int(index)):
            return f"code {index + 1} "
    return ""


def _sentence(error: ErrorDetails, field: str) -> str:
    kind = error["type"]
    if kind == "too_long":
        return _TOO_MANY[field]
    if kind != "missing" and error["input"] is None:
        return "must not be null"
    known = _SENTENCES.get(kind)
    return known.format(**error.get("ctx", {})) if known else error["msg"]
