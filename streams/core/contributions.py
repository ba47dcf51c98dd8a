"""What interactions contribute to windows now, and what was summed of them before.

Memory remembers, row for row, the contribution that the windows hold (``summed_…``), so that every
change is the same operation: subtract that, add what the row says now.
"""

import numpy as np
from numpy.typing import NDArray

from streams.core.columnar import NONE, Rows
from streams.core.interactions import Interactions
from streams.core.sums import Contributions, Places

UNKNOWN_SECONDS = -1


def seconds_between(since: NDArray[np.int64], until: NDArray[np.int64]) -> NDArray[np.int64]:
    """Whole seconds between times in ms, rounded down; -1 where unknown or negative (rule 6)."""
    known = (since != NONE) & (until != NONE) & (until >= since)
    return np.where(known, (np.where(known, until, 0) - np.where(known, since, 0)) // 1000, -1)


def overdue(interactions: Interactions, rows: Rows) -> NDArray[np.int8]:
    """1 where an interaction ended after its deadline, 0 where in time, -1 without a deadline."""
    due = interactions.due_at[rows]
    late = (interactions.completed_at[rows] > due).astype(np.int8)
    return np.where(due == NONE, np.int8(-1), late)


def wait_seconds(interactions: Interactions, rows: Rows) -> NDArray[np.int64]:
    """How long citizens waited; -1 where unknown."""
    return seconds_between(interactions.arrived_at[rows], interactions.started_at[rows])


def faces(score: NDArray[np.int8], scale: NDArray[np.int8]) -> NDArray[np.int8]:
    """The face 1-5 that a score stands for (rule 6): 3 points fill 1, 3, 5, 4 points 1, 2, 4, 5."""
    three = 2 * score - 1
    four = score + (score > 2)
    return np.where(scale == 3, three, np.where(scale == 4, four, score)).astype(np.int8)


def vote_points(score: NDArray[np.int8], scale: NDArray[np.int8]) -> NDArray[np.int16]:
    """10000·(score-1)/(scale-1), rounded to the nearest whole, a half up."""
    steps = np.maximum(scale.astype(np.int64) - 1, 1)
    points = (20_000 * (score.astype(np.int64) - 1) + steps) // (2 * steps)
    return np.asarray(points, np.int16)


def contributions_now(
    interactions: Interactions, rows: Rows, score: NDArray[np.int8], scale: NDArray[np.int8]
) -> Contributions:
    """What interactions contribute with the scores of their counted votes (0: no vote)."""
    voted = score > 0
    return Contributions(
        outcome=interactions.outcome[rows],
        face=np.where(voted, faces(score, scale), np.int8(0)),
        points=np.where(voted, vote_points(score, scale), np.int16(0)),
        overdue=overdue(interactions, rows),
        wait_seconds=wait_seconds(interactions, rows),
    )


def places_now(interactions: Interactions, rows: Rows) -> Places:
    """Where interactions count."""
    return Places(
        interactions.office[rows],
        interactions.completed_at[rows],
        interactions.desk[rows],
        interactions.service[rows],
        interactions.channel[rows],
        interactions.segments[rows],
    )


def places_summed(interactions: Interactions, rows: Rows) -> Places:
    """Where the windows hold interactions."""
    return Places(
        interactions.office[rows],
        interactions.summed_completed_at[rows],
        interactions.summed_desk[rows],
        interactions.summed_service[rows],
        interactions.summed_channel[rows],
        interactions.summed_segments[rows],
    )


def contributions_summed(interactions: Interactions, rows: Rows) -> Contributions:
    """What the windows hold of interactions."""
    return Contributions(
        interactions.summed_outcome[rows],
        interactions.summed_face[rows],
        interactions.summed_points[rows],
        interactions.summed_overdue[rows],
        interactions.summed_wait_seconds[rows],
    )


def note_summed(
    interactions: Interactions, rows: Rows, places: Places, contributions: Contributions
) -> None:
    """Remember what the windows hold of interactions from now on."""
    interactions.summed[rows] = True
    interactions.summed_completed_at[rows] = places.completed_at
    interactions.summed_desk[rows] = places.desk
    interactions.summed_service[rows] = places.service
    interactions.summed_channel[rows] = places.channel
    interactions.summed_segments[rows] = places.segments
    interactions.summed_outcome[rows] = contributions.outcome
    interactions.summed_face[rows] = contributions.face
    interactions.summed_points[rows] = contributions.points
    interactions.summed_overdue[rows] = contributions.overdue
    interactions.summed_wait_seconds[rows] = contributions.wait_seconds
