"""Who owns a local log: the epoch of a claim shuts out every owner before it."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from models.errors import LogFenced
from streams.shell.batches import BatchSource, TopicPartition
from tests.log_world import VOTES, Recorder, numbers, run, running
from tests.streams.test_local_transport import LocalWorld


@pytest.fixture
def world(tmp_path: Path) -> Iterator[LocalWorld]:
    world = LocalWorld(tmp_path)
    yield world
    world.outside.close()


def test_a_former_owner_commits_nothing_and_ends(world: LocalWorld) -> None:
    async def scenario() -> None:
        await world.append(VOTES, numbers(0, 20))
        zombie, heir = Recorder(lambda _: False), Recorder(lambda _: False)
        async with running(world.app(zombie)) as old:
            await zombie.until(lambda: len(zombie.messages) == 2)
            async with running(world.app(heir)) as new:
                await heir.until(lambda: len(heir.messages) == 2)
                for message in zombie.messages:
                    message.ack()
                with pytest.raises(LogFenced, match="belongs to another worker"):
                    await old.wait_until_ended()
                assert (await world.committed())[VOTES].offset == 0
                heir.messages[0].ack()
                await new.consumer.commit()
                assert (await world.committed())[VOTES].offset == 10

    run(scenario())


def test_a_refused_claim_ends_the_app_before_anything_is_delivered(world: LocalWorld) -> None:
    class Late(Recorder):
        async def on_assigned(
            self, source: BatchSource, partitions: frozenset[TopicPartition]
        ) -> Mapping[TopicPartition, int]:
            starts = dict.fromkeys(partitions, 0)
            await source.claim({one.partition: 7 for one in partitions}, starts)
            await source.claim({0: 7}, starts)
            raise AssertionError("claimed twice")

    async def scenario() -> None:
        await world.append(VOTES, numbers(0, 5))
        late = Late()
        async with running(world.app(late)) as app:
            with pytest.raises(LogFenced):
                await app.drained()
        assert late.messages == []
        assert late.stopped

    run(scenario())
