"""Damage to a store, of every kind that reconciling finds, as SQL: rows written over those that are
right, and rows that are lost.

Each leaves facts that still say what is right, except those of ``UNSAYABLE``.
"""

from collections.abc import Mapping
from types import MappingProxyType

from sinks.database import Database

_SOME = "cityHash64(tenant_id, office_id, {}) % 5 = 0"
_WINDOWS = _SOME.format("scope, key, window_seconds, window_start")
_INTERACTIONS = _SOME.format("interaction_key")
_VOTES = _SOME.format("interaction_key, desk_id, event_id")


def _over(table: str, where: str, **columns: str) -> str:
    """Rows like the stored ones but for some columns, under a revision that wins."""
    said = {"revision": "revision + 1000"} | columns
    replaced = ", ".join(f"{value} AS {name}" for name, value in said.items())
    return (
        f"INSERT INTO semko.{table} SELECT * REPLACE ({replaced})"
        f" FROM (SELECT * FROM semko.{table} FINAL WHERE {where})"
    )


def _lost(table: str, where: str) -> str:
    return f"ALTER TABLE semko.{table} DELETE WHERE {where}"


_HAS_INTERACTION = "SELECT interaction_key FROM semko.interactions FINAL"

SAYABLE: Mapping[str, str] = MappingProxyType(
    {
        "windows that count something else": _over(
            "window_metrics", _WINDOWS, completions="completions + 1", v3="7"
        ),
        "windows of an owner to come": _over(
            "window_metrics", _WINDOWS, v1="9", revision="bitShiftLeft(toUInt64(77), 40) + 5"
        ),
        "windows that are lost": _lost("window_metrics", _WINDOWS),
        "windows without facts": _over("window_metrics", _WINDOWS, key="'ghost'", votes="3"),
        "interactions in two hours": _over(
            "interactions", _INTERACTIONS, completed_at="completed_at - INTERVAL 90 MINUTE"
        ),
        "interactions that forgot their vote": _over(
            "interactions",
            f"score IS NOT NULL AND {_INTERACTIONS}",
            score="NULL",
            scale="NULL",
            voted_at="NULL",
            vote_event_id="''",
            match="''",
            reasons="[]",
        ),
        "interactions that misread their vote": _over(
            "interactions", f"score IS NOT NULL AND {_INTERACTIONS}", score="1", reasons="['?']"
        ),
        "votes that no longer count": _over("votes", f"kind = 'counted' AND {_VOTES}", kind="'x'"),
        "votes that are adrift": _over(
            "votes", "kind = 'counted'", kind="'unmatched'", rated_key="0", match="''"
        ),
        "votes that count beside others": _over(
            "votes", "kind IN ('repeat', 'corrected')", kind="'counted'"
        ),
        "votes that count for what they do not rate": _over(
            "votes",
            f"kind = 'unmatched' AND interaction_key IN ({_HAS_INTERACTION})",
            kind="'counted'",
            rated_key="interaction_key",
            match="'exact'",
        ),
    }
)
UNSAYABLE: Mapping[str, str] = MappingProxyType(
    {
        "votes that are lost": _lost("votes", f"kind = 'counted' AND {_VOTES}"),
        "interactions that are lost": _lost(
            "interactions", f"score IS NOT NULL AND {_INTERACTIONS}"
        ),
    }
)


def damage(database: Database, *statements: str) -> None:
    """Do it."""
    for statement in statements:
        database.execute(statement)
