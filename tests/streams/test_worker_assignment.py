"""Partitions come and go while a worker works (I6); those that it has are stored together."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from functools import partial

import pytest

from models.errors import LogFenced
from models.partitioning import partition_of, record_key
from streams.core.frontier import TOPICS
from streams.shell.batches import BatchMessage, Position, TopicPartition
from tests.streams.core.office import completion, runs_of
from tests.streams.test_worker import BOTH, Source, Store, run, worker_on, working

PARTITIONS = 4
START = dict.fromkeys(TOPICS, 0)


def offices() -> list[str]:
    """An office for each partition."""
    found: dict[int, str] = {}
    for number in range(100):
        office = f"o{number}"
        found.setdefault(partition_of(record_key("t", office), PARTITIONS), office)
    return [found[partition] for partition in range(PARTITIONS)]


VOTES_0, COMPLETIONS_0 = (TopicPartition(topic, 0) for topic in ("votes", "completions"))


def test_a_member_without_partitions_is_ready() -> None:
    async def test() -> None:
        worker = worker_on(Store())
        assert not worker.ready
        assert await worker.on_assigned(Source(), frozenset()) == {}
        assert worker.ready
        await worker.stop()

    run(test)


def test_a_partition_begins_with_its_second_topic_and_ends_with_its_first() -> None:
    async def test() -> None:
        store, source = Store(), Source()
        worker = worker_on(store)
        assert await worker.on_assigned(source, frozenset({VOTES_0})) == {}
        assert store.tables == []
        starts = await worker.on_assigned(source, frozenset({COMPLETIONS_0}))
        assert starts == dict.fromkeys(BOTH, 0)
        assert worker.partitions == [0]
        waiting = await worker.on_revoked(frozenset({VOTES_0}), lost=False)
        assert waiting == {COMPLETIONS_0}
        assert worker.partitions == []
        again = await worker.on_assigned(source, frozenset({VOTES_0}))
        assert again == starts
        assert {row.epoch for row in store.progress()} == {2}
        await worker.stop()

    run(test)


def test_a_partition_that_goes_while_it_is_loaded_is_not_ours() -> None:
    async def test() -> None:
        store, source = Store(), Source()
        worker = worker_on(store)
        store.pause = 0.1
        loading = asyncio.create_task(worker.on_assigned(source, BOTH))
        while not source.held:
            await asyncio.sleep(0.001)
        assert not worker.ready
        assert await worker.on_revoked(BOTH, lost=True) == frozenset()
        assert await loading == {}
        assert worker.partitions == []
        await worker.stop()

    run(test)


def test_what_is_in_hand_of_a_partition_that_goes_is_finished_first() -> None:
    async def test() -> None:
        async with working() as at:
            at.store.pause = 0.05
            await at.deliver(completion("a", "10:00"))
            await asyncio.sleep(0.02)
            await at.worker.on_revoked(BOTH, lost=False)
            assert at.acknowledged == [("completions", 1)]
            await at.deliver(completion("b", "10:00"))
            await asyncio.sleep(0.1)
            assert at.acknowledged == [("completions", 1)]

    run(test)


def test_a_refused_claim_leaves_the_partition_to_be_offered_again() -> None:
    async def test() -> None:
        store, source = Store(), Source()
        worker = worker_on(store)
        source.before_claim = lambda: source.held.update(dict.fromkeys(BOTH, Position(0, 9)))
        with pytest.raises(LogFenced):
            await worker.on_assigned(source, BOTH)
        source.before_claim = lambda: None
        assert await worker.on_assigned(source, BOTH) == dict.fromkeys(BOTH, 0)
        assert {row.epoch for row in store.progress()} == {10}
        await worker.stop()

    run(test)


class SlowlyRefusing(Source):
    """Refuses the first claim, when it is told to; takes the others at once."""

    def __init__(self) -> None:
        super().__init__()
        self.claims = 0
        self.refuse = asyncio.Event()

    async def claim(self, epochs: Mapping[int, int], starts: Mapping[TopicPartition, int]) -> None:
        self.claims += 1
        if self.claims == 1:
            await self.refuse.wait()
            raise LogFenced("no member any more")
        await super().claim(epochs, starts)


def test_a_claim_that_is_refused_late_ends_nothing_that_came_since() -> None:
    async def test() -> None:
        source = SlowlyRefusing()
        worker = worker_on(Store())
        first = asyncio.create_task(worker.on_assigned(source, BOTH))
        while not source.claims:
            await asyncio.sleep(0.001)
        await worker.on_revoked(BOTH, lost=True)
        assert await worker.on_assigned(source, BOTH) == dict.fromkeys(BOTH, 0)
        source.refuse.set()
        with pytest.raises(LogFenced):
            await first
        assert worker.partitions == [0]
        await worker.on_revoked(BOTH, lost=True)
        assert worker.partitions == []
        await worker.stop()

    run(test)


def test_batches_of_several_partitions_are_stored_together() -> None:
    async def test() -> None:
        store, source = Store(), Source(partitions=PARTITIONS)
        worker = worker_on(store)
        await worker.on_assigned(source, source.sources())
        store.tables.clear()
        done: list[int] = []
        for partition, office in enumerate(offices()):
            (batch,) = runs_of([completion("a", "10:00", office_id=office)], START)
            here = replace(batch, partition=partition, keys=[record_key("t", office)])
            await worker.deliver(BatchMessage(here, partial(done.append, partition)))
        while len(done) < 4:
            await asyncio.sleep(0.001)
        assert store.tables == ["interactions", "window_metrics", "progress"]
        assert len(store.rows("interactions")) == 4
        await worker.stop()

    run(test)
