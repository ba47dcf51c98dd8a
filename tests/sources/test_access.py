"""Every route of a whole gateway against everybody who may ask: no token, each role, a device."""

import re
from base64 import b64encode
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from aiohttp import ClientSession

from dashboards.desk import routes as desk_routes
from dashboards.kiosk import routes as kiosk_routes
from dashboards.pages import page_routes
from dashboards.report.routes import routes as report_routes
from dashboards.shift import shift_routes
from dashboards.wall import routes as wall_routes
from models.maintenance import Maintenance
from models.questions import Answer, Question
from models.registry import Registry
from sources.gateway import GatewaySettings, TerminalSide, serving
from sources.gateway.access import NEEDS, OPEN, SQL_NEEDS, entry_of
from sources.gateway.alerts import AlertSide
from sources.gateway.guard import COOKIE
from sources.gateway.keys import (
    RIGHTS,
    Keys,
    Right,
    Role,
    Terminal,
    Token,
    change_keys,
    digest,
    read_keys,
)
from sources.gateway.login import MARK
from sources.gateway.operate import StoreSide
from sources.gateway.sql import SqlSide, make_sql_app
from tests.sources.gateway_at_work import Gateway, bearer, gateway, in_a_loop, lines, vote

HOLDERS = {
    "": (),
    "clerk": RIGHTS[Role.CLERK],
    "viewer": RIGHTS[Role.VIEWER],
    "analyst": RIGHTS[Role.ANALYST],
    "operator": RIGHTS[Role.OPERATOR],
    "tablet": (Right.WRITE,),
}


def settings(folder: Path) -> GatewaySettings:
    """A gateway that others reach; the guard asks where it listens, not who asks."""
    keys = Keys(
        [Terminal("hall-1", digest("tablet"), "town", "centre", ["d1"])],
        [],
        [
            Token("clerk-1", digest("clerk"), Role.CLERK, "town/centre"),
            Token("viewer-1", digest("viewer"), Role.VIEWER),
            Token("analyst-1", digest("analyst"), Role.ANALYST),
            Token("operator-1", digest("operator"), Role.OPERATOR),
        ],
    )
    path = folder / "keys.toml"
    change_keys(path, lambda _: keys)
    return GatewaySettings(host="0.0.0.0", port=0, keys_path=path)


def neighbours() -> dict[str, Any]:
    """All that a gateway can have, so that it has all its routes."""

    async def work(*_: object) -> dict[str, object]:
        return {}

    async def query(*_: object) -> bytes:
        return b""

    async def nothing(*_: object) -> list[dict[str, object]]:
        return []

    async def none(*_: object) -> None:
        return None

    async def maintenance() -> Maintenance:
        return Maintenance()

    return {
        "store": StoreSide(query, work, work, work, work),
        "alerts": AlertSide(nothing, none, none),
        "terminals": TerminalSide(none, maintenance, work),
        "hours": work,
        "routes": [
            *wall_routes(),
            *shift_routes(),
            *report_routes(lambda *_: [], Registry.empty(), lambda: 0),
            *page_routes("login"),
            *kiosk_routes(),
            *desk_routes(),
        ],
    }


def routes_of(it: Gateway) -> list[tuple[str, str]]:
    """Method and path of every route that the router has."""
    return [
        (route.method, route.resource.canonical)
        for route in it.app.router.routes()
        if route.resource is not None
    ]


async def status_of(it: Gateway, method: str, canonical: str, secret: str) -> int:
    known = {"tenant": "town", "office": "centre"}  # the clerk's
    path = re.sub(r"\{(\w+)\}", lambda name: known.get(name[1], "hall-1"), canonical)
    headers = bearer(secret) if secret else {}
    async with it.client.request(
        method, path, data=b"{}", headers=headers, allow_redirects=False
    ) as answer:
        return answer.status  # the body may be a stream without an end


