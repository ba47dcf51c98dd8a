"""How a wrong TOML file is told to its author: file, key path, what is wrong and what to do.

Pure, and the same for every file that people write; knows none of them.
"""

import tomllib
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any, NamedTuple, Protocol

from pydantic import BaseModel, ValidationError

from models.errors import CallError

PROBLEMS_SHOWN = 20


class Problem(NamedTuple):
    """``path`` is the key path within the file, ``problem`` names the remedy too."""

    path: str
    problem: str


class Readable(Protocol):
    """A path that gives its own text, such as ``pathlib.Path``."""

    def read_text(self, encoding: str) -> str: ...


def text_of(path: Readable) -> str:
    """The text at ``path``. Raises ``CallError`` where there is none that can be read."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        problem = f"{path}: {error.strerror or error}; name a file that can be read"
        raise CallError(problem) from None
    except UnicodeDecodeError:
        raise CallError(f"{path}: is not UTF-8; save it as UTF-8") from None


def parsed(text: str, source: str) -> dict[str, Any]:
    """The TOML document ``text`` of the file ``source``. Raises ``CallError`` where it is none."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise CallError(f"{source}: is no valid TOML: {error}; mend it there") from None


def refusal(source: str, problems: Sequence[Problem]) -> CallError:
    """What to raise for ``problems`` of the file ``source``: one line each."""
    lines = [f"{source}: {path}: {problem}" for path, problem in problems[:PROBLEMS_SHOWN]]
    if len(problems) > PROBLEMS_SHOWN:
        lines.append(f"{source}: and {len(problems) - PROBLEMS_SHOWN} more")
    return CallError("\n".join(lines))


def problems_of(
    error: ValidationError, document: dict[str, Any], model: type[BaseModel]
) -> list[Problem]:
    """What ``error`` found in ``document``, a parsed file of the shape ``model``."""
    return [_problem(dict(each), document, model) for each in error.errors()]


def _problem(error: dict[str, Any], document: dict[str, Any], root: type[BaseModel]) -> Problem:
    location = tuple(part for part in error["loc"] if part != "[key]")
    path = _path(location, document)
    match error["type"]:
        case "missing":
            return Problem(path, "is missing; add it")
        case "extra_forbidden":
            return Problem(path, _unknown_key(location, root))
        case "value_error":
            return Problem(path, str(error["ctx"]["error"]))
        case "id":
            return Problem(path, f"{error['msg']}; it is {error['input']!r}")
        case "literal_error":
            return Problem(path, f"is {error['input']!r}; use {error['ctx']['expected']}")
        case _:
            problem = error["msg"].removeprefix("Input ").lower()
            return Problem(path, f"{problem}; it is {error['input']!r}")


def _path(location: tuple[Any, ...], document: dict[Any, Any]) -> str:
    """``desks[3] ("d04").office_id``: the key path, with the id by which people know the entry."""
    parts = [f"[{part}]" if isinstance(part, int) else f".{part}" for part in location]
    if len(location) > 1 and isinstance(location[1], int):
        entry = document[location[0]][location[1]]
        named = entry.get("id", entry.get("dimension")) if isinstance(entry, dict) else None
        parts[1] += f' ("{named}")' if named else ""
    return "".join(parts).lstrip(".")


def _unknown_key(location: tuple[Any, ...], root: type[BaseModel]) -> str:
    model: Any = root
    for part in location[:-1]:
        if part in model.model_fields:  # not a position in a list, nor a key such as a channel
            model = _model_in(model.model_fields[part].annotation)
    known = sorted(field.alias or name for name, field in model.model_fields.items())
    close = get_close_matches(str(location[-1]), known, n=1)
    meant = f'; "{close[0]}" is meant?' if close else ""
    return f"is not known{meant}; known here: {', '.join(known)}"


def _model_in(annotation: Any) -> Any:
    """The model inside ``list[Model]``, ``Model | None`` or ``dict[str, list[Model]]``."""
    for inner in getattr(annotation, "__args__", ()):
        found = _model_in(inner)
        if isinstance(found, type) and issubclass(found, BaseModel):
            return found
    return annotation
