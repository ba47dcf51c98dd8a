"""Rules 1 and 2 as tables: of contents under one id, and of completions of one interaction, which
one counts, in whatever order and batches they come."""

import itertools
from typing import Any

import pytest

from tests.oracle import Event
from tests.streams.core.office import OneOffice, completion, vote


def every_way(events: list[Event]) -> list[OneOffice]:
    """Offices that took the events one after the other, in every order, and all in one batch; with
    and without a restart behind each."""
    offices = []
    for order in itertools.permutations(events):
        one_batch = OneOffice()
        one_batch.take(*order, order[0])
        offices.append(one_batch)
        for restarts in (False, True):
            office = OneOffice()
            for event in order:
                office.take(event)
                if restarts:
                    office.restart()
            offices.append(office)
    return offices


@pytest.mark.parametrize(
    ("rivals", "counts"),
    [
        pytest.param(
            [completion("a", "10:00"), completion("a", "10:05", desk_id="d2")],
            {"desk_id": "d2"},
            id="one event: the later own time",
        ),
        pytest.param(
            [completion("a", "10:00", desk_id="d1"), completion("a", "10:00", desk_id="d2")],
            {"desk_id": "d2"},
            id="one event at one time: the greater content",
        ),
        pytest.param(
            [completion("a", "10:00", desk_id="d9"), completion("a", "10:00", desk_id="d10")],
            {"desk_id": "d9"},
            id="content by code point, not as a number",
        ),
        pytest.param(
            [
                completion("a", "10:00", desk_id="d\U0001f642"),
                completion("a", "10:00", desk_id="d\uff5e"),
            ],
            {"desk_id": "d\U0001f642"},
            id="content by code point, not as UTF-16",
        ),
        pytest.param(
            [completion("a", "10:00", segments={"age": "60+"}), completion("a", "10:00")],
            {"segments": {"age": "60+"}},
            id="an absent field is null, which is less than an object",
        ),
        pytest.param(
            [completion("a", "10:00", "c2"), completion("a", "10:00", "c10", desk_id="d2")],
            {"desk_id": "d1"},
            id="two events at one time: the greater id by code point",
        ),
        pytest.param(
            [
                completion("a", "10:00", "c9"),
                completion("a", "10:30", "c1", desk_id="d2"),
                completion("a", "11:30", "c0", service_id="s2"),
            ],
            {"desk_id": "d1", "service_id": "s2"},
            id="the latest correction, whole",
        ),
    ],
)
def test_of_several_completions_the_greatest_counts(
    rivals: list[Event], counts: dict[str, Any]
) -> None:
    for office in every_way(rivals):
        row = office.interaction("a")
        assert {name: row[name] for name in counts} == counts
        assert office.differences() == []


@pytest.mark.parametrize(
    ("rivals", "score"),
    [
        pytest.param(
            [vote("v", "10:01", "a", score=4), vote("v", "10:02", "a", score=2)], 2, id="later"
        ),
        pytest.param(
            [vote("v", "10:01", "a", score=2), vote("v", "10:01", "a", score=4)], 4, id="greater"
        ),
        pytest.param(
            [
                vote("v", "10:01", "a", score=1, reasons=["x"]),
                vote("v", "10:01", "a", score=5, reasons=[]),
            ],
            5,
            id="no reasons are null, which is greater than a list",
        ),
        pytest.param(
            [vote("v", "10:01", score=4), vote("v", "9:02", score=2)],
            4,
            id="without interaction, the other content matching nothing",
        ),
        pytest.param(
            [vote("v", "10:01", score=4), vote("v", "11:30", score=2)],
            None,
            id="without interaction, moved to where there is nothing",
        ),
    ],
)
def test_of_several_contents_of_a_vote_the_greatest_counts(
    rivals: list[Event], score: int | None
) -> None:
    for office in every_way([completion("a", "10:00"), *rivals]):
        assert office.interaction("a")["score"] == score
        assert office.differences() == []


def test_the_desk_of_the_completion_counts_whatever_desk_the_vote_names() -> None:
    office = OneOffice()
    office.take(completion("a", "10:00"), vote("v", "10:01", "a", desk_id="d7"))
    row = office.interaction("a")
    assert (row["desk_id"], row["score"]) == ("d1", 5)
    assert office.votes()["v"]["desk_id"] == "d7"
