"""What the gateway offers, as OpenAPI 3.1: routes stand here, events in ``models.contract``.

Says nothing that a route does not do; a test holds the two together.
"""

from typing import Any

from models.contract import json_schema
from sources.gateway.openapi_alerts import alert_paths, alert_schemas
from sources.gateway.openapi_answers import JSON, Document, Security, problem, ref, refusals, says
from sources.gateway.openapi_links import desk_paths, link_paths
from sources.gateway.openapi_store import store_paths
from sources.gateway.openapi_terminals import kiosk_paths, terminal_paths

_COMPLETION_EXAMPLE = {
    "type": "completion",
    "event_id": "c-000184",
    "tenant_id": "targovishte",
    "office_id": "center",
    "desk_id": "G-07",
    "service_id": "2073",
    "interaction_id": "2026-11-23-A042",
    "completed_at": "2026-11-23T15:28:00+02:00",
}
_VOTE_EXAMPLE = {
    "type": "vote",
    "event_id": "v-000091",
    "tenant_id": "targovishte",
    "office_id": "center",
    "desk_id": "G-07",
    "terminal_id": "tablet-07",
    "interaction_id": "2026-11-23-A042",
    "score": 5,
    "voted_at": "2026-11-23T15:28:21+02:00",
}


def document(
    version: str,
    *,
    with_store: bool,
    with_alerts: bool,
    with_terminals: bool = False,
    with_hours: bool = False,
) -> Document:
    """The whole description; ``with_store`` where this process answers queries, ``with_alerts``
    where it reads the alert book, ``with_terminals`` where it keeps heartbeats, ``with_hours``
    where it tells desks by hours."""
    schema = _moved(json_schema())
    schemas = {**schema["$defs"], "Taken": _TAKEN, "Problem": _PROBLEM}
    paths: Document = {
        "/v1/events": {"post": _events()},
        **_screens(),
        **_health(),
        **kiosk_paths(),
        **link_paths(),
        **desk_paths(),
    }
    if with_alerts:
        paths |= alert_paths()
        schemas |= alert_schemas()
    if with_store:
        paths |= store_paths()
    if with_terminals:
        paths |= terminal_paths()
    if with_hours:
        paths |= _hours()
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "SEMKO",
            "version": version,
            "description": (
                "Completed services and the votes that rate them go in, satisfaction comes out."
                " Beyond this machine, events take a terminal's key, all else an operator's token."
            ),
        },
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer", "description": "A terminal's key."},
                "token": {"type": "http", "scheme": "bearer", "description": "Operator's token."},
                "browser": {
                    "type": "http",
                    "scheme": "basic",
                    "description": "An operator's token as the password, with any user name.",
                },
            },
        },
    }


def _moved(schema: Any) -> Any:
    """``schema`` with its references where OpenAPI keeps schemas."""
    if isinstance(schema, dict):
        return {name: _moved(value) for name, value in schema.items()}
    if isinstance(schema, list):
        return [_moved(value) for value in schema]
    if isinstance(schema, str) and schema.startswith("#/$defs/"):
        return schema.replace("#/$defs/", "#/components/schemas/", 1)
    return schema


_PROBLEM: Document = {
    "type": "object",
    "title": "Problem",
    "description": "Every error answer.",
    "required": ["error", "problem", "remedy"],
    "properties": {
        "error": {"type": "string", "description": "A fixed word for programs."},
        "problem": {"type": "string", "description": "What is wrong, for people."},
        "remedy": {"type": "string", "description": "What to do about it."},
    },
}
_TAKEN: Document = {
    "type": "object",
    "title": "Taken",
    "description": "What became of the events of a request.",
    "required": ["accepted", "rejected"],
    "properties": {
        "accepted": {"type": "integer", "description": "Events that the log has durably."},
        "rejected": {
            "type": "array",
            "description": "Events refused. They are not kept; mend and send them again.",
            "items": {
                "type": "object",
                "required": ["index", "field", "problem"],
                "properties": {
                    "index": {
                        "type": "integer",
                        "description": "Place in the request from 0; blank lines do not count.",
                    },
                    "field": {
                        "type": "string",
                        "description": "The field that is wrong; empty for the event as a whole.",
                    },
                    "problem": {"type": "string", "description": "What is wrong with it."},
                },
            },
        },
    },
}


