"""Offices through the store's own view, which is what `semko compare` reads, and what came out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist
from typing import Any, NamedTuple

import numpy as np

from benchmarks.comparison.offices import FEW, OTHER, Office, World, drawn
from models.columns import Coded, Columns, Nullable
from models.scores import Z_95
from sinks.store import ClickHouseStore

OFFICES_AT_ONCE = 60
_FIRST_DAY_MS = 1_767_571_200_000  # 2026-01-05, a Monday
_DAY_MS, _HOUR_MS = 86_400_000, 3_600_000

_ASKED = """
SELECT office_id, unit, state, mean, difference, score, score_low, score_high, usual, flag,
       rank_from, compared
FROM semko.comparison_between(unit = {by:String}, tenant = 'simulated', office = '',
                              from = '2025-12-01', to = '2026-12-31')
ORDER BY office_id, unit
"""


class Judged(NamedTuple):
    """An office and what the comparison says of its units, in their order."""

    office: Office
    rows: list[dict[str, Any]]


def judged(
    store: ClickHouseStore, world: World, offices: int, seed: int, by: str = "desk"
) -> Iterator[Judged]:
    """So many offices, each compared; ``store`` is emptied on the way."""
    rng = np.random.default_rng(seed)
    for start in range(0, offices, OFFICES_AT_ONCE):
        some = [drawn(world, rng) for _ in range(min(OFFICES_AT_ONCE, offices - start))]
        store.database.execute("TRUNCATE TABLE semko.interactions")
        store.write("interactions", _columns(some, by))
        found: dict[str, list[dict[str, Any]]] = {}
        for row in store.rows(_ASKED, {"by": by}):
            found.setdefault(row["office_id"], []).append(row)
        for number, office in enumerate(some):
            yield Judged(office, found[f"office-{number:03}"])


def _columns(offices: Sequence[Office], by: str) -> Columns:
    """Their votes as rows of the table of interactions."""
    unit, partner, hour, day, score = (
        np.concatenate([getattr(office, name) for office in offices])
        for name in ("unit", "partner", "hour", "day", "score")
    )
    sizes = [len(office.unit) for office in offices]
    count = len(unit)
    at = _FIRST_DAY_MS + _DAY_MS * day + _HOUR_MS * (7 + hour) + np.arange(count) % _HOUR_MS
    zeros, nothing = np.zeros(count, np.int64), np.ones(count, np.bool_)
    same = np.zeros(count, np.int32)
    units = Coded(unit.astype(np.int32), [f"u{n:03}" for n in range(int(unit.max()) + 1)])
    others = Coded(partner.astype(np.int32), [f"p{n:03}" for n in range(int(partner.max()) + 1)])
    names = [f"office-{number:03}" for number in range(len(offices))]
    unknown = Nullable(zeros, nothing)
    return {
        "tenant_id": Coded(same, ["simulated"]),
        "office_id": Coded(np.repeat(np.arange(len(offices)), sizes).astype(np.int32), names),
        "interaction_key": np.arange(1, count + 1).astype(np.uint64),
        "desk_id": units if by == "desk" else others,
        "service_id": others if by == "desk" else units,
        "channel": Coded(same, ["counter"]),
        "outcome": Coded(same, ["completed"]),
        "segments": Coded(same, [{}]),
        "event_id": [""] * count,
        "completed_at": at,
        **dict.fromkeys(("arrived_at", "started_at", "due_at"), unknown),
        **dict.fromkeys(("wait_seconds", "service_seconds", "overdue"), unknown),
        "score": Nullable(score, ~nothing),
        "scale": Nullable(np.full(count, 5), ~nothing),
        "reasons": Coded(same, [[]]),
        "voted_at": Nullable(at, ~nothing),
        "vote_event_id": [""] * count,
        "match": Coded(same, ["exact"]),
        "former": Coded(same, [[]]),
        "revision": np.full(count, 1, np.uint64),
        "deleted": zeros,
    }


@dataclass(slots=True)
class Tally:
    """What is counted over many offices."""

    offices: int = 0
    compared: int = 0
    flagged: int = 0
    with_a_flag: int = 0
    few_ranked_last: int = 0
    """The unit with few votes has the last rank for itself."""
    few_at_the_bottom: int = 0
    """It has the lowest score of the list, whatever its rank."""
    few_lowest_mean: int = 0
    """It would be last in a league table of plain means."""
    other_compared: int = 0
    other_flagged: int = 0
    other_ranked_last: int = 0
    innocents: int = 0
    innocents_flagged: int = 0
    covered: int = 0
    plain_errors: float = 0.0
    adjusted_errors: float = 0.0
    shrunk_errors: float = 0.0
    """Squared, summed over units compared."""
    plainly_flagged: int = 0
    """Beyond 95 % limits of its plain mean, votes taken as independent."""
    one_step_flagged: int = 0
    """Beyond 95 % limits of observed less expected, votes taken as independent."""
    one_step_innocents_flagged: int = 0
    """The same beyond the limit for all units at once, of units that are not worse."""


def tallied(found: Iterator[Judged], world: World) -> Tally:
    """Counts over ``found``; what units truly are is taken from their office's mean unit."""
    tally = Tally()
    for office, rows in found:
        tally.offices += 1
        placed = [n for n, row in enumerate(rows) if row["state"] == "compared" and row["flag"]]
        flags = [rows[n]["flag"] != "usual" for n in placed]
        tally.compared += len(placed)
        tally.flagged += sum(flags)
        tally.with_a_flag += any(flags)
        _few(tally, rows, placed)
        _errors(tally, office, rows, placed)
        _rivals(tally, office, placed, dropped=bool(world.drop))
        if world.drop and OTHER in placed:
            tally.other_compared += 1
            tally.other_flagged += rows[OTHER]["flag"] == "lower"
            tally.other_ranked_last += rows[OTHER]["rank_from"] == rows[OTHER]["compared"]
            tally.innocents += len(placed) - 1
            tally.innocents_flagged += sum(rows[n]["flag"] != "usual" for n in placed if n != OTHER)
    return tally