@in_a_loop
async def test_every_route_has_an_entry_and_lets_in_whom_it_names_and_nobody_else(
    tmp_path: Path,
) -> None:
    async with gateway(settings(tmp_path), **neighbours()) as it:
        found = routes_of(it)
        assert [route for route in found if entry_of(*route) is None] == []
        assert {entry_of(*route) for route in found} == set(NEEDS)
        breaches = []
        for method, canonical in found:
            entry = entry_of(method, canonical)
            assert entry is not None
            for secret, rights in HOLDERS.items():
                status = await status_of(it, method, canonical, secret)
                is_in = NEEDS[entry] == OPEN or NEEDS[entry] in rights
                if canonical in {"/login", "/v1/pair"} and method == "POST":
                    is_in = False  # `{}` is no token and no code, whoever sends it
                if is_in != (status not in {401, 403}):
                    breaches.append((method, canonical, secret, status))
        assert breaches == []


def test_the_docs_have_the_same_table() -> None:
    text = (Path(__file__).parents[2] / "docs" / "access.md").read_text("utf-8")
    told = dict(re.findall(r"^\| `([A-Z]+ /\S*)` \| (\w+) \|$", text, re.MULTILINE))
    assert told == {route: str(need) for route, need in NEEDS.items()}
    at_the_door = dict(
        re.findall(r"^\| `([A-Z]+ /\S*)` of `--sql` \| (\w+) \|$", text, re.MULTILINE)
    )
    assert at_the_door == {route: str(need) for route, need in SQL_NEEDS.items()}


@in_a_loop
async def test_a_token_is_exchanged_for_a_cookie_that_no_script_reads(tmp_path: Path) -> None:
    async with gateway(settings(tmp_path)) as it:
        for wrong in (b'{"token": "no"}', b'{"token": "tablet"}', b'{"token": 1}', b"{}"):
            answer = await it.ask("POST", "/login", wrong)
            assert (answer.status, "Set-Cookie" in answer.headers) == (401, False)
        assert (await it.ask("POST", "/login", b"[")).status == 400
        answer = await it.ask("POST", "/login", b'{"token": " viewer "}')
        assert (answer.status, answer.json["goes_to"]) == (200, "/wall")
        said, mark = answer.headers.getall("Set-Cookie")
        assert mark.startswith(f"{MARK}=1;")
        assert "viewer" not in mark
        assert said.startswith(f"{COOKIE}=viewer;")
        assert "HttpOnly" in said
        assert "SameSite=Strict" in said
        assert "Secure" not in said
        assert (await it.ask("GET", "/v1/scores", Cookie=f"{COOKIE}=viewer")).status == 200
        assert (await it.ask("GET", "/v1/scores", Cookie=f"{COOKIE}=viewe")).status == 401
        wrong_key = bearer("wrong") | {"Cookie": f"{COOKIE}=viewer"}
        assert (await it.ask("GET", "/v1/scores", **wrong_key)).status == 401
        answer = await it.ask("POST", "/logout", Cookie=f"{COOKIE}=viewer")
        gone = answer.headers.getall("Set-Cookie")
        assert [one.split("=")[0] for one in gone if "Max-Age=0" in one] == [COOKIE, MARK]


@in_a_loop
async def test_over_tls_the_cookie_never_travels_in_the_clear(tmp_path: Path) -> None:
    async with gateway(settings(tmp_path)) as it:
        host = "semko.example"
        told = {"Host": host, "Origin": f"https://{host}"}
        answer = await it.ask("POST", "/login", b'{"token": "clerk"}', **told)
        assert (answer.status, answer.json["goes_to"]) == (200, "/desk")
        assert all("Secure" in one for one in answer.headers.getall("Set-Cookie"))


@in_a_loop
async def test_a_browser_without_a_token_is_led_to_the_login(tmp_path: Path) -> None:
    async with gateway(settings(tmp_path), **neighbours()) as it:
        answer = await it.ask("GET", "/wall?lang=bg&desk=d1", Accept="text/html,*/*")
        assert answer.status == 303
        path, _, query = answer.headers["Location"].partition("?")
        assert (path, parse_qs(query)) == ("/login", {"next": ["/wall?lang=bg&desk=d1"]})
        assert (await it.ask("GET", "/v1/scores", Accept="*/*")).status == 401


