"""What is not in memory is loaded before it is needed, wherever it was and whatever names it."""

from tests.streams.core.office import OneOffice, completion, ms, vote

FAR = (completion("far", "10:30", desk_id="d8"), vote("far", "10:30", desk_id="d9"))
"""Moves the frontier of a horizon of 0 to 10:00, at desks that nobody else uses."""


def test_a_vote_near_by_a_time_that_it_no_longer_has_keeps_what_it_rates() -> None:
    office = OneOffice()
    office.take(completion("rated", "9:59"), vote("v", "5:00"))
    office.take(vote("v", "10:01", score=2))
    office.take(*FAR)
    office.restart()
    assert office.owner.state.frontier.hour == ms("10:00")
    office.take(completion("beside", "4:59"))
    assert office.differences() == []
    assert office.votes()["v"]["kind"] == "counted"
