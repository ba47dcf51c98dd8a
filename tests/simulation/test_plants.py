"""Thirteen mistakes in the real classes, each found by the simulation: so it can fail."""

from collections.abc import Callable

import pytest

from streams.core import pipeline
from tests.simulation.plants import PLANTS, existing, planted
from tests.simulation.run import simulate
from tests.simulation.silence import silence

WITHIN = 1000
"""Seeds: the bound of the proof. Where one is not found, runs must become denser, never this
longer."""


@pytest.fixture(autouse=True)
def _stores_may_be_away_in_silence() -> None:
    silence()


def test_thirteen_mistakes_are_planted() -> None:
    assert len(PLANTS) == 13


@pytest.mark.parametrize("name", PLANTS)
def test_a_mistake_is_found(name: str, record_property: Callable[[str, object], None]) -> None:
    with planted(name):
        seeds = (seed for seed in range(WITHIN) if simulate(seed).differences)
        found = next(seeds, None)
    assert found is not None, f"{WITHIN} runs with {name} equal the oracle"
    record_property("found by seed", found)
    print(f"{name}: found by the run of seed {found}")  # noqa: T201  # told with pytest -s
    assert simulate(found).differences == [], "the mistake was taken away again"


def test_a_mistake_cannot_be_planted_in_what_is_gone() -> None:
    with pytest.raises(AssertionError, match="has no digest any more"):
        existing(pipeline, "digest")
