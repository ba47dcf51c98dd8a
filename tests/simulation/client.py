"""A simulated transport: one member of the group, between the broker and the real worker.

It keeps to what `streams.shell.batches` asks of a transport, with the real ledger: one membership
after the other, batches in order and bounded, commits in order, and a partition given back only
once its claim, its batch in hand and its last commit are through.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

from models.errors import LogFenced
from streams.shell.batches import BatchHandler, BatchMessage, Position, RecordBatch, TopicPartition
from streams.shell.ledger import Ledger, Ticket
from tests.simulation.broker import Broker, Look, UnknownMember
from tests.simulation.loop import within
from tests.simulation.network import AnswerLost, Network
from tests.simulation.session import Session, Take

T = TypeVar("T")

HEARTBEAT_SECONDS = 1.0
COMMIT_SECONDS = 0.5
OPEN_BATCHES = 2


class Client:
    """Implements ``streams.shell.batches.BatchSource``; ``fail`` ends the process."""

    def __init__(
        self,
        who: str,
        broker: Broker,
        network: Network,
        handler: BatchHandler,
        fail: Callable[[BaseException], None],
    ) -> None:
        self.epochs: dict[int, int] = {}
        self.ledger = Ledger()
        self._who, self._broker, self._network = who, broker, network
        self._handler, self._fail = handler, fail
        self.look = Look({})
        self._sessions = 0
        self._at: dict[TopicPartition, int] = {}  # the next offset to deliver
        self._known_end: dict[TopicPartition, int] = {}
        self._takes: dict[asyncio.Task[Any], Take] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._wake, self._beat = asyncio.Event(), asyncio.Event()
        self._committing = asyncio.Lock()
        self._closing = False
        self.session = Session("")

    # --- life --------------------------------------------------------------------------------

    def start(self) -> None:
        """Join the group and read; call on the running loop."""
        for loop in (self._heart(), self._fetch(), self._commits()):
            self._spawn(loop)

    def stop_fetching(self) -> None:
        """Deliver nothing more."""
        self._closing = True
        self._wake.set()
        self._beat.set()

    async def close(self) -> None:
        """Commit what is acknowledged, and leave the group."""
        await self.commit()
        leave = partial(self._broker.leave, self.session.name)
        with suppress(AnswerLost):  # the group will expel a member that is silent
            await self._network.ask(leave)

    @property
    def settled(self) -> bool:
        """Whether what the group gave is what is held, and nothing is on its way."""
        name, held = self.session.name, self.session.held
        member = self._broker.members.get(name)
        return (
            member is not None
            and not self.session.takes
            and not self.session.going
            and member.given == member.target == held == set(self._at)
        )

    def wake(self) -> None:
        """There is more to read."""
        self._wake.set()

    # --- membership --------------------------------------------------------------------------

    async def _heart(self) -> None:
        while not self._closing:
            self._beat.clear()
            session = self.session
            if not session.name:
                self._sessions += 1
                self.session = session = Session(f"{self._who}/{self._sessions}")
                self._broker.join(session.name, self._network.now())
            try:
                beat = partial(self._beat_of, session.name, frozenset(session.held))
                assigned = await self._network.ask(beat)
            except AnswerLost:
                continue
            except UnknownMember:
                await self._lose(session)
                continue
            if session is self.session and not self._closing:
                self._reconcile(session, assigned)
            await within(self._beat, HEARTBEAT_SECONDS)

    def _beat_of(self, name: str, held: Iterable[TopicPartition]) -> frozenset[TopicPartition]:
        return self._broker.heartbeat(name, held, self._network.now())

    def _reconcile(self, session: Session, assigned: frozenset[TopicPartition]) -> None:
        gone = session.held - assigned - session.going
        if gone:
            session.going |= gone
            self._spawn(self._revoke(session, frozenset(gone)))
        gained = assigned - session.held
        if gained:
            session.held |= gained
            take = Take(session, {one.partition for one in gained})
            session.takes.add(take)
            self._spawn(self._assign(take, gained))

    async def _assign(self, take: Take, gained: frozenset[TopicPartition]) -> None:
        task, session = asyncio.current_task(), take.session
        assert task is not None
        self._takes[task] = take
        try:
            starts = await self._handler.on_assigned(self, gained)
        except Exception as error:
            # A membership that ended meanwhile has lost them, and knows it already.
            if session is self.session or not isinstance(error, LogFenced):
                self._fail(error)
            return
        finally:
            del self._takes[task]
            session.takes.discard(take)
            take.claimed({one.partition for one in gained})
        if session is self.session and not self._closing:
            ours = session.held - session.going  # the worker may not have heard of all that goes
            for source, offset in starts.items():
                if source not in ours:
                    continue
                self.ledger.assign(source, offset)
                self._at[source] = self._known_end[source] = offset
            self._wake.set()

    async def _revoke(self, session: Session, gone: frozenset[TopicPartition]) -> None:
        waiting = await self._handler.on_revoked(gone, lost=False)
        if session is not self.session:
            return
        for one in gone | waiting:
            self._at.pop(one, None)
        # A claim that came later than the next owner's would be taken for the newer one.
        while session.claiming({one.partition for one in gone}):
            session.claimed.clear()
            await session.claimed.wait()
        await self.commit()
        if session is self.session:
            for one in gone | waiting:
                if one in self._known_end:
                    self.ledger.revoke(one)
                    del self._known_end[one]
            session.held -= gone
            session.going -= gone
            self._beat.set()

    async def _lose(self, session: Session) -> None:
        if session is not self.session:
            return
        self.session = Session("")
        self._at.clear()
        for one in self._known_end:
            self.ledger.revoke(one)
        self._known_end.clear()
        await self._handler.on_revoked(frozenset(session.held), lost=True)

    # --- reading -----------------------------------------------------------------------------

    async def _fetch(self) -> None:
        while not self._closing:
            self._wake.clear()
            if not await self._deliver_round():
                await within(self._wake, 2.0)

    async def _deliver_round(self) -> bool:
        delivered = False
        for source, offset in list(self._at.items()):
            if self._at.get(source) != offset or self.ledger.open_batches(source) >= OPEN_BATCHES:
                continue
            batch = self._broker.log.read(source, offset, self._network.batch_size())
            if not batch:
                self._skip(source)
                continue
            await self._network.way()
            if self._closing or self._at.get(source) != offset:
                continue
            self._at[source] = batch.end_offset
            self._known_end[source] = self._broker.log.arrived[source]
            acknowledge = partial(self._acknowledge, self.ledger.deliver(batch))
            if self._network.twice():
                self._refuse_again(batch)
            await self._handler.deliver(BatchMessage(batch, acknowledge))
            delivered = True
        return delivered

    def _skip(self, source: TopicPartition) -> None:
        """Nothing but markers is left."""
        end = self._broker.log.arrived[source]
        self.ledger.skip(source, end)
        self._at[source] = self._known_end[source] = end

    def _refuse_again(self, batch: RecordBatch) -> None:
        """A fetch was answered twice: the ledger must not take the same records again."""
        try:
            self.ledger.deliver(batch)
        except ValueError:
            return
        raise AssertionError(f"{batch.source} was delivered twice")

    def _acknowledge(self, ticket: Ticket) -> None:
        self.ledger.acknowledge(ticket)
        self._wake.set()

    async def _commits(self) -> None:
        while not self._closing:
            await asyncio.sleep(COMMIT_SECONDS)
            await self.commit()

    async def commit(self) -> None:
        """Commit what is acknowledged; what fails is tried again with the next one."""
        async with self._committing:
            marks = self.ledger.uncommitted()
            if not marks:
                return
            epochs = self.epochs
            positions = {one: Position(m.offset, epochs[one.partition]) for one, m in marks.items()}
            try:
                await self._network.ask(partial(self._broker.commit, self.session.name, positions))
            except AnswerLost:
                return
            except UnknownMember:
                self._beat.set()
                return
            self.ledger.confirm(marks)

    # --- what the worker may ask -------------------------------------------------------------

    def log_id(self, topic: str) -> str:
        """Both topics of one incarnation have one name."""
        del topic
        return self._broker.log.name

    def partition_count(self, topic: str) -> int:
        """The partitions of every topic; another number where the world is wrong."""
        del topic
        return self._broker.partitions + (self._broker.wrong == "partitions")

    def bounds(self, source: TopicPartition) -> tuple[int, int]:
        """The earliest offset and the next one, as they were at the last ``committed``."""
        return self.look.bounds[source]

    def highwater(self, source: TopicPartition) -> int:
        """What the last fetch said, which may be less than there is."""
        return self._known_end.get(source, 0)

    async def committed(self) -> Mapping[TopicPartition, Position]:
        """The positions of the group; bounds are asked for along with them."""
        self.look.renew(await self._network.answered(self._broker.looked_at))
        return await self._network.answered(lambda: dict(self._broker.committed))

    async def claim(self, epochs: Mapping[int, int], starts: Mapping[TopicPartition, int]) -> None:
        """A commit under the membership in which the partitions were assigned."""
        task = asyncio.current_task()
        assert task is not None
        take = self._takes[task]
        member = take.session.name
        positions = {one: Position(starts[one], epochs[one.partition]) for one in starts}
        try:
            await self._network.answered(partial(self._broker.commit, member, positions))
        except UnknownMember as error:
            raise LogFenced(f"{member} is no member any more") from error
        self.epochs.update(epochs)
        take.claimed(epochs)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self._fail(error)
