"""What goes wrong on a real broker while it is read: refused loudly, survived, or never lost."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka import Producer
from confluent_kafka import TopicPartition as KafkaPartition
from confluent_kafka.admin import AdminClient

from models.errors import LogDamaged, OffsetOutsideLog, WorldError
from streams.shell import kafka_consumer
from streams.shell.batches import TopicPartition
from streams.shell.kafka_settings import KafkaSettings
from tests.kafka.broker import Broker, kill_brokers, start_brokers
from tests.kafka.worlds import fresh_settings, make_topics
from tests.log_world import NEVER_BY_TIMER, VOTES, Recorder, numbers, run, running
from tests.streams.test_kafka_transport import KafkaWorld


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Broker]:
    """A broker that a test may break."""
    brokers = start_brokers(tmp_path / "kafka")
    yield brokers[0]
    kill_brokers(brokers)


def world_on(broker: Broker, folder: Path, **variables: str) -> KafkaWorld:
    settings = fresh_settings(broker, **variables)
    make_topics(settings)
    return KafkaWorld(settings, folder)


@pytest.fixture
def world(kafka_topics: KafkaSettings, tmp_path: Path) -> KafkaWorld:
    return KafkaWorld(kafka_topics, tmp_path)


def test_a_record_that_is_damaged_on_the_disk_ends_the_worker_before_it(
    own: Broker, tmp_path: Path
) -> None:
    world = world_on(own, tmp_path)

    async def scenario() -> None:
        await world.append(VOTES, numbers(0, 10))
        await world.append(VOTES, [b"x" * 500])
        own.stop()
        (segment,) = (own.folder / "data").glob(f"{world.settings.named('votes')}-0/*.log")
        content = bytearray(segment.read_bytes())
        content[content.index(b"x" * 500) + 100] ^= 0xFF
        segment.write_bytes(content)
        own.start()
        own.wait_until_ready()
        recorder = Recorder()
        async with running(world.app(recorder)) as app:
            with pytest.raises(LogDamaged, match="votes/0 is damaged at offset 10"):
                await app.wait_until_ended()
        assert recorder.values(VOTES) in ([], numbers(0, 10))

    run(scenario())


def test_records_that_went_before_they_were_read_are_refused_with_the_way_out(
    world: KafkaWorld,
) -> None:
    async def scenario() -> None:
        await world.append(VOTES, numbers(0, 100))
        recorder = Recorder(lambda _: False)
        async with running(world.app(recorder, NEVER_BY_TIMER)) as app:
            await recorder.until(lambda: len(recorder.of(VOTES)) == 2)
            admin = AdminClient({**world.settings.librdkafka()})
            gone = KafkaPartition(world.settings.named("votes"), 0, 100)
            await asyncio.to_thread(lambda: admin.delete_records([gone])[gone].result(10))
            # What is fetched already may be read; then there is a hole.
            await asyncio.to_thread(time.sleep, 0.5)
            for message in recorder.messages:
                message.ack()
            recorder.acknowledge = lambda _: True
            await world.append(VOTES, numbers(100, 110))
            del app
        again = Recorder()
        async with running(world.app(again)) as app:
            with pytest.raises(OffsetOutsideLog):
                await app.wait_until_ended()
        assert again.messages == []

    run(scenario())


def test_a_topic_that_is_deleted_while_it_is_read_ends_the_worker(
    own: Broker, tmp_path: Path
) -> None:
    world = world_on(own, tmp_path)

    async def scenario() -> None:
        await world.append(VOTES, numbers(0, 10))
        recorder = Recorder()
        async with running(world.app(recorder)) as app:
            await recorder.until(lambda: len(recorder.values(VOTES)) == 10)
            admin = AdminClient({**world.settings.librdkafka()})
            name = world.settings.named("votes")
            await asyncio.to_thread(lambda: admin.delete_topics([name])[name].result(10))
            with pytest.raises(WorldError, match=r"no topic test-.*\.votes"):
                await app.wait_until_ended()

    run(scenario())


def test_a_worker_waits_for_a_broker_that_is_away_and_goes_on_when_it_is_back(
    own: Broker, tmp_path: Path
) -> None:
    world = world_on(own, tmp_path)

    async def scenario() -> None:
        await world.append(VOTES, numbers(0, 10))
        own.stop()
        recorder = Recorder()
        async with running(world.app(recorder)):
            await asyncio.sleep(1.5)
            assert recorder.messages == []
            await asyncio.to_thread(_again, own)
            await recorder.until(lambda: len(recorder.values(VOTES)) == 10)
            await asyncio.to_thread(own.kill)
            await asyncio.to_thread(_again, own)
            await world.append(VOTES, numbers(10, 20))
            await recorder.until(lambda: len(recorder.values(VOTES)) >= 20)
        assert recorder.values(VOTES) == numbers(0, 20)

    run(scenario())


def _again(broker: Broker) -> None:
    broker.start()
    broker.wait_until_ready()


def test_markers_of_transactions_are_no_records_and_do_not_hold_up_the_end(
    world: KafkaWorld,
) -> None:
    async def scenario() -> None:
        producer = Producer({**world.settings.librdkafka(), "transactional.id": "tickets"})
        await asyncio.to_thread(producer.init_transactions)
        for n, commit in enumerate((True, False, True)):
            producer.begin_transaction()
            producer.produce(world.settings.named("votes"), b"%d" % n, b"t/o", 0)
            await asyncio.to_thread(producer.flush)
            await asyncio.to_thread(
                producer.commit_transaction if commit else producer.abort_transaction
            )
        recorder = Recorder()
        async with running(world.app(recorder)) as app:
            await app.drained()
            assert recorder.values(VOTES) == [b"0", b"2"]
            assert [message.batch.first_offset for message in recorder.of(VOTES)] == [0, 4]
        assert (await world.committed())[VOTES].offset == 6

    run(scenario())


@pytest.mark.parametrize("protocol", ["consumer", "classic"])
def test_members_share_the_partitions_of_both_topics_alike(
    own: Broker, tmp_path: Path, protocol: str
) -> None:
    world = world_on(own, tmp_path, GROUP_PROTOCOL=protocol)
    sources = [TopicPartition(topic, p) for topic in ("completions", "votes") for p in range(4)]

    async def scenario() -> None:
        first, second = Recorder(), Recorder()
        async with running(world.app(first)) as app:
            await app.drained()
            async with running(world.app(second)):
                await second.until_started()
                for source in sources:
                    await world.append(source, numbers(0, 20))
                while sum(len(r.values(s)) for r in (first, second) for s in sources) < 160:
                    await asyncio.sleep(0.01)
        given = {s.partition for s in second.starts}
        assert given
        assert given != {0, 1, 2, 3}
        assert second.starts.keys() == {s for s in sources if s.partition in given}
        for source in sources:
            assert first.values(source) + second.values(source) == numbers(0, 20)

    run(scenario())


class SlowToLetGo(Recorder):
    """Lets partitions go only when a test lets it."""

    def __init__(self) -> None:
        super().__init__()
        self.may_go = asyncio.Event()

    async def on_revoked(
        self, partitions: frozenset[TopicPartition], *, lost: bool
    ) -> frozenset[TopicPartition]:
        await super().on_revoked(partitions, lost=lost)
        await self.may_go.wait()
        return frozenset()


def test_partitions_that_come_back_before_they_were_let_go_are_read_on(world: KafkaWorld) -> None:
    async def scenario() -> None:
        slow, other = SlowToLetGo(), Recorder()
        async with running(world.app(slow)):
            await slow.until_started()
            async with running(world.app(other)):
                await other.until_started()
                gone = other.starts.keys() & {one for some, _ in slow.revoked for one in some}
            offers = len(slow.offered)
            while not gone <= {one for some in slow.offered[offers:] for one in some}:
                await asyncio.sleep(0.05)
            await asyncio.sleep(0.5)  # claimed and begun
            slow.may_go.set()
            await asyncio.sleep(0.1)
            votes = next(one for one in sorted(gone) if one.topic == "votes")
            await world.append(votes, numbers(0, 10))
            await slow.until(lambda: slow.values(votes) == numbers(0, 10))

    run(scenario())


def test_a_member_for_whom_no_partition_is_left_is_told_so(
    own: Broker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kafka_consumer, "SPARE_SECONDS", 1.0)
    settings = fresh_settings(own)
    make_topics(settings, 1)
    world = KafkaWorld(settings, tmp_path)
    world.partitions = 1

    async def scenario() -> None:
        first, second = Recorder(), Recorder()
        async with running(world.app(first)):
            await first.until_started()
            async with running(world.app(second)):
                while not second.offered:
                    await asyncio.sleep(0.01)
        # A new broker may take so long over its first group that the first was told so, too.
        assert len([mine for mine in first.offered if mine]) == 1
        assert second.offered == [frozenset()]

    run(scenario())


def test_a_static_member_that_is_replaced_ends(own: Broker, tmp_path: Path) -> None:
    world = world_on(own, tmp_path, GROUP_PROTOCOL="classic", GROUP_INSTANCE_ID="desk-1")

    async def scenario() -> None:
        first, second = Recorder(), Recorder()
        async with running(world.app(first)) as old:
            await first.until_started()
            async with running(world.app(second)):
                with pytest.raises(WorldError, match="GROUP_INSTANCE_ID"):
                    await old.wait_until_ended()

    run(scenario())
