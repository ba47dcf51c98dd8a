"""The routes of links to vote, as OpenAPI 3.1."""

from sources.gateway.openapi_answers import JSON, Document, problem, ref, refusals, says

_SCORE: Document = {
    "type": "object",
    "required": ["score"],
    "properties": {
        "score": {"type": "integer", "description": "The face, 1 to 5."},
        "reasons": {
            "type": "array",
            "items": {"type": "string"},
            "description": "Codes of reasons, at most 5.",
        },
    },
}
_LINK: Document = {
    "type": "object",
    "required": ["accepted", "token", "path"],
    "properties": {
        "accepted": {"type": "integer", "description": "1: the log has the completion."},
        "token": {"type": "string", "description": "Good for one vote, within 7 days."},
        "path": {"type": "string", "description": "Where the citizen votes, below this host."},
    },
}


def link_paths() -> Document:
    """Paths with what they take and answer."""
    gone = {
        "404": problem("The link is not right."),
        "409": problem("The link has voted already."),
        "410": problem("The link is too old."),
    }
    token = {
        "name": "token",
        "in": "path",
        "required": True,
        "description": "As `POST /v1/tokens` gave it.",
        "schema": {"type": "string"},
    }
    body = {"required": True, "content": {JSON: {"schema": _SCORE}}}
    completion = {"required": True, "content": {JSON: {"schema": ref("Completion")}}}
    wrong = {"400": problem("It is no JSON object, or too large.")}
    refused = {"422": problem("A field is wrong; the problem names it.")}
    return {
        "/v1/tokens": {
            "post": {
                "summary": "Send a completion and get the link to rate it",
                "security": [{"key": []}, {"token": []}],
                "requestBody": completion,
                "responses": {
                    "202": says("The log has it.", JSON, _LINK),
                    **wrong,
                    **refused,
                    **refusals(),
                },
            }
        },
        "/v1/votes/{token}": {
            "get": {
                "summary": "Whether a link still takes a vote",
                "security": [],
                "parameters": [token],
                "responses": {"200": says("It does.", JSON, {"type": "object"}), **gone},
            },
            "post": {
                "summary": "The one vote of a link",
                "security": [],
                "parameters": [token],
                "requestBody": body,
                "responses": {
                    "202": says("The log has it.", JSON, {"type": "object"}),
                    **gone,
                    **wrong,
                    **refused,
                    "503": problem("It cannot be done now.", again=True),
                },
            },
        },
    }
