"""What stands around every page of reports: head, path, choice of days, exports, foot; and the
pages that say why there is no report.

Makes HTML of what is given; asks nobody.
"""

from collections.abc import Iterable, Iterator
from html import escape
from urllib.parse import urlencode

from dashboards.report.asked import Asked, Wrong
from dashboards.report.words import Words
from models.scores import FORMULA_VERSION

Link = tuple[str, str]
"""An address and what it says, neither escaped."""


def document(
    asked: Asked,
    words: Words,
    title: str,
    path: Iterable[Link],
    body: Iterable[str],
    zone: str = "",
) -> Iterator[str]:
    """A whole page in pieces, as ``body`` comes; ``asked`` has both its days, or the page has no
    choice of days."""
    theme = f' data-theme="{asked.theme}"' if asked.theme else ""
    chosen = list(_choice(asked, words)) if asked.since and asked.until else []
    foot = list(_foot(asked, words, zone)) if chosen else []
    head = [
        "<!doctype html>",
        f'<html lang="{words.language}"{theme}>',
        '<head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(title)} – SEMKO</title>",
        '<link rel="stylesheet" href="/report/report.css">',
        '<link rel="icon" href="/report/icon.svg" type="image/svg+xml"></head>',
        "<body>",
        *_header(asked, words, title, path),
        *chosen,
        "</header>",
        "<main>\n",
    ]
    yield "\n".join(head)
    for piece in body:
        yield f"{piece}\n"
    yield "\n".join(["</main>", *foot, "</body></html>\n"])


def unknown(asked: Asked, words: Words) -> str:
    """The page for what neither registry nor store knows."""
    key = {"desk": "unknownDesk", "service": "unknownService"}.get(
        str(asked.scope), "unknownOffice"
    )
    said = words.say(key, id=asked.key or asked.office, tenant=asked.tenant)
    return _nothing(asked, words, words.say("unknown"), said)


def wrong(problem: Wrong, words: Words) -> str:
    """The page for an address that cannot be answered: it names the field."""
    said = words.say(problem.key, field=problem.field, value=problem.value)
    return _nothing(Asked(None, lang=words.language), words, words.say("wrong"), said)


def hole(title: str, said: str) -> str:
    """In the place of numbers that are not there. Both come escaped."""
    return f'<section class="hole"><h2>{title}</h2><p>{said}</p></section>'


def _nothing(asked: Asked, words: Words, title: str, said: str) -> str:
    home = Asked(None, lang=asked.lang, theme=asked.theme).url()
    body = [
        f'<section class="hole"><p>{said}</p>'
        f'<p><a href="{escape(home)}">{words.say("toReports")}</a></p></section>'
    ]
    bare = Asked(None, lang=asked.lang, theme=asked.theme)
    return "".join(document(bare, words, title, [], body))


def _header(asked: Asked, words: Words, title: str, path: Iterable[Link]) -> Iterable[str]:
    home = Asked(None, "", "", "", asked.since, asked.until, asked.lang, asked.theme).url()
    links = [(home, words.say("reports")), *path]
    yield '<header><nav class="path" aria-label="SEMKO"><ol>'
    for url, text in links:
        yield f'<li><a href="{escape(url)}">{escape(text)}</a></li>'
    yield "</ol></nav>"
    other = "en" if words.language == "bg" else "bg"
    yield '<ul class="looks">'
    name = words.say("language")
    yield f'<li><a href="{escape(asked.url(lang=other))}" lang="{other}">{name}</a></li>'
    for theme in ("light", "dark"):
        url = escape(asked.url(theme=theme))
        yield f'<li><a href="{url}">{words.one_of("theme", theme)}</a></li>'
    if asked.signed_in:
        way = urlencode({"out": "", "lang": words.language, "next": asked.url()})
        yield f'<li><a href="{escape(f"/login?{way}")}">{words.say("signOut")}</a></li>'
    yield f"</ul><h1>{escape(title)}</h1>"


def _choice(asked: Asked, words: Words) -> Iterable[str]:
    """A plain form: what it asks for stands in the address."""
    assert asked.since is not None
    assert asked.until is not None
    assert asked.today is not None
    fields = {"tenant": asked.tenant, "office": asked.office}
    if asked.scope in {"desk", "service"}:
        fields[str(asked.scope)] = asked.key
    fields |= {"lang": asked.lang, "theme": asked.theme}
    action = f"/report/{asked.scope}" if asked.scope else "/report"
    yield f'<form class="choice" method="get" action="{action}">'
    for name, value in fields.items():
        if value:
            yield f'<input type="hidden" name="{name}" value="{escape(value)}">'
    earlier, later = escape(asked.moved(-1).url()), asked.moved(1)
    yield f'<a class="button" href="{earlier}" rel="prev">‹ {words.say("earlier")}</a>'
    for name, field, day in (("from", "from", asked.since), ("to", "to", asked.until)):
        yield (
            f'<label>{words.say(name)} <input type="date" name="{field}"'
            f' value="{day.isoformat()}" min="2000-01-01" max="2100-12-31" required></label>'
        )
    yield f"<button>{words.say('show')}</button>"
    if later.since is not None and later.since <= asked.today:
        url = escape(later.url())
        yield f'<a class="button" href="{url}" rel="next">{words.say("later")} ›</a>'
    for days, key in ((1, "today"), (7, "lastDays")):
        url = escape(asked.last(days).url())
        yield f'<a class="button" href="{url}">{words.say(key, n=days)}</a>'
    yield "</form>"
    said = words.say("days", since=words.day(asked.since), until=words.day(asked.until))
    yield f'<p class="days">{said}</p>'


def _foot(asked: Asked, words: Words, zone: str) -> Iterable[str]:
    csv, parquet = (escape(asked.url(kind)) for kind in (".csv", ".parquet"))
    yield f'<footer><p class="exports">{words.say("export")}'
    yield f' <a href="{csv}">CSV</a> <a href="{parquet}">Parquet</a></p>'
    yield f"<p>{words.say('intervals')} {words.say('fewNote')}</p>"
    yield f"<p>{words.say('print', zone=zone, version=FORMULA_VERSION)}</p></footer>"
