"""Words and numbers of the page in its language; all texts are in ``texts.<language>.json``."""

import json
from html import escape
from importlib.resources import files
from typing import Any, Literal

Language = Literal["bg", "en"]


class Words:
    """The texts of one language, ready for HTML."""

    def __init__(self, language: Language) -> None:
        self.language = language
        text = files(__package__).joinpath(f"texts.{language}.json").read_text("utf-8")
        self._texts: dict[str, Any] = json.loads(text)

    def say(self, key: str, **values: object) -> str:
        """The text of ``key`` with its values, escaped."""
        text: str = self._texts[key]
        return escape(text.format(**values))

    def one_of(self, key: str, which: str) -> str:
        """The word for ``which``."""
        word: str = self._texts[key][which]
        return word

    def periods(self, count: int, cadence: str) -> str:
        """So many periods, as people say it."""
        forms = self._texts["periods"][cadence]
        form: str = forms["one" if count == 1 else "other"]
        return form.format(n=count)

    def number(self, value: float, digits: int = 2) -> str:
        """A number with the sign and the decimal point of the language."""
        text = f"{value:.{digits}f}"
        if float(text) == 0:
            text = text.removeprefix("-")
        text = text.replace("-", "−")
        return text.replace(".", ",") if self.language == "bg" else text

    def significant(self, value: float) -> str:
        """A number of unknown size, in three digits."""
        text = f"{value:.3g}"
        plain = text if "e" not in text else f"{value:.0f}" if abs(value) >= 1 else f"{value:.6f}"
        plain = plain.replace("-", "−")
        return plain.replace(".", ",") if self.language == "bg" else plain

    def percent(self, share: float, *, signed: bool = False) -> str:
        """A share as a percentage."""
        rounded = round(100 * share)
        sign = ("+" if rounded > 0 else "−" if rounded < 0 else "") if signed else ""
        return f"{sign}{abs(rounded) if signed else rounded} %"

    def date(self, iso: str) -> str:
        """A day as it is written in the language."""
        if self.language == "en":
            return iso
        year, month, day = iso.split("-")
        return f"{day}.{month}.{year} г."
