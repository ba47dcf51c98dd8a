"""One office in a table: events in short, and an owner of its partition over the store in memory.

What a batch needs it loads, what it comes to is stored, and the stored rows are compared with the
oracle's. Times are texts of one day, such as ``10:02``, ``9:59:59.999`` or ``+1 0:00`` (a day
later); the restarts and the releases of memory are the test's.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from models.identity import KeyHasher
from models.registry import Registry
from streams.core.frontier import TOPICS
from streams.core.matching import JoinWindows
from streams.shell.batches import RecordBatch
from streams.shell.owner import Owner, handle, take_over
from streams.shell.planning import LogFacts, Plan
from streams.shell.settings import WorkerSettings
from tests.compare import differences
from tests.memory_store import MemoryStore
from tests.oracle import Event, Row, expected, two_hours
from tests.town import DAY, HOUR, MINUTE, SECOND

HASHER = KeyHasher(b"a secret of the tests")
MIDNIGHT = 1_743_465_600_000  # 2025-04-01T00:00:00Z
NO_REGISTRY = Registry.empty()
LATER = MIDNIGHT + 1_000 * DAY


def ms(text: str) -> int:
    """``10:02:30.5``, with ``+1`` or ``-1`` and a blank before it for another day."""
    days, clock = text.split(" ") if " " in text else ("0", text)
    hours, minutes, *seconds = clock.split(":")
    rest = round(float(seconds[0]) * SECOND) if seconds else 0
    return MIDNIGHT + int(days) * DAY + int(hours) * HOUR + int(minutes) * MINUTE + rest


def written(at: int) -> str:
    """A time as an event has it."""
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds")


def completion(interaction: str, at: str, event: str = "c1", **fields: Any) -> Event:
    """A completion at desk ``d1``, unless ``fields`` say otherwise."""
    times = {name: written(ms(fields.pop(name))) for name in list(fields) if name.endswith("_at")}
    return {
        "type": "completion",
        "event_id": event,
        "tenant_id": "t",
        "office_id": "o",
        "desk_id": "d1",
        "service_id": "s1",
        "interaction_id": interaction,
        "completed_at": written(ms(at)),
        **times,
        **fields,
    }


def vote(event: str, at: str, interaction: str | None = None, **fields: Any) -> Event:
    """A vote at desk ``d1``, without an interaction unless one is named."""
    own = {} if interaction is None else {"interaction_id": interaction}
    return {
        "type": "vote",
        "event_id": event,
        "tenant_id": "t",
        "office_id": "o",
        "desk_id": "d1",
        "terminal_id": "p1",
        "score": 5,
        "voted_at": written(ms(at)),
        **own,
        **fields,
    }


def key(interaction: str) -> int:
    """The key of an interaction of this office."""
    return HASHER.interaction_key("t", "o", interaction)


def runs_of(events: Iterable[Event], offsets: dict[str, int]) -> list[RecordBatch]:
    """Events as runs of records of partition 0, completions first, from ``offsets`` on."""
    values: dict[str, list[bytes]] = {topic: [] for topic in TOPICS}
    for event in events:
        topic = "completions" if event["type"] == "completion" else "votes"
        values[topic].append(json.dumps(event).encode())
    return [
        RecordBatch(topic, 0, offsets[topic], [b"t/o"] * len(some), some, [LATER] * len(some))
        for topic, some in values.items()
        if some
    ]


class OneOffice:
    """Everything that is known of an office, and its owner, who may begin anew at any time."""

    def __init__(
        self,
        horizon_ms: int = 0,
        join_windows: JoinWindows = NO_REGISTRY.join_window_versions,
    ) -> None:
        """A horizon of 0 lets memory own the hour of the watermark and what comes later."""
        self.store = MemoryStore()
        self.events: list[Event] = []
        self.settings = WorkerSettings(horizon_ms=horizon_ms, memory_rows=0)
        self._join_windows = join_windows
        self._offsets = dict.fromkeys(TOPICS, 0)
        self._epoch = 0
        self.restart()

    @property
    def owner(self) -> Owner:
        """The owner of today."""
        return self._owner

    def restart(self) -> None:
        """A new owner, under the next epoch, that knows what is stored and nothing else."""
        self._epoch += 1
        self._owner = Owner(
            partition=0,
            log=LogFacts(dict.fromkeys(TOPICS, "log"), 1, {}, {}, {}),
            epoch=self._epoch,
            store=self.store,
            hasher=HASHER,
            join_windows=self._join_windows,
            settings=self.settings,
        )
        take_over({self._owner: Plan(self._epoch, self._offsets)}, self.store)

    def take(self, *events: Event) -> None:
        """One batch; nothing leaves memory after it."""
        self.events += events
        runs = runs_of(events, self._owner.offsets)
        (batch,) = handle([(self._owner, runs)], self.store, LATER)
        assert batch.dead_letters == []
        self._offsets = dict(self._owner.offsets)

    def release(self, *, at_end: Sequence[str] = (), now: int = 0) -> None:
        """Between two batches: the frontier moves, and what lies before it leaves memory."""
        self._owner.settle(at_end, now, idle=False)

    def differences(self, join_window_ms: Callable[[str, int], int] = two_hours) -> list[str]:
        """What is stored amiss, once dirty hours are worked off; nothing if all is right."""
        self._owner.settle((), 0, idle=True)
        return differences(
            expected(self.events, HASHER.interaction_key, join_window_ms),
            self.store.rows("interactions"),
            self.store.rows("votes"),
            self.store.rows("window_metrics"),
        )

    def interaction(self, name: str) -> Row:
        """The stored row of an interaction."""
        row: Row = self.store.rows("interactions")["t", "o", key(name)]
        return row

    def votes(self) -> dict[str, Row]:
        """Stored votes by the ids of their events."""
        return {row["event_id"]: row for row in self.store.rows("votes").values()}
