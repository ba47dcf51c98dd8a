"""The pages of reports as HTML: the list of offices, and one office, desk or service.

Says what a ``Report`` holds; computes nothing of its own and asks nobody.
"""

from collections.abc import Callable, Iterable, Iterator
from html import escape
from itertools import chain

from dashboards.report import cells
from dashboards.report.cells import section, table
from dashboards.report.charts import Place, history, stacked, whiskers
from dashboards.report.counts import Counts, Estimate
from dashboards.report.findings import alerts, comparisons
from dashboards.report.frame import document, hole
from dashboards.report.gathering import Overview, Report
from dashboards.report.names import Names
from dashboards.report.spans import spans
from dashboards.report.words import Words

_FAR = 8.0
"""Points off the period's score from which an hour of the week is coloured deeply."""


def overview_page(found: Overview, names: Names, words: Words) -> str:
    """The list of offices."""
    rows = []
    for line in found.offices:
        asked = found.asked.of("office")
        url = escape(asked.url(tenant=line.tenant_id, office=line.office_id))
        name = escape(names.office(line.tenant_id, line.office_id))
        tenant = escape(names.tenant(line.tenant_id))
        rows.append(
            (
                f'<a href="{url}">{name}</a><span class="under">{tenant}</span>',
                cells.barred(cells.score(line.counts, words), line.counts.score),
                words.number(line.counts.votes),
                cells.percent(line.counts.response, words),
                cells.wait(line.counts, words),
                words.number(line.alerts),
            )
        )
    heads = ["office", "score", "votesName", "response", "wait", "openAlerts"]
    inside = table([words.say(head) for head in heads], rows, "units")
    body = section(words.say("offices"), "", inside)
    if not rows:
        body = hole(words.say("noOffices"), words.say("noOfficesSaid"))
    return "".join(document(found.asked, words, words.say("reports"), [], [body]))


def report_page(found: Report, names: Names, words: Words) -> Iterator[str]:
    """One office, desk or service, in pieces: what takes longest to ask for comes last."""
    asked = found.asked
    office = (asked.of("office").url(), names.office(asked.tenant, asked.office))
    title = names.subject(asked)
    path = [] if asked.scope == "office" else [office]
    body = chain(["\n".join(_at_once(found, names, words))], _later(found, names, words))
    return document(asked, words, title, path, body, f"{found.zone}.")


def _at_once(found: Report, names: Names, words: Words) -> Iterator[str]:
    yield from _totals(found, words)
    if found.total.completions:
        yield from _numbers(found, names, words)
    else:
        yield hole(words.say("empty"), words.say("emptySaid"))
        yield from alerts(found, names, words)


def _later(found: Report, names: Names, words: Words) -> Iterator[str]:
    if found.total.completions:
        yield _pair(comparisons(found, names, words))


def _totals(found: Report, words: Words) -> Iterator[str]:
    total, before, asked = found.total, found.previous, found.asked.moved(-1)
    assert asked.since is not None
    assert asked.until is not None
    days = {
        "since": words.day(asked.since, short=True),
        "until": words.day(asked.until, short=True),
    }
    lines: list[tuple[str, Callable[[Counts], str], str]] = [
        (
            "score",
            lambda counts: cells.score(counts, words),
            f"{words.votes(total.votes)} · {words.say('scoreOf')}",
        ),
        (
            "response",
            lambda counts: cells.percent(counts.response, words),
            words.say(
                "responseOf",
                votes=words.number(total.votes),
                completions=words.number(total.completions),
            ),
        ),
        (
            "wait",
            lambda counts: cells.wait(counts, words),
            words.say("waitOf", n=words.number(total.wait_known)),
        ),
        (
            "unserved",
            lambda counts: cells.percent(counts.unserved, words),
            words.say(
                "unservedOf",
                part=words.number(total.unfinished),
                n=words.number(total.completions),
            ),
        ),
    ]
    yield '<div class="totals">'
    for key, told, under in lines:
        compared = words.say("before", value="", **days) + told(before)
        yield (
            f'<section class="total {key}"><h2>{words.say(key)}</h2>'
            f'<p class="value">{told(total)}</p><p class="under">{under}</p>'
            f'<p class="before">{compared}</p></section>'
        )
    yield "</div>"


def _numbers(found: Report, names: Names, words: Words) -> Iterator[str]:
    yield _faces(found.total, words)
    yield _pair(_history(found, words))
    yield from alerts(found, names, words)
    yield _pair([_waits(found, words), _heat(found, words)])
    yield _pair(_others(found, names, words))
    yield _reasons(found, words)


def _pair(sections: Iterable[str]) -> str:
    """Beside each other where there is room."""
    return f'<div class="pair">{"".join(sections)}</div>'


def _faces(total: Counts, words: Words) -> str:
    title = words.say("faces")
    if total.score is None:
        return section(title, "", f"<p>{cells.few(words)}</p>")
    shares, keys = [], []
    for face, count in enumerate(total.faces, 1):
        name, share = words.say(f"face{face}"), count / total.votes
        told = f"{name}: {words.number(100 * share, 1)} % ({words.number(count)})"
        shares.append((share, told))
        keys.append(f'<li class="key{face}">{told}</li>')
    return section(title, "", stacked(shares, title) + f'<ul class="keys">{"".join(keys)}</ul>')


