"""Doors for operators, and a description that says what the routes do."""

import asyncio
import json
import re
from collections.abc import Callable
from typing import Any

from aiohttp import web

from models.errors import CallError, StoreHeld, WorldError
from models.maintenance import Maintenance
from sources.gateway import TerminalSide
from sources.gateway.limits import MAX_CLIENTS, RateLimit
from sources.gateway.operate import StoreSide
from tests.sources.gateway_at_work import completion, gateway, in_a_loop, lines, vote


async def _query(sql: str, form: str) -> bytes:
    if "nonsense" in sql:
        raise CallError("there is no such table: nonsense")
    if "held" in sql:
        raise StoreHeld("another process holds the store")
    return json.dumps({"sql": sql, "format": form}).encode()


async def _reconcile(tell: Callable[[int, int], None], repair: bool) -> dict[str, object]:
    tell(3, 7)
    await asyncio.sleep(0.01)
    if repair:
        raise WorldError("nothing can be written now")
    return {"differences": 0}


async def _letters(body: bytes, tell: Callable[[int, int], None]) -> dict[str, object]:
    tell(1, 1)
    return {"asked": body.decode()}


async def _freeze() -> dict[str, object]:
    return {"progress": []}


async def _indicators(body: bytes) -> dict[str, object]:
    return {"asked": body.decode()}


STORE = StoreSide(_query, _reconcile, _letters, _freeze, _indicators)


@in_a_loop
async def test_a_lagging_series_goes_to_who_holds_the_store() -> None:
    async with gateway(store=STORE) as it:
        assert (await it.ask("POST", "/v1/indicators", b'{"tenant"}')).json == {
            "asked": '{"tenant"}'
        }
        assert (await it.ask("POST", "/v1/indicators", b"x" * (17 << 20))).status == 400


async def _keep(_: object) -> None:
    pass


async def _maintenance() -> Maintenance:
    return Maintenance()


async def _order(_: object) -> dict[str, object]:
    return {}


TERMINALS = TerminalSide(_keep, _maintenance, _order)


@in_a_loop
async def test_the_store_stands_still_when_a_backup_asks_for_it() -> None:
    async with gateway(store=STORE) as it:
        assert (await it.ask("POST", "/v1/freeze")).json == {"progress": []}


@in_a_loop
async def test_what_is_asked_about_dead_letters_goes_to_who_holds_the_store() -> None:
    async with gateway(store=STORE) as it:
        assert (await it.ask("POST", "/v1/dead-letters", b'{"do"}')).json == {"asked": '{"do"}'}
        assert (await it.ask("POST", "/v1/dead-letters", b"x" * (17 << 20))).status == 400


@in_a_loop
async def test_a_query_goes_to_the_store_with_its_format() -> None:
    async with gateway(store=STORE) as it:
        answer = await it.ask("POST", "/v1/query?format=JSON", " select 'ж' ".encode())
        assert answer.json == {"sql": "select 'ж'", "format": "JSON"}
        assert answer.headers["Content-Type"] == "application/json"
        for path, sql in (
            ("/v1/query", b""),
            ("/v1/query", b"\xff"),
            ("/v1/query", b"x" * 300_000),
            ("/v1/query?format=../etc", b"select 1"),
            ("/v1/query", b"select nonsense"),
        ):
            answer = await it.ask("POST", path, sql)
            assert answer.status == 400
            assert set(answer.json) == {"error", "problem", "remedy"}
        assert (await it.ask("POST", "/v1/query", b"held")).status == 503


@in_a_loop
async def test_the_two_books_are_compared_on_demand() -> None:
    async with gateway(store=STORE) as it:
        assert (await it.ask("POST", "/v1/reconcile")).json == {"differences": 0}
        assert (await it.ask("POST", "/v1/reconcile?repair=perhaps")).status == 400
        assert (await it.ask("POST", "/v1/reconcile?repair=yes")).status == 503


@in_a_loop
async def test_who_asks_for_lines_is_told_of_long_work_along_the_way() -> None:
    async with gateway(store=STORE) as it:
        told = await it.ask("POST", "/v1/reconcile", Accept="application/x-ndjson")
        assert [json.loads(line) for line in told.body.splitlines()] == [
            {"done": 3, "of": 7},
            {"result": {"differences": 0}},
        ]
        refused = await it.ask("POST", "/v1/reconcile?repair=yes", Accept="application/x-ndjson")
        assert json.loads(refused.body.splitlines()[-1]) == {
            "problem": "nothing can be written now",
            "call": False,
        }


@in_a_loop
async def test_ready_says_what_it_waits_for() -> None:
    problems = ["the worker loads its facts"]

    async def ready() -> dict[str, object]:
        if problems:
            raise WorldError(problems[0])
        return {"lag": 0}

    async with gateway(ready=ready) as it:
        assert (await it.ask("GET", "/healthz")).json == {"alive": True}
        answer = await it.ask("GET", "/readyz")
        assert (answer.status, answer.json["problem"]) == (503, problems[0])
        problems.clear()
        assert (await it.ask("GET", "/readyz")).json == {"ready": True, "lag": 0}