@in_a_loop
async def test_a_browser_with_a_token_of_another_role_is_led_there_too(tmp_path: Path) -> None:
    async with gateway(settings(tmp_path), **neighbours()) as it:
        clerk = bearer("clerk")
        answer = await it.ask("GET", "/wall?lang=bg", Accept="text/html,*/*", **clerk)
        assert answer.status == 303
        path, _, query = answer.headers["Location"].partition("?")
        asked = parse_qs(query, keep_blank_values=True)
        assert (path, asked) == ("/login", {"next": ["/wall?lang=bg"], "other": [""]})
        assert (await it.ask("GET", "/v1/scores", Accept="*/*", **clerk)).status == 403


@in_a_loop
async def test_every_answer_forbids_what_comes_from_elsewhere_and_what_is_inline(
    tmp_path: Path,
) -> None:
    async with gateway(settings(tmp_path), **neighbours()) as it:
        for path in ("/wall", "/login", "/docs", "/v1/scores", "/nothing", "/healthz"):
            headers = (await it.ask("GET", path, **bearer("viewer"))).headers
            policy = headers["Content-Security-Policy"]
            assert "unsafe" not in policy, path
            assert "http:" not in policy
            assert policy.startswith(("default-src 'none'", "default-src 'self'"))
            assert headers["X-Content-Type-Options"] == "nosniff"
            assert headers["Referrer-Policy"] == "no-referrer"
            assert headers["Cross-Origin-Opener-Policy"] == "same-origin"


@in_a_loop
async def test_a_revoked_token_is_refused_and_the_others_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sources.gateway.guard._KEYS_LOOKED_AT_SECONDS", 0.0)
    own = settings(tmp_path)
    assert own.keys_path is not None
    async with gateway(own) as it:
        assert (await it.ask("GET", "/v1/scores", **bearer("viewer"))).status == 200
        change_keys(own.keys_path, lambda held: Keys(held.terminals, [], held.tokens[3:]))
        assert (await it.ask("GET", "/v1/scores", **bearer("viewer"))).status == 401
        assert (await it.ask("GET", "/v1/scores", **bearer("operator"))).status == 200
        assert [token.id for token in read_keys(own.keys_path).tokens] == ["operator-1"]


@in_a_loop
async def test_on_loopback_without_keys_all_is_open() -> None:
    async with gateway(**neighbours()) as it:
        assert (await it.ask("GET", "/wall", Accept="text/html")).status == 200
        assert (await it.send(lines(vote()))).status == 202


@in_a_loop
async def test_the_analysts_door_lets_in_analysts_and_operators_and_nobody_else(
    tmp_path: Path,
) -> None:
    async def ask(question: Question, _: str) -> Answer:
        return Answer(b"1\n", question.form)

    async def stop(*_: object) -> None:
        return None

    own = settings(tmp_path)
    app = make_sql_app(SqlSide(ask, stop, stop, "26.9", "UTC"), own, lambda: 0)
    routes = {
        f"{route.method} {route.resource.canonical}"
        for route in app.router.routes()
        if route.resource is not None and route.method != "HEAD"
    }
    assert routes == set(SQL_NEEDS)
    found = []
    async with serving(app, own) as port, ClientSession(f"http://127.0.0.1:{port}") as client:
        for secret, rights in HOLDERS.items():
            for headers in ({"X-ClickHouse-Key": secret}, {"Authorization": basic(secret)}):
                async with client.post("/", data=b"SELECT 1", headers=headers) as answer:
                    told = answer.headers.get("X-ClickHouse-Exception-Code")
                    found.append((secret, answer.status, told))
                    assert (answer.status == 200) == (Right.ASK in rights)
        async with client.get("/?query=SELECT+1", headers={"Accept": "text/html"}) as answer:
            assert answer.status == 401
        async with client.get("/ping") as answer:
            assert answer.status == 200
    assert ("", 401, "516") in found
    assert ("viewer", 403, "497") in found
    assert ("analyst", 200, None) in found


def basic(secret: str) -> str:
    return "Basic " + b64encode(f"default:{secret}".encode()).decode()
