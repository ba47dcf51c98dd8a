"""The words of the funnel plot in Bulgarian and English, and how both write numbers and days."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from models.registry import Language


@dataclass(frozen=True, slots=True)
class Texts:
    """Every text of the plot; those by ``desk`` and ``service`` in mappings."""

    title: Mapping[str, str]
    subtitle: Mapping[str, str]
    score_axis: str
    votes_axis: str
    usual: str
    point: str
    flags: Mapping[str, str]
    within: Mapping[str, str]
    limit: str
    note: Mapping[str, str]
    left_out: str
    day_format: str

    def day(self, day: date) -> str:
        """A day as people write it."""
        return day.strftime(self.day_format)


TEXTS: Mapping[Language, Texts] = {
    "bg": Texts(
        title={
            "desk": "{office}: гишетата едно до друго",
            "service": "{office}: услугите една до друга",
        },
        subtitle={
            "desk": "{since} – {until} · {votes} гласа"
            " · спрямо другите при същата услуга в същия час",
            "service": "{since} – {until} · {votes} гласа"
            " · спрямо другите на същото гише в същия час",
        },
        score_axis="изравнена оценка, 0–100",
        votes_axis="сравними гласове (логаритмична скала)",
        usual="обичайно",
        point="{name}: {score} · {votes} гласа, от тях сравними {comparable}",
        flags={"lower": "под обичайното", "higher": "над обичайното"},
        within={"95": "95 % случайност", "99.8": "99,8 %"},
        limit="граница за всички {count} заедно",
        note={
            "desk": "Откроява се само гише извън границата: между еднакви гишета случаят сочи някое"
            " най-много в 1 от 20 сравнения.",
            "service": "Откроява се само услуга извън границата: между еднакви услуги случаят"
            " сочи някоя най-много в 1 от 20 сравнения.",
        },
        left_out="Без оценка: {count}.",
        day_format="%d.%m.%Y",
    ),
    "en": Texts(
        title={
            "desk": "{office}: desks side by side",
            "service": "{office}: services side by side",
        },
        subtitle={
            "desk": "{since} – {until} · {votes} votes"
            " · against others at the same service in the same hour",
            "service": "{since} – {until} · {votes} votes"
            " · against others at the same desk in the same hour",
        },
        score_axis="adjusted score, 0–100",
        votes_axis="comparable votes (logarithmic)",
        usual="usual",
        point="{name}: {score} · {votes} votes, {comparable} comparable",
        flags={"lower": "lower than usual", "higher": "higher than usual"},
        within={"95": "95 % of chance", "99.8": "99.8 %"},
        limit="limit for all {count} at once",
        note={
            "desk": "Only a desk beyond the limit stands out: among equal desks chance points"
            " at one in at most 1 of 20 comparisons.",
            "service": "Only a service beyond the limit stands out: among equal services chance"
            " points at one in at most 1 of 20 comparisons.",
        },
        left_out="Without a score: {count}.",
        day_format="%Y-%m-%d",
    ),
}


def number(value: float, language: Language, digits: int = 0) -> str:
    """A number with the language's decimal mark, thousands apart by a space that does not break."""
    written = f"{value:,.{digits}f}".replace(",", "\u00a0")
    return written.replace(".", ",") if language == "bg" else written
