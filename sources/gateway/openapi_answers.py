"""What every route's description says alike: media, answers and refusals, as OpenAPI 3.1."""

from typing import Any

Document = dict[str, Any]
Security = list[dict[str, list[str]]]

JSON = "application/json"


def ref(name: str) -> Document:
    """A schema by its name."""
    return {"$ref": f"#/components/schemas/{name}"}


def says(description: str, media: str, schema: Document) -> Document:
    """An answer."""
    return {"description": description, "content": {media: {"schema": schema}}}


def problem(description: str, *, again: bool = False) -> Document:
    """A refusal; ``again``: the same request may succeed later."""
    answer = says(description, JSON, ref("Problem"))
    if again:
        answer["headers"] = {
            "Retry-After": {
                "description": "Seconds to wait before the same request.",
                "schema": {"type": "integer"},
            }
        }
    return answer


def refusals(*, client: bool = True) -> Document:
    """Those of every route; without ``client`` of one that never has to wait."""
    answers = {
        "401": problem("No known key or token."),
        "403": problem("The key or token may not do this; the answer says what it may."),
        "429": problem("Too many requests of one client.", again=True),
        "500": problem("The server failed; its log says why."),
        "503": problem("It cannot be done now.", again=True),
    }
    return answers if client else {code: answers[code] for code in ("401", "403", "429", "500")}
