"""Reports over either store, and behind the gateway's doors."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qs, quote, urlsplit

import aiohttp

from dashboards.asking import Query
from dashboards.report.asked import asked
from dashboards.report.export import overview_lines, report_lines
from dashboards.report.gathering import Reports
from dashboards.report.routes import routes
from dashboards.report.sql import COMPARED
from models.errors import StoreUnavailable
from sinks.chdb_database import ChdbDatabase
from sinks.opening import open_store
from sources.gateway import GatewaySettings
from sources.gateway.login import MARK
from tests.dashboards.reported import CENTRE, NOW_MS, fill, names, sum_up
from tests.dashboards.store import Store, opened
from tests.facade.running import facade
from tests.sources.gateway_at_work import Gateway, bearer, gateway, in_a_loop, keys_at

_ASKED = (
    asked("office", CENTRE),
    asked("desk", CENTRE | {"desk": "d1"}),
    asked("service", CENTRE | {"service": "tax"}),
)

_OFFICE = "/report/office?tenant=town&office=centre"
_PAGE = f"{_OFFICE}&from=2026-02-02&to=2026-02-27&lang=en"


def told(url: str) -> list[tuple[object, ...]]:
    """Every line of every report on the same town in a new store at ``url``."""
    store = open_store(url, may_migrate=True)
    try:
        rows = Store(cast(ChdbDatabase, store.database))
        fill(rows)
        sum_up(rows)
        reports = Reports(store.rows, names())
        lines = overview_lines(reports.overview(asked(None, {}), NOW_MS))
        for wanted in _ASKED:
            lines += report_lines(reports.report(wanted, NOW_MS))
    finally:
        store.close()
    return [
        tuple(round(cell, 6) if isinstance(cell, float) else cell for cell in line)
        for line in lines
    ]


def test_both_stores_tell_the_same(tmp_path: Path) -> None:
    embedded = told(f"chdb://{tmp_path}/embedded")
    with facade(tmp_path / "served") as served:
        assert told(served.url()) == embedded
    assert len(embedded) > 1_000


@in_a_loop
async def test_reports_take_the_right_to_read(tmp_path: Path) -> None:
    def nothing(_: str, __: object) -> list[dict[str, Any]]:
        return []

    settings = GatewaySettings(port=0, keys_path=keys_at(tmp_path))
    pages = routes(nothing, names(), lambda: NOW_MS)
    async with gateway(settings, routes=pages) as it:
        for path in ("/report", "/report.csv", "/report/office.parquet?tenant=town&office=centre"):
            assert (await it.ask("GET", path)).status == 401
            assert (await it.ask("GET", path, **bearer("tablet"))).status == 403
            assert (await it.ask("GET", path, **bearer("reader"))).status == 200
        assert (await it.ask("POST", "/report", b"", **bearer("chief"))).status == 405


def gated(store: Store, gate: threading.Event, failing: list[bool]) -> Query:
    """``store``, whose comparisons wait for ``gate`` and fail where ``failing`` says so."""

    def query(sql: str, values: Mapping[str, object]) -> list[dict[str, Any]]:
        if sql == COMPARED:
            gate.wait(20)
            if failing and failing.pop():
                raise StoreUnavailable("the store has gone")
        return store.query(sql, values)

    return query


async def read_until(stream: aiohttp.StreamReader, mark: str) -> str:
    text = b""
    while mark not in text.decode("utf-8", "ignore"):
        piece = await asyncio.wait_for(stream.readany(), 20)
        assert piece, f"the page ends before {mark}"
        text += piece
    return text.decode()


@asynccontextmanager
async def reporting(folder: Path, ask: Callable[[Store], Query]) -> AsyncIterator[Gateway]:
    """A gateway with the reports of the town, asked through ``ask``."""
    with opened(folder / "store") as store:
        fill(store)
        sum_up(store)
        pages = routes(ask(store), names(), lambda: NOW_MS)
        async with gateway(GatewaySettings(port=0), routes=pages) as it:
            yield it


def straight(store: Store) -> Query:
    return store.query


@in_a_loop
async def test_a_page_shows_the_rest_before_the_comparison_is_there(tmp_path: Path) -> None:
    gate, failing = threading.Event(), [True]
    async with reporting(tmp_path, lambda store: gated(store, gate, failing)) as it:
        async with it.client.get(_PAGE) as answer:
            shown = await read_until(answer.content, "Reasons")
            assert "Hours of the week" in shown
            assert "compared fairly" not in shown
            gate.set()
            rest = (await answer.content.read()).decode()
        assert rest.count("could not be compared") == 2
        assert rest.endswith("</body></html>\n")
        # What failed is asked for again; what did not is kept.
        page = (await it.ask("GET", _PAGE)).body.decode()
        assert "could not be compared" not in page
        assert page.count("compared fairly") == 2
        gate.clear()
        assert (await it.ask("GET", _PAGE)).body.decode() == page


@in_a_loop
async def test_who_is_signed_in_is_offered_the_way_out(tmp_path: Path) -> None:
    async with reporting(tmp_path, straight) as it:
        for path in (_PAGE, "/report?lang=en"):
            assert b"/login?out" not in (await it.ask("GET", path)).body
            page = (await it.ask("GET", path, Cookie=f"{MARK}=1")).body.decode()
            assert f"/login?out=&amp;lang=en&amp;next={quote('/report', safe='')}" in page
            assert page.count("Sign out") == 1


@in_a_loop
async def test_asking_for_the_head_alone_sends_no_page(tmp_path: Path) -> None:
    async with reporting(tmp_path, straight) as it:
        for path in (_PAGE, _PAGE, "/report"):
            answer = await it.ask("HEAD", path)
            assert (answer.status, answer.body) == (200, b"")


@in_a_loop
async def test_an_address_without_days_leads_to_one_that_says_them(tmp_path: Path) -> None:
    async with reporting(tmp_path, straight) as it:
        for lacking in ("", "&from=2026-02-02", "&to=2026-02-27"):
            answer = await it.ask("GET", f"{_OFFICE}{lacking}&lang=en")
            assert answer.status == 303
            way = answer.headers["Location"]
            assert {"from", "to", "lang", "tenant", "office"} == parse_qs(
                urlsplit(way).query
            ).keys()
            assert (await it.ask("GET", way)).status == 200
