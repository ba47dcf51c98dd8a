"""``POST /v1/events`` over real HTTP: what is taken, what is refused, and how it is said."""

import asyncio
import gzip
import json

import pytest

from models.errors import LogUnavailable
from models.records import EventRecord
from sources.gateway import GatewaySettings
from sources.gateway.body import MAX_BODY_BYTES
from tests.sources.gateway_at_work import (
    NOON,
    Gateway,
    Log,
    completion,
    gateway,
    in_a_loop,
    lines,
    vote,
)


@in_a_loop
async def test_an_event_is_published_byte_for_byte_under_the_key_of_its_office() -> None:
    sent = b' {"unknown": 1.50, ' + json.dumps(vote(score=4)).encode()[1:] + b"\n"
    async with gateway() as it:
        answer = await it.send(sent)
        assert (answer.status, answer.json) == (202, {"accepted": 1, "rejected": []})
        assert it.log.records == [EventRecord("votes", b"targovishte/center", sent.strip(), NOON)]


@in_a_loop
async def test_one_object_an_array_and_lines_are_taken_whatever_the_content_type_says() -> None:
    both = [completion(), vote()]
    for body in (lines(*both), json.dumps(both).encode(), json.dumps(both, indent=2).encode()):
        async with gateway() as it:
            answer = await it.send(body, Content_Type="text/plain")
            assert (answer.status, answer.json["accepted"]) == (202, 2)
            assert [record.topic for record in it.log.records] == ["completions", "votes"]
            assert [json.loads(value) for value in it.log.values] == both


@in_a_loop
async def test_gzip_is_unpacked() -> None:
    async with gateway() as it:
        answer = await it.send(gzip.compress(lines(vote(), completion())), Content_Encoding="gzip")
        assert answer.json == {"accepted": 2, "rejected": []}


@in_a_loop
async def test_a_bad_event_is_named_and_its_neighbours_are_taken() -> None:
    bad = [vote(score=6), vote(desk_id=None), completion(type="visit"), 7, vote(event_id="a b")]
    async with gateway() as it:
        answer = await it.send(lines(vote(), *bad, completion()))
        assert (answer.status, answer.json["accepted"]) == (202, 2)
        named = [(each["index"], each["field"]) for each in answer.json["rejected"]]
        assert named == [(1, "score"), (2, "desk_id"), (3, "type"), (4, ""), (5, "event_id")]
        assert all(each["problem"] for each in answer.json["rejected"])
        assert len(it.log.records) == 2


@pytest.mark.parametrize(
    "body", [b"", b"  \n", b"[]", b"{", b"nope", b"\xff\xfe\x00", b"null", b"[" * 100_000]
)
@in_a_loop
async def test_a_body_without_any_event_gets_a_422_that_says_so(body: bytes) -> None:
    async with gateway() as it:
        answer = await it.send(body)
        assert answer.status == 422
        assert answer.json["accepted"] == 0
        assert answer.json["rejected"][0]["index"] == 0
        assert answer.json["rejected"][0]["problem"]
        assert it.log.records == []


@in_a_loop
async def test_a_vote_may_be_five_minutes_ahead_of_the_servers_clock_and_no_more() -> None:
    async with gateway() as it:
        assert (await it.send(lines(vote(voted_at="2026-11-23T12:05:00Z")))).status == 202
        answer = await it.send(lines(vote(voted_at="2026-11-23T12:05:00.001Z")))
        assert answer.status == 422
        assert answer.json["rejected"][0]["field"] == "voted_at"
        assert answer.headers["Date"] == "Mon, 23 Nov 2026 12:00:00 GMT"


@in_a_loop
async def test_an_event_of_a_month_no_longer_kept_is_refused() -> None:
    async with gateway(kept_since=lambda: NOON) as it:
        answer = await it.send(lines(completion()))
        assert answer.status == 422
        assert answer.json["rejected"][0]["field"] == "completed_at"


@in_a_loop
async def test_an_event_may_have_16_kib_and_no_more() -> None:
    sound = vote(note="")
    room = 16 * 1024 - len(json.dumps(sound))
    async with gateway() as it:
        assert (await it.send(json.dumps(sound | {"note": "x" * room}).encode())).status == 202
        answer = await it.send(json.dumps(sound | {"note": "x" * (room + 1)}).encode())
        assert answer.status == 422
        assert "16384" in answer.json["rejected"][0]["problem"]


