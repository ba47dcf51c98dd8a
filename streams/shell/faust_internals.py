"""Every place where SEMKO leans on something inside Faust, with the reason beside it.

``tests/streams/test_faust_internals.py`` fails when another version of Faust changes one of them.
Nothing here knows which log the records come from.
"""

from collections.abc import Collection
from typing import Any, NoReturn

from faust.app import App
from faust.tables.manager import TableManager
from faust.transport import base, drivers
from faust.types import TP, ConsumerMessage

from streams.shell.batches import BatchMessage, TopicPartition

SETTINGS: dict[str, Any] = {
    "autodiscover": False,  # no import of modules by their names
    "web_enabled": False,  # the gateway has a web server of its own
    "topic_disable_leader": True,  # no topic of Faust's own in our log
    # Acknowledgements are ours (streams.shell.ledger); Faust would wait for its own for ever.
    "stream_wait_empty": False,
    "key_serializer": "raw",
    "value_serializer": "raw",
}


def register_transport(scheme: str, path: str) -> None:
    """Have Faust find the transport class at ``path`` (``module:Class``) by the URL's scheme."""
    drivers.TRANSPORTS[scheme] = path


class EagerTableManager(TableManager):  # type: ignore[misc]  # Faust ships no types
    """Faust's, without the second that it sleeps for tables to be declared: there are none."""

    async def on_start(self) -> None:
        await self._update_channels()
        await self.recovery.start()


class WatchedApp(App):  # type: ignore[misc]  # Faust ships no types
    """An app that hears of a crash of any of its services.

    mode marks a crashed service and all above it and leaves them running: a worker that reads
    nothing and does not end. ``_crash`` is where it tells the app.
    """

    def _crash(self, reason: BaseException) -> None:
        super()._crash(reason)
        self.on_crash(reason)

    def on_crash(self, reason: BaseException) -> None:
        """Overridden by the app: something inside has failed for good."""
        raise NotImplementedError


def _unreached(*_args: Any, **_kwargs: Any) -> NoReturn:
    raise NotImplementedError("Faust calls a part of its consumer that SEMKO replaces")


class BatchConsumer(base.Consumer):  # type: ignore[misc]  # Faust ships no types
    """What Faust asks of a consumer, cut down to three methods that a transport fills in.

    Faust spends some 100 us a message between fetching and the agent, drops messages below a read
    offset of its own and commits past messages that are still open. So a message here is a whole
    batch, it is fetched and committed by our own loop, and Faust only carries it to the agent.
    """

    async def run_fetching(self) -> None:
        """Fetch until cancelled, handing each batch to ``hand_over``."""
        raise NotImplementedError

    async def commit_marks(self) -> bool:
        """Commit what is acknowledged; False where there was nothing or it did not succeed."""
        raise NotImplementedError

    async def announce(self, sources: Collection[TopicPartition]) -> None:
        """Tell Faust the assignment, once: it sets up its conductor, then starts its fetcher.

        The order is that of Faust's own driver. From within ``subscribe`` it must run as a task of
        its own: Faust waits in it for ``subscribe`` to end.
        """
        assigned = {TP(*source) for source in sources}
        self.app.on_rebalance_start()
        self.app.consumer_generation_id += 1
        await self.on_partitions_assigned(assigned, self.app.consumer_generation_id)

    async def hand_over(self, message: BatchMessage) -> None:
        """Put a batch into the queue of its topic's agent; waits while that is full."""
        batch = message.batch
        await self.callback(
            ConsumerMessage(
                batch.topic,
                batch.partition,
                batch.first_offset,
                batch.timestamps[-1] / 1000,
                0,
                None,
                None,
                message,
                None,
                0,
                0,
                TP(*batch.source),
                # Streams skip messages of another generation than the app's.
                generation_id=self.app.consumer_generation_id,
            )
        )

    # What the fetcher service calls for as long as it runs: instead of ``getmany``, gaps and read
    # offsets.
    async def _drain_messages(self, _fetcher: Any) -> None:
        await self.run_fetching()

    # What ``commit`` and the commit timer call: instead of the arithmetic over ``_acked``.
    async def force_commit(self, *_topics: Any, **_transactions: Any) -> bool:
        return await self.commit_marks()

    # Called with each assignment: positions are set in ``run_fetching``, by the worker.
    async def perform_seek(self) -> None:
        return

    # Abstract in Faust, and reached only through what is replaced above.
    _commit = _getmany = _seek = _to_message = _new_topicpartition = _unreached
    seek_to_committed = seek_wait = position = earliest_offsets = highwaters = _unreached
