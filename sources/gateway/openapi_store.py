"""The routes of the process that holds the store, as OpenAPI 3.1."""

from sources.gateway.openapi_answers import JSON, Document, Security, problem, refusals, says

_SECURITY: Security = [{"token": []}]


def store_paths() -> Document:
    """Paths with what they take and answer."""
    return {
        "/v1/query": {"post": _query()},
        "/v1/reconcile": {"post": _reconcile()},
        "/v1/dead-letters": {"post": _dead_letters()},
        "/v1/freeze": {"post": _freeze()},
        "/v1/indicators": {"post": _indicators()},
    }


def _query() -> Document:
    form = {"type": "string", "default": "PrettyCompact"}
    return {
        "summary": "Ask the store in SQL",
        "security": _SECURITY,
        "parameters": [
            {
                "name": "format",
                "in": "query",
                "description": "Any ClickHouse format.",
                "schema": form,
            }
        ],
        "requestBody": {
            "required": True,
            "content": {"text/plain": {"schema": {"type": "string"}}},
        },
        "responses": {
            "200": says("The result, in that format.", "*/*", {"type": "string"}),
            "400": problem("The query is wrong."),
            **refusals(),
        },
    }


def _reconcile() -> Document:
    return {
        "summary": "Hold the metrics against the facts",
        "description": _LINES,
        "security": _SECURITY,
        "parameters": [
            {
                "name": "repair",
                "in": "query",
                "description": "yes: write what the facts give where it differs.",
                "schema": {"type": "string", "enum": ["yes", "no"], "default": "no"},
            }
        ],
        "responses": {
            "200": says("What was compared.", JSON, {"type": "object"}),
            "400": problem("It makes no sense."),
            **refusals(),
        },
    }


def _dead_letters() -> Document:
    return {
        "summary": "Records that were no events: list, show, send again",
        "description": _LINES,
        "security": _SECURITY,
        "requestBody": {"required": True, "content": {JSON: {"schema": _LETTERS}}},
        "responses": {
            "200": says("What was found or done.", JSON, {"type": "object"}),
            "400": problem("It makes no sense."),
            **refusals(),
        },
    }


def _freeze() -> Document:
    return {
        "summary": "Freeze the files of the store, for a backup on the same machine",
        "security": _SECURITY,
        "responses": {
            "200": says("How far the facts go at least.", JSON, {"type": "object"}),
            **refusals(),
        },
    }


def _indicators() -> Document:
    return {
        "summary": "Name a lagging series and store its values, all of them or none",
        "description": _LINES,
        "security": _SECURITY,
        "requestBody": {"required": True, "content": {JSON: {"schema": _SERIES}}},
        "responses": {
            "200": says("What was added.", JSON, {"type": "object"}),
            "400": problem("It is wrong; nothing was added."),
            **refusals(),
        },
    }


_LINES = "To `Accept: application/x-ndjson`, lines of progress come before the result."
_WANTED: Document = {
    "type": "object",
    "description": "Those that agree with all that is given.",
    "properties": {
        **{name: {"type": "string"} for name in ("tenant", "office", "topic", "reason", "field")},
        "ids": {"type": "array", "items": {"type": "string", "examples": ["votes/0/17"]}},
    },
}
_LETTERS: Document = {
    "type": "object",
    "required": ["do"],
    "properties": {
        "do": {"type": "string", "enum": ["list", "show", "resubmit"]},
        "wanted": _WANTED,
        "values": {"type": "object", "description": "Fields to put into every event sent again."},
        "mended": {"type": "object", "description": "Whole events by the id that each replaces."},
        "dry_run": {"type": "boolean", "default": False},
    },
}
_SERIES: Document = {
    "type": "object",
    "required": ["tenant", "series", "cadence", "horizon", "values"],
    "properties": {
        "tenant": {"type": "string"},
        "series": {"type": "string", "examples": ["complaints"]},
        "cadence": {"type": "string", "enum": ["day", "week", "month", "quarter"]},
        "horizon": {
            "type": "integer",
            "description": "Periods by which the score is to lead; 0: as named, or the usual one.",
        },
        "values": {
            "type": "array",
            "description": "Office, period and value.",
            "items": {
                "type": "array",
                "prefixItems": [{"type": "string"}, {"type": "string"}, {"type": "number"}],
                "examples": [["centre", "2025-W14", 12]],
            },
        },
    },
}
