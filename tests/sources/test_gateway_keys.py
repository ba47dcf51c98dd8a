"""Who may come in, from where, and with what."""

import base64
import stat
from pathlib import Path
from typing import Any

import pytest

from models.errors import CallError, WorldError
from sources.gateway import GatewaySettings, check_exposure, make_app, serving
from sources.gateway.keys import KeyRing, Keys, Terminal, digest, new_secret, read_keys, write_keys
from sources.gateway.operate import StoreSide
from tests.sources.gateway_at_work import (
    bearer,
    completion,
    gateway,
    in_a_loop,
    keys_at,
    lines,
    vote,
)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.0.1", "::1", "[::1]", "localhost"])
def test_on_loopback_no_keys_are_needed(host: str) -> None:
    check_exposure(host, GatewaySettings(host=host))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "10.0.0.5", "semko.town.bg"])
def test_off_loopback_the_gateway_refuses_to_start_without_terminal_keys(
    host: str, tmp_path: Path
) -> None:
    with pytest.raises(CallError, match="semko terminals add"):
        check_exposure(host, GatewaySettings(host=host))
    empty = tmp_path / "empty.toml"
    write_keys(empty, Keys())
    with pytest.raises(CallError, match="semko terminals add"):
        check_exposure(host, GatewaySettings(host=host, keys_path=empty))
    check_exposure(host, GatewaySettings(host=host, keys_path=keys_at(tmp_path)))


@in_a_loop
async def test_serving_checks_the_exposure_before_it_listens() -> None:
    async def append(_: object) -> None: ...

    async def snapshot() -> dict[str, object]:
        return {}

    settings = GatewaySettings(host="0.0.0.0", port=0)
    with pytest.raises(CallError, match="terminal keys"):
        async with serving(make_app(append, settings, snapshot), settings):
            pytest.fail("it listens")


def test_a_name_of_a_reverse_proxy_is_exposure_too() -> None:
    with pytest.raises(CallError, match=r"semko\.town\.bg"):
        check_exposure("127.0.0.1", GatewaySettings(names=frozenset({"semko.town.bg"})))


@in_a_loop
async def test_a_terminals_key_votes_for_its_desks_alone(tmp_path: Path) -> None:
    settings = GatewaySettings(port=0, keys_path=keys_at(tmp_path))
    async with gateway(settings) as it:
        assert (await it.send(lines(vote(desk_id="G-08")), **bearer("tablet"))).status == 202
        foreign = {
            "tenant_id": vote(tenant_id="other"),
            "office_id": vote(office_id="other"),
            "desk_id": vote(desk_id="G-09"),
            "type": completion(),
        }
        for named, event in foreign.items():
            answer = await it.send(lines(event), **bearer("tablet"))
            assert answer.status == 403, named
            assert "desks G-07, G-08" in answer.json["problem"]
            mixed = await it.send(lines(event, vote()), **bearer("tablet"))
            assert (mixed.status, mixed.json["accepted"]) == (202, 1)
            assert mixed.json["rejected"][0]["field"] == named
        assert len(it.log.records) == 1 + len(foreign)


@in_a_loop
async def test_a_ticket_systems_key_completes_at_its_desks(tmp_path: Path) -> None:
    async with gateway(GatewaySettings(port=0, keys_path=keys_at(tmp_path))) as it:
        answer = await it.send(lines(completion(), vote()), **bearer("tickets"))
        assert answer.json == {"accepted": 2, "rejected": []}
        elsewhere = lines(completion(desk_id="G-09"))
        assert (await it.send(elsewhere, **bearer("tickets"))).status == 403


@in_a_loop
async def test_without_a_known_key_nothing_is_open_but_whether_it_is_well(tmp_path: Path) -> None:
    paths = ("/v1/scores", "/v1/live", "/metrics", "/docs", "/", "/nope", "/healthz/", "/Readyz")
    async with gateway(GatewaySettings(port=0, keys_path=keys_at(tmp_path))) as it:
        basic: dict[str, Any] = {"Authorization": "Basic =="}
        for headers in ({}, bearer("wrong"), bearer("\udcff"), basic):
            answers = [await it.send(lines(vote()), **headers)]
            answers += [await it.ask("GET", path, **headers) for path in paths]
            for answer in answers:
                assert answer.status == 401
                assert answer.headers["WWW-Authenticate"].startswith("Bearer")
                assert set(answer.json) == {"error", "problem", "remedy"}
        assert [(await it.ask("GET", path)).status for path in ("/healthz", "/readyz")] == [
            200,
            200,
        ]
        assert it.log.records == []


