"""When offices are judged: soon after their votes are stored, beside whatever else is under way.

One judging at a time, on a thread of its own; what is to be judged is taken, and noted as judged,
between two batches.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from typing import Any

from models.facts import Office
from streams.shell.judge import Judge
from streams.shell.owner import Owner
from streams.shell.unjudged import Due

JUDGE_SECONDS = 2.0
"""So often, at most, where votes keep coming."""

Done = Callable[["asyncio.Task[None]"], object]
"""Told once a judging has ended, or failed."""

Count = Callable[[Callable[[], Any]], Any]
"""Runs a call between two batches; awaited for its result."""


class JudgingTurns:
    """Use from one event loop."""

    def __init__(
        self,
        judge: Judge | None,
        thread: Executor,
        count: Count,
        now: Callable[[], int],
        on_judged: Callable[[], None],
    ) -> None:
        """``judge``: None where nobody wants alerts; ``now``: clock in ms."""
        self._judge, self._thread, self._count = judge, thread, count
        self._now, self._on_judged = now, on_judged
        self._task: asyncio.Task[None] | None = None
        self._next = 0.0
        self._asked: dict[Office, int] = {}
        self._over = False

    def ask(self, hours: Mapping[Office, int]) -> None:
        """Judge offices anew from these hours (ms) on, as soon as they have an owner here."""
        for office, hour in hours.items():
            self._asked[office] = min(hour, self._asked.get(office, hour))

    @property
    def busy(self) -> bool:
        """Whether judging is under way."""
        return self._task is not None and not self._task.done()

    def begin(self, owners: Sequence[Owner], done: Done) -> None:
        """Judge what there is to judge, unless that is under way or was done just now."""
        if self._judge is None:
            return
        loop = asyncio.get_running_loop()
        if self.busy or loop.time() < self._next or not self.has_work(owners):
            return
        self._next = loop.time() + JUDGE_SECONDS
        self._task = asyncio.create_task(self._round(owners))
        self._task.add_done_callback(done)

    def has_work(self, owners: Sequence[Owner]) -> bool:
        """Whether something is to be judged."""
        if self._judge is None:
            return False
        return any(owner.unjudged or any(map(owner.owns, self._asked)) for owner in owners)

    async def finish(self, owners: Sequence[Owner]) -> None:
        """Judge all there is to judge at this call; what comes meanwhile may never cease."""
        await self._ended()
        if self.has_work(owners):
            await self._round(owners)

    async def cease(self) -> None:
        """Begin no more, and wait for the office that is under way. What was taken and not judged
        the next owner judges, since it was never noted as judged."""
        self._over = True
        await self._ended()

    async def _ended(self) -> None:
        """Wait for what is under way; raises what it failed of."""
        if self._task is not None:
            task, self._task = self._task, None
            await task

    async def _round(self, owners: Sequence[Owner]) -> None:
        asked = [(owner, self._take_asked(owner)) for owner in owners]

        def take() -> list[tuple[Owner, Due]]:
            for owner, hours in asked:
                owner.unjudged.renew(hours)
            return [(owner, owner.take_unjudged()) for owner in owners if owner.unjudged]

        taken: list[tuple[Owner, Due]] = await self._count(take)

        def judge() -> bool:
            assert self._judge is not None
            for _, due in taken:
                for office, since in due.hours.items():
                    if self._over:  # nobody waits for hundreds of offices at the end
                        return False
                    self._judge.judge(office, since, due.revision, self._now())
            return True

        def note() -> None:
            for owner, due in taken:
                owner.unjudged.judged(due)

        if await asyncio.get_running_loop().run_in_executor(self._thread, judge):
            await self._count(note)
            self._on_judged()

    def _take_asked(self, owner: Owner) -> dict[Office, int]:
        return {one: self._asked.pop(one) for one in list(self._asked) if owner.owns(one)}

    def shutdown(self) -> None:
        """Begin no more; what is under way ends without anybody waiting for it."""
        self._over = True
        self._thread.shutdown(wait=False)
