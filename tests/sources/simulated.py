"""What the tests of the simulator share: days of the calendar and events read back."""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from models.records import EventRecord

HOUR = 3_600_000
DAY = 24 * HOUR


def sofia_ms(day: str, clock: str = "00:00") -> int:
    """Milliseconds since 1970 of a local time in Sofia."""
    local = datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=ZoneInfo("Europe/Sofia"))
    return int(local.timestamp() * 1000)


def instant(text: str) -> int:
    """Milliseconds since 1970 of an RFC 3339 time."""
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def events(records: Iterable[EventRecord], topic: str) -> Iterator[dict[str, Any]]:
    """The bodies of one topic."""
    return (json.loads(record.value) for record in records if record.topic == topic)


def points(vote: dict[str, Any]) -> float:
    """A vote between 0 and 100."""
    return float((vote["score"] - 1) / (vote.get("scale", 5) - 1) * 100)
