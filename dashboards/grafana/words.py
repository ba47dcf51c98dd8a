"""Titles and headings of dashboards, in the two languages of the screens."""

import json
from functools import cache
from importlib.resources import files
from typing import Literal

Language = Literal["bg", "en"]
LANGUAGES: tuple[Language, ...] = ("bg", "en")


class Words:
    """The words of one language, by key."""

    def __init__(self, language: Language) -> None:
        self.language: Language = language
        self._said = _texts(language)

    def say(self, key: str) -> str:
        """The text of a key; raises ``KeyError`` for one that nobody wrote."""
        return self._said[key]


@cache
def _texts(language: Language) -> dict[str, str]:
    text = files(__package__).joinpath(f"texts.{language}.json").read_text("utf-8")
    found: dict[str, str] = json.loads(text)
    return found
