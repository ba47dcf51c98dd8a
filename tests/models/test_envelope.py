"""Records against their key, their partition, the clock and the months that are kept."""

from collections.abc import Callable

import numpy as np
import pytest

from models.envelope import admit, all_fit
from models.errors import Refused
from models.events import CompletionEvent, Event, VoteEvent
from models.partitioning import place_of

NOW = 1_795_435_200_000
MINUTE = 60_000
PARTITIONS = 12
KEY, PARTITION = place_of("targovishte", "center", PARTITIONS)


def completion(completed_at: int = NOW) -> CompletionEvent:
    return CompletionEvent(
        "e-1", "targovishte", "center", "G-07", "2073", "A042", "counter", "completed",
        None, completed_at, None, None, None,
    )  # fmt: skip


def vote(voted_at: int = NOW) -> VoteEvent:
    return VoteEvent("v-1", "targovishte", "center", "G-07", "tab-7", None, 5, 5, None, voted_at)


def refusal(
    event: Event,
    key: bytes | None = KEY,
    partition: int = PARTITION,
    timestamp: int = NOW,
    now: int = NOW,
    kept_since: int = 0,
) -> tuple[str, str, str] | None:
    found = None
    try:
        admit(event, key, partition, PARTITIONS, timestamp, now, kept_since)
    except Refused as refused:
        found = refused.reason, refused.field, refused.problem
    # Alone, and between two that fit whatever is asked here.
    own = event.completed_at if isinstance(event, CompletionEvent) else event.voted_at
    name = (event.tenant_id, event.office_id, key)
    good = max(kept_since, min(now, timestamp))
    assert (found is None) is _all_fit([name], [own], partition, [timestamp], now, kept_since)
    good_name = ("targovishte", "center", KEY)
    if partition == PARTITION and -(1 << 62) < good <= now:
        names, owns = [good_name, name, good_name], [good, own, good]
        stamps = [good, timestamp, good]
        assert (found is None) is _all_fit(names, owns, partition, stamps, now, kept_since)
    return found


def _all_fit(
    names: list[tuple[str, str, bytes | None]],
    owns: list[int],
    partition: int,
    timestamps: list[int],
    now: int,
    kept_since: int,
) -> bool:
    own_times = np.array(owns, np.int64)
    offices = [(tenant, office, key or b"") for tenant, office, key in names]
    return all_fit(offices, own_times, partition, PARTITIONS, timestamps, now, kept_since)


@pytest.mark.parametrize("event", [completion(), vote()])
def test_an_event_in_its_own_partition_at_its_own_time_is_admitted(event: Event) -> None:
    assert refusal(event) is None


@pytest.mark.parametrize("make", [completion, vote])
@pytest.mark.parametrize(
    ("own", "timestamp", "now", "clock"),
    [
        (NOW + 5 * MINUTE, NOW, NOW, None),
        (NOW + 5 * MINUTE + 1, NOW, NOW, "clock"),
        (NOW + 5 * MINUTE + 1, NOW + MINUTE, NOW, "clock"),
        (NOW + 5 * MINUTE + 1, NOW, NOW + MINUTE, "record's timestamp"),
        (NOW + 6 * MINUTE, NOW + MINUTE, NOW + MINUTE, None),
        (NOW, -1, NOW, "record's timestamp"),
        (NOW, 1 << 62, NOW, None),
        (NOW - 10_000 * MINUTE, NOW, NOW, None),
    ],
)
def test_an_event_ahead_of_either_clock_by_more_than_5_min_is_of_the_future(
    make: Callable[[int], Event], own: int, timestamp: int, now: int, clock: str | None
) -> None:
    found = refusal(make(own), timestamp=timestamp, now=now)
    if clock is None:
        assert found is None
    else:
        assert found is not None
        assert found[0] == "future"
        assert found[1] in ("completed_at", "voted_at")
        assert clock in found[2]


def test_the_sentence_about_the_future_says_how_far_it_is() -> None:
    assert refusal(vote(NOW + 10 * MINUTE)) == (
        "future",
        "voted_at",
        "2026-11-23T12:10:00.000Z is 600 s ahead of the clock; 300 s is the most",
    )


@pytest.mark.parametrize("key", [None, b"", b"targovishte/other", b"targovishte", b"\xff"])
def test_a_key_unlike_the_body_is_misrouted(key: bytes | None) -> None:
    assert refusal(completion(), key=key) == (
        "misrouted",
        "",
        "the record key must be tenant_id/office_id of the body",
    )


def test_a_key_in_another_partition_than_its_own_is_misrouted() -> None:
    found = refusal(vote(), partition=(PARTITION + 1) % PARTITIONS)
    assert found is not None
    assert found[0] == "misrouted"
    assert f"partition {PARTITION} of 12" in found[2]


def test_an_event_before_what_is_kept_is_expired() -> None:
    assert refusal(vote(NOW), kept_since=NOW) is None
    found = refusal(completion(NOW - 1), kept_since=NOW)
    assert found is not None
    assert found[:2] == ("expired", "completed_at")