@in_a_loop
async def test_writing_reading_and_operating_are_separate_rights(tmp_path: Path) -> None:
    async def query(sql: str, form: str) -> bytes:
        return f"{form} {sql}".encode()

    async def work(*_: object) -> dict[str, object]:
        return {"differences": 0}

    settings = GatewaySettings(port=0, keys_path=keys_at(tmp_path), run_token="this run")
    expected = {  # write, read, operate
        "tablet": (202, 403, 403),
        "reader": (403, 200, 403),
        "chief": (403, 200, 200),
        "loader": (202, 403, 403),
        "this run": (202, 200, 200),
    }
    async with gateway(settings, store=StoreSide(query, work, work, work, work)) as it:
        for secret, statuses in expected.items():
            key = bearer(secret)
            got = (
                (await it.send(lines(vote()), **key)).status,
                (await it.ask("GET", "/v1/scores", **key)).status,
                (await it.ask("POST", "/v1/query", b"select 1", **key)).status,
            )
            assert got == statuses, secret
        answer = await it.ask("POST", "/v1/reconcile", **bearer("reader"))
        assert answer.status == 403
        assert "may read" in answer.json["problem"]


@in_a_loop
async def test_a_browser_may_give_the_token_as_a_password(tmp_path: Path) -> None:
    basic = base64.b64encode(b"anyone:reader").decode()
    async with gateway(GatewaySettings(port=0, keys_path=keys_at(tmp_path))) as it:
        answer = await it.ask("GET", "/v1/scores", Authorization=f"Basic {basic}")
        assert answer.status == 200


@in_a_loop
async def test_a_revoked_key_stops_working_and_an_emptied_file_opens_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sources.gateway.guard._KEYS_LOOKED_AT_SECONDS", 0.0)
    path = keys_at(tmp_path)
    async with gateway(GatewaySettings(port=0, keys_path=path)) as it:
        assert (await it.send(lines(vote()), **bearer("tablet"))).status == 202
        path.write_text("no toml [")
        assert (await it.send(lines(vote()), **bearer("tablet"))).status == 202
        write_keys(path, Keys())
        assert (await it.send(lines(vote()), **bearer("tablet"))).status == 401
        assert (await it.send(lines(vote()))).status == 401


@in_a_loop
async def test_a_foreign_host_name_is_refused_on_loopback() -> None:
    async with gateway() as it:
        for host in ("evil.example", "evil.example:8080", "127.0.0.1.evil.example", "[", "a:b:c"):
            assert (await it.send(lines(vote()), Host=host)).status == 403, host
        for host in ("localhost", "LOCALHOST:80", f"127.0.0.1:{it.port}", "[::1]:8080"):
            assert (await it.send(lines(vote()), Host=host)).status == 202, host


@in_a_loop
async def test_a_page_of_another_origin_cannot_use_the_rights_of_this_machine() -> None:
    async with gateway() as it:
        own = f"http://127.0.0.1:{it.port}"
        assert (await it.send(lines(vote()), Origin=own)).status == 202
        for origin in ("http://evil.example", "null", "http://[", "http://127.0.0.1:1"):
            answer = await it.send(lines(vote()), Origin=origin)
            assert answer.status == 403, origin
            assert "Access-Control-Allow-Origin" not in answer.headers
        assert (await it.ask("GET", "/v1/scores", Sec_Fetch_Site="cross-site")).status == 403
        link: dict[str, Any] = {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate"}
        assert (await it.ask("GET", "/docs", **link)).status == 200


@in_a_loop
async def test_a_taken_port_is_said_with_a_remedy() -> None:
    async with gateway() as it:
        with pytest.raises(WorldError, match="--http"):
            async with gateway(GatewaySettings(port=it.port)):
                pytest.fail("two listen on one port")


def test_the_key_file_is_read_as_it_was_written_and_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "keys.toml"
    secret, sha256 = new_secret()
    keys = Keys([Terminal('т"\\7', sha256, "търговище", "център", ["гише-7"])], [])
    write_keys(path, keys)
    assert read_keys(path) == keys
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert secret not in path.read_text()
    assert list(tmp_path.iterdir()) == [path]
    holder = KeyRing(path).holder(secret)
    assert holder is not None
    assert holder.id == 'т"\\7'


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[[terminals]", "is wrong"),
        ('[[terminals]]\nid="t"', "sha256"),
        ('[[operators]]\nid="o"\nsha256="short"', "64 digits"),
        ('[[operators]]\nid="o o"\nsha256="short"', "blanks"),
        (f'[[operators]]\nid="o"\nsha256="{digest("x")}"\nrights=["rule"]', "rule"),
        (f'[[operators]]\nid="o"\nsha256="{digest("x")}"\nrigths=[]', "rigths"),
        (f'[[operators]]\nid="o"\nsha256="{digest("x")}"\n' * 2, "twice"),
        (
            f'[[terminals]]\nid="t"\nsha256="{digest("x")}"\ntenant="a"\noffice="b"\ndesks=[]',
            "one desk",
        ),
    ],
)
def test_a_wrong_key_file_is_refused_by_what_is_wrong_in_it(
    text: str, problem: str, tmp_path: Path
) -> None:
    path = tmp_path / "keys.toml"
    path.write_text(text)
    with pytest.raises(CallError, match=problem):
        read_keys(path)


def test_a_missing_key_file_is_a_wrong_call(tmp_path: Path) -> None:
    with pytest.raises(CallError, match="cannot read"):
        KeyRing(tmp_path / "none.toml")
