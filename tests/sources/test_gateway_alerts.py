"""Alerts over HTTP: who may read and act, what is taken, and what a refusal says."""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from models.alert_actions import decode
from models.errors import LogUnavailable
from sources.gateway import GatewaySettings
from sources.gateway.alerts import Alert, AlertSide
from tests.sources.gateway_at_work import (
    NOON,
    Gateway,
    Log,
    bearer,
    gateway,
    in_a_loop,
    keys_at,
)

ONE = "/v1/alerts/targovishte/center/d%2F4-20261123-1"
NAMED = ("targovishte", "center", "d/4-20261123-1")


class Book:
    """An alert book with one alert; remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[tuple[str, ...], str, str]] = []

    async def find(self, states: tuple[str, ...], tenant: str, office: str) -> Sequence[Alert]:
        self.asked.append((states, tenant, office))
        return [{"alert_id": NAMED[2]}]

    async def whole(self, *named: str) -> Alert | None:
        return {"alert_id": NAMED[2], "actions": []} if named == NAMED else None

    async def state(self, *named: str) -> str | None:
        return "open" if named == NAMED else None

    def side(self) -> AlertSide:
        return AlertSide(self.find, self.whole, self.state)


async def act(it: Gateway, said: object, path: str = ONE, **headers: str) -> Any:
    return await it.ask("POST", f"{path}/actions", json.dumps(said).encode(), **headers)


@in_a_loop
async def test_the_list_is_asked_by_state_tenant_and_office() -> None:
    book = Book()
    async with gateway(alerts=book.side()) as it:
        assert (await it.ask("GET", "/v1/alerts")).json == [{"alert_id": NAMED[2]}]
        await it.ask("GET", "/v1/alerts?state=open&state=withdrawn&tenant=t&office=o")
        wrong = [
            (await it.ask("GET", f"/v1/alerts?{query}"))
            for query in ("state=closed", "desk=d1", "state=")
        ]
    assert book.asked == [
        (("open", "acknowledged"), "", ""),
        (("open", "withdrawn"), "t", "o"),
    ]
    assert [answer.status for answer in wrong] == [400, 400, 400]
    assert "open, acknowledged, resolved, withdrawn" in wrong[0].json["problem"]


@in_a_loop
async def test_one_alert_is_shown_whatever_its_desk_is_called_and_no_other() -> None:
    async with gateway(alerts=Book().side()) as it:
        assert (await it.ask("GET", ONE)).json == {"alert_id": NAMED[2], "actions": []}
        answer = await it.ask("GET", "/v1/alerts/targovishte/center/d9-1")
    assert (answer.status, answer.json["problem"]) == (404, "there is no such alert")


@in_a_loop
async def test_an_action_is_in_the_log_under_its_office_before_it_is_answered() -> None:
    async with gateway(alerts=Book().side()) as it:
        said = {"action": "resolve", "who": "chief", "note": "a fair", "event_id": "a1"}
        answer = await act(it, said | {"acted_at": "2026-11-23T13:30:00+02:00"})
    assert answer.status == 202
    assert answer.json == {
        "accepted": 1,
        "event_id": "a1",
        "acted_at": "2026-11-23T11:30:00.000Z",
    }
    (record,) = it.log.records
    assert record[:2] == ("alert_actions", b"targovishte/center")
    assert record.timestamp_ms == NOON
    event = decode(record.value)
    assert (event.tenant_id, event.office_id, event.alert_id) == NAMED
    assert (event.event_id, event.action, event.who, event.note) == (
        "a1",
        "resolve",
        "chief",
        "a fair",
    )


@in_a_loop
async def test_who_says_no_time_and_no_id_acts_now_under_a_new_one() -> None:
    async with gateway(alerts=Book().side()) as it:
        answers = [await act(it, {"action": "acknowledge"}) for _ in range(2)]
    events = [decode(value) for value in it.log.values]
    assert {event.acted_at for event in events} == {NOON}
    assert len({event.event_id for event in events}) == 2
    assert [answer.json["event_id"] for answer in answers] == [event.event_id for event in events]


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ({}, "action: is missing"),
        ({"action": "close"}, "action: must be 'acknowledge', 'cause', 'action' or 'resolve'"),
        ({"action": "resolve"}, "note: must say something: why the alert is over"),
        ({"action": "acknowledge", "who": "x" * 81}, "who: must have at most 80 characters"),
        ({"action": "acknowledge", "event_id": "a b"}, "event_id: must be 1 to 64"),
        ({"action": "acknowledge", "acted_at": "2026-11-23T12:05:01Z"}, "acted_at: 2026-11-23"),
        ({"action": "acknowledge", "alert_id": "d2"}, "may hold action, who, note, event_id"),
        ([], "the body must be one JSON object"),
    ],
)
def test_what_is_no_action_is_refused_and_nothing_kept(said: object, says: str) -> None:
    async def run() -> None:
        async with gateway(alerts=Book().side()) as it:
            answer = await act(it, said)
            assert (answer.status, answer.json["error"]) == (422, "refused")
            assert answer.json["problem"].startswith(says)
            assert it.log.records == []

    asyncio.run(run())


@in_a_loop
async def test_bodies_that_are_no_json_or_too_long_are_refused() -> None:
    async with gateway(alerts=Book().side()) as it:
        for body in (b"", b"{", b"\xff", b'"text"', b"[" * 100_000):
            answer = await it.ask("POST", f"{ONE}/actions", body[:16_000])
            assert answer.status == 422, body
        assert (await it.ask("POST", f"{ONE}/actions", b" " * 20_000)).status == 413


@in_a_loop
async def test_an_action_about_no_alert_goes_nowhere() -> None:
    async with gateway(alerts=Book().side()) as it:
        answer = await act(it, {"action": "acknowledge"}, "/v1/alerts/targovishte/center/d9-1")
        assert (answer.status, it.log.records) == (404, [])


@in_a_loop
async def test_a_log_that_is_away_is_answered_by_send_again() -> None:
    log = Log(error=LogUnavailable("the disk is full"))
    async with gateway(log=log, alerts=Book().side()) as it:
        answer = await act(it, {"action": "acknowledge"})
    assert answer.status == 503
    assert int(answer.headers["Retry-After"]) > 0


@in_a_loop
async def test_reading_alerts_takes_one_right_and_acting_another(tmp_path: Path) -> None:
    settings = GatewaySettings(port=0, keys_path=keys_at(tmp_path))
    said = {"action": "acknowledge"}

    async def tried(it: Gateway, key: str) -> tuple[int, int, int]:
        headers = bearer(key) if key else {}
        seen = [(await it.ask("GET", path, **headers)).status for path in ("/v1/alerts", ONE)]
        return seen[0], seen[1], (await act(it, said, **headers)).status

    async with gateway(settings, alerts=Book().side()) as it:
        assert await tried(it, "") == (401, 401, 401)
        assert await tried(it, "tablet") == (403, 403, 403)
        assert await tried(it, "loader") == (403, 403, 403)
        assert await tried(it, "reader") == (200, 200, 403)
        assert await tried(it, "chief") == (200, 200, 202)


@in_a_loop
async def test_the_description_tells_of_alerts_where_they_are_answered() -> None:
    async with gateway() as it:
        assert (await it.ask("GET", "/v1/alerts")).status == 404
        assert "/v1/alerts" not in (await it.ask("GET", "/openapi.json")).json["paths"]
    async with gateway(alerts=Book().side()) as it:
        document = (await it.ask("GET", "/openapi.json")).json
        page = (await it.ask("GET", "/docs")).body.decode()
        served = {
            (route.resource.canonical, route.method.lower())
            for route in it.app.router.routes()
            if route.resource is not None and "alerts" in route.resource.canonical
        }
        examples = document["paths"]["/v1/alerts/{tenant}/{office}/{alert}/actions"]["post"][
            "requestBody"
        ]["content"]["application/json"]["examples"]
        for example in examples.values():
            assert (await act(it, example["value"])).status == 202
    described = {
        (path, verb)
        for path, verbs in document["paths"].items()
        for verb in verbs
        if "alerts" in path
    }
    assert described == {(path, verb) for path, verb in served if verb != "head"}
    assert "AlertAction" in document["components"]["schemas"]
    assert "<code>{office}</code>" in page
    assert "<code>?state=</code>" in page
