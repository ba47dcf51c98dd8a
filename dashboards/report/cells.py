"""Numbers of a page as pieces of HTML: an estimate with its interval and n, and rows of tables.

Knows words and counts, no store.
"""

from collections.abc import Iterable, Sequence

from dashboards.report.charts import reach
from dashboards.report.counts import Counts, Estimate
from dashboards.report.words import Words


def score(counts: Counts, words: Words) -> str:
    """The score with its interval, or that there are too few votes."""
    found = counts.score
    if found is None:
        return few(words)
    return f"<b>{words.number(found.value, 1)}</b> <small>{words.interval(found)}</small>"


def percent(found: Estimate | None, words: Words) -> str:
    """A share in % with its interval."""
    if found is None:
        return f'<span class="quiet">{words.say("none")}</span>'
    value = words.number(100 * found.value, 1)
    return f"<b>{value} %</b> <small>{words.interval(found, 1, 100)}</small>"


def wait(counts: Counts, words: Words) -> str:
    """The mean wait."""
    if counts.mean_wait_seconds is None:
        return f'<span class="quiet">{words.say("noWait")}</span>'
    return words.minutes(counts.mean_wait_seconds)


def barred(told: str, found: Estimate | None, kind: str = "") -> str:
    """``told`` with a small picture of the estimate 0–100 that it tells, where there is one."""
    if found is None:
        return told
    return f'<span class="barred"><span>{told}</span>{reach(found, kind)}</span>'


def few(words: Words) -> str:
    """In the place of a score."""
    return f'<span class="quiet">{words.say("few")}</span>'


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], kind: str = "") -> str:
    """Rows of cells that are HTML already; the first of each names the row. On narrow screens rows
    stand as blocks, each cell with the name of its column."""
    head = "".join(f'<th scope="col">{text}</th>' for text in heads)
    lines = []
    for name, *cells in rows:
        inside = "".join(
            f'<td data-name="{text}">{cell}</td>'
            for text, cell in zip(heads[1:], cells, strict=True)
        )
        lines.append(f'<tr><th scope="row">{name}</th>{inside}</tr>')
    body = "\n".join(lines)
    return f'<table class="{kind}"><thead><tr>{head}</tr></thead><tbody>\n{body}\n</tbody></table>'


def section(title: str, said: str, inside: str, kind: str = "") -> str:
    """A part of the page. All comes escaped."""
    told = f'<p class="said">{said}</p>' if said else ""
    return f'<section class="{kind}"><h2>{title}</h2>{told}{inside}</section>'
