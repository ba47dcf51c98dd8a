"""What is asked to be judged anew waits until its office has an owner here."""

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import cast

from models.facts import Office
from streams.shell.judge import Judge
from streams.shell.judging_turns import JudgingTurns
from streams.shell.owner import Owner
from streams.shell.unjudged import Unjudged

HALL, BRANCH = Office("town", "hall"), Office("town", "branch")
HOUR = 3_600_000


class Noting:
    """A judge that notes what it is asked."""

    def __init__(self) -> None:
        self.judged: list[tuple[Office, int]] = []

    def judge(self, office: Office, since: int, revision: int, now: int) -> None:
        del revision, now
        self.judged.append((office, since))


class Holding:
    """As much of an owner as turns ask: its offices, and what is unjudged of them."""

    def __init__(self, *offices: Office) -> None:
        self.noted: list[int] = []
        self.unjudged = Unjudged(lambda rows: self.noted.extend(cast("list[int]", rows["since"])))
        self.unjudged.begin(offices, dict.fromkeys(offices, 10 * HOUR), 10 * HOUR)
        self.offices = offices

    def owns(self, office: Office) -> bool:
        return office in self.offices

    def take_unjudged(self) -> object:
        return self.unjudged.take(10 * HOUR, 1)


def run(asked: Mapping[Office, int], *rounds: Holding) -> list[tuple[Office, int]]:
    """Ask, then judge what these owners hold, one round after the other."""
    noting = Noting()

    async def count(call: Callable[[], object]) -> object:
        return call()

    async def go() -> None:
        turns = JudgingTurns(
            cast("Judge", noting), ThreadPoolExecutor(1), count, lambda: 0, lambda: None
        )
        turns.ask(asked)
        for holding in rounds:
            await turns.finish([cast("Owner", holding)])
        turns.shutdown()

    asyncio.run(go())
    return noting.judged


def test_an_office_is_judged_from_the_hour_that_was_asked_and_a_crash_forgets_none() -> None:
    holding = Holding(HALL)
    assert run({HALL: 3 * HOUR}, holding) == [(HALL, 3 * HOUR)]
    assert holding.noted == [3 * HOUR, 10 * HOUR], "stored before it is judged, and raised after"


def test_what_nobody_here_owns_waits_for_its_owner() -> None:
    asked = {HALL: 3 * HOUR, BRANCH: 4 * HOUR}
    first, second = Holding(HALL), Holding(BRANCH)
    assert run(asked, first, first, second) == [(HALL, 3 * HOUR), (BRANCH, 4 * HOUR)]


def test_an_owner_whose_memory_begins_earlier_says_so_before_it_writes() -> None:
    noted: list[int] = []
    unjudged = Unjudged(lambda rows: noted.extend(cast("list[int]", rows["since"])))
    stored = {HALL: 10 * HOUR, BRANCH: 5 * HOUR}
    unjudged.begin([HALL, BRANCH], stored, 7 * HOUR)
    assert noted == [7 * HOUR], "the next owner's memory may begin later than this one's"
    assert unjudged.take(7 * HOUR, 1).hours == {HALL: 7 * HOUR, BRANCH: 5 * HOUR}
