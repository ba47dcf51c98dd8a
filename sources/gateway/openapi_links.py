"""The routes of links to vote and of the clerk's page, as OpenAPI 3.1."""

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
_DESK: Document = {
    "type": "object",
    "required": ["name", "services"],
    "properties": {
        "name": {"type": "object", "description": "In `bg` and `en`; null where unknown."},
        "known": {"type": "boolean", "description": "False: others of its office are registered."},
        "services": {
            "type": "array",
            "items": {"type": "object"},
            "description": "Each with `id` and `name`.",
        },
    },
}


_COMPLETION: Document = {"required": True, "content": {JSON: {"schema": ref("Completion")}}}
_WRONG: Document = {
    "400": problem("It is no JSON object, or too large."),
    "422": problem("A field is wrong; the problem names it."),
}


def desk_paths() -> Document:
    """Those of the clerk's page."""
    path = {"in": "path", "required": True, "schema": {"type": "string"}}
    place = [
        {"name": name, "description": f"The {name}'s id.", **path}
        for name in ("tenant", "office", "desk")
    ]
    return {
        "/v1/desks": {
            "get": {
                "summary": "Desks of the registry at which the own token may serve",
                "security": [{"token": []}],
                "responses": {
                    "200": says(
                        "`desks`, each with its place and names.", JSON, {"type": "object"}
                    ),
                    **refusals(),
                },
            }
        },
        "/v1/desks/{tenant}/{office}/{desk}": {
            "get": {
                "summary": "What a desk is called and serves",
                "security": [{"token": []}],
                "parameters": place,
                "responses": {"200": says("As registered.", JSON, _DESK), **refusals()},
            }
        },
        "/v1/served": {
            "post": {
                "summary": "A clerk sends the completion of a desk of the own office",
                "security": [{"token": []}],
                "requestBody": _COMPLETION,
                "responses": {
                    "202": says("The log has it.", JSON, {"type": "object"}),
                    **_WRONG,
                    **refusals(),
                },
            }
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
    return {
        "/v1/tokens": {
            "post": {
                "summary": "Send a completion and get the link to rate it",
                "security": [{"key": []}, {"token": []}],
                "requestBody": _COMPLETION,
                "responses": {
                    "202": says("The log has it.", JSON, _LINK),
                    **_WRONG,
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
                    **_WRONG,
                    "503": problem("It cannot be done now.", again=True),
                },
            },
        },
    }
