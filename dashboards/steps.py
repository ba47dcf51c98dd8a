"""Which scores a screen has shown, so that none moves before its time.

The store's view computes the steps of a day from the votes that it has *now*. A vote that comes
late, or is corrected within its minute, changes a step after it was shown, and the difference would
tell one citizen's vote. So a step that was shown stays as it was, and the next one is taken only
when it brings 5 votes more. Knows neither the store nor the page.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from models.scores import face

VOTES_A_STEP = 5
"""A score moves only with this many new votes, and is not shown below."""

Place = tuple[str, str, str, str]
"""Scope, tenant, office and key."""


@dataclass(slots=True)
class _Shown:
    day: str
    steps: list[dict[str, Any]] = field(default_factory=list)
    score: dict[str, Any] | None = None
    until_ms: int = 0
    votes: int = 0


class StepKeeper:
    """Shown steps of the running day by place."""

    def __init__(self) -> None:
        self._shown: dict[Place, _Shown] = {}

    def score(self, place: Place, row: Mapping[str, Any]) -> dict[str, Any] | None:
        """The score to show for a row of ``semko.wall_scores_at``, or None while votes are few.

        ``row`` has ``day``, ``score_low``, ``score_high`` and the steps by column: ``step_times``
        (ms since 1970), ``step_scores`` and ``step_votes``.
        """
        shown = self._shown.get(place)
        if shown is None or shown.day != row["day"]:
            shown = self._shown[place] = _Shown(row["day"])
        steps = list(zip(row["step_times"], row["step_scores"], row["step_votes"], strict=True))
        fresh = [
            (_text(at_ms), value, votes)
            for at_ms, value, votes in steps
            if at_ms > shown.until_ms and votes >= shown.votes + VOTES_A_STEP
        ]
        # Only the last step has an interval: where it may not be shown, neither are those before.
        if fresh and fresh[-1][0] == _text(steps[-1][0]):
            shown.steps += [
                {"at": at, "value": round(value, 2), "votes": votes} for at, value, votes in fresh
            ]
            shown.until_ms, value, shown.votes = steps[-1]
            shown.score = {
                "value": round(value, 2),
                "low": round(row["score_low"], 2),
                "high": round(row["score_high"], 2),
                "votes": shown.votes,
                "as_of": _text(shown.until_ms),
                "face": face(value),
            }
        return shown.score

    def steps(self, place: Place) -> list[dict[str, Any]]:
        """The steps of ``place`` shown today, oldest first."""
        shown = self._shown.get(place)
        return list(shown.steps) if shown else []


def _text(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
