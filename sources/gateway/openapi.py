"""What the gateway offers, as OpenAPI 3.1: routes stand here, events in ``models.contract``.

Says nothing that a route does not do; a test holds the two together.
"""

from typing import Any

from models.contract import json_schema

Document = dict[str, Any]
Security = list[dict[str, list[str]]]

_JSON = "application/json"
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


def document(version: str, *, with_store: bool) -> Document:
    """The whole description; ``with_store`` where this process answers queries."""
    schema = _moved(json_schema())
    paths: Document = {"/v1/events": {"post": _events()}, **_screens(), **_health()}
    if with_store:
        paths |= _store()
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
            "schemas": {**schema["$defs"], "Taken": _TAKEN, "Problem": _PROBLEM},
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


def _ref(name: str) -> Document:
    return {"$ref": f"#/components/schemas/{name}"}


def _says(description: str, media: str, schema: Document) -> Document:
    return {"description": description, "content": {media: {"schema": schema}}}


def _problem(description: str, *, again: bool = False) -> Document:
    answer = _says(description, _JSON, _ref("Problem"))
    if again:
        answer["headers"] = {
            "Retry-After": {
                "description": "Seconds to wait before the same request.",
                "schema": {"type": "integer"},
            }
        }
    return answer


def _refusals(*, client: bool = True) -> Document:
    answers = {
        "401": _problem("No known key or token."),
        "403": _problem("The key or token may not do this; the answer says what it may."),
        "429": _problem("Too many requests of one client.", again=True),
        "500": _problem("The server failed; its log says why."),
        "503": _problem("It cannot be done now.", again=True),
    }
    return answers if client else {code: answers[code] for code in ("401", "403", "429", "500")}


def _events() -> Document:
    event = {"oneOf": [_ref("Completion"), _ref("Vote")]}
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
                _JSON: {
                    "schema": {"anyOf": [event, {"type": "array", "items": event}]},
                    "examples": examples,
                },
                "application/x-ndjson": {"schema": {"type": "string", "description": lines}},
            },
        },
        "responses": {
            "202": _says("At least one event was taken.", _JSON, _ref("Taken")),
            "413": _problem("Too many bytes or events for one request."),
            "422": _says(
                "No event was taken, or the body cannot be unpacked.",
                _JSON,
                {"anyOf": [_ref("Taken"), _ref("Problem")]},
            ),
            **_refusals(),
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
                "responses": {"200": _says("The snapshot.", _JSON, numbers), **_refusals()},
            }
        },
        "/v1/live": {
            "get": {
                "summary": "The numbers as they change",
                "description": "Server-sent events, for EventSource.",
                "security": security,
                "responses": {
                    "200": _says("An endless stream.", "text/event-stream", stream),
                    **_refusals(),
                },
            }
        },
    }


def _health() -> Document:
    security: Security = [{"token": []}]
    alive = {"type": "object", "properties": {"alive": {"const": True}}}
    ready = {"type": "object", "properties": {"ready": {"const": True}}}

    def get(summary: str, answer: Document, *, may_wait: bool = False) -> Document:
        responses = {"200": answer, **_refusals(client=may_wait)}
        return {"get": {"summary": summary, "security": security, "responses": responses}}

    return {
        "/healthz": get("Whether the process lives", _says("It does.", _JSON, alive)),
        "/readyz": get(
            "Whether events sent now are taken and counted",
            _says("They are.", _JSON, ready),
            may_wait=True,
        ),
        "/metrics": get(
            "Counts for Prometheus",
            _says("Text format 0.0.4.", "text/plain", {"type": "string"}),
        ),
    }


def _store() -> Document:
    security: Security = [{"token": []}]
    return {
        "/v1/query": {
            "post": {
                "summary": "Ask the store in SQL",
                "security": security,
                "parameters": [
                    {
                        "name": "format",
                        "in": "query",
                        "description": "Any ClickHouse format.",
                        "schema": {"type": "string", "default": "PrettyCompact"},
                    }
                ],
                "requestBody": {
                    "required": True,
                    "content": {"text/plain": {"schema": {"type": "string"}}},
                },
                "responses": {
                    "200": _says("The result, in that format.", "*/*", {"type": "string"}),
                    "400": _problem("The query is wrong."),
                    **_refusals(),
                },
            }
        },
        "/v1/reconcile": {
            "post": {
                "summary": "Hold the metrics against the facts",
                "security": security,
                "parameters": [
                    {
                        "name": "repair",
                        "in": "query",
                        "description": "yes: write what the facts give where it differs.",
                        "schema": {"type": "string", "enum": ["yes", "no"], "default": "no"},
                    }
                ],
                "responses": {
                    "200": _says(
                        "What was compared. To `Accept: application/x-ndjson`, lines of progress"
                        " come first.",
                        _JSON,
                        {"type": "object"},
                    ),
                    **_refusals(),
                },
            }
        },
    }
