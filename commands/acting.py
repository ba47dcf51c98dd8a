"""An action about an alert on its way into the log, from the command line.

Through the process that serves the store where there is one, into Kafka, or into a local log that
nobody reads at the moment.
"""

import json
import os
import uuid
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import quote

from commands.asking import rows
from commands.engine import clock_ms
from commands.publishing import append_records, is_kafka
from commands.setup import Setup
from commands.stopping import beside
from models.alert_actions import TOPIC, action_of, encode
from models.errors import CallError, Refused, WorldError
from models.instants import format_instant
from sinks.alert_book import Row, the_one
from sources.gateway.judge import judge_action
from streams.shell.kafka_settings import KafkaSettings
from streams.shell.local_transport import log_path


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of an action; ``later``: it counts from the next start on."""

    alert: Row
    event_id: str
    acted_at: str
    later: bool = False


def act(setup: Setup, alert: str, tenant: str, office: str, said: dict[str, Any]) -> Taken:
    """Take an action about the alert that is named so; ``said`` are ``action``, ``who``, ``note``.

    Raises ``CallError`` where there is no such alert or it is no action, ``WorldError`` where
    there is no log to take it.
    """
    one = the_one(partial(rows, setup), alert, tenant, office)
    running = setup.running()
    if running is None:
        return _appended(setup, one, said)
    names = (one["tenant_id"], one["office_id"], one["alert_id"])
    path = "/".join(quote(name, safe="") for name in names)
    body = json.dumps(_stated(said))
    told = json.loads(beside(lambda: running.ask(f"/v1/alerts/{path}/actions", body)))
    return Taken(one, told["event_id"], told["acted_at"])


def _stated(said: dict[str, Any]) -> dict[str, Any]:
    return {"event_id": str(uuid.uuid4()), "acted_at": format_instant(clock_ms()), **said}


def _appended(setup: Setup, one: Row, said: dict[str, Any]) -> Taken:
    place = {name: one[name] for name in ("tenant_id", "office_id", "alert_id")}
    try:
        event = action_of({"type": "alert_action", **place, **_stated(said)})
        record = judge_action(encode(event), clock_ms())
    except Refused as refused:
        raise CallError(str(refused)) from None
    refuse_missing_log(setup)
    beside(lambda: append_records(setup, [record]))
    return Taken(one, event.event_id, format_instant(event.acted_at), not is_kafka(setup.broker))


def refuse_missing_log(setup: Setup) -> None:
    """Raise ``WorldError`` where there is no log, or none that has the topic of actions."""
    if not is_kafka(setup.broker):
        path = log_path(setup.broker)
        if not path.exists():
            raise WorldError(f"there is no log at {path}: name it with --broker")
        return
    # kafka-python is loaded where it is needed.
    from streams.shell.kafka_admin import KafkaAdmin  # noqa: PLC0415

    settings = KafkaSettings.of(setup.broker, os.environ)
    with KafkaAdmin(settings) as admin:
        if TOPIC not in admin.topics([TOPIC]):
            raise WorldError(
                f"{settings.named(TOPIC)} is not there: make what is missing with"
                " `semko topics create`"
            )
