"""How terminals do, and their maintenance: asked of who has the store, or of the store.

`semko terminals` says it; which keys there are is not known here.
"""

import json
from datetime import UTC, datetime
from typing import Any

import msgspec

from commands.asking import rows
from commands.setup import Setup
from commands.stopping import beside
from commands.terminal_side import ordered
from models.errors import CallError
from models.maintenance import Order

STATES = """
SELECT
    tenant_id AS tenant, office_id AS office, terminal_id AS id, desks, state, version,
    toUnixTimestamp64Milli(last_heartbeat_at) AS last_heartbeat_ms, clock_offset_seconds,
    queue_length, toUnixTimestamp64Milli(last_vote_at) AS last_vote_ms, services_since,
    silence_chance, gap_was, gap_seconds, toUnixTimestamp64Milli(gap_ended_at) AS gap_ended_ms
FROM semko.terminals
ORDER BY tenant, office, id
SETTINGS output_format_json_quote_64bit_integers = 0
"""


def states(setup: Setup) -> list[dict[str, Any]]:
    """A row a terminal that is known in the store; none where there is no store."""
    return rows(setup, STATES) if setup.running() or setup.has_store else []


def told(row: dict[str, Any], now_ms: int) -> str:
    """How a terminal does, in a line."""
    said = [row["state"]]
    if row["last_heartbeat_ms"] is not None:
        said += [
            f"heard {_ago(row['last_heartbeat_ms'], now_ms)}",
            f"version {row['version']}",
            f"clock {row['clock_offset_seconds']:+.1f} s",
            f"queue {row['queue_length']}",
        ]
    if row["last_vote_ms"] is not None:
        said.append(f"last vote {_ago(row['last_vote_ms'], now_ms)}")
    if row["state"] == "no votes":
        said.append(f"none in {row['services_since']} services since")
    if row["gap_was"]:
        ended = _ago(row["gap_ended_ms"], now_ms)
        said.append(f"was {row['gap_was']} for {_length(row['gap_seconds'])} until {ended}")
    return ", ".join(said)


def place_of(rows: list[dict[str, Any]], terminal_id: str) -> tuple[str, str]:
    """Tenant and office of a terminal; raises ``CallError`` unless exactly one has this id."""
    found = {(row["tenant"], row["office"]) for row in rows if row["id"] == terminal_id}
    if len(found) != 1:
        what = "several terminals are" if found else "no known terminal is"
        raise CallError(f"{what} called {terminal_id!r}: name it with --tenant and --office too")
    return found.pop()


def maintain(setup: Setup, order: Order) -> dict[str, Any]:
    """Begin or end maintenance from now on; what there is to say of it. Raises ``CallError``."""
    running = setup.running()
    if running is not None:
        body = msgspec.json.encode(order).decode()
        said: dict[str, Any] = json.loads(beside(lambda: running.ask("/v1/maintenance", body)))
        return said
    with setup.existing_store() as held:
        return beside(lambda: ordered(held.database, order))


def _ago(ms: int, now_ms: int) -> str:
    seconds = max(0, (now_ms - ms) // 1000)
    if seconds < 86_400:
        return f"{_length(seconds)} ago"
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")


def _length(seconds: int) -> str:
    if seconds < 120:
        return f"{seconds} s"
    return f"{seconds // 60} min" if seconds < 7200 else f"{seconds // 3600} h"
