"""Screens: the newest numbers at once, every change, a pulse, and a prompt end."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import aiohttp

from models.errors import StoreUnavailable
from sources.gateway import BROADCASTER, GatewaySettings
from tests.sources.gateway_at_work import NOON, Gateway, gateway, in_a_loop


class Numbers:
    """A supplier of snapshots that counts how often it was asked."""

    def __init__(self) -> None:
        self.votes = 0
        self.padding = ""
        self.asked = 0
        self.error: Exception | None = None

    async def snapshot(self) -> dict[str, object]:
        self.asked += 1
        if self.error is not None:
            raise self.error
        return {"votes": self.votes, "padding": self.padding}


async def events(answer: aiohttp.ClientResponse) -> AsyncIterator[tuple[str, Any]]:
    """Named events of a stream, as a browser gives them."""
    name = ""
    async for line in answer.content:
        field, _, value = line.decode().rstrip("\n").partition(": ")
        if field == "event":
            name = value
        elif field == "data":
            yield name, json.loads(value)


async def first(answer: aiohttp.ClientResponse, wanted: str) -> Any:
    """The next event of that name."""
    async for name, data in events(answer):
        if name == wanted:
            return data
    raise AssertionError("the stream has ended")


@in_a_loop
async def test_a_screen_gets_the_numbers_at_once_and_then_each_change() -> None:
    numbers = Numbers()
    async with gateway(snapshot=numbers.snapshot) as it, it.client.get("/v1/live") as answer:
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        started = time.monotonic()
        assert (await first(answer, "scores"))["votes"] == 0
        assert time.monotonic() - started < 0.5
        numbers.votes = 1
        assert (await first(answer, "scores"))["votes"] == 1
        numbers.votes = 2
        it.app[BROADCASTER].wake()
        assert (await first(answer, "scores"))["votes"] == 2


@in_a_loop
async def test_a_quiet_stream_has_a_pulse_that_says_whether_its_numbers_are_fresh() -> None:
    numbers = Numbers()
    async with gateway(snapshot=numbers.snapshot) as it, it.client.get("/v1/live") as answer:
        assert await first(answer, "heartbeat") == {"now": NOON, "fresh": True}
        started = time.monotonic()
        assert await first(answer, "heartbeat") == {"now": NOON, "fresh": True}
        assert time.monotonic() - started < 1.5
        numbers.error = StoreUnavailable("the store is away")
        stale = await first(answer, "heartbeat")
        while stale["fresh"]:
            stale = await first(answer, "heartbeat")
        numbers.error = None
        numbers.votes = 9
        assert (await first(answer, "scores"))["votes"] == 9
        assert (await first(answer, "heartbeat"))["fresh"]


@in_a_loop
async def test_many_screens_cost_one_question_and_none_cost_none() -> None:
    numbers = Numbers()
    async with gateway(snapshot=numbers.snapshot) as it:
        await asyncio.sleep(0.7)
        assert numbers.asked == 0
        answers = [await it.client.get("/v1/live") for _ in range(40)]
        for answer in answers:
            assert (await first(answer, "scores"))["votes"] == 0
        assert numbers.asked <= 5
        for answer in answers:
            answer.close()
        await asyncio.sleep(1.2)
        asked = numbers.asked
        await asyncio.sleep(0.7)
        assert numbers.asked == asked


@in_a_loop
async def test_a_slow_screen_skips_to_the_newest_and_holds_up_nobody() -> None:
    numbers = Numbers()
    numbers.padding = "x" * 2_000_000
    async with gateway(snapshot=numbers.snapshot) as it:
        reader, writer = await _listen(it)
        await reader.readline()
        for votes in range(1, 9):
            numbers.votes = votes
            await asyncio.sleep(0.2)
            it.app[BROADCASTER].wake()
            assert (await it.ask("GET", "/healthz")).status == 200
        seen = await _votes_seen(reader)
        writer.close()
        assert seen[-1] == 8
        assert len(seen) < 8
        assert seen == sorted(seen)


async def _votes_seen(reader: asyncio.StreamReader) -> list[int]:
    """``votes`` of the snapshots that a reader finds who reads on now, up to the eighth."""
    seen: list[int] = []
    rest = b""
    async with asyncio.timeout(10):
        while not seen or seen[-1] < 8:
            rest += await reader.read(1 << 16)
            while (at := rest.find(b'"votes":')) >= 0 and len(rest) > at + 10:
                seen.append(int(rest[at + 8 : at + 9]))
                rest = rest[at + 9 :]
            rest = rest[-100:] if b'"votes":' not in rest else rest
    return seen


@in_a_loop
async def test_streams_end_within_half_a_second_of_the_shutdown_those_that_stall_too() -> None:
    numbers = Numbers()
    numbers.padding = "x" * 8_000_000
    async with gateway(snapshot=numbers.snapshot) as it:
        stalled, stalled_writer = await _listen(it)
        reading, reading_writer = await _listen(it)
        to_the_end = asyncio.create_task(reading.read())
        await stalled.readline()
        await asyncio.sleep(0.7)
        assert not to_the_end.done()
        started = time.monotonic()
    assert time.monotonic() - started < 0.5 + 0.3  # the rest is the closing of the server
    whole = await asyncio.wait_for(to_the_end, 1)
    assert whole.endswith(b"0\r\n\r\n"), "an orderly end of the last chunk"
    stalled_writer.close()
    reading_writer.close()


async def _listen(it: Gateway) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A bare connection that has asked for the stream."""
    reader, writer = await asyncio.open_connection("127.0.0.1", it.port, limit=4096)
    writer.write(b"GET /v1/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
    return reader, writer


@in_a_loop
async def test_scores_are_the_same_snapshot_and_a_503_while_there_is_none() -> None:
    numbers = Numbers()
    numbers.error = StoreUnavailable("the store is away")
    async with gateway(snapshot=numbers.snapshot) as it:
        answer = await it.ask("GET", "/v1/scores")
        assert answer.status == 503
        assert answer.json["problem"] == "the store is away"
        assert answer.headers["Retry-After"]
        numbers.error = None
        numbers.votes = 3
        assert (await it.ask("GET", "/v1/scores")).json == {"votes": 3, "padding": ""}


@in_a_loop
async def test_more_screens_than_allowed_are_turned_away() -> None:
    settings = GatewaySettings(port=0, clients_live=1)
    numbers = Numbers()
    async with gateway(settings, snapshot=numbers.snapshot) as it:
        async with it.client.get("/v1/live") as answer:
            assert (await first(answer, "scores"))["votes"] == 0
            assert (await it.ask("GET", "/v1/live")).status == 503
        for _ in range(50):
            await asyncio.sleep(0.1)
            async with it.client.get("/v1/live") as answer:
                if answer.status == 200:
                    return
        raise AssertionError("the place of a screen that left is not free again")