@in_a_loop
async def test_metrics_are_prometheus_text_and_count_what_happened() -> None:
    async with gateway(more_metrics=lambda: "semko_other 1\n") as it:
        await it.send(lines(vote(), vote(event_id="v2"), completion(), vote(score=9)))
        await it.ask("GET", '/v1/"quoted"')
        text = (await it.ask("GET", "/metrics")).body.decode()
    line = re.compile(r'(# (HELP|TYPE) .+|[a-z_]+(\{(\w+="[^"\\]*",?)+\})? [0-9.e+-]+)')
    assert all(line.fullmatch(each) for each in text.splitlines())
    assert 'semko_events_accepted_total{topic="votes"} 2' in text
    assert 'semko_events_accepted_total{topic="completions"} 1' in text
    assert 'semko_events_refused_total{reason="contract"} 1' in text
    assert 'semko_http_requests_total{route="/v1/events",status="202"} 1' in text
    assert "quoted" not in text
    assert text.endswith("semko_other 1\n")


@in_a_loop
async def test_the_root_leads_to_the_wall_and_pages_of_others_are_served() -> None:
    async def wall(_: web.Request) -> web.Response:
        return web.Response(text="the wall")

    async with gateway(routes=[web.get("/wall", wall)]) as it:
        answer = await it.ask("GET", "/")
        assert (answer.status, answer.headers["Location"]) == (302, "/wall")
        assert (await it.ask("GET", "/wall")).body == b"the wall"


async def hours(tenant: str, office: str) -> dict[str, object]:
    return {"asked": [tenant, office]}


@in_a_loop
async def test_desks_by_hours_are_asked_for_by_tenant_and_office_alone() -> None:
    async with gateway(hours=hours) as it:
        answer = await it.ask("GET", "/v1/hours?tenant=t&office=o")
        assert answer.json == {"asked": ["t", "o"]}
        for wrong in ("", "?tenant=t", "?tenant=t&office=o&desk=d"):
            refused = await it.ask("GET", f"/v1/hours{wrong}")
            assert refused.status == 400
            assert "tenant and office" in refused.json["problem"]


@in_a_loop
async def test_the_description_names_every_route_and_its_references_resolve() -> None:
    async with gateway(store=STORE, terminals=TERMINALS, hours=hours) as it:
        document = (await it.ask("GET", "/openapi.json")).json
        served = {
            (route.resource.canonical, route.method.lower())
            for route in it.app.router.routes()
            if route.resource is not None and route.method != "HEAD"
        }
    described = {(path, verb) for path, verbs in document["paths"].items() for verb in verbs}
    pages = {("/", "get"), ("/docs", "get"), ("/openapi.json", "get")}
    pages |= {("/login", "post"), ("/logout", "post")}  # what the login page asks
    assert described == served - pages
    assert document["openapi"].startswith("3.1")
    schemas = document["components"]["schemas"]
    references = set(re.findall(r'"\$ref": "([^"]+)"', json.dumps(document)))
    assert references
    assert all(each.removeprefix("#/components/schemas/") in schemas for each in references)


@in_a_loop
async def test_the_examples_of_the_description_are_accepted() -> None:
    async with gateway(now=lambda: 1_795_450_000_000) as it:
        document = (await it.ask("GET", "/openapi.json")).json
        content = document["paths"]["/v1/events"]["post"]["requestBody"]["content"]
        examples: dict[str, Any] = content["application/json"]["examples"]
        for example in examples.values():
            answer = await it.send(json.dumps(example["value"]).encode())
            assert answer.json["rejected"] == []


@in_a_loop
async def test_the_page_of_the_description_is_whole_and_asks_nothing_of_others() -> None:
    async with gateway() as it:
        answer = await it.ask("GET", "/docs")
    html = answer.body.decode()
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "<script" not in html
    assert not re.search(r"(?:src|href)=\"(?!#|/openapi\.json)", html)
    anchors = set(re.findall(r'href="#([^"]+)"', html))
    assert anchors <= set(re.findall(r'id="([^"]+)"', html))
    for word in ("interaction_id", "voted_at", "/v1/events", "429"):
        assert word in html


def test_a_bucket_fills_at_its_rate_up_to_its_burst() -> None:
    limit = RateLimit(per_second=2, burst=2)
    assert [limit.take("a", 0.0) for _ in range(3)] == [0, 0, 1]
    assert limit.take("b", 0.0) == 0
    assert limit.take("a", 0.5) == 0
    assert limit.take("a", 0.5) == 1
    assert [limit.take("a", 100.0) for _ in range(3)] == [0, 0, 1]


def test_buckets_do_not_grow_without_bound() -> None:
    limit = RateLimit(per_second=1, burst=1)
    for client in range(MAX_CLIENTS + 1):
        assert limit.take(str(client), 0.0) == 0
    assert limit.take(str(MAX_CLIENTS), 0.0) == 1
    assert limit.take("0", 0.0) == 0