def _events() -> Document:
    event = {"oneOf": [ref("Completion"), ref("Vote")]}
    lines = "One event a line."
    examples = {
        "completion": {"summary": "A completion", "value": _COMPLETION_EXAMPLE},
        "vote": {"summary": "A vote", "value": _VOTE_EXAMPLE},
        "both": {"summary": "Several", "value": [_COMPLETION_EXAMPLE, _VOTE_EXAMPLE]},
    }
    return {
        "summary": "Send events",
        "description": (
            "One event, a JSON array or NDJSON, at most 1 MiB, 16 KiB an event and 10,000 events,"
            " plain or with Content-Encoding: gzip. The answer comes when the log has the events"
            " durably. Each event is judged on its own. Sending again is harmless: repeat after a"
            " 429, a 503 or no answer at all."
        ),
        "security": [{"key": []}, {"token": []}],
        "requestBody": {
            "required": True,
            "content": {
                JSON: {
                    "schema": {"anyOf": [event, {"type": "array", "items": event}]},
                    "examples": examples,
                },
                "application/x-ndjson": {"schema": {"type": "string", "description": lines}},
            },
        },
        "responses": {
            "202": says("At least one event was taken.", JSON, ref("Taken")),
            "413": problem("Too many bytes or events for one request."),
            "422": says(
                "No event was taken, or the body cannot be unpacked.",
                JSON,
                {"anyOf": [ref("Taken"), ref("Problem")]},
            ),
            **refusals(),
        },
    }


def _screens() -> Document:
    security: Security = [{"token": []}, {"browser": []}]
    numbers = {"type": "object", "description": "The numbers that screens show now."}
    stream = {
        "type": "string",
        "description": (
            "Events `scores` carry the whole snapshot, first at once and then at each change;"
            " `heartbeat` comes every second with `now` in ms and `fresh`: whether the numbers are."
        ),
    }
    return {
        "/v1/scores": {
            "get": {
                "summary": "The numbers behind the screens",
                "security": security,
                "responses": {"200": says("The snapshot.", JSON, numbers), **refusals()},
            }
        },
        "/v1/live": {
            "get": {
                "summary": "The numbers as they change",
                "description": "Server-sent events, for EventSource.",
                "security": security,
                "responses": {
                    "200": says("An endless stream.", "text/event-stream", stream),
                    **refusals(),
                },
            }
        },
    }


def _hours() -> Document:
    security: Security = [{"token": []}, {"browser": []}]
    desks = {"type": "object", "description": "The local day, its hours, and a cell a desk."}
    names = ("tenant", "office")
    place = {"in": "query", "required": True, "schema": {"type": "string"}}
    return {
        "/v1/hours": {
            "get": {
                "summary": "Desks of an office by hours of today",
                "security": security,
                "parameters": [
                    place | {"name": name, "description": f"The {name}'s id."} for name in names
                ],
                "responses": {"200": says("Cells in order.", JSON, desks), **refusals()},
            }
        }
    }


def _health() -> Document:
    token: Security = [{"token": []}]
    alive = {"type": "object", "properties": {"alive": {"const": True}}}
    ready = {"type": "object", "properties": {"ready": {"const": True}}}

    def get(summary: str, answer: Document, security: Security, *, may_wait: bool) -> Document:
        responses = {"200": answer, **refusals(client=may_wait)}
        return {"get": {"summary": summary, "security": security, "responses": responses}}

    return {
        "/healthz": get(
            "Whether the process lives", says("It does.", JSON, alive), [], may_wait=False
        ),
        "/readyz": get(
            "Whether events sent now are taken and counted",
            says("They are.", JSON, ready),
            [],
            may_wait=True,
        ),
        "/metrics": get(
            "Counts for Prometheus",
            says("Text format 0.0.4.", "text/plain", {"type": "string"}),
            token,
            may_wait=False,
        ),
    }
