"""Quix Streams at its best: both topics concatenated into one function with plain dictionaries.

Values are raw bytes and no state of Quix's is kept.
"""

from quixstreams import Application, message_context

from benchmarks.peers.engines.job import Job, spare_the_collector
from benchmarks.peers.engines.meter import Meter, called

POLL_SECONDS = 0.02
"""By default a second, for which everything stands still whenever one topic is ahead."""


def main() -> None:
    """Run until the last record is done."""
    call = called()
    meter, job = Meter(call), Job()
    app = Application(
        broker_address=call.servers,
        consumer_group=call.group,
        auto_offset_reset="earliest",
        state_dir=call.folder / "state",
        loglevel="WARNING",
        consumer_poll_timeout=POLL_SECONDS,
        on_message_processed=lambda _topic, _partition, _offset: (
            meter.end(job.rows()) if meter.add(1) else None
        ),
    )
    completions = app.dataframe(app.topic(call.completions, value_deserializer="bytes"))
    votes = app.dataframe(app.topic(call.votes, value_deserializer="bytes"))

    def count(value: bytes) -> None:
        meter.begin()
        take = job.completions if message_context().topic == call.completions else job.votes
        take((value,))

    completions.concat(votes).update(count)
    spare_the_collector()
    app.run()


if __name__ == "__main__":
    main()
