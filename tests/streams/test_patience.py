"""A store that is away: asked again with a bound, and told of without flooding the log."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from structlog.testing import capture_logs

from models.errors import StoreUnavailable, WorldError
from streams.shell.patience import Patient
from tests.memory_store import MemoryStore


class Turned:
    """A clock that goes on by ``step`` seconds at each look."""

    def __init__(self, step: float) -> None:
        self.now = 0.0
        self._step = step

    def __call__(self) -> float:
        self.now += self._step
        return self.now


class Away(MemoryStore):
    """Refuses so many calls, or all that come."""

    def __init__(self, refusals: float) -> None:
        super().__init__()
        self.refusals = refusals
        self.asked = 0

    def kept_since(self) -> int:
        self.asked += 1
        if self.asked <= self.refusals:
            raise StoreUnavailable(f"refusal {self.asked}.")
        return 7


def patient(store: Away, clock: Callable[[], float], give_up_seconds: float = 3600) -> Patient:
    return Patient(store, (0.0,), threading.Event(), give_up_seconds, clock)


@pytest.fixture
def told() -> Iterator[list[Any]]:
    with capture_logs() as lines:
        yield lines


def test_a_store_that_stays_away_ends_the_worker_with_what_it_said_last() -> None:
    store = Away(float("inf"))
    with pytest.raises(
        WorldError, match=r"away for 30 min .* refusal 1\d\d\. Bring the store"
    ) as e:
        patient(store, Turned(10), 1800).kept_since()
    assert not isinstance(e.value, StoreUnavailable), "the worker would go on"
    assert store.asked == 181


def test_each_call_has_the_whole_patience() -> None:
    store = Away(2)
    asked = patient(store, Turned(10), 25)
    assert asked.kept_since() == 7
    store.asked = 0
    assert asked.kept_since() == 7


def test_half_an_hour_away_is_told_once_a_minute_and_its_end_too(told: list[Any]) -> None:
    assert patient(Away(1800), Turned(1)).kept_since() == 7
    events = [line["event"] for line in told]
    assert events[0] == "store is away, asking again"
    assert events[1:-1] == ["store is still away"] * 29
    assert told[-2]["away_seconds"] == 29 * 60
    assert (events[-1], told[-1]["attempts"]) == ("store is back", 1801)


def test_a_store_that_answers_is_not_told_of(told: list[Any]) -> None:
    assert patient(Away(0), Turned(1)).kept_since() == 7
    assert told == []
