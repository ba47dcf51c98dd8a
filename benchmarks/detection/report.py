"""The comparison as Markdown, with a verdict that softens nothing."""

from collections.abc import Iterable, Iterator
from math import isnan

from benchmarks.detection.comparing import (
    DAY_SDS,
    DROPS,
    EXTRA,
    RATES_AN_HOUR,
    Cell,
    Estimate,
    Fixed,
    Row,
    Size,
)

Worlds = dict[tuple[int, float], list[Row]]
"""Rows by votes an hour and deviation of days."""

TARGET_VOTES = (95, 33, 12)
"""Median delays at 20 votes/h without day effect that are to be reached."""
MARGIN = 0.95
"""A rival is better where the whole interval of its ratio lies below."""

_EXTRA = {detector.name for detector in EXTRA}
_ALARMS_AT_MOST = 1.5
_COUNTED_FROM = 2  # the two rows of ours are no rivals


def report(worlds: Worlds, fixed: Iterable[Fixed]) -> str:
    """All tables and what follows from them."""
    lines = [*_verdict(worlds), ""]
    for day_sd in DAY_SDS:
        what = f"whole days deviate by {day_sd:g} points" if day_sd else "no day effect"
        for votes_an_hour in RATES_AN_HOUR:
            lines += [f"## {votes_an_hour} votes an hour, {what}", ""]
            lines += [*_table(worlds[votes_an_hour, day_sd]), ""]
    lines += ["## One fixed threshold at every volume", ""]
    lines += ["| set at 20 votes/h | votes/h | false alarms | −10 | −20 | −40 |"]
    lines += ["| --- | --- | --- | --- | --- | --- |"]
    for name, votes_an_hour, alarms, medians in fixed:
        cells = " | ".join(_number(median) for median in medians)
        lines += [f"| {name} | {votes_an_hour} | {alarms:.2f} | {cells} |"]
    return "\n".join(lines) + "\n"


def conditions(size: Size) -> str:
    """How much was simulated, in a sentence or two."""
    return (
        f"Seed {size.seed}. Each threshold is set on {size.desk_days:,.0f} desk-days without a drop"
        f" and its rate counted on as many others; {size.episodes:,} desks have a drop. river's are"
        f" slow: {size.river_desk_days:,.0f} desk-days behind each threshold and each rate, and"
        f" {size.river_episodes:,} desks, compared with ours at the same desks."
    )


def _verdict(worlds: Worlds) -> Iterator[str]:
    ours = worlds[20, 0.0][0]
    reached = [cell.votes.value for cell in ours.cells]
    met = all(got <= wanted for got, wanted in zip(reached, TARGET_VOTES, strict=True))
    yield (
        f"- Wanted at 20 votes/h without day effect: at most {_joined(TARGET_VOTES)} votes for"
        f" −10/−20/−40. Measured: {_joined(reached)}. **{'Reached' if met else 'Missed'}.**"
    )
    for day_sd in DAY_SDS:
        found = list(_better(worlds, day_sd))
        what = f"with a day effect of {day_sd:g} points" if day_sd else "without day effect"
        yield (
            f"- Cells of the nine {what} in which a rival's median is lower by more than 5 % beyond"
            f" its interval: **{len({cell for cell, _ in found})}**"
            + ("." if not found else ": " + "; ".join(told for _, told in found) + ".")
        )
    _, lowest = min(_ratios(worlds, 0.0), default=(0.0, "none"))
    yield f"- Lowest ratio of a rival's median to ours without day effect: {lowest}."


def _rivals(worlds: Worlds, day_sd: float) -> Iterator[tuple[str, Cell, str]]:
    for votes_an_hour in RATES_AN_HOUR:
        for row in worlds[votes_an_hour, day_sd][_COUNTED_FROM:]:
            # A detector that alarms far more often than allowed is no rival at this rate.
            if row.alarms > _ALARMS_AT_MOST:
                continue
            for drop, cell in zip(DROPS, row.cells, strict=True):
                yield f"{votes_an_hour}/h −{drop:.0f}", cell, row.name


def _better(worlds: Worlds, day_sd: float) -> Iterator[tuple[str, str]]:
    for place, cell, name in _rivals(worlds, day_sd):
        if cell.against_ours.high < MARGIN:
            yield place, f"{place} {name}, {_interval(cell.against_ours, 2)} of ours"


def _ratios(worlds: Worlds, day_sd: float) -> Iterator[tuple[float, str]]:
    for place, cell, name in _rivals(worlds, day_sd):
        yield cell.against_ours.value, f"{_interval(cell.against_ours, 2)} ({name}, {place})"


def _table(rows: list[Row]) -> Iterator[str]:
    heads = " | ".join(f"−{drop:.0f}: votes | min" for drop in DROPS)
    yield f"| detector | threshold | false alarms | {heads} |"
    yield "| --- | --- | --- |" + " --- | --- |" * len(DROPS)
    for row in sorted(rows, key=lambda row: row.name in _EXTRA):
        cells = " | ".join(
            f"{_interval(cell.votes, 0)} | {_number(cell.minutes)}" for cell in row.cells
        )
        name = f"*{row.name}*" if row.name in _EXTRA else row.name
        threshold = "–" if isnan(row.threshold) else f"{row.threshold:.2f}"
        yield f"| {name} | {threshold} | {row.alarms:.2f} | {cells} |"


def _interval(estimate: Estimate, digits: int) -> str:
    value, low, high = (_number(each, digits) for each in estimate)
    return f"{value} [{low}, {high}]"


def _number(value: float, digits: int = 0) -> str:
    return "none" if value == float("inf") else f"{value:.{digits}f}"


def _joined(values: Iterable[float]) -> str:
    return "/".join(f"{value:g}" for value in values)
