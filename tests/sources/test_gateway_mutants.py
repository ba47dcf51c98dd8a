"""Thousands of bent bodies: none gets a 500, every refusal is named, no neighbour is harmed."""

import asyncio
import os

import pytest

from tests.sources.gateway_mutants import failures, mutant

BODIES = int(os.environ.get("SEMKO_MUTANTS", "3000"))


@pytest.mark.timeout(60 + BODIES // 100)
def test_no_bent_body_gets_a_500_or_harms_its_neighbours() -> None:
    assert asyncio.run(failures(BODIES, seed=1)) == []


def test_the_mutants_are_many_kinds() -> None:
    kinds = [mutant(1, number) for number in range(500)]
    assert len({each.body for each in kinds}) > 450
    assert sum(each.sound is None for each in kinds) > 50
    assert sum(bool(each.sound) for each in kinds) > 200
    assert sum("Content_Encoding" in each.headers for each in kinds) > 50
