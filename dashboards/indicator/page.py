"""The report as one page of HTML that carries its style and its plots itself, for screen and print.

Says what the answers say; knows no store and computes nothing of its own.
"""

from collections.abc import Iterator, Sequence
from html import escape
from importlib.resources import files

from dashboards.indicator.answers import LEAST_VOTES, Answer
from dashboards.indicator.drawing import Mark, skill_plot, traces_plot
from dashboards.indicator.wording import Language, Words
from models.instants import format_instant
from models.lead import FORMULA_VERSION, LEAST_FORECASTS, Evidence


def page(tenant: str, answers: Sequence[Answer], language: Language) -> str:
    """The page about all ``answers`` of a tenant."""
    words = Words(language)
    style = files(__package__).joinpath("page.css").read_text("utf-8")
    horizons = dict.fromkeys(_horizon(answer, words) for answer in answers)
    return "\n".join(
        [
            "<!doctype html>",
            f'<html lang="{language}">',
            '<head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{words.say('title')} – {escape(tenant)}</title>",
            f"<style>\n{style}</style></head>",
            f"<body>\n<header><h1>{words.say('title')}</h1>",
            f"<p>{escape(tenant)} · {words.say('subtitle')}</p></header>",
            *(line for answer in answers for line in _section(answer, words)),
            f"<footer><p>{words.say('method', horizon=' / '.join(horizons))}</p>",
            f"<p>{words.say('formula', version=FORMULA_VERSION)}</p></footer>",
            "</body>\n</html>\n",
        ]
    )


def _horizon(answer: Answer, words: Words) -> str:
    return words.periods(answer.question.horizon, answer.question.cadence)


def _section(answer: Answer, words: Words) -> Iterator[str]:
    question = answer.question
    verdict = words.say("demonstrated" if answer.demonstrated else "notDemonstrated")
    kind = "verdict yes" if answer.demonstrated else "verdict"
    named = words.say(
        "named",
        cadence=words.one_of("cadence", question.cadence),
        horizon=_horizon(answer, words),
        date=words.date(format_instant(question.named_at)[:10]),
    )
    yield f'<section><div class="head"><h2>{escape(question.series)}</h2>'
    yield f'<span class="{kind}">{verdict}</span></div>'
    yield f'<p class="named">{named}</p>'
    for said in _said(answer, words):
        yield f'<p class="said">{said}</p>'
    if answer.traces is not None:
        names = words.say("surprise"), words.say("foresight")
        label = words.say("tracesTitle")
        yield from _figure(label, words.say("tracesUnit"))
        yield traces_plot(answer.traces, question.cadence, names, label) + "</figure>"
    if answer.forward is not None:
        yield from _figure(words.say("skillTitle"), words.say("skillUnit"))
        marks = list(_marks(answer, words))
        yield skill_plot(marks, words.say("skillTitle"), words.language == "bg") + "</figure>"
    both = sum(office.both for office in answer.offices)
    few = sum(office.few for office in answer.offices)
    used = words.say("periodsUsed", both=both, few=few, votes=LEAST_VOTES)
    yield f'<p class="used">{used}</p></section>'


def _figure(title: str, unit: str) -> Iterator[str]:
    yield f"<figure><figcaption>{title}<span>{unit}</span></figcaption>"


def _said(answer: Answer, words: Words) -> Iterator[str]:
    found, horizon = answer.forward, _horizon(answer, words)
    if found is None:
        yield words.say("none")
    elif not found.enough:
        yield words.say("short", forecasts=found.forecasts, needed=LEAST_FORECASTS)
    elif answer.demonstrated:
        skill = words.percent(found.skill)
        yield words.say("yes", horizon=horizon, skill=skill, forecasts=found.forecasts)
        key = "slopeMore" if answer.slope < 0 else "slopeLess"
        yield words.say(key, slope=words.significant(abs(answer.slope)), horizon=horizon)
    else:
        change = words.percent(-found.skill, signed=True)
        yield words.say("no", horizon=horizon, change=change, forecasts=found.forecasts)
        if found.demonstrates():
            yield words.say("amongOthers", others=answer.others)
    if answer.demonstrated and answer.reverse_demonstrated:
        yield words.say("both")


def _marks(answer: Answer, words: Words) -> Iterator[Mark]:
    rows: list[tuple[str, Evidence | None, bool]] = [
        (words.say("forward"), answer.forward, answer.demonstrated),
        (words.say("reverse"), answer.reverse, answer.reverse_demonstrated),
    ]
    if len(answer.offices) > 1:
        rows += [
            (words.say("office", office=office.office), office.forward, office.demonstrated)
            for office in answer.offices
        ]
    for name, found, proved in rows:
        if found is not None:
            numbers = (found.skill, found.low, found.high)
            skill, low, high = map(words.number, numbers)
            yield Mark(name, *numbers, proved, f"{skill}  ({low} … {high})")
