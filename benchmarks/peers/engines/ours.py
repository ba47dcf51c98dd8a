"""Ours: the Faust app, agents and Kafka transport that `semko worker` runs, with another handler.

The transport is the real one: a group under KIP-848, epochs claimed by a fenced commit, every
batch acknowledged and committed. ``codec`` reads records as the worker does, which holds every
field of every event to the published contract, and judges each record's key, partition and clock;
then it joins and sums in columns. ``plain`` decodes as the peers do, and has their dictionaries.
No facts are stored, no duplicates or corrections are looked for: that is `semko worker`, measured
beside it.
"""

import asyncio
import time
from collections.abc import Mapping

from benchmarks.peers.engines.columns import ColumnJob
from benchmarks.peers.engines.job import Job, spare_the_collector
from benchmarks.peers.engines.meter import Call, Meter, called
from models.identity import KeyHasher
from streams.core.decoding import Context, DeadLetter, read_completions, read_votes
from streams.shell.app import StreamApp, make_app
from streams.shell.assignment import Assignment
from streams.shell.batches import BatchMessage, BatchSource, RecordBatch, TopicPartition
from streams.shell.kafka_settings import VARIABLES, KafkaSettings

HASHER = KeyHasher(b"nothing is hashed here")


class Handler:
    """Implements ``BatchHandler``: counts each batch as it comes, and acknowledges it."""

    def __init__(self, call: Call, *, plain: bool) -> None:
        self._meter, self._columns = Meter(call), ColumnJob()
        self._plain = Job() if plain else None
        self._assignment = Assignment()
        self.over = asyncio.Event()

    async def on_assigned(
        self, source: BatchSource, partitions: frozenset[TopicPartition]
    ) -> Mapping[TopicPartition, int]:
        """Claim the partition once both topics of it are there, and read it from its beginning."""
        whole = self._assignment.add(partitions)
        if not whole:
            return {}
        await source.committed()
        sources = [TopicPartition(topic, 0) for topic in ("completions", "votes")]
        starts = {one: source.bounds(one)[0] for one in sources}
        await source.claim({0: 1}, starts)
        self._meter.begin()  # nothing is fetched before
        return starts

    async def on_revoked(
        self,
        partitions: frozenset[TopicPartition],
        *,
        lost: bool,  # noqa: ARG002  # all is over
    ) -> frozenset[TopicPartition]:
        """Nothing is kept."""
        self._assignment.remove(partitions)
        return frozenset()

    async def deliver(self, message: BatchMessage) -> None:
        """Count a batch."""
        batch = message.batch
        self._take(batch)
        message.ack()
        if self._meter.add(len(batch)):
            self._meter.tell((self._plain or self._columns).rows())
            self.over.set()

    async def stop(self) -> None:
        """Nothing is in hand."""

    def _take(self, batch: RecordBatch) -> None:
        if self._plain is not None:
            take = self._plain.votes if batch.topic == "votes" else self._plain.completions
            take(batch.values)
            return
        dead: list[DeadLetter] = []
        context = Context(HASHER, 1, time.time_ns() // 1_000_000, 0)
        if batch.topic == "votes":
            for votes in read_votes(batch, context, dead):
                self._columns.rate(votes)
        else:
            for completions in read_completions(batch, context, dead):
                self._columns.complete(completions)
        assert not dead


async def _run(call: Call) -> None:
    handler = Handler(call, plain=call.rest == ("plain",))
    broker = f"kafka://{call.servers}"
    app: StreamApp = make_app(
        broker,
        call.group,
        handler,
        partitions=1,
        folder=call.folder / "data",
        kafka=KafkaSettings.of(broker, {f"{VARIABLES}PREFIX": call.prefix}),
    )
    spare_the_collector()
    await app.start()
    ended = asyncio.ensure_future(app.wait_until_ended())
    over = asyncio.ensure_future(handler.over.wait())
    await asyncio.wait({ended, over}, return_when=asyncio.FIRST_COMPLETED)
    over.cancel()
    await app.stop()
    await ended


if __name__ == "__main__":
    asyncio.run(_run(called()))
