"""The answers of `semko indicator report` as lines for people and as one object for programs."""

from collections.abc import Iterator, Mapping
from typing import Any

from dashboards.indicator.answers import LEAST_VOTES, Answer, Office
from models.instants import format_instant
from models.lead import FORMULA_VERSION, LEAST_FORECASTS, LEVEL, Evidence
from models.periods import Cadence, Period

Object = dict[str, Any]

FOOTNOTE = """\
skill: by how much of them the score makes squared errors of forecasts smaller; 0: by nothing
demonstrated: the whole interval lies above 0, which chance alone reaches in 5 % at most"""


def named_object(named: Mapping[str, Any]) -> Object:
    """A series with the time of its naming as a text."""
    return {**named, "named_at": format_instant(named["named_at"])}


def lines(answer: Answer) -> Iterator[str]:
    """What to tell people, conclusion first."""
    question = answer.question
    named = format_instant(question.named_at)[:10]
    yield (
        f"{question.series}: by {question.cadence}, horizon {_periods(question)}, named on {named}"
    )
    yield f"  score leads {question.series}: {_forward(answer)}"
    back = _verdict(answer.reverse, answer.reverse_demonstrated)
    yield f"  {question.series} leads score: {back}"
    if len(answer.offices) > 1:
        for office in answer.offices:
            yield f"    {office.office}: {_office(office, answer)}"
    yield from _notes(answer)


def _periods(question: Any) -> str:
    return f"{question.horizon} {question.cadence}{'' if question.horizon == 1 else 's'}"


def _forward(answer: Answer) -> str:
    told = _verdict(answer.forward, answer.demonstrated)
    if answer.demonstrated:
        return told
    found = answer.forward
    if found is not None and found.demonstrates() and answer.others:
        told += f"; beside {answer.others} other series that is no proof"
    return told


def _verdict(found: Evidence | None, demonstrated: bool) -> str:
    if found is None:
        return "not demonstrated: no history long enough to forecast from"
    said = "demonstrated" if demonstrated else "not demonstrated"
    if not found.enough:
        return f"{said}: {found.forecasts} forecasts, {LEAST_FORECASTS} are needed"
    return (
        f"{said}: skill {found.skill:.2f} (90 % interval {found.low:.2f} to {found.high:.2f})"
        f" over {found.forecasts} forecasts"
    )


def _office(office: Office, answer: Answer) -> str:
    told = _verdict(office.forward, office.demonstrated)
    if not answer.demonstrated and office.forward and office.forward.demonstrates():
        told += "; single offices count only where all together are demonstrated"
    return told


def _notes(answer: Answer) -> Iterator[str]:
    question = answer.question
    if answer.demonstrated:
        direction = "more" if answer.slope < 0 else "less"
        yield (
            f"  a score lower by 1 point: {abs(answer.slope):.3g} {direction} {question.series},"
            f" {_periods(question)} later"
        )
        yield "  it foretells; whether it causes, no such numbers can say"
    if answer.demonstrated and answer.reverse_demonstrated:
        yield "  each foretells the other: look for what moves both"
    few = sum(office.few for office in answer.offices)
    both = sum(office.both for office in answer.offices)
    left = f"; {few} left out for fewer than {LEAST_VOTES} votes" if few else ""
    yield f"  periods with value and score: {both}{left}"


def as_object(tenant: str, answers: list[Answer]) -> Object:
    """All of it as one object; numbers unrounded."""
    return {
        "tenant": tenant,
        "formula_version": FORMULA_VERSION,
        "interval": 1 - 2 * LEVEL,
        "series": [_object(answer) for answer in answers],
    }


def _object(answer: Answer) -> Object:
    question = answer.question
    return {
        "series": question.series,
        "cadence": question.cadence.value,
        "horizon": question.horizon,
        "named_at": format_instant(question.named_at),
        "demonstrated": answer.demonstrated,
        "verdict": "demonstrated" if answer.demonstrated else "not demonstrated",
        "level": answer.level,
        "slope": answer.slope,
        "forward": _numbers(answer.forward),
        "reverse": {**_numbers(answer.reverse), "demonstrated": answer.reverse_demonstrated},
        "offices": [
            {
                "office": office.office,
                "demonstrated": office.demonstrated,
                "periods": office.both,
                "too_few_votes": office.few,
                "slope": office.slope,
                "forward": _numbers(office.forward),
                "reverse": _numbers(office.reverse),
            }
            for office in answer.offices
        ],
        "plot": _plot(answer, question.cadence),
    }


def _numbers(found: Evidence | None) -> Object:
    if found is None:
        return {"forecasts": 0, "skill": None, "low": None, "high": None, "chance": None}
    return {
        "forecasts": found.forecasts,
        "skill": found.skill,
        "low": found.low,
        "high": found.high,
        "chance": found.chance,
    }


def _plot(answer: Answer, cadence: Cadence) -> Object:
    if answer.traces is None:
        return {"periods": [], "surprise": [], "foresight": []}
    return {
        "periods": [str(Period(cadence, int(number))) for number in answer.traces.numbers],
        "surprise": answer.traces.surprise.tolist(),
        "foresight": answer.traces.foresight.tolist(),
    }
