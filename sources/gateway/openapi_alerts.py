"""The routes of alerts, as OpenAPI 3.1."""

from models.alert_actions import NOTE_LENGTH_AT_MOST, STATES, WHO_LENGTH_AT_MOST, AlertAction
from models.alert_kinds import KINDS
from sources.gateway.openapi_answers import JSON, Document, Security, problem, ref, refusals, says

_READ: Security = [{"token": []}, {"browser": []}]
_OPERATE: Security = [{"token": []}]
_TEXT: Document = {"type": "string"}
_TIME: Document = {"type": "string", "format": "date-time"}
_ALERT: Document = {
    "type": "object",
    "description": "An alert with its state; of a score drop how the score is since it began.",
    "properties": {
        **dict.fromkeys(("tenant_id", "office_id", "desk_id", "alert_id"), _TEXT),
        "kind": {"type": "string", "enum": list(KINDS)},
        "level": {"type": "string", "enum": ["amber", "page"]},
        "state": {"type": "string", "enum": list(STATES)},
        "begun_at": _TIME | {"description": "When the drop seems to have begun."},
        "opened_at": _TIME | {"description": "When the evidence was enough."},
        "last_alarm_at": _TIME,
        "alarms": {"type": "integer"},
        "expected": {
            "type": "number",
            "description": "Score that was expected, 0 to 100; of another kind a share in %.",
        },
        "observed": {"type": "number", "description": "The same, as it was until it opened."},
        "drop_points": {"type": "number"},
        "resolved_at": {"type": ["string", "null"], "format": "date-time"},
        "resolved_by": _TEXT | {"description": "`score`, `hand`, or empty while it is open."},
        "acknowledged_at": {"type": ["string", "null"], "format": "date-time"},
        "cause": _TEXT | {"description": "The last one noted."},
        "action": _TEXT | {"description": "The last one noted."},
        "reason": _TEXT | {"description": "Why it was closed by hand."},
        "votes": {"type": "integer", "description": "Since it began."},
        "now": {"type": ["number", "null"], "description": "Their mean score."},
        "reach": {"type": ["number", "null"], "description": "Half of its 95 % interval."},
        "sits_in": {
            "type": "array",
            "items": {"type": "object"},
            "description": "Of one alert alone: services, hours and reasons of its votes.",
        },
        "actions": {
            "type": "array",
            "items": {"type": "object"},
            "description": "Of one alert alone: what people did, in order.",
        },
        "recovery": {
            "type": ["object", "null"],
            "description": "Of one score drop alone: what became of it after the first action.",
        },
    },
}
_ACTION: Document = {
    "type": "object",
    "required": ["action"],
    "additionalProperties": False,
    "properties": {
        "action": {
            "type": "string",
            "enum": ["acknowledge", "cause", "action", "resolve"],
            "description": "What was done; all but `acknowledge` must have a note.",
        },
        "who": {
            "type": "string",
            "maxLength": WHO_LENGTH_AT_MOST,
            "description": "Role or initials.",
        },
        "note": {
            "type": "string",
            "maxLength": NOTE_LENGTH_AT_MOST,
            "description": "What was found or done. Never name a citizen.",
        },
        "event_id": _TEXT | {"description": "The same again counts once; made where missing."},
        "acted_at": _TIME | {"description": "Now unless given."},
    },
}
_TAKEN: Document = {
    "type": "object",
    "properties": {"accepted": {"const": 1}, "event_id": _TEXT, "acted_at": _TIME},
}


def alert_schemas() -> Document:
    """Schemas by name."""
    schema = AlertAction.model_json_schema()
    return {"Alert": _ALERT, "AlertAction": schema}


def alert_paths() -> Document:
    """Paths with what they take and answer."""
    one = "/v1/alerts/{tenant}/{office}/{alert}"
    return {
        "/v1/alerts": {"get": _find()},
        one: {"get": _show()},
        f"{one}/actions": {"post": _act()},
    }


def _find() -> Document:
    state: Document = {"type": "array", "items": _ALERT["properties"]["state"]}
    return {
        "summary": "Alerts, the newest first",
        "security": _READ,
        "parameters": [
            _asked("state", "May be given several times; open and acknowledged if not.", state),
            _asked("tenant", "Of one municipality.", _TEXT),
            _asked("office", "Of one office.", _TEXT),
        ],
        "responses": {
            "200": says("At most 1,000.", JSON, {"type": "array", "items": ref("Alert")}),
            "400": problem("It makes no sense."),
            **refusals(),
        },
    }


def _show() -> Document:
    description = "With `sits_in`, services, hours and reasons of its votes, and `actions`."
    return {
        "summary": "All about an alert",
        "description": description,
        "security": _READ,
        "parameters": _path(),
        "responses": {
            "200": says("The alert.", JSON, ref("Alert")),
            "404": problem("There is no such alert."),
            **refusals(),
        },
    }


def _act() -> Document:
    return {
        "summary": "Acknowledge an alert, note its cause or what is done, close it",
        "description": (
            "Answered once the log has it; the book shows it within a second. Becomes an event of"
            " the kind `AlertAction`."
        ),
        "security": _OPERATE,
        "parameters": _path(),
        "requestBody": {
            "required": True,
            "content": {
                JSON: {
                    "schema": _ACTION,
                    "examples": {
                        "seen": {
                            "summary": "Seen",
                            "value": {"action": "acknowledge", "who": "shift manager"},
                        },
                        "closed": {
                            "summary": "Closed by hand",
                            "value": {"action": "resolve", "note": "the printer works again"},
                        },
                    },
                }
            },
        },
        "responses": {
            "202": says("The log has it.", JSON, _TAKEN),
            "404": problem("There is no such alert."),
            "413": problem("Too many bytes."),
            "422": problem("It is no action; the answer says why."),
            **refusals(),
        },
    }


def _asked(name: str, description: str, schema: Document) -> Document:
    return {"name": name, "in": "query", "description": description, "schema": schema}


def _path() -> list[Document]:
    told = {"tenant": "Municipality.", "office": "Office.", "alert": "As the list names it."}
    return [
        {"name": name, "in": "path", "required": True, "description": text, "schema": _TEXT}
        for name, text in told.items()
    ]
