"""Records of the topic of actions in, rows out: what people did, and what is no action.

Judged by nothing but the record itself, so that a record read again gives the same row. Pure.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from models.alert_actions import ActionEvent, decode, refuse_future
from models.columns import Columns
from models.envelope import AHEAD_MS_AT_MOST
from models.errors import Refused
from models.facts import Office
from models.partitioning import record_key
from streams.core.decoding import DeadLetter, Records
from streams.core.memory import HOUR_MS

RESOLVE = "resolve"


@dataclass(slots=True)
class Actions:
    """What a run of records says."""

    events: list[ActionEvent] = field(default_factory=list)
    dead_letters: list[DeadLetter] = field(default_factory=list)
    """Without their bytes: the topic keeps those for good."""

    def closed(self) -> dict[Office, int]:
        """By office, the hour (ms) of the first of its actions that close an alert."""
        hours: dict[Office, int] = {}
        for event in self.events:
            if event.action == RESOLVE:
                office = Office(event.tenant_id, event.office_id)
                hour = event.acted_at // HOUR_MS * HOUR_MS
                hours[office] = min(hour, hours.get(office, hour))
        return hours


def actions_of(run: Records) -> Actions:
    """Judge every record of a run; a broken one costs its neighbours nothing."""
    found = Actions()
    for i, (value, key, at) in enumerate(zip(run.values, run.keys, run.timestamps, strict=True)):
        try:
            event = decode(value)
            if key != record_key(event.tenant_id, event.office_id):
                problem = "the record key must be tenant_id/office_id of the body"
                raise Refused("misrouted", "", problem)
            refuse_future(event, at + AHEAD_MS_AT_MOST)
            found.events.append(event)
        except Refused as refusal:
            why = refusal.reason, refusal.field, refusal.problem
            place = run.topic, run.partition, run.first_offset + i
            found.dead_letters.append(DeadLetter(*place, at, *why, key, b""))
    return found


def action_rows(events: Sequence[ActionEvent]) -> Columns:
    """Rows of ``alert_actions``: of equal events equal ones, whoever writes them."""
    names = ("tenant_id", "office_id", "event_id", "alert_id", "action", "who", "note")
    return {
        **{name: [getattr(event, name) for event in events] for name in names},
        "acted_at": np.array([event.acted_at for event in events], np.int64),
        "revision": np.array([event.revision() for event in events], np.uint64),
    }
