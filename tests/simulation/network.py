"""The way between a simulated process and the broker: slow, or without an answer.

A request that is under way arrives whatever becomes of the one who sent it.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

from tests.simulation.world import World

T = TypeVar("T")

BATCH_SIZES = (1, 2, 3, 7, 30)


class AnswerLost(Exception):
    """Nobody answered in time; what was asked for may have been done."""


@dataclass
class NetworkRates:
    """How often what goes wrong with one request; 0 in calm."""

    slow: float = 0.0
    request_lost: float = 0.0
    answer_lost: float = 0.0
    twice: float = 0.0


class Network:
    """One process's way. ``before_request`` is called where others may act first."""

    def __init__(
        self, world: World, who: str, rates: NetworkRates, before_request: Callable[[], None]
    ) -> None:
        self._world, self._who, self._rates = world, who, rates
        self._before_request = before_request

    def now(self) -> float:
        """Seconds of the world."""
        return self._world.time

    def batch_size(self) -> int:
        """How many records one fetch brings at most."""
        return self._world.rng.choice(BATCH_SIZES)

    def twice(self) -> bool:
        """Whether an answer comes twice."""
        return self._rates.twice > 0 and self._world.rng.random() < self._rates.twice

    async def way(self) -> None:
        """One way of a message: others may run meanwhile."""
        draw = self._world.rng.random()
        await asyncio.sleep(draw if draw < self._rates.slow else 0)

    async def ask(self, request: Callable[[], T]) -> T:
        """Have the broker carry out a request. Raises what that raises, or `AnswerLost`."""
        self._before_request()
        draw, rates = self._world.rng.random(), self._rates
        if draw < rates.request_lost:
            self._world.fault("request lost", self._who)
            await asyncio.sleep(1.0)
            raise AnswerLost
        draw -= rates.request_lost
        if draw < rates.answer_lost:
            self._world.fault("answer lost", self._who)
            await self._arrival(request)
            await asyncio.sleep(1.0)
            raise AnswerLost
        draw -= rates.answer_lost
        if draw < rates.slow:
            return await self._arrival(request)
        result = request()
        await asyncio.sleep(0)  # what is done may be answered too late
        return result

    async def answered(self, request: Callable[[], T]) -> T:
        """As ``ask``, again and again until there is an answer."""
        while True:
            with suppress(AnswerLost):
                return await self.ask(request)

    async def _arrival(self, request: Callable[[], T]) -> T:
        """The request arrives by itself, and the answer after it."""
        answer: asyncio.Future[T] = asyncio.get_running_loop().create_future()

        def arrive() -> None:
            try:
                result = request()
            except Exception as error:
                answer.set_exception(error)
            else:
                answer.set_result(result)

        self._world.after(self._world.rng.random(), arrive)
        result = await answer
        await self.way()
        return result
