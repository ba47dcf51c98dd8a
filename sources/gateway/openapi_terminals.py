"""The routes about terminals, as OpenAPI 3.1; what a heartbeat holds stands in ``models``."""

from typing import Any

from models.heartbeats import Heartbeat
from sources.gateway.openapi_answers import JSON, Document, problem, refusals, says


def terminal_paths() -> Document:
    """Paths with what they take and answer."""
    return {
        "/v1/terminals/{terminal_id}/heartbeat": {"post": _heartbeat()},
        "/v1/maintenance": {"post": _maintenance()},
    }


def _heartbeat() -> Document:
    taken = _object(
        next_seconds=("integer", "How soon the next one is awaited."),
        clock_offset_ms=("integer", "The terminal's clock less the server's, as the server sees."),
        maintenance=("boolean", "Whether what is pressed now is a test."),
    )
    return {
        "summary": "A terminal says that it lives",
        "description": (
            "Every minute, with the terminal's own key. Never queue one: the newest counts, and one"
            " that is lost does no harm. The server's time is in `Date`."
        ),
        "security": [{"key": []}, {"token": []}],
        "parameters": [
            {
                "name": "terminal_id",
                "in": "path",
                "required": True,
                "description": "The id that its votes carry, which is that of its key.",
                "schema": {"type": "string"},
            }
        ],
        "requestBody": {
            "required": True,
            "content": {JSON: {"schema": Heartbeat.model_json_schema()}},
        },
        "responses": {
            "200": says("It was heard.", JSON, taken),
            "400": problem("It is no JSON object, or too large."),
            "422": problem("A field is wrong; the problem names it."),
            **refusals(),
        },
    }


def _maintenance() -> Document:
    order = _object(
        tenant_id=("string", "The municipality."),
        office_id=("string", "The office."),
        terminal_id=("string", "The device."),
        on=("boolean", "True: from now on what is pressed is a test; false: no longer."),
    )
    return {
        "summary": "Begin or end the maintenance of a terminal",
        "security": [{"token": []}],
        "requestBody": {"required": True, "content": {JSON: {"schema": order}}},
        "responses": {
            "200": says("Since when, and until when.", JSON, {"type": "object"}),
            "400": problem("It is so already, or the order is wrong."),
            **refusals(),
        },
    }


def _object(**fields: tuple[str, str]) -> Document:
    properties: dict[str, Any] = {
        name: {"type": kind, "description": meaning} for name, (kind, meaning) in fields.items()
    }
    return {"type": "object", "required": list(fields), "properties": properties}
