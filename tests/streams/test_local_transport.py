"""The local transport: the contract of every log, and what is its own."""

import asyncio
import gc
import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from models.errors import CallError
from models.partitioning import partition_of
from streams.shell.app import StreamApp, make_app
from streams.shell.batches import Position, TopicPartition
from streams.shell.local_transport import log_path
from streams.shell.log import LocalLog, Records
from streams.shell.reading import ReadingSettings, Retention
from tests.log_contract import LogContract
from tests.log_world import (
    NEVER_BY_TIMER,
    ROOT,
    SMALL_BATCHES,
    VOTES,
    Recorder,
    numbers,
    run,
    running,
)


class LocalWorld:
    """A local log in a folder, appended to as another process would."""

    partitions = 2
    environment: Mapping[str, str] = {}

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "log.db"
        self.broker = f"local://{self.path}"
        self.outside = LocalLog(self.path)
        for topic in ("completions", "votes"):
            self.outside.ensure_topic(topic, self.partitions)

    def app(self, handler: Any, reading: ReadingSettings = SMALL_BATCHES) -> StreamApp:
        return make_app(
            self.broker,
            "worker",
            handler,
            partitions=self.partitions,
            folder=self.folder / "faust",
            reading=reading,
        )

    async def append(self, source: TopicPartition, values: list[bytes]) -> None:
        times = [1_700_000_000_000 + i for i in range(len(values))]
        records = Records([b"t/o"] * len(values), values, times)
        await self.outside.append(source.topic, records, source.partition)

    async def committed(self) -> Mapping[TopicPartition, Position]:
        return self.outside.committed("worker")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[LocalWorld]:
    world = LocalWorld(tmp_path)
    yield world
    world.outside.close()


class TestLocalTransport(LogContract):
    """The contract."""


def test_an_app_can_share_an_open_log_and_leaves_it_open(world: LocalWorld) -> None:
    async def scenario() -> None:
        recorder = Recorder()
        app = make_app(
            world.broker,
            "worker",
            recorder,
            partitions=2,
            folder=world.folder / "faust",
            log=world.outside,
        )
        async with running(app):
            begin = time.perf_counter()
            for i in range(20):
                await world.append(VOTES, numbers(i, i + 1))
                await recorder.until(lambda i=i: len(recorder.messages) > i)  # type: ignore[misc]
            assert time.perf_counter() - begin < 20 * 0.05  # woken, not found by polling
        await world.append(VOTES, numbers(20, 21))

    run(scenario())


def test_records_of_another_process_are_found(world: LocalWorld) -> None:
    async def scenario() -> None:
        recorder = Recorder()
        async with running(world.app(recorder)):
            child = (
                "import sys; from streams.shell.log import LocalLog, Records;"
                "LocalLog(sys.argv[1]).append_now('votes', Records([b't/o'], [b'hello'], [1]), 0)"
            )
            command = [sys.executable, "-c", child, str(world.path)]
            await asyncio.to_thread(lambda: subprocess.run(command, cwd=ROOT, check=True))
            await recorder.until(lambda: recorder.values(VOTES) == [b"hello"])

    run(scenario())


def test_a_topic_with_another_count_of_partitions_ends_the_app(world: LocalWorld) -> None:
    async def scenario() -> None:
        world.partitions = 3
        async with running(world.app(Recorder())) as app:
            with pytest.raises(CallError, match="completions has 2 partitions"):
                await app.wait_until_ended()

    run(scenario())


def test_a_commit_that_finds_the_log_held_is_made_later(world: LocalWorld) -> None:
    async def scenario() -> None:
        await world.append(VOTES, numbers(0, 10))
        recorder = Recorder()
        async with running(world.app(recorder, NEVER_BY_TIMER)) as app:
            await recorder.until(lambda: len(recorder.messages) == 1)
            assert app.local_log is not None
            app.local_log._writer.run(lambda on: on.execute("pragma busy_timeout = 20")).result()
            holder = sqlite3.connect(world.path, isolation_level=None)
            holder.execute("begin immediate")
            assert not await app.consumer.commit()
            holder.execute("rollback")
            holder.close()
            assert await app.consumer.commit()
            assert app.fatal is None
        assert (await world.committed())[VOTES].offset == 10

    run(scenario())


