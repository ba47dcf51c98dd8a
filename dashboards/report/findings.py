"""The parts of a report that judge: fair comparisons, and alerts with what was done about them."""

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from dashboards.report import cells
from dashboards.report.cells import section, table
from dashboards.report.counts import Estimate
from dashboards.report.gathering import Report
from dashboards.report.names import Names
from dashboards.report.words import Words
from models.errors import SemkoError

Row = Mapping[str, Any]


def comparisons(found: Report, names: Names, words: Words) -> Iterator[str]:
    """Those of ``semko compare``; a desk's or service's own line stands out among the others.

    Waits for what is still asked for. The page is half sent by then, so it says what failed.
    """
    try:
        comparison = found.comparison
    except SemkoError:
        failed = f'<p class="quiet">{words.say("comparisonFailed")}</p>'
        for unit in found.compared:
            yield section(words.one_of("comparison", unit), "", failed)
        return
    for unit, rows in comparison.items():
        title = words.one_of("comparison", unit)
        if not rows:
            yield section(title, "", f'<p class="quiet">{words.say("noComparison")}</p>')
            continue
        lines = [_compared(found, row, unit, names, words) for row in rows]
        heads = [unit, "adjusted", "votesName", "places", "verdict"]
        said = words.one_of("comparisonSaid", unit)
        if rows[0]["usual"] is not None and any(row["score"] is not None for row in rows):
            said += " " + words.say("usual", n=words.number(rows[0]["usual"], 1))
        inside = table([words.say(head) for head in heads], lines, "units compared")
        yield section(title, said, inside)


def _compared(
    found: Report, row: Row, unit: str, names: Names, words: Words
) -> tuple[str, str, str, str, str]:
    name = escape(names.unit(found.asked, unit, row["unit"]))
    link = escape(found.asked.url(scope=unit, key=row["unit"]))
    own = found.asked.scope == unit and found.asked.key == row["unit"]
    shown = f"<strong>▸ {name}</strong>" if own else f'<a href="{link}">{name}</a>'
    votes = words.number(row["votes"])
    if row["score"] is None:
        state = f'<span class="quiet">{words.one_of("states", row["state"])}</span>'
        return shown, "–", votes, "–", state
    one = Estimate(row["score"], row["score_low"], row["score_high"], row["votes"])
    value = f"<b>{words.number(one.value, 1)}</b> <small>{words.interval(one)}</small>"
    first, last = row["rank_from"], row["rank_to"]
    place = words.say(
        "placeOne" if first == last else "place", first=first, last=last, n=row["compared"]
    )
    flag = f'<span class="flag {row["flag"]}">{words.one_of("flags", row["flag"])}</span>'
    return shown, cells.barred(value, one, row["flag"]), votes, place, flag


def alerts(found: Report, names: Names, words: Words) -> Iterator[str]:
    """The alerts that opened in these days; a service has none."""
    if found.asked.scope == "service":
        return
    title = words.say("alerts")
    if not found.alerts:
        yield section(title, "", f'<p class="quiet">{words.say("noAlerts")}</p>')
        return
    lines = [_alert(found, row, names, words) for row in found.alerts]
    heads = [words.say(key) for key in ("alertWhen", "alertWhat", "alertDone", "alertAfter")]
    yield section(title, words.say("alertsSaid"), table(heads, lines, "alerts"))


def _alert(found: Report, row: Row, names: Names, words: Words) -> tuple[str, str, str, str]:
    desk = escape(names.unit(found.asked, "desk", row["desk_id"]))
    link = escape(found.asked.url(scope="desk", key=row["desk_id"]))
    when = (
        f'<time datetime="{row["opened"].replace(" ", "T")}">{row["opened"]}</time>'
        f'<span class="under">{words.one_of("alertLevels", row["level"])} ·'
        f" {words.one_of('alertStates', row['state'])}</span>"
    )
    unit = "" if row["kind"] == "score" else " %"
    seen = words.say(
        "seen",
        observed=words.number(row["observed"], 1) + unit,
        expected=words.number(row["expected"], 1) + unit,
    )
    what = (
        f'<a href="{link}">{desk}</a><span class="under">'
        f"{words.one_of('alertKinds', row['kind'])}: {seen}</span>"
    )
    noted = [words.say(key, text=row[key]) for key in ("cause", "action") if row[key]]
    if row["reason"]:
        noted.append(words.say("closed", text=row["reason"]))
    done = "".join(f'<span class="line">{line}</span>' for line in noted)
    done = done or f'<span class="quiet">{words.say("nothingNoted")}</span>'
    return when, what, done, _after(row, words)


def _after(row: Row, words: Words) -> str:
    over = ""
    if row["resolved"]:
        how = words.one_of("alertOver", row["resolved_by"])
        over = f'<span class="under">{row["resolved"]}, {how}</span>'
    recovery = row["recovery"]
    if not recovery:
        return over or "–"
    said = f"<b>{words.one_of('recoveries', recovery)}</b>"
    if row["change"] is None:
        return said + over
    change = words.number(row["change"], 1)
    told = words.say(
        "recoverySaid",
        before=words.number(row["held_mean"], 1),
        after=words.number(row["after_mean"], 1),
        change=change if change.startswith("−") else f"+{change}",
        reach=words.number(row["reach"], 1),
        held=words.number(row["held_votes"]),
        followed=words.number(row["after_votes"]),
    )
    return f'{said}<span class="under">{told}</span>{over}'
