"""Bare confluent-kafka: ``consume``, ``decode`` or the whole ``job`` in a plain loop."""

from benchmarks.peers.engines.job import Job, decode_completion, decode_vote, spare_the_collector
from benchmarks.peers.engines.meter import Meter, called
from benchmarks.peers.engines.reading import opened, taken


def main() -> None:
    """Read both topics to their ends."""
    call = called()
    (what,) = call.rest
    meter, job = Meter(call), Job()
    spare_the_collector()
    meter.begin()
    consumer = opened(call, call.completions, call.votes)
    over = False
    while not over:
        values = taken(consumer, call.votes)
        if what == "job":
            job.completions(values.completions)
            job.votes(values.votes)
        elif what == "decode":
            for value in values.completions:
                decode_completion(value)
            for value in values.votes:
                decode_vote(value)
        over = meter.add(len(values.completions) + len(values.votes))
    meter.end(job.rows())


if __name__ == "__main__":
    main()
