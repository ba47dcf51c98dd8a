"""Ours: the Faust app, agents and Kafka transport that `semko worker` runs, with another handler.

The transport is the real one: a group under KIP-848, epochs claimed by a fenced commit, every
batch acknowledged and committed. ``codec`` decodes by our codec, which holds every field of every
event to the published contract, and judges each record's key, partition and clock; ``plain``
decodes as the peers do. The join and the three groupings are the plain dictionaries of the peers.
No facts are stored, no duplicates or corrections are looked for: that is `semko worker`, measured
beside it.
"""

import asyncio
import time
from collections.abc import Mapping

from benchmarks.peers.engines.job import Job, spare_the_collector
from benchmarks.peers.engines.meter import Call, Meter, called
from models.codec import decode_completion, decode_vote
from models.envelope import admit
from streams.shell.app import StreamApp, make_app
from streams.shell.assignment import Assignment
from streams.shell.batches import BatchMessage, BatchSource, RecordBatch, TopicPartition
from streams.shell.kafka_settings import VARIABLES, KafkaSettings


class Handler:
    """Implements ``BatchHandler``: counts each batch as it comes, and acknowledges it."""

    def __init__(self, call: Call, *, plain: bool) -> None:
        self._meter, self._job, self._plain = Meter(call), Job(), plain
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
        if self._plain:
            take = self._job.votes if batch.topic == "votes" else self._job.completions
            take(batch.values)
        elif batch.topic == "votes":
            self._rate(batch)
        else:
            self._complete(batch)
        message.ack()
        if self._meter.add(len(batch)):
            self._meter.tell(self._job.rows())
            self.over.set()

    async def stop(self) -> None:
        """Nothing is in hand."""

    def _complete(self, batch: RecordBatch) -> None:
        now = time.time_ns() // 1_000_000
        events = [decode_completion(value) for value in batch.values]
        for event, key, timestamp in zip(events, batch.keys, batch.timestamps, strict=True):
            admit(event, key, batch.partition, 1, timestamp, now, 0)
        minutes = [event.completed_at // 60_000 for event in events]
        bands = [(event.segments or {})["age_band"] for event in events]
        self._job.complete(events, minutes, bands)

    def _rate(self, batch: RecordBatch) -> None:
        now = time.time_ns() // 1_000_000
        events = [decode_vote(value) for value in batch.values]
        for event, key, timestamp in zip(events, batch.keys, batch.timestamps, strict=True):
            admit(event, key, batch.partition, 1, timestamp, now, 0)
        self._job.rate(events)


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
