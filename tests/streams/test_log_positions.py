"""Positions and retention of the local log: only owners commit, offsets never restart."""

import asyncio
import os
from pathlib import Path

import pytest

from models.errors import (
    LogFenced,
    OffsetOutsideLog,
)
from streams.shell import log_retention
from streams.shell.batches import Position, TopicPartition
from streams.shell.log import LocalLog
from tests.streams.logs import EVERYTHING, HOUR_MS, VOTES, numbered, records

# --- groups ----------------------------------------------------------------------------------


def test_a_group_without_a_commit_has_no_position(log: LocalLog) -> None:
    assert log.committed("worker") == {}
    asyncio.run(log.claim("worker", {VOTES: Position(0, 3)}))
    assert log.committed("worker") == {VOTES: Position(0, 3)}


def test_a_claim_sets_the_position_and_shuts_out_older_owners(log: LocalLog) -> None:
    async def scenario() -> None:
        await log.claim("worker", {VOTES: Position(0, 1)})
        await log.commit("worker", {VOTES: Position(5, 1)})
        await log.claim("worker", {VOTES: Position(4, 2)})
        assert log.committed("worker") == {VOTES: Position(4, 2)}
        with pytest.raises(LogFenced, match=r"belongs to another worker now \(epoch 2, ours is 1"):
            await log.commit("worker", {VOTES: Position(9, 1)})
        for epoch in (1, 2):
            with pytest.raises(LogFenced):
                await log.claim("worker", {VOTES: Position(1, epoch)})
        assert log.committed("worker") == {VOTES: Position(4, 2)}
        await log.commit("worker", {VOTES: Position(7, 2)})
        assert log.committed("other") == {}

    asyncio.run(scenario())
    assert log.committed("worker") == {VOTES: Position(7, 2)}


def test_a_fenced_commit_writes_none_of_its_partitions_and_harms_no_other(log: LocalLog) -> None:
    log.ensure_topic("completions", 2)
    first, second = (TopicPartition("completions", partition) for partition in (0, 1))

    async def scenario() -> None:
        await log.claim("worker", {first: Position(0, 1), second: Position(0, 2)})
        outcomes = await asyncio.gather(
            log.commit("worker", {first: Position(1, 1), second: Position(1, 1)}),
            log.commit("worker", {VOTES: Position(4, 1)}),
            log.append("votes", numbered(0, 3)),
            return_exceptions=True,
        )
        assert isinstance(outcomes[0], LogFenced)
        assert list(outcomes[1:]) == [None, {0: range(3)}]

    asyncio.run(scenario())
    assert log.committed("worker") == {
        VOTES: Position(4, 1),
        first: Position(0, 1),
        second: Position(0, 2),
    }


# --- retention -------------------------------------------------------------------------------


class Clock:
    def __init__(self) -> None:
        self.now_ms = 0

    def __call__(self) -> int:
        return self.now_ms


def test_old_committed_chunks_go_and_offsets_never_restart(path: Path) -> None:
    clock = Clock()
    log = LocalLog(path, clock)
    log.ensure_topic("votes", 1)
    for hour in range(4):
        clock.now_ms = hour * HOUR_MS
        log.append_now("votes", numbered(hour * 10, hour * 10 + 10))

    async def scenario() -> None:
        await log.commit("worker", {VOTES: Position(19, 1)})
        assert await log.retain("worker", since_ms=9 * HOUR_MS) == 1
        assert log.bounds(VOTES) == (10, 40)
        await log.commit("worker", {VOTES: Position(40, 1)})
        assert await log.retain("worker", since_ms=2 * HOUR_MS) == 1
        assert log.bounds(VOTES) == (20, 40)
        assert await log.retain("worker", since_ms=9 * HOUR_MS) == 1  # the newest stays
        assert await log.retain("stranger", since_ms=9 * HOUR_MS) == 0

    asyncio.run(scenario())
    assert log.read(VOTES, 30, EVERYTHING).values == [b"%d" % i for i in range(30, 40)]
    with pytest.raises(OffsetOutsideLog, match="holds 30 to 40"):
        log.read(VOTES, 29, 1)
    assert log.append_now("votes", numbered(40, 41)) == {0: range(40, 41)}
    log.close()


def test_actions_about_alerts_are_never_deleted(log: LocalLog) -> None:
    actions = TopicPartition("alert_actions", 0)
    log.ensure_topic("alert_actions", 1)
    for number in range(5):
        log.append_now("votes", records([os.urandom(10_000)]))
        log.append_now("alert_actions", numbered(number, number + 1))
    asyncio.run(log.commit("worker", {VOTES: Position(5, 1)}))
    assert asyncio.run(log.retain("worker", since_ms=1 << 60, max_bytes=0)) == 4
    assert log.bounds(VOTES) == (4, 5)
    assert log.bounds(actions) == (0, 5)


def test_a_log_too_large_loses_its_oldest_committed_chunks_in_slices(log: LocalLog) -> None:
    for _ in range(log_retention.CHUNKS_AT_ONCE + 20):
        log.append_now("votes", records([os.urandom(10_000)]))
    end = log.bounds(VOTES)[1]
    asyncio.run(log.commit("worker", {VOTES: Position(end, 1)}))
    kept = 5
    gone = asyncio.run(log.retain("worker", since_ms=0, max_bytes=kept * 10_100))
    assert gone == end - kept
    assert log.bounds(VOTES) == (end - kept, end)


def test_appends_go_on_while_the_log_is_cut(log: LocalLog) -> None:
    for _ in range(500):
        log.append_now("votes", numbered(0, 1))
    asyncio.run(log.commit("worker", {VOTES: Position(500, 1)}))
    order: list[str] = []

    async def cut() -> None:
        await log.retain("worker", since_ms=1 << 60)
        order.append("cut")

    async def append() -> None:
        await log.append("votes", numbered(0, 1))
        order.append("appended")

    async def both() -> None:
        await asyncio.gather(cut(), append())

    asyncio.run(both())
    assert order == ["appended", "cut"]
    assert log.bounds(VOTES)[1] == 501
