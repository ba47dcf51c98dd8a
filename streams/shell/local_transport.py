"""Faust's transport ``local://``: the local log instead of Kafka, for one process.

The log is opened by the app, which offers it as ``local_log``. Reading is in ``local_consumer``.
"""

import asyncio
import time
from collections.abc import Awaitable
from pathlib import Path
from typing import Any, ClassVar

from faust.transport import base
from faust.types import TP, RecordMetadata

from models.errors import CallError
from models.partitioning import partition_of
from streams.shell.faust_internals import register_transport
from streams.shell.local_consumer import LocalConsumer
from streams.shell.log import LocalLog, Records

SCHEME = "local://"


def log_path(broker: str) -> Path:
    """Return the path in ``local:///absolute`` or ``local://relative``."""
    path = broker.removeprefix(SCHEME)
    if path in ("", broker):
        raise CallError(f"{broker!r} names no local log: write local:///folder/log.db")
    return Path(path)


class LocalProducer(base.Producer):  # type: ignore[misc]  # Faust ships no types
    """Appends to the log; what is sent resolves once it is on the disk."""

    async def on_start(self) -> None:
        """Prepare to append."""
        self._sending: set[asyncio.Future[RecordMetadata]] = set()
        await super().on_start()

    async def on_stop(self) -> None:
        """Wait for what is on its way."""
        await super().on_stop()
        await self.flush()

    async def send_batch(
        self, topic: str, records: Records, partition: int | None = None
    ) -> dict[int, range]:
        """Append records and return their offsets by partition; see ``LocalLog.append``."""
        log: LocalLog = self.transport.log
        return await log.append(topic, records, partition)

    async def send(
        self,
        topic: str,
        key: bytes | None,
        value: bytes | None,
        partition: int | None,
        timestamp: float | None,
        headers: Any,
        *,
        transactional_id: str | None = None,
    ) -> Awaitable[RecordMetadata]:
        """Begin to append one record; ``timestamp`` is in seconds. The log keeps no headers."""
        del transactional_id
        if headers:
            raise CallError(f"a local log keeps no headers: send to {topic} without")
        timestamp_ms = int((time.time() if timestamp is None else timestamp) * 1000)
        records = Records([key or b""], [value or b""], [timestamp_ms])
        sending = asyncio.ensure_future(self._send(topic, records, partition))
        self._sending.add(sending)
        sending.add_done_callback(self._sending.discard)
        return sending

    async def _send(self, topic: str, records: Records, partition: int | None) -> RecordMetadata:
        ((partition, offsets),) = (await self.send_batch(topic, records, partition)).items()
        return RecordMetadata(
            topic, partition, TP(topic, partition), offsets.start, records.timestamps[0], 0
        )

    async def send_and_wait(self, *args: Any, **kwargs: Any) -> RecordMetadata:
        """Append one record and wait for the disk."""
        return await (await self.send(*args, **kwargs))

    async def flush(self) -> None:
        """Wait for everything sent so far."""
        await self.buffer.flush()
        await asyncio.gather(*self._sending, return_exceptions=True)

    async def create_topic(
        self, topic: str, partitions: int, replication: int, **_settings: Any
    ) -> None:
        """Make a topic; there is one copy of it."""
        del replication
        self.transport.log.ensure_topic(topic, partitions)

    def key_partition(self, topic: str, key: bytes) -> TP:
        """Return where a record with ``key`` goes."""
        return TP(topic, partition_of(key, self.transport.log.partition_count(topic)))


class Transport(base.Transport):  # type: ignore[misc]  # Faust ships no types
    """What Faust makes for a ``local://`` URL."""

    Consumer: ClassVar[type] = LocalConsumer
    Producer: ClassVar[type] = LocalProducer
    driver_version = "local"
    default_port = 0

    @property
    def log(self) -> LocalLog:
        """The log that the app has opened."""
        log: LocalLog = self.app.local_log
        return log


register_transport("local", f"{__name__}:Transport")
