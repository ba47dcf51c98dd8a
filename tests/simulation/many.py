"""Many runs, on as many processes as there are cores, and what they came to together."""

import multiprocessing
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field

from tests.simulation.run import RunResult, simulate
from tests.simulation.silence import silence

AT_ONCE = 50


@dataclass
class Sum:
    """What many runs came to."""

    runs: int = 0
    happened: Counter[str] = field(default_factory=Counter)
    cuts: int = 0
    late_cuts: int = 0
    failed: list[RunResult] = field(default_factory=list)

    def add(self, outcomes: Sequence[RunResult]) -> None:
        """Count runs in."""
        for one in outcomes:
            self.runs += 1
            self.happened += one.happened
            self.cuts += len(one.cuts)
            self.late_cuts += sum(one.cuts)
            if one.differences:
                self.failed.append(one)


def seeds_of(first: int, count: int) -> Iterator[range]:
    """Seeds in portions."""
    for begin in range(first, first + count, AT_ONCE):
        yield range(begin, min(begin + AT_ONCE, first + count))


def simulate_some(seeds: Sequence[int]) -> list[RunResult]:
    """Runs without their stories, unless they failed."""
    outcomes = [simulate(seed) for seed in seeds]
    for one in outcomes:
        if not one.differences:
            one.story.clear()
    return outcomes


def simulate_all(first: int, count: int, cores: int) -> Sum:
    """Run ``count`` seeds on ``cores`` processes, with 1 in this one; tells how far it is."""
    total, begun = Sum(), time.monotonic()
    for outcomes in _on(cores, seeds_of(first, count)):
        total.add(outcomes)
        seconds = time.monotonic() - begun
        line = f"\r{total.runs:,} of {count:,} runs, {len(total.failed)} differ, {seconds:.0f} s"
        sys.stderr.write(line)
        sys.stderr.flush()
    sys.stderr.write("\n")
    return total


def _on(cores: int, portions: Iterator[range]) -> Iterator[list[RunResult]]:
    if cores == 1:
        silence()
        yield from map(simulate_some, portions)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(cores, context, silence) as pool:
        yield from pool.map(simulate_some, portions)
