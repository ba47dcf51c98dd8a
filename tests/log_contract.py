"""What the worker relies on, whatever log is behind it: one suite for every transport.

A transport joins by subclassing ``LogContract`` with a fixture ``world``.
"""

import asyncio
import os
import signal
import subprocess
import sys
from collections import defaultdict
from collections.abc import Mapping

import pytest

from models.errors import OffsetOutsideLog
from streams.shell.app import TOPICS
from streams.shell.batches import BatchMessage, BatchSource, TopicPartition
from tests.log_world import (
    COMPLETIONS,
    KILLED,
    NEVER_BY_TIMER,
    ROOT,
    VOTES,
    Recorder,
    World,
    numbers,
    run,
    running,
)


class LogContract:
    """Every transport passes this."""

    # --- taking over -------------------------------------------------------------------------

    def test_bounds_are_no_older_than_the_positions_that_were_asked_for(self, world: World) -> None:
        """A worker looks at the store first, perhaps for long; the log grows meanwhile."""

        class Slow(Recorder):
            async def on_assigned(
                self, source: BatchSource, partitions: frozenset[TopicPartition]
            ) -> Mapping[TopicPartition, int]:
                await world.append(VOTES, numbers(0, 7))
                await source.committed()
                self.seen = source.bounds(VOTES)
                return await super().on_assigned(source, partitions)

        async def scenario() -> None:
            slow = Slow()
            async with running(world.app(slow)) as app:
                await app.drained()
            assert slow.seen == (0, 7)

        run(scenario())

    # --- delivery ----------------------------------------------------------------------------

    def test_records_come_in_order_and_each_once(self, world: World) -> None:
        async def scenario() -> None:
            sources = [
                TopicPartition(topic, partition)
                for topic in TOPICS
                for partition in range(world.partitions)
            ]
            for number, source in enumerate(sources):
                await world.append(source, numbers(0, 25 + number))
            first = Recorder()
            async with running(world.app(first)) as app:
                await app.drained()
                await world.append(VOTES, numbers(1_000, 1_003))
                await app.drained()
            for number, source in enumerate(sources):
                later = numbers(1_000, 1_003) if source == VOTES else []
                assert first.values(source) == numbers(0, 25 + number) + later
                batches = [message.batch for message in first.of(source)]
                begins = [0, *(batch.end_offset for batch in batches)]
                assert [batch.first_offset for batch in batches] == begins[:-1]
                assert max(map(len, batches)) <= 10
            again = Recorder()
            async with running(world.app(again)) as app:
                await app.drained()
            assert again.messages == []

        run(scenario())

    def test_keys_values_and_times_arrive_as_they_were_sent(self, world: World) -> None:
        async def scenario() -> None:
            await world.append(VOTES, [b"", b"\x00\xff", b"x" * 20_000])
            recorder = Recorder()
            async with running(world.app(recorder)) as app:
                await app.drained()
            batch = recorder.messages[0].batch
            assert batch.values == [b"", b"\x00\xff", b"x" * 20_000]
            assert batch.keys == [b"t/o"] * 3
            assert batch.timestamps == [1_700_000_000_000 + i for i in range(3)]
            assert (batch.topic, batch.partition, batch.end_offset) == ("votes", 0, 3)

        run(scenario())

    def test_what_is_on_its_way_is_bounded_and_holds_up_no_other_partition(
        self, world: World
    ) -> None:
        async def scenario() -> None:
            await world.append(VOTES, numbers(0, 100))
            recorder = Recorder(lambda message: message.batch.source != VOTES)
            async with running(world.app(recorder, NEVER_BY_TIMER)):
                await recorder.until(lambda: len(recorder.of(VOTES)) == 2)
                for i in range(3):
                    await world.append(COMPLETIONS, numbers(i, i + 1))
                    await recorder.until(lambda i=i: len(recorder.of(COMPLETIONS)) == i + 1)  # type: ignore[misc]
                assert recorder.values(VOTES) == numbers(0, 20)
                recorder.of(VOTES)[0].ack()
                await recorder.until(lambda: len(recorder.of(VOTES)) == 3)
                assert recorder.values(VOTES) == numbers(0, 30)

        run(scenario())

    def test_the_worker_sees_where_a_partition_ends(self, world: World) -> None:
        async def scenario() -> None:
            await world.append(VOTES, numbers(0, 7))
            recorder = Recorder()
            async with running(world.app(recorder)) as app:
                await app.drained()
                assert recorder.source.highwater(VOTES) == 7
                assert recorder.source.highwater(COMPLETIONS) == 0
                assert recorder.source.bounds(VOTES) == (0, 7)
                assert recorder.source.partition_count("votes") == world.partitions
                assert recorder.source.log_id("votes")

        run(scenario())

    # --- acknowledgement ---------------------------------------------------------------------

    def test_what_was_not_acknowledged_comes_again_from_the_committed_offset(
        self, world: World
    ) -> None:
        async def scenario() -> None:
            await world.append(VOTES, numbers(0, 45))
            recorder = Recorder(lambda message: message.batch.end_offset <= 20)
            async with running(world.app(recorder, NEVER_BY_TIMER)):
                await recorder.until(lambda: len(recorder.of(VOTES)) == 4)
            assert (await world.committed())[VOTES].offset == 20
            again = Recorder()
            async with running(world.app(again)) as app:
                await app.drained()
            assert again.starts[VOTES] == 20
            assert again.values(VOTES) == numbers(20, 45)

        run(scenario())

    def test_acknowledgements_out_of_order_never_commit_past_an_open_batch(
        self, world: World
    ) -> None:
        async def scenario() -> None:
            await world.append(VOTES, numbers(0, 40))
            recorder = Recorder(lambda _: False)
            async with running(world.app(recorder, NEVER_BY_TIMER)) as app:
                await recorder.until(lambda: len(recorder.messages) == 2)
                first, second = recorder.messages
                second.ack()
                await app.consumer.commit()
                assert (await world.committed())[VOTES].offset == 0
                first.ack()
                await recorder.until(lambda: len(recorder.messages) == 4)
                recorder.messages[3].ack()
                await app.consumer.commit()
                assert (await world.committed())[VOTES].offset == 20
            assert (await world.committed())[VOTES].offset == 20

        run(scenario())

    def test_a_process_killed_at_work_leaves_nothing_out(self, world: World) -> None:
        async def scenario() -> None:
            await world.append(VOTES, numbers(0, 100))
            child = subprocess.Popen(
                [sys.executable, "-c", KILLED, world.broker, str(world.partitions)],
                cwd=ROOT,
                env=os.environ | world.environment,
                stdout=subprocess.PIPE,
            )
            assert child.stdout is not None
            line = await asyncio.to_thread(child.stdout.readline)
            child.send_signal(signal.SIGKILL)
            await asyncio.to_thread(child.communicate)
            assert line == b"holding 30\n"
            assert (await world.committed())[VOTES].offset == 30
            again = Recorder()
            async with running(world.app(again)) as app:
                await app.drained()
            assert again.values(VOTES) == numbers(30, 100)

        run(scenario())

    # --- ownership ---------------------------------------------------------------------------

    def test_a_start_outside_the_log_is_refused(self, world: World) -> None:
        class Ahead(Recorder):
            async def on_assigned(
                self, source: BatchSource, partitions: frozenset[TopicPartition]
            ) -> Mapping[TopicPartition, int]:
                return {**await super().on_assigned(source, partitions), VOTES: 6}

        async def scenario() -> None:
            await world.append(VOTES, numbers(0, 5))
            async with running(world.app(Ahead())) as app:
                with pytest.raises(OffsetOutsideLog, match="offset 6 of partition 0 of votes"):
                    await app.wait_until_ended()

        run(scenario())

    # --- the end -----------------------------------------------------------------------------

    def test_a_worker_that_raises_ends_the_app_and_loses_nothing(self, world: World) -> None:
        class Failing(Recorder):
            async def deliver(self, message: BatchMessage) -> None:
                if message.batch.first_offset == 10:
                    raise RuntimeError("the worker is broken")
                await super().deliver(message)

        async def scenario() -> None:
            await world.append(VOTES, numbers(0, 40))
            failing = Failing()
            async with running(world.app(failing)) as app:
                with pytest.raises(RuntimeError, match="the worker is broken"):
                    await app.wait_until_ended()
                assert isinstance(app.fatal, RuntimeError)
            assert (await world.committed())[VOTES].offset == 10
            again = Recorder()
            async with running(world.app(again)) as app:
                await app.drained()
            assert again.values(VOTES) == numbers(10, 40)

        run(scenario())

    def test_the_batch_in_hand_is_finished_and_committed_at_the_end(self, world: World) -> None:
        class Busy(Recorder):
            async def stop(self) -> None:
                await super().stop()
                self.messages[0].ack()

        async def scenario() -> None:
            await world.append(VOTES, numbers(0, 100))
            busy = Busy(lambda _: False)
            app = world.app(busy, NEVER_BY_TIMER)
            await app.start()
            await busy.until(lambda: len(busy.messages) == 2)
            begin = asyncio.get_running_loop().time()
            await app.stop()
            assert asyncio.get_running_loop().time() - begin < 1
            assert len(busy.messages) == 2
            assert (await world.committed())[VOTES].offset == 10

        run(scenario())

    def test_records_of_many_writers_come_in_each_writers_order(self, world: World) -> None:
        async def scenario() -> None:
            async def write(name: int) -> None:
                for i in range(20):
                    await world.append(VOTES, [b"%d %d" % (name, i)])

            recorder = Recorder()
            async with running(world.app(recorder)) as app:
                await asyncio.gather(*(write(name) for name in range(4)))
                await app.drained()
            by_writer: dict[bytes, list[bytes]] = defaultdict(list)
            for value in recorder.values(VOTES):
                by_writer[value.split()[0]].append(value)
            assert len(by_writer) == 4
            for name, values in by_writer.items():
                assert values == [name + b" %d" % i for i in range(20)]

        run(scenario())
