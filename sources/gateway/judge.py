"""From the bytes of one event to the record to publish, or a refusal that says what is wrong.

The contract is judged by ``models``; here stand the rules that need a clock, the months kept and
the key that sent it. Knows neither HTTP nor the log.
"""

from models.alert_actions import TOPIC as ALERT_ACTIONS
from models.alert_actions import decode as decode_action
from models.alert_actions import refuse_future
from models.codec import decode
from models.envelope import AHEAD_MS_AT_MOST, admit
from models.errors import Refused
from models.events import CompletionEvent, Event
from models.partitioning import record_key
from models.records import EventRecord
from sources.gateway.keys import Terminal

COMPLETIONS = "completions"
VOTES = "votes"


class NotForThisKey(Refused):
    """The event is sound, but the key that sent it may not write it."""


def judge(raw: bytes, sent_by: Terminal | None, now: int, kept_since: int) -> EventRecord:
    """The record to publish for ``raw``, its value exactly the bytes sent.

    ``now`` is the server's clock and the record's timestamp, ``kept_since`` the first instant of
    the months still kept, both in milliseconds since 1970. Raises ``Refused``.
    """
    event = decode(raw)
    key = record_key(event.tenant_id, event.office_id)
    admit(event, key, 0, 1, now, now, kept_since)  # the log places the record: of one partition, 0
    if sent_by is not None:
        _check_key(event, sent_by)
    topic = COMPLETIONS if isinstance(event, CompletionEvent) else VOTES
    return EventRecord(topic, key, raw, now)


def judge_action(raw: bytes, now: int) -> EventRecord:
    """The same for what people did about an alert, which takes an operator's right."""
    event = decode_action(raw)
    refuse_future(event, now + AHEAD_MS_AT_MOST)
    return EventRecord(ALERT_ACTIONS, record_key(event.tenant_id, event.office_id), raw, now)


def _check_key(event: Event, sent_by: Terminal) -> None:
    if isinstance(event, CompletionEvent) and not sent_by.completions:
        raise _not_yours("type", sent_by)
    if event.tenant_id != sent_by.tenant:
        raise _not_yours("tenant_id", sent_by)
    if event.office_id != sent_by.office:
        raise _not_yours("office_id", sent_by)
    if event.desk_id not in sent_by.desks:
        raise _not_yours("desk_id", sent_by)


def _not_yours(field: str, sent_by: Terminal) -> NotForThisKey:
    return NotForThisKey("key", field, f"is not for this key, which may {sent_by.may()}")
