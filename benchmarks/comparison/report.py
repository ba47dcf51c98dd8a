"""The trials as Markdown, with a verdict that softens nothing."""

from collections.abc import Iterator, Mapping, Sequence

from benchmarks.comparison.trials import Tally, root_mean
from benchmarks.comparison.worlds import DROP_VOTES, DROPS
from models.scores import wilson

AT_MOST = 0.05

Named = Sequence[tuple[str, Tally]]


def report(equal: Named, unequal: Named, worse: Mapping[tuple[float, int], Tally]) -> str:
    """All tables and what follows from them."""
    lines = [*_verdict(equal), "", "## Equal desks", "", *_equal(equal), ""]
    lines += ["## Desks that differ", "", *_unequal(unequal), ""]
    lines += ["## One desk is worse", "", *_worse(worse), ""]
    return "\n".join(lines)


def _verdict(equal: Named) -> Iterator[str]:
    (_, first) = equal[0]
    worst_flags = max(equal, key=lambda each: each[1].flagged / each[1].compared)
    worst_last = max(equal, key=lambda each: each[1].few_at_the_bottom / each[1].offices)
    desks = first.flagged / first.compared
    last = max(first.few_ranked_last, first.few_at_the_bottom) / first.offices
    name, most = worst_flags
    yield (
        f"- Equal desks flagged, at most 1 in 20 wanted: {rate(first.flagged, first.compared)}."
        f" **{_met(desks)}.** The most in any row: {rate(most.flagged, most.compared)} ({name})."
    )
    name, most = worst_last
    yield (
        "- The desk with 12 votes last, in at most 5 % of offices wanted: by rank"
        f" {rate(first.few_ranked_last, first.offices)}, as the lowest line of the list"
        f" {rate(first.few_at_the_bottom, first.offices)}. **{_met(last)}.** In a table of plain"
        f" means: {rate(first.few_lowest_mean, first.offices)}. The most often the lowest line in"
        f" any row: {rate(most.few_at_the_bottom, most.offices)} ({name})."
    )


def _equal(rows: Named) -> Iterator[str]:
    yield (
        "| offices | desks compared | flagged | offices with a flag | 12 votes ranked last |"
        " 12 votes lowest line | lowest plain mean | plain mean beyond 95 % |"
        " one-step beyond 95 % |"
    )
    yield "| --- |" + " --- |" * 8
    for name, tally in rows:
        cells = [
            f"{tally.compared:,}",
            rate(tally.flagged, tally.compared),
            rate(tally.with_a_flag, tally.offices),
            rate(tally.few_ranked_last, tally.offices),
            rate(tally.few_at_the_bottom, tally.offices),
            rate(tally.few_lowest_mean, tally.offices),
            rate(tally.plainly_flagged, tally.compared),
            rate(tally.one_step_flagged, tally.compared),
        ]
        yield f"| {name} | " + " | ".join(cells) + " |"


def _unequal(rows: Named) -> Iterator[str]:
    yield (
        "| desks deviate by | error of plain means | of adjusted | of shrunk scores |"
        " 95 % intervals hold the true score | flagged | 12 votes ranked last |"
        " 12 votes lowest line |"
    )
    yield "| --- |" + " --- |" * 7
    for name, tally in rows:
        errors = (tally.plain_errors, tally.adjusted_errors, tally.shrunk_errors)
        cells = [
            *(f"{root_mean(each, tally.compared):.2f}" for each in errors),
            rate(tally.covered, tally.compared),
            rate(tally.flagged, tally.compared),
            rate(tally.few_ranked_last, tally.offices),
            rate(tally.few_at_the_bottom, tally.offices),
        ]
        yield f"| {name} | " + " | ".join(cells) + " |"


def _worse(tallies: Mapping[tuple[float, int], Tally]) -> Iterator[str]:
    yield (
        "| its votes | "
        + " | ".join(
            f"−{drop:g}: flagged | ranked last | others flagged | others by one-step"
            for drop in DROPS
        )
        + " |"
    )
    yield "| --- |" + " --- |" * (4 * len(DROPS))
    for votes in DROP_VOTES:
        cells = []
        for drop in DROPS:
            tally = tallies[drop, votes]
            cells += [
                rate(tally.other_flagged, tally.other_compared),
                rate(tally.other_ranked_last, tally.other_compared),
                rate(tally.innocents_flagged, tally.innocents),
                rate(tally.one_step_innocents_flagged, tally.innocents),
            ]
        yield f"| {votes:,} | " + " | ".join(cells) + " |"


def rate(part: int, whole: int) -> str:
    """A share in per cent with its 95 % interval (Wilson)."""
    interval = wilson(part, whole)
    if interval is None:
        return "–"
    low, high = (_percent(each) for each in interval)
    return f"{_percent(part / whole)} % [{low}, {high}]"


def _percent(share: float) -> str:
    return f"{100 * share:.1f}" if share < 0.995 else f"{100 * share:.0f}"


def _met(share: float) -> str:
    return "Reached" if share <= AT_MOST else "Missed"
