"""``python -m tests.simulation``: many seeds on all cores, or one with its whole story.

Exit code 0 where every run equals the oracle, 1 where one does not: it is printed with its history.
"""

import argparse
import os
import sys
from collections.abc import Sequence

from tests.simulation.many import Sum, simulate_all
from tests.simulation.run import RunResult, simulate
from tests.simulation.silence import silence

TOLD_IN_FULL = 2
"""So many failing runs are printed with their history, the others by their seeds."""


def tell(total: Sum) -> None:
    """What many runs came to, on stdout."""
    for one in total.failed[:TOLD_IN_FULL]:
        tell_story(one)
    lines = [f"runs {total.runs:,}"]
    lines += [f"  {kind:28} {times:7,}" for kind, times in sorted(total.happened.items())]
    share = total.late_cuts / max(total.cuts, 1)
    lines.append(f"processes cut {total.cuts:,}, {share:.0%} after hours had left memory")
    lines.append(f"differing {len(total.failed)}")
    if total.failed:
        seeds = ", ".join(str(one.seed) for one in total.failed[:20])
        again = f"python -m tests.simulation --seed {total.failed[0].seed} --trace"
        lines.append(f"seeds {seeds}; again: {again}")
    sys.stdout.write("\n".join(lines) + "\n")


def tell_story(one: RunResult) -> None:
    """A run's events, everything that happened, and what is wrong, on stdout."""
    wrong = one.differences or ["no difference"]
    lines = [f"--- seed {one.seed}", *one.story, *wrong, f"--- trace {one.digest}"]
    sys.stdout.write("\n".join(lines) + "\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the call and do it; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=1000, help="how many (1000)")
    parser.add_argument("--first", type=int, default=0, help="the first of them (0)")
    parser.add_argument("--cores", type=int, default=os.cpu_count() or 1, help="processes (all)")
    parser.add_argument("--seed", type=int, help="one run alone")
    parser.add_argument("--trace", action="store_true", help="with its whole story")
    call = parser.parse_args(arguments)
    if call.seed is not None:
        silence()
        one = simulate(call.seed)
        if not call.trace:
            one.story.clear()
        tell_story(one)
        return 1 if one.differences else 0
    total = simulate_all(call.first, call.seeds, call.cores)
    tell(total)
    return 1 if total.failed else 0


if __name__ == "__main__":
    sys.exit(main())
