"""Actions: what people did about alerts, as events of a topic of their own.

A fact without an owner: its row is a function of its content alone, so that in whatever order and
however often actions come, the same set gives the same rows. Knows no alert, no log and no clock.
"""

import hashlib
import json
import unicodedata
from typing import Annotated, Any, Literal, Self

import msgspec
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from models.codec import parse
from models.diagnosis import judged
from models.errors import Refused
from models.fields import Id, Instant, OfficeId
from models.instants import format_instant

TOPIC = "alert_actions"
ACTIONS = ("acknowledge", "cause", "action", "resolve")
ALERT_ID_LENGTH_AT_MOST = 96
"""A desk, the day and a number: longer than an id of a desk may be."""
WHO_LENGTH_AT_MOST = 80
NOTE_LENGTH_AT_MOST = 500
_NO_TEXT = {"Cc", "Cs"}
_TIE_BITS = 22
"""Below the milliseconds of an instant of the contract, which take 42 bits."""


def _text_of_at_most(length: int) -> AfterValidator:
    def check(text: str) -> str:
        if len(text) > length:
            raise PydanticCustomError(
                "text_length",
                "must have at most {limit} characters, not {count}",
                {"limit": length, "count": len(text)},
            )
        if any(unicodedata.category(each) in _NO_TEXT and each != "\n" for each in text):
            raise PydanticCustomError("text_form", "must not hold control characters")
        return text

    return AfterValidator(check)


def _alert_id(text: str) -> str:
    if 0 < len(text) <= ALERT_ID_LENGTH_AT_MOST and text.isprintable() and " " not in text:
        return text
    raise PydanticCustomError("alert_id", "must be the id of an alert, as the list names it")


_AlertId = Annotated[
    str,
    AfterValidator(_alert_id),
    WithJsonSchema(
        {
            "type": "string",
            "minLength": 1,
            "maxLength": ALERT_ID_LENGTH_AT_MOST,
            "pattern": r"^\S+$",
        }
    ),
]
_Who = Annotated[
    str,
    _text_of_at_most(WHO_LENGTH_AT_MOST),
    WithJsonSchema({"type": "string", "maxLength": WHO_LENGTH_AT_MOST}),
]
_Note = Annotated[
    str,
    _text_of_at_most(NOTE_LENGTH_AT_MOST),
    WithJsonSchema({"type": "string", "maxLength": NOTE_LENGTH_AT_MOST}),
]


class AlertAction(BaseModel):
    """Somebody acknowledged an alert, noted its cause or what is done about it, or closed it."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")

    type: Literal["alert_action"] = Field(
        title="Kind of event", description="Always `alert_action`."
    )
    event_id: Id = Field(
        title="Event",
        description="Identifies this event: the same again is harmless, since it counts once.",
    )
    tenant_id: OfficeId = Field(title="Municipality", description="The municipality.")
    office_id: OfficeId = Field(title="Office", description="The office of the alert.")
    alert_id: _AlertId = Field(
        title="Alert", description="The alert, as the list names it.", examples=["d04-20260302-1"]
    )
    action: Literal["acknowledge", "cause", "action", "resolve"] = Field(
        title="Action",
        description=(
            "`acknowledge`: it was seen. `cause`: why the score dropped. `action`: what is done"
            " about it. `resolve`: it is over; the first of these closes the alert."
        ),
    )
    acted_at: Instant = Field(
        title="Acted",
        description="When, with an offset; at most 5 minutes ahead of the record's timestamp.",
        examples=["2026-03-02T11:40:00+02:00"],
    )
    who: _Who = Field(
        default="",
        title="Who",
        description="Role or initials of who did it, at most 80 characters.",
        examples=["shift manager"],
    )
    note: _Note = Field(
        default="",
        title="Note",
        description=(
            "What was found or done, at most 500 characters; must be there unless it is an"
            " acknowledgement. Never name a citizen."
        ),
        examples=["the printer of desk 4 was out of order"],
    )

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.action != "acknowledge" and not self.note.strip():
            raise PydanticCustomError(
                "note", "must say something: {why}", {"why": _WHY[self.action]}
            )
        return self


_WHY = {
    "cause": "why the score dropped",
    "action": "what is done about it",
    "resolve": "why the alert is over",
}


class ActionEvent(msgspec.Struct, frozen=True, gc=False):
    """An action that is valid; ``acted_at`` in ms since 1970, ``who`` and ``note`` may be empty."""

    event_id: str
    tenant_id: str
    office_id: str
    alert_id: str
    action: str
    acted_at: int
    who: str
    note: str

    def revision(self) -> int:
        """Which of several events under one id counts: the later one, then a fixed choice."""
        content = json.dumps(msgspec.structs.asdict(self), sort_keys=True).encode()
        tie = int.from_bytes(hashlib.blake2b(content, digest_size=8).digest(), "big")
        return self.acted_at << _TIE_BITS | tie >> 64 - _TIE_BITS


class _Wire(msgspec.Struct, gc=False):
    type: Any = msgspec.UNSET
    event_id: Any = msgspec.UNSET
    tenant_id: Any = msgspec.UNSET
    office_id: Any = msgspec.UNSET
    alert_id: Any = msgspec.UNSET
    action: Any = msgspec.UNSET
    acted_at: Any = msgspec.UNSET
    who: Any = ""
    note: Any = ""


_WIRE = msgspec.json.Decoder(_Wire)


def decode(raw: bytes) -> ActionEvent:
    """The action that ``raw`` holds; raises ``Refused`` where it holds none."""
    sent = msgspec.structs.asdict(parse(raw, _WIRE))
    return action_of({name: value for name, value in sent.items() if value is not msgspec.UNSET})


def action_of(fields: dict[str, Any]) -> ActionEvent:
    """The action that ``fields`` of JSON are; raises ``Refused`` where they are none."""
    event = judged(AlertAction, fields)
    return ActionEvent(
        event.event_id,
        event.tenant_id,
        event.office_id,
        event.alert_id,
        event.action,
        event.acted_at,
        event.who,
        event.note,
    )


def encode(event: ActionEvent) -> bytes:
    """``event`` as JSON of the contract."""
    fields = msgspec.structs.asdict(event)
    fields["acted_at"] = format_instant(event.acted_at)
    return msgspec.json.encode({"type": "alert_action", **fields})


def refuse_future(event: ActionEvent, latest: int) -> None:
    """Raise ``Refused`` where ``event`` is of a time after ``latest`` (ms)."""
    if event.acted_at > latest:
        seconds = (event.acted_at - latest) / 1000
        problem = f"{format_instant(event.acted_at)} lies {seconds:.0f} s too far ahead"
        raise Refused("future", "acted_at", problem)
