"""Stock Faust at its best: one agent for both topics, dictionaries, raw values, msgspec.

Its own Kafka transport (aiokafka), no tables, so no changelog; acknowledged a thousand at a time.
"""

from typing import Any

import faust

from benchmarks.peers.engines.job import Job, spare_the_collector
from benchmarks.peers.engines.meter import Meter, called

AT_ONCE = 1_000


def main() -> None:
    """Run a worker until the last record is done."""
    call = called()
    meter, job = Meter(call), Job()
    app = faust.App(
        call.group,
        broker=f"kafka://{call.servers}",
        store="memory://",
        datadir=call.folder / "data",
        topic_partitions=1,
        topic_disable_leader=True,
        web_enabled=False,
        autodiscover=False,
        consumer_auto_offset_reset="earliest",
        stream_buffer_maxsize=16_384,
        stream_wait_empty=False,
    )
    topic = app.topic(call.completions, call.votes, key_serializer="raw", value_serializer="raw")

    async def run(stream: Any) -> None:
        async for events in stream.noack().take_events(AT_ONCE, within=0.1):
            meter.begin()
            completions = [e.value for e in events if e.message.topic == call.completions]
            job.completions(completions)
            job.votes([e.value for e in events if e.message.topic == call.votes])
            for event in events[-1:]:
                event.ack()
            if meter.add(len(events)):
                meter.end(job.rows())

    app.agent(topic)(run)
    spare_the_collector()
    worker = faust.Worker(app, loglevel="warning")
    worker.execute_from_commandline()


if __name__ == "__main__":
    main()
