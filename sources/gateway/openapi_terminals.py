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


def kiosk_paths() -> Document:
    """Those that every gateway has."""
    return {
        "/v1/pair": {"post": _pair()},
        "/v1/terminals/{terminal_id}/current": {"get": _current()},
    }


def _pair() -> Document:
    given = _object(
        terminal_id=("string", "The device."),
        tenant_id=("string", "Its municipality."),
        office_id=("string", "Its office."),
        desks=("array", "Its desks."),
        key=("string", "The key, told this once."),
    )
    code = _object(code=("string", "As `semko terminals pair` printed it."))
    return {
        "summary": "Change a code for the key of a terminal",
        "security": [],
        "requestBody": {"required": True, "content": {JSON: {"schema": code}}},
        "responses": {
            "200": says("The code was good, and is no longer.", JSON, given),
            "400": problem("It is no JSON object."),
            "403": problem("The code is not known, or too old."),
            "409": problem("This gateway keeps no keys."),
            "429": problem("Too many wrong codes.", again=True),
            "503": problem("The key file cannot be written.", again=True),
        },
    }


def _current() -> Document:
    told = _object(
        event_id=("string", "Of the completion; empty where there is none."),
        interaction_id=("string", "What a vote now rates; null where there is none."),
        desk_id=("string", "The desk that completed it; null where there is none."),
    )
    own = _terminal_id()
    query = [
        ("after", "string", "The `event_id` that is known: the answer comes when it is another."),
        ("wait", "number", "For how many seconds to wait for that, at most 25."),
    ]
    return {
        "summary": "What the counter of a terminal completed last",
        "security": [{"key": []}],
        "parameters": [
            own,
            *(
                {"name": name, "in": "query", "description": text, "schema": {"type": kind}}
                for name, kind, text in query
            ),
        ],
        "responses": {
            "200": says("What is current.", JSON, told),
            "400": problem("`wait` is no number."),
            **refusals(),
        },
    }


def _terminal_id() -> Document:
    return {
        "name": "terminal_id",
        "in": "path",
        "required": True,
        "description": "The id that its votes carry, which is that of its key.",
        "schema": {"type": "string"},
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
        "parameters": [_terminal_id()],
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
