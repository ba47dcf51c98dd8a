"""Whether an event may stand where and when its record stands (rule 9).

The body alone is judged in ``models.codec``. Time is an argument here, and so is the placement.
"""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from models.errors import Refused
from models.events import CompletionEvent, Event
from models.instants import format_instant
from models.partitioning import place_of

AHEAD_MS_AT_MOST = 300_000
"""5 min: how far an event's own time may be ahead of the clocks that saw it."""


def admit(  # the seven are what a record is, one argument each because this runs for each of them
    event: Event,
    key: bytes | None,
    partition: int,
    partitions: int,
    timestamp: int,
    now: int,
    kept_since: int,
) -> None:
    """Raise ``Refused`` unless ``event`` belongs into the record that carried it.

    ``key``, ``partition`` and ``timestamp`` are the record's, ``partitions`` those of its topic,
    ``now`` the worker's clock; facts before ``kept_since`` are no longer kept (0: all are). Times
    are milliseconds since 1970. Reasons: ``misrouted``, ``future``, ``expired``.
    """
    if (key, partition) != place_of(event.tenant_id, event.office_id, partitions):
        raise _misrouted(event, key, partition, partitions)
    own = event.completed_at if isinstance(event, CompletionEvent) else event.voted_at
    if own > (timestamp if timestamp < now else now) + AHEAD_MS_AT_MOST:
        raise _future(event, own, timestamp, now)
    if own < kept_since:
        raise Refused(
            "expired",
            _own_field(event),
            f"{format_instant(own)} is in a month that is no longer kept: facts begin at"
            f" {format_instant(kept_since)}",
        )


def all_fit(  # as of `admit`, a column each
    offices: Iterable[tuple[str, str, bytes]],
    own_times: NDArray[np.int64],
    partition: int,
    partitions: int,
    timestamps: Sequence[int],
    now: int,
    kept_since: int,
) -> bool:
    """Whether ``admit`` would let every event of a run pass.

    Of event i, ``offices`` has (tenant_id, office_id, record key) and ``own_times[i]`` is
    ``completed_at`` or ``voted_at``; the rest is as there.
    """
    for tenant_id, office_id, key in set(offices):
        if (key, partition) != place_of(tenant_id, office_id, partitions):
            return False
    seen_at = np.minimum(np.array(timestamps, np.int64), now)
    return bool((own_times <= seen_at + AHEAD_MS_AT_MOST).all() and (own_times >= kept_since).all())


def _own_field(event: Event) -> str:
    return "completed_at" if isinstance(event, CompletionEvent) else "voted_at"


def _misrouted(event: Event, key: bytes | None, partition: int, partitions: int) -> Refused:
    right_key, right_partition = place_of(event.tenant_id, event.office_id, partitions)
    if key != right_key:
        problem = "the record key must be tenant_id/office_id of the body"
    else:
        problem = (
            f"the key belongs into partition {right_partition} of {partitions} by the default"
            f" (murmur2) partitioner, not {partition}"
        )
    return Refused("misrouted", "", problem)


def _future(event: Event, own: int, timestamp: int, now: int) -> Refused:
    # Written as a distance: a record's timestamp may be no time that a calendar knows.
    clock, ahead = (
        ("record's timestamp", own - timestamp) if timestamp < now else ("clock", own - now)
    )
    problem = (
        f"{format_instant(own)} is {ahead / 1000:.0f} s ahead of the {clock}; 300 s is the most"
    )
    return Refused("future", _own_field(event), problem)
