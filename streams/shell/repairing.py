"""Repairing a store that has no worker: its rows are written under the next epoch, as an owner's.

Nobody else may own a partition meanwhile: an embedded store that is open proves it, of one on a
server whoever calls must know. Reads no log.
"""

from dataclasses import replace

import numpy as np

from models.facts import Damage, Progress
from models.identity import SECRET_BYTES_AT_LEAST, KeyHasher
from streams.core.frontier import TOPICS
from streams.core.matching import JoinWindows
from streams.core.memory import HOUR_MS
from streams.shell.owner import SEQUENCE_BITS, Owner
from streams.shell.planning import LogFacts
from streams.shell.ports import WorkerStore
from streams.shell.settings import WorkerSettings

NO_HOUR = (1 << 62) // HOUR_MS * HOUR_MS
"""As a frontier: no hour is memory's, all of them are recomputed from stored facts."""
_NO_LOG = LogFacts(dict.fromkeys(TOPICS, ""), 1, {}, {}, {})


class Repairer:
    """Owns a whole store for the time of a repair."""

    def __init__(self, store: WorkerStore, join_windows: JoinWindows) -> None:
        self._store = store
        self._join_windows = join_windows
        self._owner: Owner | None = None

    def repair(self, damage: Damage) -> None:
        """Write what the stored facts give. The first call claims the next epoch, and so does one
        for rows of a greater one. Raises ``StoreUnavailable``; the same call again goes on."""
        if self._owner is None or damage.revision >> SEQUENCE_BITS > self._owner.epoch:
            self._owner = self._claimed(damage.revision >> SEQUENCE_BITS)
        self._owner.repair(damage)
        self._owner.settle((), 0, idle=False)  # memory that grows large is let go

    def _claimed(self, epoch: int) -> Owner:
        """An owner of everything, of an epoch that the store remembers before anything else."""
        stored = self._store.progress()
        epoch = 1 + max([epoch, *(row.epoch for row in stored)])
        nowhere = Progress(TOPICS[0], 0, 1, "", 0, epoch)
        rows = [replace(row, epoch=epoch) for row in stored] or [nowhere]
        self._store.write(
            "progress",
            {
                "topic": [row.topic for row in rows],
                "partition": [row.partition for row in rows],
                "partitions": [row.partitions for row in rows],
                "log_id": [row.log_id for row in rows],
                "offset": [row.offset for row in rows],
                "epoch": [row.epoch for row in rows],
                "revision": np.full(len(rows), epoch << SEQUENCE_BITS, np.uint64),
            },
        )
        # No event is read, so nothing is ever hashed.
        hasher = KeyHasher(bytes(SECRET_BYTES_AT_LEAST))
        settings = WorkerSettings()
        owner = Owner(0, _NO_LOG, epoch, self._store, hasher, self._join_windows, settings)
        owner.state.frontier.hour = owner.state.memory.held_since = NO_HOUR
        owner.unjudged.begin((), self._store.judged_since(self._store.offices()), NO_HOUR)
        return owner
