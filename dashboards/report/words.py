"""Words and numbers of the pages in their language; all texts are in ``texts.<language>.json``.

What comes out is ready for HTML. Numbers keep their sign and their decimal point by the language.
"""

import json
from datetime import date
from html import escape
from importlib.resources import files
from typing import Any

from dashboards.report.counts import Estimate
from models.registry import Language


def _texts(package: str, language: Language, *folder: str) -> dict[str, Any]:
    file = files(package).joinpath(*folder, f"texts.{language}.json")
    texts: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return texts


class Words:
    """The texts of one language."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self._texts = _texts(__package__, language)
        # As citizens read them: who adds a reason to the kiosk finds it here in words.
        kiosk = _texts("dashboards.pages", language, "kiosk")
        self._texts["reasonNames"] = kiosk["reasons"]

    def say(self, key: str, **values: object) -> str:
        """The text of ``key`` with its values, escaped."""
        return escape(str(self._texts[key]).format(**values))

    def one_of(self, key: str, which: str | int) -> str:
        """The text for ``which``, escaped; a word that is not there is said as it is."""
        texts = self._texts[key]
        if isinstance(texts, dict):
            return escape(str(texts.get(which, which)))
        return escape(str(texts[which]))

    def count_of(self, key: str) -> int:
        """How many texts there are under ``key``."""
        return len(self._texts[key])

    def number(self, value: float, digits: int = 0) -> str:
        """Thousands apart by a space that does not break."""
        text = f"{value:,.{digits}f}".replace(",", "\u00a0")
        text = text.replace("-", "−")
        return text.replace(".", ",") if self.language == "bg" else text

    def interval(self, found: Estimate, digits: int = 1, times: float = 1) -> str:
        """Both ends of the interval."""
        low, high = (self.number(times * end, digits) for end in (found.low, found.high))
        return self.say("interval", low=low, high=high)

    def votes(self, count: int) -> str:
        """So many votes."""
        return self.say("votesOne") if count == 1 else self.say("votes", n=self.number(count))

    def minutes(self, seconds: float) -> str:
        """A duration in minutes."""
        return self.say("minutes", n=self.number(seconds / 60, 1))

    def day(self, day: date, *, short: bool = False) -> str:
        """A day as it is written in the language."""
        if self.language == "bg":
            return day.strftime("%d.%m." if short else "%d.%m.%Y")
        return day.strftime("%-d %b" if short else "%-d %b %Y")
