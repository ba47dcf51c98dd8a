"""Heartbeats over HTTP: answered at once, stored some at a time, one a terminal."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from models.codec import decode
from models.errors import StoreUnavailable
from models.heartbeats import Heard
from models.maintenance import Maintenance, Order, Span
from sources.gateway import GatewaySettings, TerminalSide
from sources.gateway import heartbeats as under_test
from tests.sources.gateway_at_work import (
    NOON,
    bearer,
    completion,
    gateway,
    in_a_loop,
    keys_at,
    lines,
    vote,
)

PATH = "/v1/terminals/tablet-07/heartbeat"
TABLET = ("targovishte", "center", "tablet-07")


def beat(**more: Any) -> bytes:
    whole = {
        "tenant_id": "targovishte",
        "office_id": "center",
        "version": "1.4.2",
        "uptime_seconds": 60,
        "queue_length": 2,
        "sent_at": "2026-11-23T11:59:58.500Z",
    } | more
    return json.dumps(whole).encode()


class Store:
    """Keeps heartbeats, or is away."""

    def __init__(self) -> None:
        self.kept: list[list[Heard]] = []
        self.away = False
        self.orders: list[Order] = []
        self.known = Maintenance()

    async def keep(self, heard: Sequence[Heard]) -> None:
        if self.away:
            raise StoreUnavailable("the store is away")
        self.kept.append(list(heard))

    async def maintenance(self) -> Maintenance:
        if self.away:
            raise StoreUnavailable("the store is away")
        return self.known

    async def order(self, order: Order) -> Mapping[str, object]:
        self.orders.append(order)
        self.known = Maintenance({order.terminal: [Span(NOON, None)]} if order.on else {})
        return {"maintenance": order.on}

    @property
    def side(self) -> TerminalSide:
        return TerminalSide(self.keep, self.maintenance, self.order)


@pytest.fixture(autouse=True)
def _sooner(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(under_test, "STORE_EVERY_SECONDS", 0.05)
    monkeypatch.setattr(under_test, "LOOK_EVERY_SECONDS", 0.05)


@in_a_loop
async def test_a_heartbeat_is_answered_with_the_servers_time_and_stored_soon_after() -> None:
    store = Store()
    async with gateway(terminals=store.side) as it:
        answer = await it.ask("POST", PATH, beat(desks=["G-07"]))
        assert answer.status == 200
        assert answer.headers["Date"] == "Mon, 23 Nov 2026 12:00:00 GMT"
        expected = {"next_seconds": 60, "clock_offset_ms": -1500, "maintenance": False}
        assert answer.json == expected
        await asyncio.sleep(0.2)
        assert store.kept == [[Heard(*TABLET, ("G-07",), "1.4.2", 60, 2, -1500, NOON)]]


@in_a_loop
async def test_of_one_terminal_the_newest_waits_and_the_rest_is_stored_at_the_end() -> None:
    store = Store()
    async with gateway(terminals=store.side) as it:
        store.away = True
        for queue in range(5):
            assert (await it.ask("POST", PATH, beat(queue_length=queue))).status == 200
        await asyncio.sleep(0.2)
        assert store.kept == []
        store.away = False
    assert [[each.queue_length for each in some] for some in store.kept] == [[4]]


@in_a_loop
async def test_a_terminals_key_tells_of_that_terminal_alone(tmp_path: Path) -> None:
    store = Store()
    settings = GatewaySettings(port=0, keys_path=keys_at(tmp_path))
    async with gateway(settings, terminals=store.side) as it:
        assert (await it.ask("POST", PATH, beat())).status == 401
        assert (await it.ask("POST", PATH, beat(), **bearer("reader"))).status == 403
        assert (await it.ask("POST", PATH, beat(), **bearer("loader"))).status == 200
        assert (await it.ask("POST", PATH, beat(), **bearer("tablet"))).status == 200
        foreign = "/v1/terminals/tablet-08/heartbeat"
        assert (await it.ask("POST", foreign, beat(), **bearer("tablet"))).status == 403
        for more in ({"tenant_id": "x"}, {"office_id": "x"}, {"desks": ["G-09"]}, {"desks": 7}):
            answer = await it.ask("POST", PATH, beat(**more), **bearer("tablet"))
            assert (answer.status, answer.json["error"]) == (403, "forbidden")
    [[heard]] = store.kept
    assert heard.desks == ("G-07", "G-08"), "those of its key"


@in_a_loop
async def test_what_is_no_heartbeat_is_refused_with_what_is_wrong() -> None:
    store = Store()
    async with gateway(terminals=store.side) as it:
        for body, status, says in (
            (b"[1]", 400, "one JSON object"),
            (b"{", 400, "one JSON object"),
            (b'{"a":' + b"[" * 8_000, 400, "one JSON object"),
            (b'{"version":"\xff"}', 400, "one JSON object"),
            (b'{"a":"' + b"x" * 20_000 + b'"}', 400, "16384 bytes"),
            (beat(queue_length=-1), 422, "queue_length: must be at least 0"),
            (beat(sent_at="noon"), 422, "sent_at: "),
        ):
            answer = await it.ask("POST", PATH, body)
            assert answer.status == status
            assert says in answer.json["problem"]
    assert store.kept == []


@in_a_loop
async def test_maintenance_is_ordered_by_operators_and_holds_at_once(tmp_path: Path) -> None:
    store = Store()
    settings = GatewaySettings(port=0, keys_path=keys_at(tmp_path))
    named = dict(zip(("tenant_id", "office_id", "terminal_id"), TABLET, strict=True))
    order = json.dumps(named | {"on": True}).encode()
    async with gateway(settings, terminals=store.side) as it:
        assert (await it.ask("POST", "/v1/maintenance", order, **bearer("tablet"))).status == 403
        answer = await it.ask("POST", "/v1/maintenance", order, **bearer("chief"))
        assert (answer.status, answer.json) == (200, {"maintenance": True})
        wrong = await it.ask("POST", "/v1/maintenance", b'{"on": 1}', **bearer("chief"))
        assert wrong.status == 400
        told = await it.ask("POST", PATH, beat(), **bearer("tablet"))
        assert told.json["maintenance"] is True
    assert store.orders == [Order(*TABLET, True)]


@in_a_loop
async def test_without_a_store_there_are_no_such_routes() -> None:
    async with gateway() as it:
        assert (await it.ask("POST", PATH, beat())).status == 404


@in_a_loop
async def test_votes_pressed_in_maintenance_are_marked_as_tests_whenever_they_come() -> None:
    store = Store()
    since = NOON - 30_000
    store.known = Maintenance({TABLET: [Span(since, since + 10_000), Span(NOON, None)]})
    pressed = [
        vote(event_id="before", voted_at="2026-11-23T11:59:29.999Z"),
        vote(event_id="within", voted_at="2026-11-23T11:59:30Z", reasons=["x"], more=1),
        vote(event_id="after", voted_at="2026-11-23T11:59:40Z"),
        vote(event_id="again", voted_at="2026-11-23T12:00:00Z"),
        vote(event_id="elsewhere", voted_at="2026-11-23T12:00:00Z", terminal_id="tablet-08"),
        vote(event_id="own", voted_at="2026-11-23T11:00:00Z", test=True),
    ]
    async with gateway(terminals=store.side) as it:
        answer = await it.send(lines(*pressed, completion()))
        assert answer.json == {"accepted": 7, "rejected": []}
        said = {event.event_id: event for event in map(decode, it.log.values)}
        tests = {name for name, event in said.items() if getattr(event, "test", False)}
        assert tests == {"within", "again", "own"}
        as_sent = decode(json.dumps(pressed[1]).encode())
        assert said["within"] == msgspec.structs.replace(as_sent, test=True)
        assert it.log.values[0] == json.dumps(pressed[0]).encode(), "others are as they were sent"


@in_a_loop
async def test_maintenance_that_another_gateway_ordered_is_known_soon() -> None:
    store = Store()
    async with gateway(terminals=store.side) as it:
        await it.send(lines(vote(event_id="v1")))
        store.known = Maintenance({TABLET: [Span(0, None)]})
        await asyncio.sleep(0.2)
        await it.send(lines(vote(event_id="v2")))
        store.away = True
        await asyncio.sleep(0.2)
        await it.send(lines(vote(event_id="v3")))
        assert [json.loads(value).get("test") for value in it.log.values] == [None, True, True]
