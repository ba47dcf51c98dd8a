"""Answers to whether the score leads lagging series: each question put as it was named.

Several offices are one question: the pooled answer is the claim, and single offices are looked at
only where it is one, judged together. Several series of a tenant are several questions, judged
together too, whichever of them is shown. Knows no store and no page.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from models.lead import LEVEL, Evidence, Floats, Forecasts, Ints, evidence, forecasts, holm
from models.periods import Cadence, Period

LEAST_VOTES = 10
"""A period with fewer has no score: chance would be most of it."""

SEED = 20_221_001
"""Of the bootstrap: the same series give the same answer."""


class Scored(NamedTuple):
    """Votes of a period, and the sum of their points (0 to 10,000 each)."""

    votes: int
    points: int


@dataclass(frozen=True, slots=True)
class Question:
    """A lagging series as it was named (``named_at`` ms since 1970), and the score beside it.

    ``values`` and ``scores`` are by office and number of the period; those from ``running`` on are
    not over yet.
    """

    series: str
    cadence: Cadence
    horizon: int
    named_at: int
    values: Mapping[str, Mapping[int, float]]
    scores: Mapping[str, Mapping[int, Scored]]
    running: int


@dataclass(frozen=True, slots=True)
class Office:
    """What one office says. ``few``: periods left out because of too few votes; ``slope``: change
    of the lagging series for one point of score more."""

    office: str
    both: int
    few: int
    slope: float
    forward: Evidence | None
    reverse: Evidence | None
    demonstrated: bool = False


class Traces(NamedTuple):
    """By period, offices together: what its own history did not foresee of the lagging series, and
    what the score foresaw of that; in units of the forecasts' own mean squared error."""

    numbers: Ints
    surprise: Floats
    foresight: Floats


@dataclass(frozen=True, slots=True)
class Answer:
    """What a question came to. ``level``: how often chance alone may seem a lead here."""

    question: Question
    offices: Sequence[Office]
    forward: Evidence | None
    reverse: Evidence | None
    traces: Traces | None
    level: float = LEVEL
    demonstrated: bool = False
    reverse_demonstrated: bool = False
    others: int = 0

    @property
    def slope(self) -> float:
        """The mean of the offices'."""
        known = [office.slope for office in self.offices if office.forward is not None]
        return float(np.mean(known)) if known else 0.0


def answered(questions: Iterable[Question]) -> list[Answer]:
    """The answers to all questions of a tenant, judged together (Holm)."""
    answers = [_looked_into(question) for question in questions]
    asked = [answer for answer in answers if answer.forward and answer.forward.enough]
    levels = dict(
        zip(
            (answer.question.series for answer in asked),
            holm([_chance(answer.forward) for answer in asked]),
            strict=True,
        )
    )
    return [_judged(answer, levels.get(answer.question.series, LEVEL), asked) for answer in answers]


def _judged(answer: Answer, level: float, asked: Sequence[Answer]) -> Answer:
    demonstrated = bool(answer.forward and answer.forward.demonstrates(level))
    offices = list(answer.offices)
    if demonstrated:
        at = [place for place, office in enumerate(offices) if office.forward is not None]
        levels = holm([_chance(offices[place].forward) for place in at], level)
        for place, own in zip(at, levels, strict=True):
            one = offices[place].forward
            offices[place] = replace(
                offices[place], demonstrated=bool(one and one.demonstrates(own))
            )
    return replace(
        answer,
        offices=offices,
        level=level,
        demonstrated=demonstrated,
        reverse_demonstrated=bool(answer.reverse and answer.reverse.demonstrates(LEVEL)),
        others=len(asked) - 1,
    )


def _chance(found: Evidence | None) -> float:
    return found.chance if found else 1.0


def _looked_into(question: Question) -> Answer:
    forward: list[Forecasts] = []
    reverse: list[Forecasts] = []
    offices = []
    for office in sorted(question.values):
        lagging, score, first, few = _beside(question, office)
        there = forecasts(lagging, score, first, question.horizon)
        back = forecasts(score, lagging, first, question.horizon)
        forward.append(there)
        reverse.append(back)
        both = int((np.isfinite(lagging) & np.isfinite(score)).sum())
        found = _evidence([there], question), _evidence([back], question)
        offices.append(Office(office, both, few, there.slope, *found))
    if len(offices) == 1:
        pooled = offices[0].forward, offices[0].reverse
    else:
        pooled = _evidence(forward, question), _evidence(reverse, question)
    return Answer(question, offices, *pooled, _traces(forward))


def _evidence(offices: Sequence[Forecasts], question: Question) -> Evidence | None:
    return evidence(offices, question.horizon, np.random.default_rng(SEED))


def _beside(question: Question, office: str) -> tuple[Floats, Floats, Period, int]:
    """The series and the score from their first period in common on, and how many periods of the
    series had votes, but too few."""
    values = question.values[office]
    scores = question.scores.get(office, {})
    over = [number for number in values if number < question.running]
    span = range(min(over), max(over) + 1) if over else range(0)
    enough = {at: each for at, each in scores.items() if each.votes >= LEAST_VOTES}
    lagging = np.array([values.get(at, np.nan) for at in span], np.float64)
    score = np.array(
        [enough[at].points / enough[at].votes / 100 if at in enough else np.nan for at in span],
        np.float64,
    )
    few = sum(at in scores and at not in enough for at in over)
    return lagging, score, Period(question.cadence, span.start), few


def _traces(offices: Sequence[Forecasts]) -> Traces | None:
    offices = [office for office in offices if len(office.targets) and office.surprise.any()]
    if not offices:
        return None
    numbers = np.unique(np.concatenate([office.targets for office in offices]))
    sums = np.zeros((3, len(numbers)))
    for office in offices:
        scale = float(np.sqrt(np.mean(office.surprise**2)))
        at = np.searchsorted(numbers, office.targets)
        sums[0, at] += office.surprise / scale
        sums[1, at] += office.foresight / scale
        sums[2, at] += 1
    return Traces(numbers, sums[0] / sums[2], sums[1] / sums[2])
