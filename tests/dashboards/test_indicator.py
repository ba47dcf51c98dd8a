"""Answers on leads, and their page: judged together, honest about what was left out, in two
languages."""

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from importlib.resources import files
from xml.etree import ElementTree

import numpy as np
import pytest

from benchmarks.indicator.worlds import independent, led
from dashboards.indicator.answers import Answer, Question, Scored, answered
from dashboards.indicator.page import page
from dashboards.indicator.wording import Language, Words
from models.periods import Cadence
from tests.weekly import FIRST, TENANT

LANGUAGES: tuple[Language, Language] = ("bg", "en")
WEEKS = 156
NAMED_AT = 1_744_632_000_000  # 2025-04-14


def question(series: str, *, leads: Sequence[bool] = (True,), seed: int = 5) -> Question:
    """A series of offices, of which some follow the score by two weeks."""
    rng = np.random.default_rng(seed)
    pairs = {
        f"office{number}": led(rng, 0.0, 0.0) if lead else independent(rng)
        for number, lead in enumerate(leads)
    }
    values = {
        office: dict(enumerate((20 - 4 * pair.lagging).tolist(), FIRST.number))
        for office, pair in pairs.items()
    }
    scores = {
        office: {
            at: Scored(400, round((70 + 4 * score) * 40_000))
            for at, score in enumerate(pair.score.tolist(), FIRST.number)
        }
        for office, pair in pairs.items()
    }
    running = FIRST.number + WEEKS
    return Question(series, Cadence.WEEK, 2, NAMED_AT, values, scores, running)


@pytest.fixture(scope="module")
def both() -> list[Answer]:
    """One that is led, at two of three offices, and one that is not."""
    return answered(
        [
            question("complaints <b>", leads=(True, True, False)),
            question("turnover", leads=(False,)),
        ]
    )


def test_all_offices_are_one_claim_and_single_ones_are_judged_below_it(both: list[Answer]) -> None:
    complaints, turnover = both
    assert (complaints.demonstrated, turnover.demonstrated) == (True, False)
    first, _, last = complaints.offices
    assert (first.demonstrated, last.demonstrated) == (True, False)
    assert complaints.forward is not None
    assert complaints.forward.forecasts == 3 * 102
    assert complaints.slope < 0


def test_an_office_is_not_claimed_where_all_together_are_not() -> None:
    (one,) = answered([question("complaints", leads=(True, *[False] * 9))])
    assert not one.demonstrated
    alone = one.offices[0].forward
    assert alone is not None
    assert alone.demonstrates()
    assert not one.offices[0].demonstrated


def test_a_series_more_makes_the_report_sterner() -> None:
    asked = [question("complaints"), *(question(f"s{n}", leads=(False,), seed=n) for n in range(9))]
    alone, (among, *others) = answered(asked[:1])[0], answered(asked)
    assert among.level < alone.level == 0.05
    assert among.forward == alone.forward
    assert among.others == len(others) == 9


def test_weeks_of_few_votes_and_weeks_not_over_are_left_out() -> None:
    whole = question("complaints")
    scores = dict(whole.scores["office0"])
    few = [FIRST.number + place for place in (3, 80, 81)]
    scores.update({at: Scored(9, 90_000) for at in few})
    del scores[FIRST.number + 100]
    left = replace(whole, scores={"office0": scores}, running=whole.running - 2)
    (answer,) = answered([left])
    (office,) = answer.offices
    assert (office.few, office.both) == (3, WEEKS - 2 - 3 - 1)
    assert answer.traces is not None
    assert answer.traces.numbers.max() == whole.running - 3


def test_what_cannot_be_answered_is_not_demonstrated() -> None:
    short = question("complaints")
    early = replace(short, running=FIRST.number + 70)
    none = replace(short, running=FIRST.number)
    unknown = replace(short, scores={})
    for asked in (early, none, unknown):
        (answer,) = answered([asked])
        assert not answer.demonstrated
        for language in LANGUAGES:
            assert Words(language).say("notDemonstrated") in page(TENANT, [answer], language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_says_the_verdicts_and_carries_everything_itself(
    both: list[Answer], language: Language
) -> None:
    text, words = page("town & co", both, language), Words(language)
    verdicts = re.findall(r'<span class="verdict[^>]*>([^<]+)<', text)
    assert verdicts == [words.say("demonstrated"), words.say("notDemonstrated")]
    assert "complaints &lt;b&gt;" in text
    assert "town &amp; co" in text
    assert "<b>" not in text
    assert not re.search(r"(src|href)=|https?://|\{\w+\}", text)
    drawings = re.findall(r"<svg.*?</svg>", text, re.DOTALL)
    assert len(drawings) == 4
    for drawing in drawings:
        ElementTree.fromstring(drawing)
    assert ("0,0" in text) == (language == "bg")


def test_both_languages_say_the_same_things() -> None:
    told = [
        json.loads(files("dashboards.indicator").joinpath(f"texts.{language}.json").read_text())
        for language in LANGUAGES
    ]
    assert told[0].keys() == told[1].keys()
    for key, text in told[0].items():
        if isinstance(text, str):
            names = [set(re.findall(r"\{(\w+)\}", each[key])) for each in told]
            assert names[0] == names[1], key


def test_numbers_are_written_as_the_language_does() -> None:
    bg, en = Words("bg"), Words("en")
    assert (bg.number(-0.256), en.number(-0.256), en.number(-0.001)) == ("−0,26", "−0.26", "0.00")
    assert (bg.significant(0.5476), en.significant(12_345.6)) == ("0,548", "12346")
    assert (bg.periods(1, "month"), bg.periods(2, "month")) == ("1 месец", "2 месеца")
    assert bg.date("2025-04-14") == "14.04.2025 г."
    assert (en.percent(0.357), en.percent(0.02, signed=True)) == ("36 %", "+2 %")
