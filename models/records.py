"""An event on its way to the log: where it goes, under which key, and the bytes as they came.

Knows neither the contract nor a log: who made the record has judged or deliberately not judged it.
"""

from typing import NamedTuple


class EventRecord(NamedTuple):
    """One record to publish. ``key`` is ``tenant_id/office_id`` in UTF-8, or empty where the event
    does not say; ``timestamp_ms`` is the event's own time in milliseconds since 1970."""

    topic: str
    key: bytes
    value: bytes
    timestamp_ms: int