@in_a_loop
async def test_a_body_of_one_mebibyte_is_taken_and_one_byte_more_is_not() -> None:
    event = json.dumps(vote()).encode()
    fitting = event + b" " * (MAX_BODY_BYTES - len(event))
    async with gateway() as it:
        assert (await it.send(fitting)).status == 202
        await _is_too_large(it, fitting + b" ")
        await _is_too_large(it, gzip.compress(fitting + b" "), Content_Encoding="gzip")
        await _is_too_large(it, b"1\n" * 10_001)

        async def drip() -> object:
            for _ in range(3):
                yield fitting[: MAX_BODY_BYTES // 2]

        async with it.client.post("/v1/events", data=drip()) as answer:
            assert answer.status == 413
        assert len(it.log.records) == 1


async def _is_too_large(it: Gateway, body: bytes, **headers: str) -> None:
    answer = await it.send(body, **headers)
    assert answer.status == 413
    assert set(answer.json) == {"error", "problem", "remedy"}


@in_a_loop
async def test_a_body_that_cannot_be_unpacked_gets_a_422_with_a_remedy() -> None:
    async with gateway() as it:
        for encoding in ("gzip", "br", "deflate"):
            answer = await it.send(lines(vote()), Content_Encoding=encoding)
            assert answer.status == 422
            assert "gzip" in answer.json["problem"]
        assert it.log.records == []


@in_a_loop
async def test_the_answer_waits_for_the_log() -> None:
    log = Log(gate=asyncio.Event())
    async with gateway(log=log) as it:
        sending = asyncio.create_task(it.send(lines(vote())))
        await asyncio.sleep(0.1)
        assert not sending.done()
        assert log.gate is not None
        log.gate.set()
        assert (await sending).status == 202


@in_a_loop
async def test_a_log_that_cannot_take_events_is_a_503_with_retry_after() -> None:
    async with gateway(log=Log(error=LogUnavailable("the disk /data is full"))) as it:
        answer = await it.send(lines(vote()))
        assert answer.status == 503
        assert int(answer.headers["Retry-After"]) >= 1
        assert "accepted" not in answer.json
        it.log.error = None
        assert (await it.send(lines(vote()))).status == 202


@in_a_loop
async def test_a_log_that_does_not_confirm_in_time_is_a_503_and_is_not_interrupted() -> None:
    log = Log(gate=asyncio.Event())
    async with gateway(GatewaySettings(port=0, append_seconds=0.1), log) as it:
        assert (await it.send(lines(vote()))).status == 503
        assert log.gate is not None
        log.gate.set()
        await asyncio.sleep(0.05)
        assert len(log.records) == 1


@in_a_loop
async def test_a_body_that_does_not_come_is_a_503_to_be_sent_again() -> None:
    async def stalled() -> object:
        yield b"{"
        await asyncio.sleep(5)

    async with (
        gateway(GatewaySettings(port=0, body_seconds=0.1)) as it,
        it.client.post("/v1/events", data=stalled()) as answer,
    ):
        assert answer.status == 503


@in_a_loop
async def test_more_requests_at_once_than_memory_allows_are_a_503() -> None:
    log = Log(gate=asyncio.Event())
    async with gateway(GatewaySettings(port=0, requests_at_once=1), log) as it:
        first = asyncio.create_task(it.send(lines(vote())))
        await asyncio.sleep(0.1)
        assert (await it.send(lines(vote()))).status == 503
        assert log.gate is not None
        log.gate.set()
        assert (await first).status == 202
        assert (await it.send(lines(vote()))).status == 202


@in_a_loop
async def test_a_client_that_asks_too_often_is_told_when_to_come_back() -> None:
    settings = GatewaySettings(port=0, requests_per_second=0.5, burst=3)
    async with gateway(settings) as it:
        statuses = [(await it.send(lines(vote()))).status for _ in range(3)]
        assert statuses == [202, 202, 202]
        answer = await it.send(lines(vote()))
        assert answer.status == 429
        assert answer.headers["Retry-After"] == "2"
        assert set(answer.json) == {"error", "problem", "remedy"}


@in_a_loop
async def test_a_failure_of_ours_is_a_500_without_a_trace(
    capsys: pytest.CaptureFixture[str],
) -> None:
    async with gateway(log=Log(error=RuntimeError("secret inner state"))) as it:
        answer = await it.send(lines(vote()))
        assert answer.status == 500
        assert set(answer.json) == {"error", "problem", "remedy"}
        assert b"secret" not in answer.body
        assert b"Traceback" not in answer.body
    logged = capsys.readouterr()
    assert "secret inner state" in logged.out + logged.err


@in_a_loop
async def test_neither_events_nor_keys_nor_queries_are_logged(
    capsys: pytest.CaptureFixture[str],
) -> None:
    settings = GatewaySettings(port=0, log_all_requests=True)
    async with gateway(settings, Log(error=LogUnavailable("full"))) as it:
        await it.send(lines(vote(event_id="private-1")), Authorization="Bearer private-2")
        await it.ask("GET", "/v1/private-3?private-4=1")
        await it.send(b"private-5")
    logged = capsys.readouterr()
    assert "/v1/events" in logged.out + logged.err
    assert "private" not in logged.out + logged.err


@in_a_loop
async def test_other_methods_and_paths_get_json_errors() -> None:
    async with gateway() as it:
        answer = await it.ask("GET", "/v1/events")
        assert (answer.status, answer.headers["Allow"]) == (405, "POST")
        assert set(answer.json) == {"error", "problem", "remedy"}
        answer = await it.ask("POST", "/v1/query", b"select 1")
        assert answer.status == 404
        assert set(answer.json) == {"error", "problem", "remedy"}
