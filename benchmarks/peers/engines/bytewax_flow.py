"""Bytewax at its best: a source of our own that hands over whole batches, plain dictionaries.

Bytewax keeps no state here and recovers nothing.
"""

from typing import Any

import bytewax.operators as op
from bytewax.dataflow import Dataflow
from bytewax.inputs import FixedPartitionedSource, StatefulSourcePartition
from bytewax.outputs import DynamicSink, StatelessSinkPartition
from bytewax.testing import run_main

from benchmarks.peers.engines.job import Job, spare_the_collector
from benchmarks.peers.engines.meter import Call, Meter, called
from benchmarks.peers.engines.reading import Values, opened, taken


class TopicPart(StatefulSourcePartition[Values, int]):  # type: ignore[misc]  # not there where types are checked
    """The only partition of a topic, read to its end."""

    def __init__(self, call: Call, topic: str) -> None:
        self._consumer = opened(call, topic)
        self._votes = call.votes
        self._taken = 0
        self._end = self._consumer.get_watermark_offsets(self._consumer.assignment()[0])[1]

    def next_batch(self) -> list[Values]:
        """One item: all values of a round."""
        if self._taken >= self._end:
            raise StopIteration
        values = taken(self._consumer, self._votes, 0.001)
        self._taken += len(values.completions) + len(values.votes)
        return [values] if any(values) else []

    def snapshot(self) -> int:
        """Where it is."""
        return self._taken


class Topics(FixedPartitionedSource[Values, int]):  # type: ignore[misc]  # not there where types are checked
    """Both topics."""

    def __init__(self, call: Call) -> None:
        self._call = call

    def list_parts(self) -> list[str]:
        """A part is a topic."""
        return [self._call.completions, self._call.votes]

    def build_part(self, step_id: str, for_part: str, resume_state: int | None) -> TopicPart:  # noqa: ARG002  # as the base has it
        """Begin at the beginning."""
        return TopicPart(self._call, for_part)


class Nowhere(DynamicSink[Any]):  # type: ignore[misc]  # not there where types are checked
    """Where nothing arrives: a flow must end somewhere."""

    def build(self, step_id: str, worker_index: int, worker_count: int) -> "Nothing":  # noqa: ARG002  # as the base has it
        """The only worker's."""
        return Nothing()


class Nothing(StatelessSinkPartition[Any]):  # type: ignore[misc]  # not there where types are checked
    """Drops what comes."""

    def write_batch(self, items: list[Any]) -> None:
        """Drop it."""


def main() -> None:
    """Run the flow to the end of both topics."""
    call = called()
    meter, job = Meter(call), Job()

    def count(values: Values) -> None:
        job.completions(values.completions)
        job.votes(values.votes)
        meter.add(len(values.completions) + len(values.votes))

    flow = Dataflow("peers")
    stream = op.input("topics", flow, Topics(call))
    op.output("nowhere", op.filter_map("count", stream, count), Nowhere())
    spare_the_collector()
    meter.begin()
    run_main(flow)
    meter.end(job.rows())


if __name__ == "__main__":
    main()
