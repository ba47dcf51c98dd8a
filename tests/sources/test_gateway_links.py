"""Links to vote: made with a completion, signed, good for one vote."""

import asyncio
import json
from pathlib import Path

from sources.gateway import GatewaySettings
from sources.gateway.keys import read_keys
from sources.gateway.links import DAYS, Link, opened, sealed
from tests.sources.gateway_at_work import (
    NOON,
    Gateway,
    bearer,
    completion,
    gateway,
    in_a_loop,
    keys_at,
    lines,
    vote,
)

LINK = Link("община", "center", "G-07", "случай-7", NOON)


async def made(it: Gateway, **headers: str) -> str:
    answer = await it.ask("POST", "/v1/tokens", lines(completion()), **headers)
    assert answer.status == 202, answer.json
    return str(answer.json["token"])


def test_a_link_opens_as_it_was_sealed_and_not_when_a_letter_differs() -> None:
    token = sealed(LINK, b"secret")
    assert opened(token, b"secret") == LINK
    assert opened(token, b"other") is None
    for place in range(len(token) - 1):  # the last letter carries bits that say nothing
        bent = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        assert opened(bent, b"secret") is None, place
    for none in ("", ".", "a.b", "é.é", token.partition(".")[0]):
        assert opened(none, b"secret") is None


@in_a_loop
async def test_a_link_takes_one_vote_however_many_come_at_once() -> None:
    async with gateway() as it:
        path = f"/v1/votes/{await made(it)}"
        assert (await it.ask("GET", path)).status == 200
        sent = [it.ask("POST", path, b'{"score": 4}') for _ in range(5)]
        statuses = sorted(answer.status for answer in await asyncio.gather(*sent))
        assert statuses == [202, 409, 409, 409, 409]
        assert (await it.ask("GET", path)).status == 409
        _, voted = it.log.values
        said = json.loads(voted)
        own = {name: said[name] for name in ("interaction_id", "desk_id", "score", "terminal_id")}
        assert own == {
            "interaction_id": completion()["interaction_id"],
            "desk_id": "G-07",
            "score": 4,
            "terminal_id": "link",
        }


@in_a_loop
async def test_a_vote_that_is_stored_is_known_after_a_restart(tmp_path: Path) -> None:
    async def voted(*_: str) -> bool:
        return True

    path = keys_at(tmp_path)
    settings = GatewaySettings(port=0, keys_path=path)
    async with gateway(settings) as it:
        token = await made(it, **bearer("tickets"))
        assert read_keys(path).signing
    async with gateway(settings) as it:
        assert (await it.ask("GET", f"/v1/votes/{token}")).status == 200
    async with gateway(settings, voted=voted) as it:
        assert (await it.ask("POST", f"/v1/votes/{token}", b'{"score": 1}')).status == 409


@in_a_loop
async def test_only_a_sound_completion_of_ones_own_desk_gives_a_link(tmp_path: Path) -> None:
    async with gateway(GatewaySettings(port=0, keys_path=keys_at(tmp_path))) as it:
        for body, secret, status in (
            (lines(completion(desk_id="G-09")), "tickets", 403),
            (lines(completion()), "tablet", 403),
            (lines(vote()), "tickets", 422),
            (lines(completion(outcome="lost")), "tickets", 422),
            (b"[", "tickets", 400),
        ):
            answer = await it.ask("POST", "/v1/tokens", body, **bearer(secret))
            assert answer.status == status, answer.json
        assert it.log.records == []


@in_a_loop
async def test_what_is_no_score_costs_the_link_nothing_and_an_old_link_is_refused() -> None:
    now = NOON
    async with gateway(now=lambda: now) as it:
        path = f"/v1/votes/{await made(it)}"
        for wrong in (b"{}", b'{"score": 6}', b'{"score": "5"}', b'{"score": 1, "reasons": 3}'):
            assert (await it.ask("POST", path, wrong)).status == 422
        now += DAYS * 86_400_000 + 1
        assert (await it.ask("POST", path, b'{"score": 5}')).status == 410
