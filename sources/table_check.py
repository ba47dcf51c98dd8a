"""What a mapping makes of a table, before anything is sent: its first events and every problem.

The judge is the codec of the contract, so what passes here passes in the worker, clocks aside.
"""

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np

from models.codec import decode_completion, decode_vote
from models.errors import Refused
from sources.files import VOTES
from sources.mapping import Mapping
from sources.tables import Draft, read_drafts

CAUSES_KEPT = 100
ROWS_SHOWN = 3


class Problem(NamedTuple):
    """What is wrong with one row: ``row`` counts from 1, the line of names not counted."""

    row: int
    field: str
    value: str
    problem: str
    remedy: str


@dataclasses.dataclass(slots=True)
class Cause:
    """One cause of problems: how many ``rows`` have it, and the first of them."""

    event: str
    field: str
    problem: str
    remedy: str
    rows: int = 0
    examples: list[Problem] = dataclasses.field(default_factory=list)


@dataclasses.dataclass(slots=True)
class CheckReport:
    """``completions`` and ``votes`` are good events, ``bad`` those that would be dead letters,
    ``silent`` rows that make no event. ``interactions`` are the different ones that completions
    name: fewer than completions, where an id comes back. ``first`` holds the first events, good or
    bad. Of more than ``CAUSES_KEPT`` causes the others are only counted in ``bad``."""

    rows: int = 0
    completions: int = 0
    votes: int = 0
    bad: int = 0
    silent: int = 0
    interactions: int = 0
    first: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    causes: list[Cause] = dataclasses.field(default_factory=list)

    @property
    def good(self) -> bool:
        """Whether the table makes events and none of them is bad."""
        return not self.bad and self.completions + self.votes > 0


def check(path: Path, mapping: Mapping, rows: int = 5) -> CheckReport:
    """Read the whole table at ``path``; ``first`` shows the events of its first ``rows`` rows.

    Raises ``CallError`` where the mapping does not fit the table or the file breaks off.
    """
    report = CheckReport()
    causes: dict[tuple[str, str, str], Cause] = {}
    hashes: list[np.ndarray[Any, np.dtype[np.int64]]] = []
    for count, drafts in read_drafts(path, mapping):
        report.rows += count
        report.silent += count - len({draft.row for draft in drafts})
        report.first += [msgspec.json.decode(each.raw) for each in drafts if each.row <= rows]
        identities = [_judge(draft, report, causes) for draft in drafts]
        named = [hash(each) for each in identities if each is not None]
        hashes.append(np.unique(np.array(named, dtype=np.int64)))
    report.interactions = len(np.unique(np.concatenate(hashes))) if hashes else 0
    report.causes = sorted(causes.values(), key=lambda cause: -cause.rows)
    return report


def _judge(
    draft: Draft, report: CheckReport, causes: dict[tuple[str, str, str], Cause]
) -> tuple[str, str, str] | None:
    """Count ``draft`` in ``report``, and give the interaction that a good completion names."""
    is_vote = draft.place.topic == VOTES
    problems = list(_problems(draft))
    if problems:
        report.bad += 1
        for problem in problems:
            _count("vote" if is_vote else "completion", problem, causes)
        return None
    if is_vote:
        report.votes += 1
        return None
    report.completions += 1
    event = decode_completion(draft.raw)
    return event.tenant_id, event.office_id, event.interaction_id


def _problems(draft: Draft) -> Iterator[Problem]:
    for name, flaw in draft.flaws:
        yield Problem(draft.row, name, flaw.value, flaw.problem, flaw.remedy)
    if draft.flaws:
        return
    try:
        decode = decode_vote if draft.place.topic == VOTES else decode_completion
        decode(draft.raw)
    except Refused as refusal:
        value = msgspec.json.decode(draft.raw).get(refusal.field)
        told = "" if value is None else str(value)
        yield Problem(draft.row, refusal.field, told, refusal.problem, _remedy(value))


def _remedy(value: object) -> str:
    if value is None:
        return "give it a `default`, or leave such rows out by `when`"
    return "mend it by `slug`, `map` or `template`, or leave such rows out by `when`"


def _count(event: str, problem: Problem, causes: dict[tuple[str, str, str], Cause]) -> None:
    # Some problems repeat the value; without it, one cause stays one.
    said = problem.problem.replace(repr(problem.value[:40]), "this") if problem.value else ""
    what = said or problem.problem
    key = event, problem.field, what
    if key not in causes and len(causes) >= CAUSES_KEPT:
        return
    cause = causes.setdefault(key, Cause(event, problem.field, what, problem.remedy))
    cause.rows += 1
    if len(cause.examples) < ROWS_SHOWN:
        cause.examples.append(problem)
