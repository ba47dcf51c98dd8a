"""Which terminals a wall names: those that are off, without network or without votes.

Reads the view ``semko.terminals_at`` through a query function. Knows neither the store nor the
page.
"""

from collections.abc import Mapping
from typing import Any

from dashboards.asking import Query
from models.registry import Language, Registry

ASKED_EVERY_MS = 20_000
"""A terminal is silent after minutes; the question goes over weeks."""
SHOWN = ("off", "no network", "no votes")
"""States that somebody in the hall can do something about, the most urgent first."""
LANGUAGES: tuple[Language, ...] = ("bg", "en")

_TERMINALS = """
SELECT tenant_id, office_id, terminal_id, desks, state
FROM semko.terminals_at(now = fromUnixTimestamp64Milli({now:Int64}, 'UTC'))
WHERE state IN ({states:Array(String)})
"""

Office = tuple[str, str]


class TerminalWatch:
    """Remembers the last answer for a while. One instance a wall."""

    def __init__(self, query: Query, registry: Registry) -> None:
        self._query = query
        self._registry = registry
        self._found: dict[Office, list[dict[str, Any]]] = {}
        self._asked_ms = -ASKED_EVERY_MS

    def by_office(self, now_ms: int) -> Mapping[Office, list[dict[str, Any]]]:
        """Terminals to be named at ``now_ms``, in the order of ``SHOWN``, then by their desks.
        Blocks."""
        if not 0 <= now_ms - self._asked_ms < ASKED_EVERY_MS:
            self._found = self._asked(now_ms)
            self._asked_ms = now_ms
        return self._found

    def _asked(self, now_ms: int) -> dict[Office, list[dict[str, Any]]]:
        rows = self._query(_TERMINALS, {"now": now_ms, "states": list(SHOWN)})
        found: dict[Office, list[dict[str, Any]]] = {}
        for row in sorted(rows, key=self._rank):
            office = row["tenant_id"], row["office_id"]
            found.setdefault(office, []).append(
                {
                    "terminal_id": row["terminal_id"],
                    "state": row["state"],
                    "desks": [self._desk(*office, desk) for desk in row["desks"]],
                }
            )
        return found

    def _rank(self, row: Mapping[str, Any]) -> tuple[int, list[int], str]:
        desks = self._registry.entries.desks
        places = {(each.tenant_id, each.office_id, each.id): n for n, each in enumerate(desks)}
        at = [
            places.get((row["tenant_id"], row["office_id"], desk), len(places))
            for desk in row["desks"]
        ]
        return SHOWN.index(row["state"]), at, row["terminal_id"]

    def _desk(self, *ids: str) -> dict[str, Any]:
        names = {each: self._registry.name("desk", ids, each) for each in LANGUAGES}
        return {"desk_id": ids[-1], "name": names}
