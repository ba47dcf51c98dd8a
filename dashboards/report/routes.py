"""The addresses of reports: pages, their exports and their style. They take the right to read.

What an address asks is checked here and answered beside the loop; knows not which store answers.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from importlib.resources import files
from re import sub

from aiohttp import web

from dashboards.asking import Query
from dashboards.report.asked import Asked, Scope, Unknown, Wrong, asked
from dashboards.report.export import Line, as_csv, as_parquet, overview_lines, report_lines
from dashboards.report.frame import unknown, wrong
from dashboards.report.gathering import Reports
from dashboards.report.names import Names
from dashboards.report.page import overview_page, report_page
from dashboards.report.words import Words
from models.registry import Language, Registry

HEADERS = {
    # As for other pages; but the choice of days is a form that asks this origin.
    "Content-Security-Policy": "default-src 'self'; script-src 'none'; base-uri 'none';"
    " form-action 'self'; frame-ancestors 'self'; object-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
SIGNED_IN = "semko_signed_in"
"""The cookie that tells pages of it: that of `sources.gateway.login`."""
_SCOPES: tuple[Scope | None, ...] = (None, "office", "desk", "service")
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def routes(query: Query, registry: Registry, now: Callable[[], int]) -> list[web.AbstractRouteDef]:
    """``GET /report…``, each as a page, ``.csv`` and ``.parquet``; ``now`` in ms since 1970."""
    desk = _Desk(Reports(query, registry), registry, now)
    found: list[web.AbstractRouteDef] = []
    for scope in _SCOPES:
        path = f"/report/{scope}" if scope else "/report"
        for kind in ("", ".csv", ".parquet"):
            found.append(web.get(path + kind, desk.serving(scope, kind)))
    for name, content_type in (("report.css", "text/css"), ("icon.svg", "image/svg+xml")):
        body = files(__package__).joinpath(name).read_bytes()
        found.append(web.get(f"/report/{name}", _file(body, content_type)))
    return found


class _Desk:
    def __init__(self, reports: Reports, registry: Registry, now: Callable[[], int]) -> None:
        self._reports = reports
        self._registry = registry
        self._now = now
        self._words: dict[Language, Words] = {"bg": Words("bg"), "en": Words("en")}

    def serving(self, scope: Scope | None, kind: str) -> _Handler:
        async def serve(request: web.Request) -> web.StreamResponse:
            accepted = request.headers.get("Accept-Language", "")
            try:
                wanted = asked(scope, request.query, accepted)
                wanted = replace(wanted, signed_in=SIGNED_IN in request.cookies)
            except Wrong as problem:
                return self._refusal(problem, accepted, request.query.get("lang", ""))
            try:
                answer = await asyncio.to_thread(self._answer, wanted, kind)
            except Wrong as problem:
                return self._refusal(problem, accepted, wanted.lang)
            except Unknown:
                return _html(unknown(wanted, self._words[wanted.lang]), 404)
            return answer if isinstance(answer, web.Response) else await _sent(request, answer)

        return serve

    def _refusal(self, problem: Wrong, accepted: str, lang: str) -> web.Response:
        english = lang == "en" or (lang != "bg" and accepted.lower().startswith("en"))
        return _html(wrong(problem, self._words["en" if english else "bg"]), 400)

    def _answer(self, wanted: Asked, kind: str) -> web.Response | Iterator[str]:
        names, words = Names(self._registry, wanted.lang), self._words[wanted.lang]
        if wanted.scope is None:
            overview = self._reports.overview(wanted, self._now())
            if kind:
                return _table(overview.asked, kind, overview_lines(overview))
            return _html(overview_page(overview, names, words))
        report = self._reports.report(wanted, self._now())
        if kind:
            return _table(report.asked, kind, report_lines(report))
        if wanted.since is None or wanted.until is None:  # an address says all that it shows
            raise web.HTTPSeeOther(report.asked.url())
        return report_page(report, names, words)


def _html(text: str, status: int = 200) -> web.Response:
    return web.Response(
        text=text, status=status, content_type="text/html", charset="utf-8", headers=HEADERS
    )


async def _sent(request: web.Request, pieces: Iterator[str]) -> web.StreamResponse:
    """A page sent piece by piece: a browser shows what it has."""
    response = web.StreamResponse(headers=HEADERS)
    response.content_type, response.charset = "text/html", "utf-8"
    with suppress(ConnectionError):  # who has gone wants no more
        await response.prepare(request)
        if request.method == "HEAD":
            return response
        while (piece := await asyncio.to_thread(next, pieces, None)) is not None:
            await response.write(piece.encode())
        await response.write_eof()
    return response


def _table(settled: Asked, kind: str, lines: list[Line]) -> web.Response:
    parts = [settled.scope or "offices", settled.tenant, settled.office, settled.key]
    parts += [str(settled.since), str(settled.until)]
    name = "-".join(sub(r"[^A-Za-z0-9._-]+", "_", part) for part in parts if part)
    disposition = {"Content-Disposition": f'attachment; filename="semko-{name}{kind}"'}
    if kind == ".csv":
        body, content_type = as_csv(lines), "text/csv"
    else:
        body, content_type = as_parquet(lines), "application/vnd.apache.parquet"
    return web.Response(body=body, content_type=content_type, headers=HEADERS | disposition)


def _file(body: bytes, content_type: str) -> _Handler:
    async def serve(_: web.Request) -> web.StreamResponse:
        headers = HEADERS | {"Cache-Control": "no-cache"}
        return web.Response(body=body, content_type=content_type, charset="utf-8", headers=headers)

    return serve
