"""Where votes lie, for what is judged without a store."""

from streams.core.judging import DeskDay, local_moments
from streams.core.standards import Rated


def rated_places(votes: Rated, zone: str) -> set[DeskDay]:
    """Desks and local days with a vote."""
    days = local_moments(votes.completed_at, zone).day.tolist()
    desks = (votes.desks[desk] for desk in votes.desk.tolist())
    return {DeskDay(desk, day) for desk, day in zip(desks, days, strict=True)}
