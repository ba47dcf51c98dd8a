"""Thousands of bent bodies: none gets a 500, every refusal is named, no neighbour is harmed."""

import os

from tests.sources.gateway_at_work import in_a_loop
from tests.sources.gateway_mutants import failures, mutant

BODIES = int(os.environ.get("SEMKO_MUTANTS", "3000"))


@in_a_loop
async def test_no_bent_body_gets_a_500_or_harms_its_neighbours() -> None:
    assert await failures(BODIES, seed=1) == []


def test_the_mutants_are_many_kinds() -> None:
    kinds = [mutant(1, number) for number in range(500)]
    assert len({each.body for each in kinds}) > 450
    assert sum(each.sound is None for each in kinds) > 50
    assert sum(bool(each.sound) for each in kinds) > 200
    assert sum("Content_Encoding" in each.headers for each in kinds) > 50
