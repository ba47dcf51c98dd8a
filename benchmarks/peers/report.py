"""Runs as a page and as JSON: medians, ranges, and how many times ours each is."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from statistics import median
from typing import Any

from benchmarks.peers.catalogue import ENGINES, Engine
from benchmarks.peers.running import Run

BASE = "ours"
"""What ratios are to."""


def rates(runs: Sequence[Run], *, inner: bool) -> list[float]:
    """Events a second of CPU, of every run that says so."""
    seconds = [run.inner_cpu_seconds if inner else run.cpu_seconds for run in runs]
    return [run.events / each for run, each in zip(runs, seconds, strict=True) if each]


def table(runs: Sequence[Run]) -> list[str]:
    """A line for each engine that ran."""
    lines = [
        "| engine | events | events/CPU s, whole process | … first record to last | that to ours"
        " | events/s by the clock | peak memory | rows |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    base = rates([run for run in runs if run.engine == BASE and _good(run)], inner=True)
    for engine in ENGINES:
        own = [run for run in runs if run.engine == engine.name]
        if own:
            lines.append(_line(engine, own, median(base) if base else None))
    return lines


def _line(engine: Engine, runs: Sequence[Run], base: float | None) -> str:
    good = [run for run in runs if _good(run)]
    bad = [run.verdict for run in runs if not _good(run)]
    if not good:
        return f"| {engine.label} | {runs[0].events:,} | – | – | – | – | – | {_cell(bad[0])} |"
    whole, inner = rates(good, inner=False), rates(good, inner=True)
    ratio = f"{median(inner) / base:.2f}" if base and inner else "–"
    wall = [run.events / (run.inner_wall_seconds or run.wall_seconds) for run in good]
    verdict = good[0].verdict if not bad else f"{len(bad)} of {len(runs)} runs: {_cell(bad[0])}"
    peak = f"{median(run.peak_mb for run in good):.0f} MB"
    cells = [
        engine.label,
        f"{good[0].events:,}",
        _range(whole),
        _range(inner),
        ratio,
        _range(wall),
        peak,
        verdict,
    ]
    return "| " + " | ".join(cells) + " |"


def _good(run: Run) -> bool:
    return run.verdict in {"equal", "no rows"}


def _range(values: Sequence[float]) -> str:
    if not values:
        return "–"
    middle = f"**{median(values) / 1000:.1f} k**"
    if len(values) == 1:
        return middle
    return f"{middle} ({min(values) / 1000:.1f}–{max(values) / 1000:.1f})"


def _cell(text: str) -> str:
    return text.replace("|", "/")


def as_object(runs: Sequence[Run], conditions: Mapping[str, Any]) -> dict[str, Any]:
    """Everything measured, as one object."""
    medians = {}
    for engine in ENGINES:
        good = [run for run in runs if run.engine == engine.name and _good(run)]
        if good:
            inner = rates(good, inner=True)
            medians[engine.name] = {
                "events_per_cpu_second": round(median(rates(good, inner=False))),
                "events_per_cpu_second_inner": round(median(inner)) if inner else None,
            }
    return {"benchmark": "peers", **conditions, "medians": medians, "runs": list(map(asdict, runs))}
