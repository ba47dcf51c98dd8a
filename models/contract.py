"""The published contract of events: what a completion and a vote are, field by field.

Precise and slow. It teaches (``json_schema``) and it judges: whatever the fast codec turns down is
put before these models, and their word is the last. Knows nothing of logs, keys and clocks.
"""

from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.config import JsonDict
from pydantic.json_schema import models_json_schema
from pydantic_core import PydanticCustomError

from models.fields import Dimension, Id, Instant, OfficeId, Reasons, Scale, Segments
from models.limits import SCALES, Channel, Outcome

__all__ = ["Completion", "Dimension", "Id", "OfficeId", "Vote", "json_schema"]

_EVENT_ID = Field(
    title="Event",
    description=(
        "Identifies this event: a UUID or a counter of the sender. Sending an event again under"
        " the same id is harmless, since it counts once."
    ),
    examples=["3f0c2a5e-7d1b-4c52-9a0e-0d6f6a1be001"],
)
_TENANT_ID = Field(
    title="Municipality",
    description="The municipality. Must not contain '/': the record key is tenant_id/office_id.",
    examples=["targovishte"],
)
_OFFICE_ID = Field(
    title="Office",
    description=(
        "The service centre, branch or mobile office. Must not contain '/': the record key is"
        " tenant_id/office_id."
    ),
    examples=["center", "кметство-Вардун"],
)


class _Event(BaseModel):
    # Strict: a score of "5", true or 5.0 is a sender's mistake, and guessing would hide it.
    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")


class Completion(_Event):
    """A service ended at a desk. A completion with a later completed_at corrects an earlier one."""

    type: Literal["completion"] = Field(
        title="Kind of event", description="Always `completion`, which tells it from a vote."
    )
    event_id: Id = _EVENT_ID
    tenant_id: OfficeId = _TENANT_ID
    office_id: OfficeId = _OFFICE_ID
    desk_id: Id = Field(
        title="Desk",
        description=(
            "The contact point that served: window, information desk, phone line, web form or"
            " mobile post. It counts, whatever desk a vote names."
        ),
        examples=["G-07", "гише-7"],
    )
    service_id: Id = Field(
        title="Service",
        description="What the citizen came for, as the catalogue of services codes it.",
        examples=["2073", "удостоверение-настоящ-адрес"],
    )
    interaction_id: Id = Field(
        title="Interaction",
        description=(
            "The ticket or case, unique in the office for good. It must not be a personal number;"
            " only a keyed hash of it is stored."
        ),
        examples=["2026-11-23-A042"],
    )
    channel: Channel = Field(
        default="counter",
        title="Channel",
        description="How the citizen was served.",
        examples=["counter", "phone"],
    )
    outcome: Outcome = Field(
        default="completed",
        title="Outcome",
        description=(
            "How the service ended: delivered, refused by the administration, abandoned by the"
            " citizen, or handed to another desk."
        ),
        examples=["completed", "refused"],
    )
    segments: Segments | None = Field(
        default=None,
        title="Segments",
        description=(
            "Declared citizen profile: dimension and value, at most 8 pairs. Names are ids without"
            " '=', values are ids. Never names, contact data or free text. Empty means absent."
        ),
        examples=[{"age_band": "60+", "visit": "first"}],
    )
    arrived_at: Instant | None = Field(
        default=None,
        title="Arrived",
        description="When the citizen took the ticket or began to wait.",
        examples=["2026-11-23T15:11:40+02:00"],
    )
    started_at: Instant | None = Field(
        default=None,
        title="Started",
        description="When the desk called the citizen. Wait is started_at - arrived_at.",
        examples=["2026-11-23T15:20:05+02:00"],
    )
    completed_at: Instant = Field(
        title="Completed",
        description=(
            "When the service ended: the time by which the interaction is counted. With an offset,"
            " cut to the millisecond, at most 5 minutes ahead of the server's clock."
        ),
        examples=["2026-11-23T15:28:00+02:00"],
    )
    due_at: Instant | None = Field(
        default=None,
        title="Due",
        description="The legal deadline. The interaction is overdue if completed_at is later.",
        examples=["2026-11-30T17:30:00+02:00"],
    )


_FACES_OF_SCALE: JsonDict = {
    "allOf": [
        {
            "if": {"properties": {"scale": {"const": scale}}, "required": ["scale"]},
            "then": {"properties": {"score": {"maximum": scale}}},
        }
        for scale in SCALES[:-1]
    ]
}


class Vote(_Event):
    """A citizen pressed a face. The last vote within a minute of the first one counts."""

    model_config = ConfigDict(json_schema_extra=_FACES_OF_SCALE)

    type: Literal["vote"] = Field(
        title="Kind of event", description="Always `vote`, which tells it from a completion."
    )
    event_id: Id = _EVENT_ID
    tenant_id: OfficeId = _TENANT_ID
    office_id: OfficeId = _OFFICE_ID
    desk_id: Id = Field(
        title="Desk",
        description=(
            "The desk at which the terminal stands. A vote without interaction_id rates the last"
            " service that this desk completed."
        ),
        examples=["G-07", "гише-7"],
    )
    terminal_id: Id = Field(
        title="Terminal",
        description="The device that took the vote.",
        examples=["tablet-07"],
    )
    interaction_id: Id | None = Field(
        default=None,
        title="Interaction",
        description=(
            "The interaction that is rated, as its completion names it. A terminal that does not"
            " know it leaves it out."
        ),
        examples=["2026-11-23-A042"],
    )
    score: int = Field(
        ge=1,
        le=5,
        title="Score",
        description="The face: 1 is the worst, `scale` the best.",
        examples=[5],
    )
    scale: Scale = Field(
        default=5,
        title="Scale",
        description="How many faces the terminal shows.",
        examples=[5, 3],
    )
    reasons: Reasons | None = Field(
        default=None,
        title="Reasons",
        description="Codes of reasons that the citizen chose, at most 5. Empty means absent.",
        examples=[["long_wait", "unclear_forms"]],
    )
    test: bool = Field(
        default=False,
        title="Test",
        description=(
            "True: pressed to try the terminal, by no citizen. It is kept and counts nowhere."
            " SEMKO itself sets it on votes pressed while their terminal is in maintenance."
        ),
        examples=[True],
    )
    voted_at: Instant = Field(
        title="Voted",
        description=(
            "When the face was pressed, with an offset, cut to the millisecond, at most 5 minutes"
            " ahead of the server's clock. A terminal with a wrong clock mends it once, by the"
            " server's Date, before it first sends."
        ),
        examples=["2026-11-23T15:28:21+02:00"],
    )

    @model_validator(mode="after")
    def _score_within_scale(self) -> Self:
        if self.score > self.scale:
            raise PydanticCustomError(
                "score",
                "must be a whole number from 1 to {scale}, the scale, not {score}",
                {"scale": self.scale, "score": self.score},
            )
        return self


def json_schema() -> dict[str, Any]:
    """Both events as one JSON Schema (2020-12) document. It says what a form can say: that ids must
    be printable and times must exist is for the descriptions and the server."""
    _, document = models_json_schema(
        [(Completion, "validation"), (Vote, "validation")],
        title="SEMKO events",
        description="What offices send: completed services and the votes that rate them.",
    )
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": document["title"],
        "description": document["description"],
        "oneOf": [{"$ref": "#/$defs/Completion"}, {"$ref": "#/$defs/Vote"}],
        "$defs": document["$defs"],
    }