def _history(found: Report, words: Words) -> Iterator[str]:
    step, days = spans(found.days)
    scores, rates = [], []
    for day, counts in days.items():
        label = words.day(day, short=True)
        if step == "month":
            label = day.strftime("%m.%Y")
        few = f"{label}: {words.say('few')}, {words.votes(counts.votes)}"
        told = few
        if counts.score:
            value = f"{words.number(counts.score.value, 1)} ({words.interval(counts.score)})"
            told = f"{label}: {value}, {words.votes(counts.votes)}"
        scores.append(Place(label, counts.score, told))
        rate = _times(counts.response, 100)
        said = f"{label}: {words.number(rate.value, 1)} % ({words.interval(rate)})" if rate else ""
        rates.append(Place(label, rate, said))
    usual = found.total.score.value if found.total.score else None
    title, by = words.say("history"), words.one_of("historyBy", step)
    said = f"{by} {words.say('historySaid')}"
    yield section(title, said, history(scores, title, words.number, usual))
    title = words.say("responses")
    chart = history(rates, title, lambda value: f"{words.number(value)} %")
    yield section(title, words.say("responsesSaid"), chart)


def _times(found: Estimate | None, times: float) -> Estimate | None:
    if found is None:
        return None
    return Estimate(times * found.value, times * found.low, times * found.high, found.n)


def _waits(found: Report, words: Words) -> str:
    places = []
    for at in range(words.count_of("waitSpans")):
        label, counts = words.one_of("waitSpans", at), found.waits.get(at, Counts())
        value = words.say("few")
        if counts.score:
            value = f"{words.number(counts.score.value, 1)} ({words.interval(counts.score)})"
        told = f"{label} {words.say('waitUnit')}: {value}, {words.votes(counts.votes)}"
        places.append(Place(label, counts.score, told))
    title = words.say("waits")
    heads = [f"{words.say('waited')}, {words.say('waitUnit')}"]
    heads += [words.say(key) for key in ("score", "votesName", "interactions")]
    rows = [
        (
            words.one_of("waitSpans", at),
            cells.score(counts, words),
            words.number(counts.votes),
            words.number(counts.completions),
        )
        for at, counts in sorted(found.waits.items())
    ]
    inside = whiskers(places, title, words.number) + table(heads, rows, "numbers")
    return section(title, words.say("waitsSaid"), inside)


def _heat(found: Report, words: Words) -> str:
    weekdays = sorted({weekday for weekday, _ in found.hours})
    hours = sorted({hour for _, hour in found.hours})
    head = "".join(f'<th scope="col">{words.one_of("weekdays", each)}</th>' for each in weekdays)
    usual = found.total.score.value if found.total.score else 50.0
    lines = []
    for hour in range(hours[0], hours[-1] + 1):
        row = [f'<th scope="row">{hour:02}</th>']
        for weekday in weekdays:
            counts = found.hours.get((weekday, hour), Counts())
            row.append(_heat_cell(counts, usual, words))
        lines.append(f"<tr>{''.join(row)}</tr>")
    inside = (
        f'<table class="heat"><thead><tr><th scope="col">{words.say("hour")}</th>{head}</tr>'
        f"</thead><tbody>{''.join(lines)}</tbody></table>"
    )
    keys = "".join(f'<li class="heat{at}">{words.one_of("heatKeys", at)}</li>' for at in range(5))
    inside += f'<ul class="heatkeys">{keys}</ul>'
    return section(words.say("heat"), words.say("heatSaid"), inside)


def _heat_cell(counts: Counts, usual: float, words: Words) -> str:
    if not counts.completions:
        return "<td></td>"
    votes = f"<small>{words.number(counts.votes)}</small>"
    if counts.score is None:
        return f'<td class="thin">·{votes}</td>'
    warmth = _warmth(counts.score, usual)
    value = words.number(counts.score.value)
    told = f"{words.interval(counts.score)}, {words.votes(counts.votes)}"
    return f'<td class="heat{warmth}" title="{told}">{value}{votes}</td>'


def _warmth(found: Estimate, usual: float) -> int:
    """From 0, far below the period's score, to 4, far above; 2 where the interval holds it."""
    if found.low <= usual <= found.high:
        return 2
    below = found.value < usual
    if abs(found.value - usual) >= _FAR:
        return 0 if below else 4
    return 1 if below else 3


def _others(found: Report, names: Names, words: Words) -> Iterator[str]:
    for scope, title in (("desk", "desks"), ("service", "services")):
        units = [(key, counts) for (of, key), counts in found.others.items() if of == scope]
        if not units:
            continue
        rows = []
        for key, counts in sorted(units, key=lambda each: (-each[1].completions, each[0])):
            link = escape(found.asked.url(scope=scope, key=key))
            rows.append(
                (
                    f'<a href="{link}">{escape(names.unit(found.asked, scope, key))}</a>',
                    cells.barred(cells.score(counts, words), counts.score),
                    words.number(counts.votes),
                    cells.percent(counts.response, words),
                    cells.wait(counts, words),
                )
            )
        heads = [scope, "score", "votesName", "response", "wait"]
        inside = table([words.say(head) for head in heads], rows, "units")
        yield section(words.say(title), words.say("othersSaid"), inside)


def _reasons(found: Report, words: Words) -> str:
    title = words.say("reasons")
    if not found.reasons:
        return section(title, "", f'<p class="quiet">{words.say("noReasons")}</p>')
    rows = []
    for reason, counts in sorted(found.reasons.items(), key=lambda each: -each[1].votes):
        part = found.reason_share(counts)
        rows.append(
            (
                words.one_of("reasonNames", reason),
                cells.barred(cells.percent(part, words), _times(part, 100)),
                words.number(counts.votes),
                cells.score(counts, words),
            )
        )
    heads = [words.say(key) for key in ("reason", "share", "votesName", "score")]
    said = words.say("reasonsSaid", n=words.number(found.explained))
    return section(title, said, table(heads, rows, "units"))
