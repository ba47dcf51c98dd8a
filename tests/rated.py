"""Where votes lie and what they are counts of, for what is judged without a store."""

import numpy as np

from streams.core.judging import DeskDay, local_moments
from streams.core.share_watch import QUARTER_MS, Quarters
from streams.core.standards import Rated


def rated_places(votes: Rated, zone: str) -> set[DeskDay]:
    """Desks and local days with a vote."""
    days = local_moments(votes.completed_at, zone).day.tolist()
    desks = (votes.desks[desk] for desk in votes.desk.tolist())
    return {DeskDay(desk, day) for desk, day in zip(desks, days, strict=True)}


def quarters_of(votes: Rated, unrated: int = 0, unfinished: int = 0) -> Quarters:
    """Counts of interactions that all have a vote, but for so many more of each quarter, of which
    some are unfinished."""
    start = votes.completed_at // QUARTER_MS * QUARTER_MS
    places, rated = np.unique(np.stack([votes.desk, start]), axis=1, return_counts=True)
    completed = rated + unrated
    few = np.full(len(rated), unfinished)
    return Quarters(votes.desks, places[0], places[1], completed, few, completed, rated)