def test_what_is_committed_and_old_is_cut_from_the_log_while_it_runs(world: LocalWorld) -> None:
    async def scenario() -> None:
        keep = Retention(seconds=0.0, every_seconds=0.01)
        for _ in range(3):
            await world.append(VOTES, [os.urandom(100)])
        recorder = Recorder()
        async with running(world.app(recorder, ReadingSettings(retention=keep))) as app:
            await app.drained()
            while world.outside.bounds(VOTES)[0] == 0:  # the timer's work shows in the log alone
                await asyncio.sleep(0.01)
        assert world.outside.bounds(VOTES) == (2, 3)
        again = Recorder()
        async with running(world.app(again)) as app:
            await app.drained()
        assert again.starts[VOTES] == 3

    run(scenario())


def test_what_faust_sends_is_in_the_log_when_it_resolves(world: LocalWorld) -> None:
    async def scenario() -> None:
        async with running(world.app(Recorder())) as app:
            topic = app.topic("votes")
            for i in range(3):
                sent = await (await topic.send(key=b"t/7", value=b"%d" % i, timestamp=1.5))
                assert (sent.partition, sent.offset) == (partition_of(b"t/7", 2), i)
            batch = world.outside.read(TopicPartition("votes", sent.partition), 0, 10)
            assert (batch.values, batch.timestamps) == (numbers(0, 3), [1_500] * 3)
            with pytest.raises(CallError, match="keeps no headers"):
                await topic.send(key=b"t/7", value=b"", headers={"a": b"b"})
            await app.drained()

    run(scenario())


def test_an_app_started_and_stopped_leaves_nothing_behind(world: LocalWorld) -> None:
    threads = threading.active_count()
    begin = time.perf_counter()

    async def scenario() -> None:
        for i in range(5):
            await world.append(VOTES, numbers(i, i + 1))
            recorder = Recorder()
            async with running(world.app(recorder)) as app:
                await app.drained()
            assert recorder.values(VOTES) == numbers(i, i + 1)
        del app
        assert len(asyncio.all_tasks()) == 2  # this scenario and its time limit

    run(scenario())
    gc.collect()
    assert threading.active_count() == threads
    assert time.perf_counter() - begin < 5  # Faust alone sleeps a second at each start


def test_an_app_stopped_while_its_worker_loads_ends_at_once(world: LocalWorld) -> None:
    class Loading(Recorder):
        began = False

        async def on_assigned(self, *_: Any) -> Mapping[TopicPartition, int]:
            self.began = True
            self._delivered.set()
            await asyncio.Event().wait()
            raise AssertionError

    async def scenario() -> None:
        loading = Loading()
        async with running(world.app(loading)) as app:
            await loading.until(lambda: loading.began)
            begin = time.perf_counter()
            await app.stop()
            assert time.perf_counter() - begin < 1
        await app.wait_until_ended()

    run(scenario())


def test_a_worker_that_gives_up_loading_because_it_must_stop_has_not_failed(
    world: LocalWorld,
) -> None:
    class Loading(Recorder):
        def __init__(self) -> None:
            super().__init__()
            self.began, self.told = asyncio.Event(), asyncio.Event()

        async def on_assigned(self, *_: Any) -> Mapping[TopicPartition, int]:
            self.began.set()
            await self.told.wait()
            raise RuntimeError("told to stop")

        async def stop(self) -> None:
            self.told.set()
            await asyncio.sleep(0)

    async def scenario() -> None:
        loading = Loading()
        async with running(world.app(loading)) as app:
            await loading.began.wait()
        await app.wait_until_ended()

    run(scenario())


def test_many_partitions_share_what_may_be_on_its_way() -> None:
    assert ReadingSettings().records_a_batch(4) == 20_000
    assert ReadingSettings().records_a_batch(24) == 200_000 // 2 // 24
    assert ReadingSettings(open_records=3).records_a_batch(24) == 1


@pytest.mark.parametrize(
    ("broker", "path"),
    [("local:///data/log.db", "/data/log.db"), ("local://data/log.db", "data/log.db")],
)
def test_the_broker_names_the_file(broker: str, path: str) -> None:
    assert log_path(broker) == Path(path)


@pytest.mark.parametrize("broker", ["local://", "kafka://here"])
def test_a_broker_without_a_file_is_refused(broker: str) -> None:
    with pytest.raises(CallError, match="names no local log"):
        log_path(broker)


def test_a_second_batch_follows_one_that_is_open_only_when_it_is_full() -> None:
    reading = ReadingSettings(batch_records=10, open_batches=2)
    assert not reading.may_deliver(0, 0, 1)
    assert reading.may_deliver(0, 1, 1)
    assert not reading.may_deliver(1, 9, 1)
    assert reading.may_deliver(1, 10, 1)
    assert not reading.may_deliver(2, 10, 1)