def _few(tally: Tally, rows: list[dict[str, Any]], placed: list[int]) -> None:
    if FEW in placed:
        scores = [rows[n]["score"] for n in placed]
        tally.few_ranked_last += rows[FEW]["rank_from"] == rows[FEW]["compared"]
        tally.few_at_the_bottom += rows[FEW]["score"] <= min(scores)
    means = [row["mean"] for row in rows if row["mean"] is not None]
    tally.few_lowest_mean += rows[FEW]["mean"] is not None and rows[FEW]["mean"] <= min(means)


def _errors(tally: Tally, office: Office, rows: list[dict[str, Any]], placed: list[int]) -> None:
    if not placed:
        return
    truth = office.truth - office.truth[placed].mean()
    plain = np.mean([rows[n]["mean"] for n in placed])
    for n in placed:
        row = rows[n]
        true_score = row["usual"] + truth[n]
        tally.covered += int(row["score_low"] <= true_score <= row["score_high"])
        tally.plain_errors += float(row["mean"] - plain - truth[n]) ** 2
        tally.adjusted_errors += float(row["difference"] - truth[n]) ** 2
        tally.shrunk_errors += float(row["score"] - true_score) ** 2


def _rivals(tally: Tally, office: Office, placed: list[int], *, dropped: bool) -> None:
    """Limits as they are often drawn."""
    if not placed:
        return
    values, count = office.values, int(office.unit.max()) + 1
    votes = np.bincount(office.unit, minlength=count)
    _, cell = np.unique(office.partner * 100 + office.hour, return_inverse=True)
    left = values - (np.bincount(cell, values) / np.bincount(cell))[cell]
    limit = NormalDist().inv_cdf(1 - 0.025 / len(placed))
    for kept, deviation, plain in (
        (values - values.mean(), float(values.std()), True),
        (left, float(left.std()), False),
    ):
        zs = np.bincount(office.unit, kept, count) / votes * np.sqrt(votes) / deviation
        beyond = np.abs(zs[placed])
        if plain:
            tally.plainly_flagged += int((beyond > Z_95).sum())
        else:
            tally.one_step_flagged += int((beyond > Z_95).sum())
            innocent = np.array(placed) != (OTHER if dropped else -1)
            tally.one_step_innocents_flagged += int((beyond[innocent] > limit).sum())


def root_mean(squares: float, count: int) -> float:
    """The root of a mean of squares."""
    return sqrt(squares / count) if count else float("nan")
